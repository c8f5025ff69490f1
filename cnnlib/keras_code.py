"""The Keras code that makes a network, as a person would write it."""

from __future__ import annotations

from cnnlib.fields import SpecError
from cnnlib.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    Layer,
    PoolLayer,
    RescaleLayer,
)
from cnnlib.spec import NetworkSpec

NO_FIT = "  # does not fit what arrives here"


def sequential_code(network: NetworkSpec) -> str:
    """Python that assigns to `model` the `keras.Sequential` that `keras_model.build` makes.

    Settings that are Keras's defaults are left out. In a stack that cannot be, the layer at fault
    is marked by a comment: Keras would refuse it, or make something else of it.

    >>> from cnnlib.layers import DenseLayer, FlattenLayer
    >>> network = NetworkSpec((28, 28, 1), (FlattenLayer(), DenseLayer(10, "softmax")))
    >>> print(sequential_code(network))
    import keras
    from keras import layers
    <BLANKLINE>
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28, 1)),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    """
    fault = _fault(network)
    lines = [f"        keras.Input(shape={network.input_shape}),"]
    for index, layer in enumerate(network.layers):
        lines.append(f"        {layer_code(layer)},{NO_FIT if index == fault else ''}")
    return "\n".join(
        [
            "import keras",
            "from keras import layers",
            "",
            "model = keras.Sequential(",
            "    [",
            *lines,
            "    ]",
            ")",
        ]
    )


def layer_code(layer: Layer) -> str:
    """The call that makes one layer.

    >>> layer_code(ConvLayer(32, padding="same")), layer_code(PoolLayer("max", 3, 2))
    ('layers.Conv2D(32, kernel_size=3, padding="same", activation="relu")', \
'layers.MaxPooling2D(pool_size=3, strides=2)')
    """
    name, arguments = _call(layer)
    return f"layers.{name}({', '.join(arguments)})"


def _call(layer: Layer) -> tuple[str, list[str]]:
    match layer:
        case ConvLayer():
            size = [str(layer.filters), f"kernel_size={layer.kernel_size}"]
            return "Conv2D", [*size, *_window(layer, 1), *_units(layer)]
        case PoolLayer():
            name = "MaxPooling2D" if layer.mode == "max" else "AveragePooling2D"
            return name, [f"pool_size={layer.size}", *_window(layer, layer.size)]
        case BatchNormLayer():
            return "BatchNormalization", [f"momentum={layer.MOMENTUM}"]
        case ActivationLayer():
            return "Activation", [f'"{layer.activation}"']
        case DropoutLayer():
            return "Dropout", [f"{layer.rate}"]
        case FlattenLayer():
            return "Flatten", []
        case GlobalAveragePoolLayer():
            return "GlobalAveragePooling2D", []
        case DenseLayer():
            return "Dense", [str(layer.units), *_units(layer)]
        case RescaleLayer():
            offset = [] if layer.offset == (0.0,) else [f"offset={_numbers(layer.offset)}"]
            return "Rescaling", [_numbers(layer.scale), *offset]
    raise TypeError(f"no Keras code for {layer!r}")


def _window(layer: ConvLayer | PoolLayer, usual_stride: int) -> list[str]:
    strides = [] if layer.stride == usual_stride else [f"strides={layer.stride}"]
    return strides + (['padding="same"'] if layer.padding == "same" else [])


def _units(layer: ConvLayer | DenseLayer) -> list[str]:
    linear = layer.activation == "linear"
    activation = [] if linear else [f'activation="{layer.activation}"']
    return activation + ([] if layer.use_bias else ["use_bias=False"])


def _numbers(numbers: tuple[float, ...]) -> str:
    return str(numbers[0]) if len(numbers) == 1 else str(list(numbers))


def _fault(network: NetworkSpec) -> int | None:
    try:
        network.trace()
    except SpecError as error:
        return error.layer
    return None
