"""How the shipped photo network is trained; `python -m cnnlib.shipped cifar10` does it.

Most images of a batch are plain CIFAR-10 ones, mirrored and shifted; some are varied as photos that
people upload vary, and a few show nothing known, with every class as right as another. What is kept
is a moving average of the weights. The last thing fitted is a temperature, on images held back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnlib import datasets
from cnnlib.augmentation import augment
from cnnlib.datasets import Dataset
from cnnlib.events import Weights
from cnnlib.keras_model import MovingAverage, build, compiled, get_weights, optimizer
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
from cnnlib.prefetch import ahead
from cnnlib.schedules import learning_rate_at
from cnnlib.spec import NetworkSpec, TrainingSpec
from cnnlib.temperature import cooled, fitted_temperature

BLOCKS = ((32, 64), (64, 192), (192, 256), (224,))  # filters; a pooling after all but the last
RECIPE = TrainingSpec(
    dataset="cifar10",
    source="full",
    image_count=50_000,
    optimizer="nesterov",
    learning_rate=0.2,
    weight_decay=0.005,
    label_smoothing=0.05,
    batch_size=256,
    epochs=30,
    augmentation=("flip", "shift"),
    schedule="one_cycle",
    precision="bfloat16",
    validation_share=0.05,
)
VARIED_SHARE = 0.3
NOTHING = 16  # images that show nothing known, beside each batch
AVERAGING = 0.998  # what a step leaves of the average before it


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


def batches(
    material: Material, chosen: np.ndarray, epoch: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
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


class PhotoTraining:
    """The model, its optimizer and the average of its weights; `state` is all there is to keep."""

    def __init__(self) -> None:
        self.spec = network_spec()
        self.model = build(self.spec, RECIPE.precision, RECIPE.seed)
        self.optimizer = optimizer(RECIPE)
        self.optimizer.build(self.model.trainable_variables)
        self._step, _ = compiled(
            self.model, self.optimizer, soft=True, label_smoothing=RECIPE.label_smoothing
        )
        self._average = MovingAverage(self.model, AVERAGING)

    def epoch(self, number: int, count: int, items: Iterator) -> tuple[float, float]:
        """Train through an epoch's `count` batches; mean loss, and the share it had right."""
        losses, right = [], 0
        for at, (images, shares) in enumerate(ahead(items)):
            step = (number - 1) * count + at
            self.optimizer.learning_rate = learning_rate_at(
                RECIPE.schedule, RECIPE.learning_rate, step, RECIPE.epochs * count
            )
            loss, correct, *_ = self._step(images, shares)
            self._average.step(step)
            losses.append(float(loss))
            right += int(correct)
        return float(np.mean(losses)), right / (count * (RECIPE.batch_size + NOTHING))

    def averaged(self) -> Weights:
        """The averaged weights, as `keras_model.get_weights` gives them."""
        with self._average.in_place():
            return get_weights(self.model, self.spec)

    def state(self) -> dict[str, np.ndarray]:
        return {str(n): np.asarray(v.numpy()) for n, v in enumerate(self._variables())}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Go back to a state; ValueError for one of another network."""
        variables = {str(n): variable for n, variable in enumerate(self._variables())}
        shapes = {name: tuple(variable.shape) for name, variable in variables.items()}
        if {name: array.shape for name, array in state.items()} != shapes:
            raise ValueError("this state is of another network; remove it to begin anew.")
        for name, variable in variables.items():
            variable.assign(state[name])

    def _variables(self) -> list[Any]:
        return [*self.model.variables, *self.optimizer.variables, *self._average.averages]


def train(
    dataset: Dataset,
    digits: np.ndarray,
    resume: tuple[int, dict[str, np.ndarray]] | None,
    keep: Callable[[int, dict[str, np.ndarray]], None],
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
    count = len(chosen) // RECIPE.batch_size
    training = PhotoTraining()
    done, state = resume or (0, None)
    if state is not None:
        training.restore(state)
    images, labels = datasets.scale(dataset.x_train[held_back]), dataset.y_train[held_back]
    network = Network(training.spec, training.averaged())
    for number in range(done + 1, RECIPE.epochs + 1):
        began = time.perf_counter()
        loss, right = training.epoch(number, count, batches(material, chosen, number))
        seconds = time.perf_counter() - began
        keep(number, training.state())
        network = Network(training.spec, training.averaged())
        told = np.mean(network.predict(images).argmax(axis=1) == labels)
        tell(
            f"epoch {number}/{RECIPE.epochs}: loss {loss:.4f}, {right:.4f} of a batch right, "
            f"validation accuracy {told:.4f}, {seconds:,.0f} s"
        )
    temperature = fitted_temperature(network.logits(images), labels)
    tell(f"temperature {temperature:.3f}")
    return cooled(network, temperature)
