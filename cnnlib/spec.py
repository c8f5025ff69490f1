"""What is to be built and trained, as frozen data: NetworkSpec, TrainingSpec, RunSpec, and limits.

A spec is checked when it is made (each value by itself), traced for its shapes (`steps`, `trace`),
and held to an operator's `Limits` where a run is submitted (`RunSpec.check`). It travels as JSON.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field

from cnnlib import variants
from cnnlib.augmentation import AUGMENTATIONS
from cnnlib.fields import (
    JsonText,
    SpecError,
    check_fields,
    checked,
    choice,
    flag,
    from_dict,
    limits_of,
    quote,
    real,
    whole,
    words,
)
from cnnlib.layers import (
    LAYERS,
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
    Shape,
)
from cnnlib.limits import LIMITS, Limits
from cnnlib.schedules import SCHEDULES

__all__ = [
    "LAYERS",
    "LIMITS",
    "ActivationLayer",
    "BatchNormLayer",
    "ConvLayer",
    "DenseLayer",
    "DropoutLayer",
    "FlattenLayer",
    "GlobalAveragePoolLayer",
    "Layer",
    "LayerShape",
    "Limits",
    "NetworkSpec",
    "PoolLayer",
    "RescaleLayer",
    "RunSpec",
    "SpecError",
    "TrainingSpec",
    "limits_of",
]

STARTS = ("", "cifar10", "digits")
OPTIMIZERS = ("sgd", "momentum", "nesterov", "rmsprop", "adam")
NOT_DECAYED = ("bias", "gamma", "beta")  # weights that weight decay leaves alone
MAX_SIDE = 256
FLOAT_BYTES = 4


@dataclass(frozen=True)
class LayerShape:
    """One row of a network's summary. Multiply-adds are those of one image, forward."""

    index: int
    layer: Layer
    input_shape: Shape
    output_shape: Shape
    parameters: int
    trainable_parameters: int
    multiply_adds: int


@dataclass(frozen=True)
class NetworkSpec(JsonText):
    """A stack of layers on images of `input_shape` (height, width, channels)."""

    input_shape: tuple[int, int, int]
    layers: tuple[Layer, ...] = field(default=())

    def __post_init__(self) -> None:
        _check_input_shape(self.input_shape)
        if not isinstance(self.layers, tuple) or not all(isinstance(x, Layer) for x in self.layers):
            raise SpecError("a network's layers must be a tuple of layers.")

    def steps(self) -> Iterator[LayerShape]:
        """Each layer's shapes and counts, in order; SpecError at the first that cannot be."""
        shape: Shape = self.input_shape
        for index, layer in enumerate(self.layers):
            try:
                output = layer.output_shape(shape)
                yield LayerShape(
                    index,
                    layer,
                    shape,
                    output,
                    layer.parameters(shape),
                    layer.trainable_parameters(shape),
                    layer.multiply_adds(shape),
                )
            except SpecError as error:
                raise SpecError(str(error), layer=index) from None
            shape = output

    def trace(self) -> tuple[LayerShape, ...]:
        """All of `steps`, for a stack that ends in a dense softmax layer with a unit a class."""
        steps = tuple(self.steps())
        last = self.layers[-1] if self.layers else None
        if not isinstance(last, DenseLayer) or last.activation != "softmax" or last.units < 2:
            raise SpecError(
                "the last layer must be a dense layer with softmax and one unit for each class.",
                layer=len(self.layers) - 1 if self.layers else None,
            )
        for step in steps[:-1]:
            if getattr(step.layer, "activation", None) == "softmax":
                raise SpecError(
                    "softmax turns scores into probabilities, so it belongs to the last layer "
                    "only. Choose another activation here.",
                    layer=step.index,
                )
        return steps

    @property
    def classes(self) -> int:
        """Number of classes the last layer tells apart."""
        return self.trace()[-1].output_shape[0]

    @property
    def parameters(self) -> int:
        return sum(step.parameters for step in self.trace())

    @property
    def multiply_adds(self) -> int:
        """Of one image, forward."""
        return sum(step.multiply_adds for step in self.trace())

    def to_dict(self) -> dict:
        layers = [{"kind": x.kind} | dataclasses.asdict(x) for x in self.layers]
        return {"input_shape": list(self.input_shape), "layers": layers}

    @classmethod
    def from_dict(cls, values: object) -> NetworkSpec:
        if not isinstance(values, dict) or set(values) != {"input_shape", "layers"}:
            raise SpecError("a network is an object with input_shape and layers.")
        shape, layers = values["input_shape"], values["layers"]
        if not isinstance(shape, list) or not isinstance(layers, list):
            raise SpecError("input_shape and layers must be lists.")
        if len(layers) > LIMITS.layers:
            raise SpecError(
                f"a network may have {LIMITS.layers} layers; this one has {len(layers)}."
            )
        return cls(tuple(shape), tuple(_layer(i, values) for i, values in enumerate(layers)))


