"""How the shipped photo network is trained; `python -m cnnlib.shipped cifar10` does it.

Most images of a batch are plain CIFAR-10 ones, mirrored and shifted; some are varied as photos that
people upload vary, and a few show nothing known, with every class as right as another. What is kept
is a moving average of the weights. The last thing fitted is a temperature, on images held back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from cnnlib import datasets
from cnnlib.augmentation import augment
from cnnlib.averaged_training import AveragedTraining, Batch, State, calibrated_network
from cnnlib.datasets import Dataset
from cnnlib.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    GlobalAveragePoolLayer,
    Layer,
    PoolLayer,
)
from cnnlib.network import Network
from cnnlib.photo_variations import nothing_known, varied
from cnnlib.spec import NetworkSpec, TrainingSpec

BLOCKS = ((32, 64), (64, 192), (192, 256), (224,))  # filters; a pooling after all but the last
RECIPE = TrainingSpec(
    dataset="cifar10",
    source="full",
    image_count=50_000,
    optimizer="nesterov",
    learning_rate=0.2,
    weight_decay=0.005,
    label_smoothing=0.05,
    averaging=0.998,
    batch_size=256,
    epochs=30,
    augmentation=("flip", "shift"),
    schedule="one_cycle",
    precision="bfloat16",
    validation_share=0.05,
)
VARIED_SHARE = 0.3
NOTHING = 16  # images that show nothing known, beside each batch


def network_spec() -> NetworkSpec:
    """3 x 3 convolutions, each with batch normalisation and ReLU, three poolings, and an average.

    >>> network_spec().parameters
    1463338
    """
    layers: list[Layer] = []
    for number, block in enumerate(BLOCKS):
        if number:
            layers.append(PoolLayer())
        for filters in block:
            layers.append(ConvLayer(filters, 3, 1, "same", "linear", use_bias=False))
            layers += [BatchNormLayer(), ActivationLayer("relu")]
    layers += [GlobalAveragePoolLayer(), DropoutLayer(0.1), DenseLayer(10, "softmax")]
    return NetworkSpec(datasets.info("cifar10").image_shape, tuple(layers))


@dataclass(frozen=True, eq=False)
class Material:
    """What is trained with: images in [0, 1] and labels, and digits to put among the unknown."""

    images: np.ndarray
    labels: np.ndarray
    digits: np.ndarray


def batches(material: Material, chosen: np.ndarray, epoch: int) -> Iterator[Batch]:
    """An epoch's batches: images, and the share of each class in each; the seed gives them all."""
    rng = np.random.default_rng((RECIPE.seed, epoch))
    order = rng.permutation(chosen)
    size, classes = RECIPE.batch_size, len(datasets.info("cifar10").classes)
    for start in range(0, len(order) - size + 1, size):
        picked = order[start : start + size]
        images = augment(datasets.scale(material.images[picked]), RECIPE.augmentation, rng)
        count = round(VARIED_SHARE * size)
        images[:count] = varied(images[:count], rng)
        others = datasets.scale(material.images[rng.choice(chosen, NOTHING)])
        unknown = nothing_known(others, material.digits, rng)
        known = np.eye(classes, dtype=np.float32)[material.labels[picked]]
        nobody = np.full((NOTHING, classes), 1 / classes, np.float32)
        yield np.concatenate([images, unknown]), np.concatenate([known, nobody])


def train(
    dataset: Dataset,
    digits: np.ndarray,
    resume: tuple[int, State] | None,
    keep: Callable[[int, State], None],
    tell: Callable[[str], None] = print,
) -> Network:
    """Train to the end, from the last whole epoch if there is one, with a line an epoch.

    `digits`, images (count, 28, 28, 1) of bytes, are among what shows nothing known. `keep` is
    given the state after each epoch. The network's answers are calibrated.
    """
    chosen, held_back = datasets.training_split(
        dataset.y_train, RECIPE.image_count, RECIPE.seed, RECIPE.validation_share
    )
    material = Material(dataset.x_train, dataset.y_train, datasets.scale(digits))
    return calibrated_network(
        AveragedTraining(network_spec(), RECIPE),
        lambda epoch: batches(material, chosen, epoch),
        len(chosen) // RECIPE.batch_size,
        (datasets.scale(dataset.x_train[held_back]), dataset.y_train[held_back]),
        lambda told: f"{told.mean():.4f}",
        resume,
        keep,
        tell,
    )
