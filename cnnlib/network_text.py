"""A whole network in one short line, for an address that can be sent to somebody.

    v1~32x32x3~conv_32_3_relu~max_2~drop_0.25~flatten~dense_10_softmax

After the version come the input's height, width and channels, then the layers, each a word and its
settings; what is not written has Keras's default. Only letters, digits and `- . _ ~` occur, which
no browser and no chat program rewrites (the unreserved characters of RFC 3986, section 2.3).

    conv_FILTERS_SIZE[_sSTRIDE][_same][_ACTIVATION][_nobias]     max_SIZE, avg_SIZE[_sSTRIDE][_same]
    dense_UNITS[_ACTIVATION][_nobias]    drop_RATE    rescale_SCALE_OFFSET (3 channels: 1x2x3)
    norm    flatten    gap    linear, relu, tanh, sigmoid, softmax
"""

from __future__ import annotations

import re

from cnnlib.fields import SpecError, quote
from cnnlib.layers import (
    ACTIVATIONS,
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
from cnnlib.spec import LIMITS, NetworkSpec

VERSION = "v1"
MAX_CHARACTERS = 4_000

_ACTIVATION = f"(?:_(?P<activation>{'|'.join(ACTIVATIONS)}))?"
_WINDOW = r"(?:_s(?P<stride>[0-9]{1,6}))?(?P<same>_same)?"
_NUMBERS = r"[-0-9.ex]{1,1000}"
_WRITTEN = {
    "conv": re.compile(
        rf"conv_(?P<filters>[0-9]{{1,6}})_(?P<size>[0-9]{{1,6}}){_WINDOW}{_ACTIVATION}"
        r"(?P<nobias>_nobias)?"
    ),
    "pool": re.compile(rf"(?P<mode>max|avg)_(?P<size>[0-9]{{1,6}}){_WINDOW}"),
    "dense": re.compile(rf"dense_(?P<units>[0-9]{{1,6}}){_ACTIVATION}(?P<nobias>_nobias)?"),
    "dropout": re.compile(r"drop_(?P<rate>[-0-9.e]{1,25})"),
    "rescale": re.compile(rf"rescale_(?P<scale>{_NUMBERS})_(?P<offset>{_NUMBERS})"),
    "activation": re.compile(f"(?P<activation>{'|'.join(ACTIVATIONS)})"),
}
_PLAIN = {"norm": BatchNormLayer, "flatten": FlattenLayer, "gap": GlobalAveragePoolLayer}
_MODES = {"max": "max", "avg": "average"}
_INPUT = re.compile(r"([0-9]{1,6})x([0-9]{1,6})x([0-9]{1,6})")


def to_text(network: NetworkSpec) -> str:
    """The network in one line; also of a stack that does not fit together.

    Raises SpecError for one that needs more than MAX_CHARACTERS.

    >>> to_text(NetworkSpec((28, 28, 1), (ConvLayer(8), PoolLayer(), FlattenLayer())))
    'v1~28x28x1~conv_8_3_relu~max_2~flatten'
    """
    shape = "x".join(map(str, network.input_shape))
    text = "~".join([VERSION, shape, *map(_layer_text, network.layers)])
    if len(text) > MAX_CHARACTERS:
        raise SpecError(
            f"written out this network has {len(text):,} characters; an address takes "
            f"{MAX_CHARACTERS:,}. Use fewer layers."
        )
    return text


def from_text(text: str) -> NetworkSpec:
    """Read untrusted text; SpecError with a sentence, and the layer where it is one's fault.

    >>> from_text("v1~28x28x1~flatten~dense_10_softmax").parameters
    7850
    """
    if not isinstance(text, str) or len(text) > MAX_CHARACTERS:
        raise SpecError(f"a network in an address has at most {MAX_CHARACTERS:,} characters.")
    version, *parts = text.split("~")
    if version != VERSION or not parts:
        raise SpecError(
            f"a network in an address begins with {VERSION}~ and the size of its images, as in "
            f"{VERSION}~32x32x3~flatten~dense_10_softmax; this one is {quote(text)}."
        )
    shape = _INPUT.fullmatch(parts[0])
    if shape is None:
        raise SpecError(
            f"the size of the images is written as in 32x32x3, height, width and channels; here "
            f"it is {quote(parts[0])}."
        )
    if len(parts) - 1 > LIMITS.layers:
        raise SpecError(
            f"a network may have {LIMITS.layers} layers; this one has {len(parts) - 1}."
        )
    layers = tuple(_read(index, part) for index, part in enumerate(parts[1:]))
    return NetworkSpec(tuple(map(int, shape.groups())), layers)


def _layer_text(layer: Layer) -> str:
    match layer:
        case ConvLayer():
            words = ["conv", layer.filters, layer.kernel_size, *_window_words(layer, 1)]
            return _joined([*words, *_unit_words(layer)])
        case DenseLayer():
            return _joined(["dense", layer.units, *_unit_words(layer)])
        case PoolLayer():
            mode = next(word for word, name in _MODES.items() if name == layer.mode)
            return _joined([mode, layer.size, *_window_words(layer, layer.size)])
        case DropoutLayer():
            return f"drop_{float(layer.rate)!r}"
        case RescaleLayer():
            return _joined(["rescale", _numbers_text(layer.scale), _numbers_text(layer.offset)])
        case ActivationLayer():
            return layer.activation
    return next(word for word, known in _PLAIN.items() if isinstance(layer, known))


def _window_words(layer: ConvLayer | PoolLayer, usual_stride: int) -> list[str]:
    stride = [] if layer.stride == usual_stride else [f"s{layer.stride}"]
    return stride + (["same"] if layer.padding == "same" else [])


def _unit_words(layer: ConvLayer | DenseLayer) -> list[str]:
    activation = [] if layer.activation == "linear" else [layer.activation]
    return activation + ([] if layer.use_bias else ["nobias"])


def _joined(words: list[object]) -> str:
    return "_".join(map(str, words))


def _numbers_text(numbers: tuple[float, ...]) -> str:
    return "x".join(repr(float(number)) for number in numbers)


def _read(index: int, part: str) -> Layer:
    """One layer; SpecError that names it."""
    try:
        if part in _PLAIN:
            return _PLAIN[part]()
        for kind, written in _WRITTEN.items():
            found = written.fullmatch(part)
            if found:
                return _made(kind, found.groupdict())
    except SpecError as error:
        raise SpecError(str(error), layer=index) from None
    raise SpecError(
        f"{quote(part)} is no layer. Layers are written as in conv_32_3_same_relu, max_2, norm, "
        "relu, drop_0.25, flatten, gap, dense_10_softmax.",
        layer=index,
    )


def _made(kind: str, words: dict[str, str | None]) -> Layer:
    activation = words.get("activation") or "linear"
    padding = "same" if words.get("same") else "valid"
    bias = not words.get("nobias")
    match kind:
        case "conv":
            filters, size, stride = (int(words[k] or 1) for k in ("filters", "size", "stride"))
            return ConvLayer(filters, size, stride, padding, activation, bias)
        case "pool":
            size = int(words["size"])
            return PoolLayer(_MODES[words["mode"]], size, int(words["stride"] or size), padding)
        case "dense":
            return DenseLayer(int(words["units"]), activation, bias)
        case "dropout":
            return DropoutLayer(_number(words["rate"]))
        case "rescale":
            return RescaleLayer(*(_numbers(words[name]) for name in ("scale", "offset")))
    return ActivationLayer(activation)


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(map(_number, text.split("x")))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise SpecError(f"{quote(text)} is not a number.") from None
