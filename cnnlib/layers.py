"""The layers a network can be made of: their settings, and what they do to a shape.

Every layer is a frozen dataclass with its `kind` (its name in JSON), a `title` for people, and
answers about an input shape: `output_shape`, `weight_shapes`, `parameters`, `multiply_adds`.
Shapes leave the batch axis out: (height, width, channels) of images, (units,) after flattening.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cnnlib import shapes
from cnnlib.fields import SpecError, check_fields, choice, flag, real, reals, whole

Shape = tuple[int, ...]

ACTIVATIONS = ("linear", "relu", "tanh", "sigmoid", "softmax")
PADDINGS = ("valid", "same")


@dataclass(frozen=True)
class Layer:
    """What all layers share; the defaults are those of a layer without weights."""

    kind: ClassVar[str] = ""
    title: ClassVar[str] = ""

    def __post_init__(self) -> None:
        check_fields(self)

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def weight_shapes(self, shape: Shape) -> dict[str, Shape]:
        """Name and shape of each weight array, in Keras's order."""
        return {}

    def parameters(self, shape: Shape) -> int:
        return sum(_product(weight) for weight in self.weight_shapes(shape).values())

    def trainable_parameters(self, shape: Shape) -> int:
        return self.parameters(shape)

    def multiply_adds(self, shape: Shape) -> int:
        return 0


@dataclass(frozen=True)
class RescaleLayer(Layer):
    """Every value times `scale`, plus `offset`: one number for all channels, or one for each.

    As a network's first layer it is the preprocessing that the network was trained with: images
    are given to a network scaled to [0, 1], and what it makes of them from there belongs to it.
    """

    kind: ClassVar[str] = "rescale"
    title: ClassVar[str] = "Rescaling"
    scale: tuple[float, ...] = reals((1.0,), -1e4, 1e4)
    offset: tuple[float, ...] = reals((0.0,), -1e4, 1e4)

    def output_shape(self, shape: Shape) -> Shape:
        for name in ("scale", "offset"):
            count = len(getattr(self, name))
            if count not in (1, shape[-1]):
                raise SpecError(
                    f"{self.title} has {count} numbers as its {name}, but what arrives has "
                    f"{shape[-1]} channels. Give it one number, or one for each channel."
                )
        return shape


@dataclass(frozen=True)
class ConvLayer(Layer):
    """Convolution with square kernels; `padding` "same" or "valid" as in Keras."""

    kind: ClassVar[str] = "conv"
    title: ClassVar[str] = "Convolution"
    filters: int = whole(32, 1, 512)
    kernel_size: int = whole(3, 1, 15)
    stride: int = whole(1, 1, 8)
    padding: str = choice("valid", PADDINGS)
    activation: str = choice("relu", ACTIVATIONS)
    use_bias: bool = flag(True)

    def output_shape(self, shape: Shape) -> Shape:
        height, width, _ = image_shape(shape, self)
        window = {"kernel": self.kernel_size, "stride": self.stride, "padding": self.padding}
        return *_slide(self, height, width, window), self.filters

    def weight_shapes(self, shape: Shape) -> dict[str, Shape]:
        _, _, channels = image_shape(shape, self)
        kernel = (self.kernel_size, self.kernel_size, channels, self.filters)
        return {"kernel": kernel} | ({"bias": (self.filters,)} if self.use_bias else {})

    def multiply_adds(self, shape: Shape) -> int:
        return shapes.conv_multiply_adds(self.kernel_size, shape[2], self.output_shape(shape))


@dataclass(frozen=True)
class PoolLayer(Layer):
    """The largest or the mean value of each size x size window, `stride` apart."""

    kind: ClassVar[str] = "pool"
    title: ClassVar[str] = "Pooling"
    mode: str = choice("max", ("max", "average"))
    size: int = whole(2, 1, 8)
    stride: int = whole(2, 1, 8)
    padding: str = choice("valid", PADDINGS)

    def output_shape(self, shape: Shape) -> Shape:
        height, width, channels = image_shape(shape, self)
        window = {"kernel": self.size, "stride": self.stride, "padding": self.padding}
        return *_slide(self, height, width, window), channels


