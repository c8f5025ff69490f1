"""Networks to start from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cnnlib.fields import check_fields, choice, flag, limits_of, real, whole
from cnnlib.layers import (
    PADDINGS,
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    Layer,
    PoolLayer,
)
from cnnlib.spec import NetworkSpec

HIDDEN_ACTIVATIONS = ("relu", "tanh", "sigmoid", "linear")


@dataclass(frozen=True)
class BlockSettings:
    """The model page's sliders: blocks of convolutions with pooling, then dense layers.

    Block n has filters * 2**(n - 1) filters in each of its convolutions, and 512 at most.
    """

    blocks: int = whole(2, 1, 4)
    convolutions: int = whole(2, 1, 3)
    filters: int = whole(16, 1, 128)
    kernel_size: int = whole(3, 1, 11)
    stride: int = whole(1, 1, 4)
    padding: str = choice("valid", PADDINGS)
    activation: str = choice("relu", HIDDEN_ACTIVATIONS)
    pooling: str = choice("max", ("max", "average", "none"))
    batch_norm: bool = flag(False)
    dropout: float = real(0.25, 0.0, 0.9)
    head: str = choice("flatten", ("flatten", "global_average"))
    dense_units: int = whole(128, 0, 1024)

    def __post_init__(self) -> None:
        check_fields(self)


def block_network(
    input_shape: tuple[int, int, int], classes: int, settings: BlockSettings
) -> NetworkSpec:
    """The network that the model page's sliders describe."""
    layers: list[Layer] = []
    _, most_filters = limits_of(ConvLayer, "filters")
    for block in range(settings.blocks):
        filters = min(settings.filters * 2**block, most_filters)
        for number in range(settings.convolutions):
            layers += _convolution(settings, filters, first=number == 0)
        if settings.pooling != "none":
            layers.append(PoolLayer(settings.pooling))
        if settings.dropout:
            layers.append(DropoutLayer(settings.dropout))
    layers.append(FlattenLayer() if settings.head == "flatten" else GlobalAveragePoolLayer())
    if settings.dense_units:
        layers.append(DenseLayer(settings.dense_units, settings.activation))
        if settings.dropout:
            layers.append(DropoutLayer(settings.dropout))
    layers.append(DenseLayer(classes, "softmax"))
    return NetworkSpec(input_shape, tuple(layers))


def _convolution(settings: BlockSettings, filters: int, *, first: bool) -> list[Layer]:
    """One convolution; only a block's first one strides, so depth does not shrink the map away."""
    stride = settings.stride if first else 1
    shape = (filters, settings.kernel_size, stride, settings.padding)
    if not settings.batch_norm:
        return [ConvLayer(*shape, settings.activation)]
    # The normalisation's beta does what a bias would.
    return [
        ConvLayer(*shape, "linear", use_bias=False),
        BatchNormLayer(),
        ActivationLayer(settings.activation),
    ]


def article_basic(
    input_shape: tuple[int, int, int] = (32, 32, 3), classes: int = 10
) -> NetworkSpec:
    """The article's basic model: two pairs of convolutions with pooling, and dense 256.

    >>> article_basic().parameters
    477994
    """
    pair = [PoolLayer(), DropoutLayer(0.25)]
    return NetworkSpec(
        input_shape,
        (
            *(ConvLayer(32), ConvLayer(32), *pair),
            *(ConvLayer(64), ConvLayer(64), *pair),
            *(FlattenLayer(), DenseLayer(256), DropoutLayer(0.5), DenseLayer(classes, "softmax")),
        ),
    )


def lenet5(input_shape: tuple[int, int, int] = (28, 28, 1), classes: int = 10) -> NetworkSpec:
    """LeNet-5 with today's parts: mean pooling without weights, every map connected, softmax.

    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document
    recognition", Proc. IEEE 86 (1998), section II.B. There a digit of 28 x 28 lies in 32 x 32,
    which is what "same" does here; the third convolution, whose kernels are as large as its input,
    is written as the dense layer that it is.

    >>> lenet5().parameters
    61706
    """
    return NetworkSpec(
        input_shape,
        (
            *(ConvLayer(6, 5, padding="same", activation="tanh"), PoolLayer("average")),
            *(ConvLayer(16, 5, activation="tanh"), PoolLayer("average"), FlattenLayer()),
            *(DenseLayer(120, "tanh"), DenseLayer(84, "tanh"), DenseLayer(classes, "softmax")),
        ),
    )