@dataclass(frozen=True)
class TrainingSpec(JsonText):
    """How a network is trained. Pixels are scaled to [0, 1]; the loss is cross-entropy.

    `image_count` training images are drawn by `seed`; a share of them is held back for validation.
    `source` "sample" is the bundled part of the data set, "full" all of it. With `precision`
    "bfloat16" layers calculate with 16-bit numbers while the weights stay float32.
    After `patience` epochs without a smaller validation loss the training ends (0: it never does).
    `label_noise` is the share of training images that get the label of another class.
    `weight_decay` is decoupled and of kernels only; `label_smoothing` is the share of each label
    that is dealt out to all classes alike. With `averaging` above 0 the network is a moving average
    of the weights, of which each step leaves that share. `start` names a shipped network whose
    weights the first layers begin with, as far as they are like its own; with `frozen` they keep
    them.
    """

    dataset: str = checked("digits", variants.complaint)
    source: str = choice("sample", ("sample", "full"))
    image_count: int = whole(min(9_000, LIMITS.images), 20, 60_000)
    optimizer: str = choice("adam", OPTIMIZERS)
    learning_rate: float = real(0.001, 1e-6, 10.0)
    weight_decay: float = real(0.0, 0.0, 1.0)
    label_smoothing: float = real(0.0, 0.0, 0.5)
    averaging: float = real(0.0, 0.0, 0.9999)
    batch_size: int = whole(64, 1, 1024)
    epochs: int = whole(min(15, LIMITS.epochs), 1, 100)
    seed: int = whole(0, 0, 2**31 - 1)
    augmentation: tuple[str, ...] = words(AUGMENTATIONS)
    schedule: str = choice("constant", SCHEDULES)
    precision: str = choice("float32", ("float32", "bfloat16"))
    patience: int = whole(0, 0, 100)
    label_noise: float = real(0.0, 0.0, 0.5)
    validation_share: float = real(0.1, 0.05, 0.98)
    start: str = choice("", STARTS)
    frozen: bool = flag(False)

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def is_on_disk(self) -> bool:
        """Whether the images stay in a file, of which a batch at a time is read."""
        return self.source == "full" and variants.parsed(self.dataset).base in variants.DRAWN

    def to_dict(self) -> dict:
        return dataclasses.asdict(self) | {"augmentation": list(self.augmentation)}

    @classmethod
    def from_dict(cls, values: object) -> TrainingSpec:
        return from_dict(cls, values)


@dataclass(frozen=True)
class RunSpec(JsonText):
    """One training run: what is built and how it is trained."""

    network: NetworkSpec
    training: TrainingSpec

    def work(self) -> float:
        """Multiply-adds (forward, one image) x images x epochs."""
        training = self.training
        return float(self.network.multiply_adds) * training.image_count * training.epochs

    def memory_bytes(self) -> int:
        """Estimate of a run's arrays: images, one batch's activations and their gradients, weights.

        Three copies of a batch's activations (value, gradient, work space) and four of the weights
        (value, gradient, two optimizer moments); the interpreter and libraries are not counted.
        """
        steps = self.network.trace()
        image = _cells(self.network.input_shape)
        activations = sum(_cells(step.output_shape) for step in steps)
        images = 0 if self.training.is_on_disk else self.training.image_count
        cells = (
            images * image
            + 3 * self.training.batch_size * (image + activations)
            + 4 * self.network.parameters
        )
        return cells * FLOAT_BYTES

    def check(self, limits: Limits = LIMITS) -> None:
        """SpecError unless the stack is whole and stays within `limits`."""
        network, training = self.network, self.training
        _at_most(len(network.layers), limits.layers, "layers", "Remove some.")
        network.trace()
        _at_most(
            network.parameters,
            limits.parameters,
            "parameters",
            "Use fewer filters or units, or pool before the dense layers.",
        )
        self._check_one_image(limits)
        _at_most(training.image_count, limits.images, "images", "Use fewer.")
        _at_most(training.epochs, limits.epochs, "epochs", "Use fewer.")
        _at_most(
            self.memory_bytes(), limits.memory_bytes, "bytes of memory", "Use a smaller batch."
        )
        _at_most(
            self.work(),
            limits.work,
            "multiply-adds in all",
            "Use fewer images, fewer epochs or a smaller network.",
        )

    def _check_one_image(self, limits: Limits) -> None:
        """What pages compute of the network when it is trained, whatever else the run asks for."""
        _at_most(
            self.network.multiply_adds,
            limits.image_work,
            "multiply-adds for one image",
            "Use fewer filters or smaller images, or pool earlier.",
        )
        cells = sum(_cells(step.output_shape) for step in self.network.trace())
        _at_most(
            FLOAT_BYTES * cells,
            limits.image_bytes,
            "bytes for one image's numbers",
            "Use fewer filters or smaller images, or pool earlier.",
        )

    def to_dict(self) -> dict:
        return {"network": self.network.to_dict(), "training": self.training.to_dict()}

    @classmethod
    def from_dict(cls, values: object) -> RunSpec:
        if not isinstance(values, dict) or set(values) != {"network", "training"}:
            raise SpecError("a run is an object with network and training.")
        return cls(
            NetworkSpec.from_dict(values["network"]), TrainingSpec.from_dict(values["training"])
        )


def _layer(index: int, values: object) -> Layer:
    kind = values.get("kind") if isinstance(values, dict) else None
    if not isinstance(kind, str) or kind not in LAYERS:
        raise SpecError(f"there is no layer of kind {quote(kind)}.", layer=index)
    try:
        return from_dict(LAYERS[kind], {k: v for k, v in values.items() if k != "kind"})
    except SpecError as error:
        raise SpecError(str(error), layer=index) from None


def _check_input_shape(shape: object) -> None:
    good = (
        isinstance(shape, tuple)
        and len(shape) == 3
        and all(isinstance(size, int) and not isinstance(size, bool) for size in shape)
        and min(shape) >= 1
        and max(shape[:2]) <= MAX_SIDE
        and shape[2] in (1, 3)
    )
    if not good:
        raise SpecError(
            f"an input is (height, width, channels) with sides up to {MAX_SIDE} and 1 or 3 "
            f"channels; it is {quote(shape)}."
        )


def _cells(shape: Shape) -> int:
    cells = 1
    for size in shape:
        cells *= size
    return cells


def _at_most(value: float, limit: float, what: str, mend: str) -> None:
    if value > limit:
        raise SpecError(f"this run asks for {value:,.0f} {what}; the most is {limit:,.0f}. {mend}")