@dataclass(frozen=True)
class BatchNormLayer(Layer):
    """Batch normalisation over the last axis (Ioffe and Szegedy 2015, arXiv:1502.03167)."""

    kind: ClassVar[str] = "batch_norm"
    title: ClassVar[str] = "Batch normalisation"
    EPSILON: ClassVar[float] = 1e-3  # Keras's default
    # Keras's default, 0.99, needs several hundred batches before its running means are of any use,
    # and a first training here is a few hundred batches long.
    MOMENTUM: ClassVar[float] = 0.9

    def weight_shapes(self, shape: Shape) -> dict[str, Shape]:
        names = ("gamma", "beta", "moving_mean", "moving_variance")
        return dict.fromkeys(names, (shape[-1],))

    def trainable_parameters(self, shape: Shape) -> int:
        return 2 * shape[-1]


@dataclass(frozen=True)
class ActivationLayer(Layer):
    """An activation function on its own, for use after batch normalisation."""

    kind: ClassVar[str] = "activation"
    title: ClassVar[str] = "Activation"
    activation: str = choice("relu", ACTIVATIONS)


@dataclass(frozen=True)
class DropoutLayer(Layer):
    """Sets a share of the values to zero while training; passes all on afterwards."""

    kind: ClassVar[str] = "dropout"
    title: ClassVar[str] = "Dropout"
    rate: float = real(0.25, 0.0, 0.9)


@dataclass(frozen=True)
class FlattenLayer(Layer):
    """(height, width, channels) to one long row of numbers."""

    kind: ClassVar[str] = "flatten"
    title: ClassVar[str] = "Flatten"

    def output_shape(self, shape: Shape) -> Shape:
        return (_product(shape),)


@dataclass(frozen=True)
class GlobalAveragePoolLayer(Layer):
    """The mean of each channel: (height, width, channels) to (channels,)."""

    kind: ClassVar[str] = "global_average_pool"
    title: ClassVar[str] = "Global average pooling"

    def output_shape(self, shape: Shape) -> Shape:
        return image_shape(shape, self)[2:]


@dataclass(frozen=True)
class DenseLayer(Layer):
    """Every input times a weight, summed, for each unit."""

    kind: ClassVar[str] = "dense"
    title: ClassVar[str] = "Dense"
    units: int = whole(10, 1, 2048)
    activation: str = choice("relu", ACTIVATIONS)
    use_bias: bool = flag(True)

    def output_shape(self, shape: Shape) -> Shape:
        _flat(shape)
        return (self.units,)

    def weight_shapes(self, shape: Shape) -> dict[str, Shape]:
        inputs = _flat(shape)
        return {"kernel": (inputs, self.units)} | ({"bias": (self.units,)} if self.use_bias else {})

    def multiply_adds(self, shape: Shape) -> int:
        return _flat(shape) * self.units


LAYERS: dict[str, type[Layer]] = {
    layer.kind: layer
    for layer in (
        RescaleLayer,
        ConvLayer,
        PoolLayer,
        BatchNormLayer,
        ActivationLayer,
        DropoutLayer,
        FlattenLayer,
        GlobalAveragePoolLayer,
        DenseLayer,
    )
}


def image_shape(shape: Shape, layer: Layer) -> tuple[int, int, int]:
    """The shape as (height, width, channels), or SpecError when it is flat already."""
    if len(shape) != 3:
        raise SpecError(
            f"{layer.title} needs an image (height, width, channels), but what arrives is a row of "
            f"{shape[0]:,} numbers. Move it above the flatten or global average pooling layer."
        )
    return shape


def _flat(shape: Shape) -> int:
    if len(shape) != 1:
        size = " x ".join(map(str, shape))
        raise SpecError(
            f"A dense layer needs a row of numbers, but what arrives is {size}. "
            "Put a flatten or global average pooling layer before it."
        )
    return shape[0]


def _slide(layer: Layer, height: int, width: int, window: dict) -> tuple[int, int]:
    try:
        return (
            shapes.output_size(height, **window),
            shapes.output_size(width, **window),
        )
    except shapes.ShapeError:
        kernel = window["kernel"]
        raise SpecError(
            f"{layer.title} slides a {kernel} x {kernel} window, but its input is only "
            f'{height} x {width}. Use a smaller window, "same" padding, or less pooling before.'
        ) from None


def _product(shape: Shape) -> int:
    product = 1
    for size in shape:
        product *= size
    return product
