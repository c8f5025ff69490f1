"""A Keras model, its optimizer and its images: one batch at a time. Runs in a worker."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnlib.augmentation import augment, mixup
from cnnlib.datasets import Dataset, noisy_labels, scale, training_split
from cnnlib.events import SnapshotEvent, StepDetail, Weights
from cnnlib.forecast import validation_batch
from cnnlib.keras_model import (
    MovingAverage,
    build,
    compiled,
    get_weights,
    optimizer,
    set_weights,
)
from cnnlib.prefetch import ahead
from cnnlib.schedules import learning_rate_at
from cnnlib.spec import RunSpec, SpecError
from cnnlib.start import started


@dataclass(frozen=True, eq=False)
class Batch:
    """Images to train on, scaled and varied; `indices` say where in `x_train` they are from.

    `shares` (images, classes), of each class in each image, where labels are mixed or smoothed.
    """

    epoch: int
    number: int
    indices: np.ndarray
    images: np.ndarray
    labels: np.ndarray
    shares: np.ndarray | None = None


@dataclass(frozen=True)
class Validation:
    """Mean loss and accuracy over the held-back images, and over those of each class."""

    loss: float
    accuracy: float
    class_accuracy: tuple[float, ...]


class Trainer:
    """Trains the network of a spec on batches of a data set; its weights are drawn by the seed.

    `peak_rate` is the learning rate that the schedule goes by, and may be set at any time.
    """

    def __init__(self, spec: RunSpec, dataset: Dataset):
        _check_fit(spec, dataset)
        self.spec = spec
        self.dataset = dataset
        training = spec.training
        self.train_indices, self.validation_indices = training_split(
            dataset.y_train, training.image_count, training.seed, training.validation_share
        )
        self.labels = noisy_labels(
            dataset.y_train,
            self.train_indices,
            training.label_noise,
            len(dataset.classes),
            training.seed,
        )
        self.batch_count = -(-len(self.train_indices) // training.batch_size)
        self.model = build(spec.network, training.precision, training.seed)
        if training.start:
            started(self.model, spec)
        self.optimizer = optimizer(training)
        self.optimizer.build(self.model.trainable_variables)
        self._average = (
            MovingAverage(self.model, training.averaging) if training.averaging else None
        )
        self.peak_rate = self._rate = training.learning_rate
        self._is_soft = training.label_smoothing > 0 or "mixup" in training.augmentation
        self._step, self._evaluate = compiled(
            self.model,
            self.optimizer,
            soft=self._is_soft,
            label_smoothing=training.label_smoothing,
        )

    def batches(self, epoch: int, after: int = 0) -> Iterator[Batch]:
        """The batches of an epoch, from number `after` + 1. Seed and epoch give their order.

        They are made a little ahead of their use, in a thread of their own.
        """
        return ahead(self._batches(epoch, after))

    def _batches(self, epoch: int, after: int) -> Iterator[Batch]:
        training = self.spec.training
        rng = np.random.default_rng((training.seed, epoch))
        order = rng.permutation(self.train_indices)
        for number in range(1, self.batch_count + 1):
            chosen = order[(number - 1) * training.batch_size : number * training.batch_size]
            # What has been trained on is varied once more, so that the draws go on from there.
            if number > after or training.augmentation:
                images, shares = self._varied(chosen, rng)
            if number > after:
                yield Batch(epoch, number, chosen, images, self.labels[chosen], shares)

    def _varied(
        self, chosen: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray | None]:
        names = self.spec.training.augmentation
        alike = [name for name in names if name != "mixup"]
        images = augment(scale(self.dataset.x_train[chosen]), alike, rng)
        if not self._is_soft:
            return images, None
        shares = np.eye(len(self.dataset.classes), dtype=np.float32)[self.labels[chosen]]
        return mixup(images, shares, rng) if "mixup" in names else (images, shares)

    def step(self, batch: Batch) -> tuple[float, int]:
        """Train on one batch; its mean loss and how many it had right, both before the step."""
        loss, correct, _, _ = self._trained(batch)
        return float(loss), int(correct)

    def detailed_step(self, batch: Batch, kernel: tuple[int, int]) -> StepDetail:
        """Train on one batch with the very same numbers, and show how.

        `kernel` is (layer, filter), both from 0; one that is not there is the first there is.
        """
        layer, number = self._existing(kernel)
        norms = [_norm([v.numpy() for v in x.trainable_variables]) for x in self.model.layers]
        before = self._kernel(layer, number)
        loss, _, probabilities, gradients = self._trained(batch)
        by_layer = self._by_layer([gradient.numpy() for gradient in gradients])
        labels = batch.shares.argmax(axis=1) if self._is_soft else batch.labels
        return StepDetail(
            epoch=batch.epoch,
            batch=batch.number,
            indices=batch.indices.astype(np.int64),
            labels=labels.astype(np.int64),
            probabilities=probabilities.numpy(),
            loss=float(loss),
            learning_rate=self._rate,
            gradient_norms=np.array([_norm(arrays) for arrays in by_layer]),
            weight_norms=np.array(norms),
            layer=layer,
            filter=number,
            before=before,
            gradient=by_layer[layer][0][..., number].copy(),
            after=self._kernel(layer, number),
        )

    def evaluate(self, goes_on: Callable[[], bool] = lambda: True) -> Validation | None:
        """How well it does on the images held back; None when `goes_on` says no before it ends."""
        with self._shown_weights():
            return self._evaluated(goes_on)

    def _shown_weights(self) -> contextlib.AbstractContextManager:
        """Within it, the model has the weights that count: their average, if there is one."""
        return self._average.in_place() if self._average else contextlib.nullcontext()

    def _evaluated(self, goes_on: Callable[[], bool]) -> Validation | None:
        loss = 0.0
        count, classes = len(self.validation_indices), len(self.dataset.classes)
        size = validation_batch(self.spec.network)
        right, seen = np.zeros(classes), np.zeros(classes)
        for start in range(0, count, size):
            if not goes_on():
                return None
            chosen = self.validation_indices[start : start + size]
            labels = self.dataset.y_train[chosen].astype(np.int32)
            batch_loss, answers = self._evaluate(scale(self.dataset.x_train[chosen]), labels)
            loss += float(batch_loss) * len(chosen)
            right += np.bincount(labels[answers.numpy() == labels], minlength=classes)
            seen += np.bincount(labels, minlength=classes)
        with np.errstate(invalid="ignore"):  # a class without images has no accuracy
            class_accuracy = tuple((right / seen).tolist())
        return Validation(loss / count, right.sum().item() / count, class_accuracy)

    def set_weights(self, weights: Weights) -> None:
        """Begin with these weights, as `get_weights` gives them, of the same network."""
        set_weights(self.model, weights)
        if self._average:
            self._average.begin()

    def snapshot(self, epoch: int, extra: dict[str, np.ndarray] | None = None) -> SnapshotEvent:
        """Copies of the weights, and of every variable that the next step depends on."""
        # numpy() copies, and of a single number makes no array.
        state = {str(n): np.asarray(v.numpy()) for n, v in enumerate(self._variables())}
        with self._shown_weights():
            weights = get_weights(self.model, self.spec.network)
        return SnapshotEvent(epoch, weights, state | (extra or {}))

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Go back to a snapshot's state; ValueError if it is not one of this spec."""
        variables = {str(n): variable for n, variable in enumerate(self._variables())}
        shapes = {name: tuple(variable.shape) for name, variable in variables.items()}
        if {name: array.shape for name, array in state.items()} != shapes:
            raise ValueError("this state is of another network or optimizer; start the run anew.")
        for name, variable in variables.items():
            variable.assign(state[name])
        self._rate = float("nan")  # whatever the state's is, the next step sets its own

    def _trained(self, batch: Batch) -> tuple[Any, ...]:
        training = self.spec.training
        number = (batch.epoch - 1) * self.batch_count + batch.number - 1
        steps = training.epochs * self.batch_count
        rate = learning_rate_at(training.schedule, self.peak_rate, number, steps)
        if rate != self._rate:
            self.optimizer.learning_rate = self._rate = rate
        labels = batch.shares if self._is_soft else batch.labels.astype(np.int32)
        result = self._step(batch.images, labels)
        if self._average:
            self._average.step(number)
        return result

    def _existing(self, kernel: tuple[int, int]) -> tuple[int, int]:
        """The kernel if there is one at that place, or else the first one of the network."""
        layers = [
            getattr(layer, "kernel", None) if layer.trainable else None
            for layer in self.model.layers
        ]
        layer, number = kernel
        if 0 <= layer < len(layers) and layers[layer] is not None:
            return layer, number if 0 <= number < layers[layer].shape[-1] else 0
        return next(n for n, found in enumerate(layers) if found is not None), 0

    def _kernel(self, layer: int, number: int) -> np.ndarray:
        return self.model.layers[layer].kernel.numpy()[..., number].copy()

    def _by_layer(self, gradients: list[np.ndarray]) -> list[list[np.ndarray]]:
        """Gradients of all trainable variables, each layer's in a list; its kernel's first."""
        rest = iter(gradients)
        return [[next(rest) for _ in x.trainable_variables] for x in self.model.layers]

    def _variables(self) -> list[Any]:
        averages = self._average.averages if self._average else []
        # Dropout's seeds are among the model's.
        return [*self.model.variables, *self.optimizer.variables, *averages]


def _norm(arrays: list[np.ndarray]) -> float:
    if not arrays:
        return float("nan")
    with np.errstate(over="ignore", invalid="ignore"):  # weights that blew up have no length
        return float(np.sqrt(sum(np.square(array, dtype=np.float64).sum() for array in arrays)))


def _check_fit(spec: RunSpec, dataset: Dataset) -> None:
    network, image_shape = spec.network, dataset.x_train.shape[1:]
    if network.input_shape != image_shape:
        takes, has = (" x ".join(map(str, x)) for x in (network.input_shape, image_shape))
        raise SpecError(f"the network takes images of {takes}, but this data set's are {has}.")
    if network.classes != len(dataset.classes):
        raise SpecError(
            f"the last layer has {network.classes} units, but this data set has "
            f"{len(dataset.classes)} classes. Give it one unit for each class.",
            layer=len(network.layers) - 1,
        )
