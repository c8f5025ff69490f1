"""Trainings on a few images of a few classes: from a shipped network's features, and from nothing.

A trial is four runs on the same images: the shipped photo network under a new head, its features
frozen or learning on; the same network from nothing; and a small network from nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from cnnlib import datasets
from cnnlib.layers import ConvLayer, DenseLayer, DropoutLayer, FlattenLayer, PoolLayer
from cnnlib.spec import LayerShape, NetworkSpec, RunSpec, SpecError, TrainingSpec
from cnnlib.variants import variant

STARTED_FROM = "cifar10"  # the shipped network whose features are tried
LEAST_CLASSES, MOST_CLASSES = 2, 10
LEAST_EACH, MOST_EACH = 5, 50
HELD_BACK = 20  # images of a class for validation, however few are trained on
# More than a hundred steps for any number of images, and few epochs: each is kept on disk, and the
# shipped network is large.
EPOCHS, BATCH = 12, 10
FEW, SMALL_BATCH = 50, 4  # up to so many images in all, batches are smaller
HEAD_RATE, FINE_RATE, FRESH_RATE = 0.01, 0.001, 0.002


@dataclass(frozen=True)
class Source:
    """Where new classes come from: a data set, and how its images are made to fit the network.

    `labels` are those first chosen; `relation` says what the features have to do with them.
    """

    base: str
    title: str
    labels: tuple[int, ...]
    relation: str
    side: int = 0
    rgb: bool = False
    augmentation: tuple[str, ...] = ("shift",)

    def dataset(self, labels: tuple[int, ...]) -> str:
        """The name of the variant with these classes; VariantError if there can be none."""
        return variant(self.base, labels, self.side, rgb=self.rgb)


SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        "photos": Source(
            "cifar10",
            "CIFAR-10 photos",
            (0, 2, 3, 5, 7),
            "seen",
            augmentation=("flip", "shift"),
        ),
        "shapes": Source(
            "shapes", "Drawn shapes", (0, 1, 2, 3, 4), "near", 32, augmentation=("flip", "shift")
        ),
        "digits": Source("digits", "Handwritten digits", (1, 3, 4, 7, 8), "far", 32, True),
    }
)
NAMES = MappingProxyType(
    {
        "frozen": "frozen features",
        "fine": "fine-tuned",
        "fresh": "large from nothing",
        "small": "small from nothing",
    }
)


def with_head(shipped: NetworkSpec, classes: int) -> NetworkSpec:
    """The layers of a shipped network with a new last one, of as many units as there are classes.

    >>> from cnnlib.presets import improved
    >>> with_head(improved(), 5).parameters - improved().parameters
    -645
    """
    return dataclasses.replace(
        shipped, layers=(*shipped.layers[:-1], DenseLayer(classes, "softmax"))
    )


def small_network(input_shape: tuple[int, int, int], classes: int) -> NetworkSpec:
    """A network of a size that suits few images."""
    return NetworkSpec(
        input_shape,
        (
            *(ConvLayer(16), PoolLayer(), ConvLayer(32), PoolLayer(), FlattenLayer()),
            *(DropoutLayer(0.3), DenseLayer(64), DenseLayer(classes, "softmax")),
        ),
    )


def transfer_trial(
    source: Source, labels: tuple[int, ...], each: int, seed: int, shipped: NetworkSpec
) -> dict[str, RunSpec]:
    """The runs of a trial, by the keys of NAMES, with `each` images of every class to train on.

    SpecError for numbers that cannot be, VariantError for classes that the source has not.
    """
    count = len(set(labels))
    if not LEAST_CLASSES <= count <= MOST_CLASSES:
        raise SpecError(f"choose {LEAST_CLASSES} to {MOST_CLASSES} classes; these are {count}.")
    if not LEAST_EACH <= each <= MOST_EACH:
        raise SpecError(
            f"take {LEAST_EACH} to {MOST_EACH} images of each class; {each} were asked for."
        )
    training = TrainingSpec(
        dataset=source.dataset(tuple(set(labels))),
        image_count=count * (each + HELD_BACK),
        validation_share=HELD_BACK / (each + HELD_BACK),
        batch_size=BATCH if count * each > FEW else SMALL_BATCH,
        epochs=EPOCHS,
        seed=seed,
        augmentation=source.augmentation,
        schedule="cosine",
        learning_rate=FRESH_RATE,
    )
    large = with_head(shipped, count)
    fine = dataclasses.replace(training, start=STARTED_FROM, learning_rate=FINE_RATE)
    frozen = dataclasses.replace(fine, frozen=True, learning_rate=HEAD_RATE)
    return {
        "frozen": RunSpec(large, frozen),
        "fine": RunSpec(large, fine),
        "fresh": RunSpec(large, training),
        "small": RunSpec(small_network(shipped.input_shape, count), training),
    }


def kind_of(spec: RunSpec) -> str:
    """Which of a trial's runs, one of NAMES, a spec is."""
    if spec.training.start:
        return "frozen" if spec.training.frozen else "fine"
    normalises = any(layer.kind == "batch_norm" for layer in spec.network.layers)
    return "fresh" if normalises else "small"


