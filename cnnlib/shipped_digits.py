"""How the shipped digits network is trained; `python -m cnnlib.shipped digits` does it.

It reads what visitors draw with a mouse or a finger, so MNIST alone would not do: half of what it
learns from are drawings (`cnnlib.digit_drawings`). A few of them show no digit, with every class as
right as another, so that it is unsure of what it does not know. The last thing fitted is a
temperature, on images and hands held back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from cnnlib import datasets
from cnnlib.averaged_training import AveragedTraining, Batch, calibrated_network
from cnnlib.datasets import Dataset
from cnnlib.digit_drawings import NO_DIGIT, Drawings, draw_again, draw_hands, draw_others
from cnnlib.handwriting import vary
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
from cnnlib.spec import NetworkSpec, TrainingSpec

WIDTHS = (16, 48, 112)  # filters of both convolutions before each pooling
RECIPE = TrainingSpec(
    dataset="digits",
    source="full",
    image_count=9_000,
    learning_rate=0.004,
    schedule="one_cycle",
    batch_size=128,
    epochs=32,
    precision="bfloat16",
    averaging=0.998,
)
HAND_DRAWINGS, OTHER_DRAWINGS, VALIDATION_DRAWINGS = 24_000, 4_000, 2_000
# How many an epoch has of each for one of MNIST's images, and how far they are deformed.
SHARES = {"hands": 1.0, "again": 0.35, "others": 0.12}
MNIST_STRENGTH, DRAWN_STRENGTH = 0.8, 0.5


def network_spec() -> NetworkSpec:
    """Pairs of 3 x 3 convolutions with batch normalisation, pooling, and an average at the end.

    >>> network_spec().parameters
    193914
    """
    layers: list[Layer] = []
    for filters in WIDTHS:
        for _ in range(2):
            layers.append(ConvLayer(filters, 3, 1, "same", "linear", use_bias=False))
            layers += [BatchNormLayer(), ActivationLayer("relu")]
        layers.append(PoolLayer())
    layers += [GlobalAveragePoolLayer(), DropoutLayer(0.3), DenseLayer(10, "softmax")]
    return NetworkSpec(datasets.info("digits").image_shape, tuple(layers))


@dataclass(frozen=True, eq=False)
class Material:
    """What is trained with, and what is held back, `validation`: scans and drawings together."""

    scans: Drawings
    hands: Drawings
    again: Drawings
    others: Drawings
    validation: Drawings


def draw_material(dataset: Dataset, tell: Callable[[str], None] = print) -> Material:
    """All that the training needs, from the data set's training images alone."""
    images, labels, seed = dataset.x_train[..., 0], dataset.y_train, RECIPE.seed
    chosen, held_back = datasets.training_split(
        labels, RECIPE.image_count, seed, RECIPE.validation_share
    )
    scans = Drawings(images[chosen], labels[chosen])

    def telling(what: str) -> Callable[[int], None]:
        return lambda count: tell(f"{count:,} {what} drawn") if count % 4_000 == 0 else None

    again = draw_again(scans.images, scans.labels, seed + 1, telling("scans"))
    hands = draw_hands(HAND_DRAWINGS, seed + 2, done=telling("hands' digits"))
    others = draw_others(OTHER_DRAWINGS, seed + 3, telling("other things"))
    new = draw_hands(VALIDATION_DRAWINGS, seed + 4, validation=True)
    validation = Drawings(
        np.concatenate([images[held_back], new.images]),
        np.concatenate([labels[held_back], new.labels]),
    )
    return Material(scans, hands, again, others, validation)


def batches(material: Material, epoch: int) -> Iterator[Batch]:
    """An epoch's batches, each with as much of everything; the seed gives them all."""
    rng = np.random.default_rng((RECIPE.seed, epoch))
    count = batch_count(material)
    orders = {"scans": rng.permutation(len(material.scans.labels))}
    for name, share in SHARES.items():
        pool = len(getattr(material, name).labels)
        orders[name] = rng.choice(pool, min(pool, round(share * len(orders["scans"]))), False)
    parts = {name: np.array_split(order, count) for name, order in orders.items()}
    for number in range(count):
        images, shares = [], []
        for name, part in parts.items():
            drawings, picked = getattr(material, name), part[number]
            strength = MNIST_STRENGTH if name == "scans" else DRAWN_STRENGTH
            images.append(vary(datasets.scale(drawings.images[picked]), rng, strength))
            shares.append(class_shares(drawings.labels[picked]))
        yield np.concatenate(images)[..., np.newaxis], np.concatenate(shares)


def batch_count(material: Material) -> int:
    """Batches of an epoch of about the recipe's size."""
    images = len(material.scans.labels) * (1 + sum(SHARES.values()))
    return max(1, round(images / RECIPE.batch_size))


def class_shares(labels: np.ndarray) -> np.ndarray:
    """All of a digit's class, and a tenth of each for what is none; (count, 10) float32.

    >>> class_shares(np.array([2, NO_DIGIT]))[:, :3].round(1).tolist()
    [[0.0, 0.0, 1.0], [0.10000000149011612, 0.10000000149011612, 0.10000000149011612]]
    """
    shares = np.concatenate([np.eye(10), np.full((1, 10), 0.1)]).astype(np.float32)
    return shares[np.minimum(labels, NO_DIGIT)]


def train(
    dataset: Dataset,
    resume: tuple[int, dict[str, np.ndarray]] | None,
    keep: Callable[[int, dict[str, np.ndarray]], None],
    tell: Callable[[str], None] = print,
) -> Network:
    """Draw what is trained with, which takes a few minutes, and `train_with` it."""
    return train_with(draw_material(dataset, tell), resume, keep, tell)


def train_with(
    material: Material,
    resume: tuple[int, dict[str, np.ndarray]] | None,
    keep: Callable[[int, dict[str, np.ndarray]], None],
    tell: Callable[[str], None] = print,
) -> Network:
    """Train to the end, from the last whole epoch if there is one, with a line an epoch.

    `keep` is given the state after each epoch. The network's answers are calibrated.
    """
    labels = material.validation.labels
    scans = len(labels) - VALIDATION_DRAWINGS
    return calibrated_network(
        AveragedTraining(network_spec(), RECIPE),
        lambda epoch: batches(material, epoch),
        batch_count(material),
        (datasets.scale(material.validation.images)[..., np.newaxis], labels),
        lambda told: (
            f"{told[:scans].mean():.4f} of scans and {told[scans:].mean():.4f} of new hands' "
            "drawings"
        ),
        resume,
        keep,
        tell,
    )