def tiny_vgg(input_shape: tuple[int, int, int] = (64, 64, 3), classes: int = 10) -> NetworkSpec:
    """The network that CNN Explainer shows: two pairs of convolutions with ten filters each.

    Z. J. Wang et al., "CNN Explainer: Learning Convolutional Neural Networks with Interactive
    Visualization", IEEE TVCG 27 (2021), arXiv:2004.15004.

    >>> tiny_vgg().parameters
    19920
    """
    pair = (ConvLayer(10), ConvLayer(10), PoolLayer())
    return NetworkSpec(input_shape, (*pair, *pair, FlattenLayer(), DenseLayer(classes, "softmax")))


def improved(input_shape: tuple[int, int, int] = (32, 32, 3), classes: int = 10) -> NetworkSpec:
    """The basic model's idea with batch normalisation: one more pair, no large dense layer.

    >>> improved().parameters
    289642
    """
    return block_network(
        input_shape,
        classes,
        BlockSettings(
            blocks=3,
            filters=32,
            padding="same",
            batch_norm=True,
            head="global_average",
            dense_units=0,
        ),
    )


def fast(input_shape: tuple[int, int, int] = (32, 32, 3), classes: int = 10) -> NetworkSpec:
    """Few filters where the image is large, and pooling before batch normalisation and ReLU, which
    then have a quarter as many numbers to go over.

    The order is that of K. Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU" (2024),
    arXiv:2404.00498.

    >>> fast().parameters
    280298
    """
    layers: list[Layer] = []
    for filters, pooled in ((32, True), (64, True), (64, False), (128, True), (128, False)):
        layers.append(ConvLayer(filters, 3, 1, "same", "linear", use_bias=False))
        layers += [PoolLayer()] * pooled
        layers += [BatchNormLayer(), ActivationLayer("relu")]
    layers += [GlobalAveragePoolLayer(), DenseLayer(classes, "softmax")]
    return NetworkSpec(input_shape, tuple(layers))


@dataclass(frozen=True)
class Preset:
    """A network to start from, and what its training asks for; `about` is a sentence on it.

    `training` are values of `TrainingSpec` by name, all that differ from its defaults.
    """

    title: str
    network: NetworkSpec
    about: str
    augmentation: tuple[str, ...] = ()
    training: Mapping[str, float | str] = field(default_factory=dict)


PRESETS = {
    "basic": Preset(
        "Basic model",
        article_basic(),
        "The article's basic model: two pairs of convolutions, and most of its parameters in one "
        "dense layer.",
    ),
    "lenet5": Preset(
        "LeNet-5",
        lenet5(),
        "LeNet-5 of 1998, which read the digits on cheques; here with today's pooling and softmax.",
    ),
    "tiny_vgg": Preset(
        "TinyVGG",
        tiny_vgg(),
        "The network of CNN Explainer: small enough that every map can be shown.",
    ),
    "improved": Preset(
        "Improved model",
        improved(),
        "Batch normalisation after every convolution, and images shifted and mirrored while it "
        "trains.",
        ("flip", "shift"),
    ),
    "fast": Preset(
        "Fast model",
        fast(),
        "Made for speed: it pools early, and trains with large steps, 16-bit numbers and averaged "
        "weights.",
        ("flip",),
        {
            "optimizer": "nesterov",
            "learning_rate": 0.3,
            "schedule": "one_cycle",
            "weight_decay": 0.003,
            "label_smoothing": 0.05,
            "averaging": 0.99,
            "batch_size": 128,
            "epochs": 8,
            "precision": "bfloat16",
        },
    ),
}