def trial_name(spec: RunSpec) -> str:
    """What a run of a trial is called."""
    return NAMES[kind_of(spec)]


def each_of(training: TrainingSpec) -> int:
    """How many images of each class a run of a trial trains on."""
    held = datasets.held_back_count(training.image_count, training.validation_share)
    return (training.image_count - held) // len(datasets.info(training.dataset).classes)


def is_of_trial(spec: RunSpec, dataset: str, shipped: NetworkSpec) -> bool:
    """Whether a run is one that `transfer_trial` makes on this variant, with any number of images
    and any seed."""
    training = spec.training
    held = datasets.held_back_count(training.image_count, training.validation_share)
    classes = len(datasets.info(dataset).classes)
    large = with_head(shipped, classes)
    networks = (large, small_network(shipped.input_shape, classes))
    return (
        training.dataset == dataset
        and spec.network in networks
        and held == HELD_BACK * classes
        and training.schedule == "cosine"
        and training.start in ("", STARTED_FROM)
        and training.label_noise == 0
    )


def trained_on(labels: np.ndarray, image_count: int, share: float, seed: int) -> np.ndarray:
    """Indices of the images that a run of a trial trains on, class by class.

    `labels` are those of all training images, the rest as in its TrainingSpec. The first few of
    each class are those of a trial with fewer images and the same seed.
    """
    held = datasets.held_back_count(image_count, share)
    order = datasets.by_turns(labels, np.random.default_rng(seed))[held:image_count]
    return order[np.argsort(labels[order], kind="stable")]


@dataclass(frozen=True)
class Cost:
    """What a step costs for one image, and how many weights it changes.

    `learning` weights are changed and `kept` ones are not, moving averages left out of both;
    `forward` and `backward` are multiply-adds.
    """

    learning: int
    kept: int
    forward: int
    backward: int


def training_cost(spec: RunSpec, alike: int = 0) -> Cost:
    """The cost of a run; with `frozen`, its first `alike` layers do not learn.

    Backward, a layer that learns needs as many multiply-adds for the gradient of its kernel as it
    took forward, and as many again for the gradient of what goes into it, if anything before it
    learns.
    """
    steps = spec.network.trace()
    first = alike if spec.training.frozen else 0
    learning = [step for step in steps if step.index >= first and step.trainable_parameters]
    return Cost(
        learning=sum(step.trainable_parameters for step in learning),
        kept=sum(step.trainable_parameters for step in steps[:first]),
        forward=sum(step.multiply_adds for step in steps),
        backward=_backward(steps, learning[0].index) if learning else 0,
    )


def _backward(steps: tuple[LayerShape, ...], first: int) -> int:
    """Multiply-adds of the gradients down to the kernel of the layer `first`."""
    return sum((2 if step.index > first else 1) * step.multiply_adds for step in steps[first:])
