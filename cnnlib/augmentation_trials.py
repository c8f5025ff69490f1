"""The same training with and without augmentation, on few images that it learns by heart."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from cnnlib import datasets
from cnnlib.augmentation import augment, mixup
from cnnlib.datasets import Dataset
from cnnlib.layers import ConvLayer, DenseLayer, FlattenLayer, PoolLayer
from cnnlib.spec import NetworkSpec, RunSpec, TrainingSpec
from cnnlib.splits import training_split

# What suits the images of each data set, and is chosen at first.
SUITED = {"digits": ("shift", "zoom", "rotate"), "cifar10": ("flip", "shift")}
WITHOUT, WITH = "without", "with augmentation"
_FILTERS = {"digits": (16, 32), "cifar10": (16, 32, 64)}
_TRAINING = {
    "digits": TrainingSpec(
        image_count=600, validation_share=0.5, epochs=50, batch_size=32, learning_rate=0.002
    ),
    "cifar10": TrainingSpec(
        dataset="cifar10",
        image_count=3_000,
        validation_share=0.3,
        epochs=30,
        batch_size=64,
        learning_rate=0.002,
    ),
}


def augmentation_trial(dataset: str, names: Sequence[str], seed: int) -> tuple[RunSpec, RunSpec]:
    """One run with the images as they are, one with the named augmentations, alike in all else.

    `dataset` is one of SUITED. SpecError for an augmentation or a seed that cannot be.
    """
    known = datasets.info(dataset)
    network = NetworkSpec(
        known.image_shape,
        (
            *(
                layer
                for filters in _FILTERS[dataset]
                for layer in (ConvLayer(filters, 3, padding="same"), PoolLayer())
            ),
            FlattenLayer(),
            DenseLayer(64),
            DenseLayer(len(known.classes), "softmax"),
        ),
    )
    plain = dataclasses.replace(_TRAINING[dataset], seed=seed)
    varied = dataclasses.replace(plain, augmentation=tuple(names))
    return RunSpec(network, plain), RunSpec(network, varied)


def augmentation_name(spec: RunSpec) -> str:
    """What a run of `augmentation_trial` is called.

    >>> [augmentation_name(spec) for spec in augmentation_trial("digits", ("shift",), seed=0)]
    ['without', 'with augmentation']
    """
    return WITH if spec.training.augmentation else WITHOUT


def first_images(training: TrainingSpec, dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """The very images that a run on `dataset` is shown first, and their targets: its first batch.

    Images are float32 (batch, height, width, channels) in [0, 1], changed as the spec says;
    targets (batch, classes) add up to 1.
    """
    train, _ = training_split(
        dataset.y_train, training.image_count, training.seed, training.validation_share
    )
    rng = np.random.default_rng((training.seed, 1))
    chosen = rng.permutation(train)[: training.batch_size]
    images = augment(datasets.scale(dataset.x_train[chosen]), training.augmentation, rng)
    targets = np.eye(len(dataset.classes), dtype=np.float32)[dataset.y_train[chosen]]
    return mixup(images, targets, rng) if "mixup" in training.augmentation else (images, targets)
