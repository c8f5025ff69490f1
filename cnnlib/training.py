"""One training run, as a stream of frozen events. Runs in a worker.

The loop is our own rather than `Model.fit` so that it can be stopped between two batches, taken up
again after any epoch with the very same numbers, and read: a step is the forward pass, the gradient
of the loss, and the optimizer's change of the weights.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnlib.augmentation import augment
from cnnlib.datasets import Dataset, scale, training_split
from cnnlib.keras_model import Weights, build, get_weights, import_keras, optimizer
from cnnlib.schedules import learning_rate_at
from cnnlib.spec import RunSpec, SpecError

VALIDATION_BATCH = 500


@dataclass(frozen=True)
class BatchEvent:
    """A batch was trained on. Loss and accuracy are of that batch, before its step.

    `epoch` and `batch` count from 1; `seconds` since the run (or its resumption) began.
    """

    epoch: int
    batch: int
    batches: int
    loss: float
    accuracy: float
    images_per_second: float
    seconds: float


@dataclass(frozen=True)
class EpochEvent:
    """An epoch ended. Loss and accuracy are means over its batches, or over held-back
    images.

    `images_per_second` counts training alone, without validation.
    """

    epoch: int
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    images_per_second: float
    seconds: float


@dataclass(frozen=True, eq=False)
class SnapshotEvent:
    """The weights after an epoch (0: before the first), and what is needed to go on from there."""

    epoch: int
    weights: Weights
    state: dict[str, np.ndarray]


@dataclass(frozen=True)
class DoneEvent:
    """The run ended: after all its epochs, or stopped inside epoch `epochs` + 1."""

    epochs: int
    stopped: bool
    seconds: float


Event = BatchEvent | EpochEvent | SnapshotEvent | DoneEvent


def train(
    spec: RunSpec,
    dataset: Dataset,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    resume: tuple[int, dict[str, np.ndarray]] | None = None,
) -> Iterator[Event]:
    """Train, yielding events. `resume` is (epoch, state) of a SnapshotEvent of the same spec.

    The same spec and data give the same numbers again, whether resumed or not. `should_stop` is
    asked before each batch. A stopped run yields a last SnapshotEvent for the epoch it was in, if
    that epoch had trained on anything. Raises SpecError or DatasetError when network and data do
    not fit each other, and ValueError for the state of another run.
    """
    started = time.perf_counter()
    trainer = Trainer(spec, dataset)
    first = 1
    if resume is None:
        yield trainer.snapshot(0)
    else:
        first = resume[0] + 1
        trainer.restore(resume[1])
    for epoch in range(first, spec.training.epochs + 1):
        epoch_started = time.perf_counter()
        sums = np.zeros(3)  # images, loss x images, correct
        batches = trainer.batches(epoch)
        for number, images, labels in batches:
            if should_stop():
                if sums[0]:
                    yield trainer.snapshot(epoch)
                yield DoneEvent(epoch - 1, True, time.perf_counter() - started)
                return
            loss, correct = trainer.step(images, labels)
            sums += len(labels), loss * len(labels), correct
            now = time.perf_counter()
            yield BatchEvent(
                epoch,
                number,
                trainer.batch_count,
                loss,
                correct / len(labels),
                sums[0] / (now - epoch_started),
                now - started,
            )
        speed = sums[0] / (time.perf_counter() - epoch_started)
        validation = trainer.evaluate()
        means = sums[1:] / sums[0]
        seconds = time.perf_counter() - started
        # The snapshot first: an epoch that has been announced can be looked at.
        yield trainer.snapshot(epoch)
        yield EpochEvent(epoch, *means.tolist(), *validation, float(speed), seconds)
    yield DoneEvent(spec.training.epochs, False, time.perf_counter() - started)


class Trainer:
    """A Keras model, its optimizer and its images; one batch at a time."""

    def __init__(self, spec: RunSpec, dataset: Dataset):
        _check_fit(spec, dataset)
        keras = import_keras()
        keras.utils.set_random_seed(spec.training.seed)
        self.spec = spec
        self.dataset = dataset
        training = spec.training
        self.train_indices, self.validation_indices = training_split(
            dataset.y_train, training.image_count, training.seed
        )
        self.batch_count = -(-len(self.train_indices) // training.batch_size)
        self.model = build(spec.network, training.precision)
        self.optimizer = optimizer(training)
        self.optimizer.build(self.model.trainable_variables)
        self._step, self._evaluate = _compiled(keras, self.model, self.optimizer)

    def batches(self, epoch: int) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """(number, images, labels) of an epoch. Its order depends on seed and epoch alone."""
        training = self.spec.training
        rng = np.random.default_rng((training.seed, epoch))
        order = rng.permutation(self.train_indices)
        for number in range(self.batch_count):
            self._set_learning_rate((epoch - 1) * self.batch_count + number)
            chosen = order[number * training.batch_size : (number + 1) * training.batch_size]
            images = augment(scale(self.dataset.x_train[chosen]), training.augmentation, rng)
            yield number + 1, images, self.dataset.y_train[chosen]

    def step(self, images: np.ndarray, labels: np.ndarray) -> tuple[float, int]:
        """Train on one batch; its mean loss and how many it had right, both before the step."""
        loss, correct = self._step(images, labels.astype(np.int32))
        return float(loss), int(correct)

    def evaluate(self) -> tuple[float, float]:
        """Mean loss and accuracy over the images held back for validation."""
        loss, correct = 0.0, 0
        count = len(self.validation_indices)
        for start in range(0, count, VALIDATION_BATCH):
            chosen = self.validation_indices[start : start + VALIDATION_BATCH]
            labels = self.dataset.y_train[chosen].astype(np.int32)
            batch_loss, batch_correct = self._evaluate(scale(self.dataset.x_train[chosen]), labels)
            loss += float(batch_loss) * len(chosen)
            correct += int(batch_correct)
        return loss / count, correct / count

    def _set_learning_rate(self, step: int) -> None:
        training = self.spec.training
        if training.schedule != "constant":
            steps = training.epochs * self.batch_count
            self.optimizer.learning_rate = learning_rate_at(
                training.schedule, training.learning_rate, step, steps
            )

    def snapshot(self, epoch: int) -> SnapshotEvent:
        """Copies of the weights, and of every variable that the next step depends on."""
        # numpy() copies, and of a single number makes no array.
        state = {str(n): np.asarray(v.numpy()) for n, v in enumerate(self._variables())}
        return SnapshotEvent(epoch, get_weights(self.model, self.spec.network), state)

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Go back to a snapshot's state; ValueError if it is not one of this spec."""
        variables = {str(n): variable for n, variable in enumerate(self._variables())}
        shapes = {name: tuple(variable.shape) for name, variable in variables.items()}
        if {name: array.shape for name, array in state.items()} != shapes:
            raise ValueError("this state is of another network or optimizer; start the run anew.")
        for name, variable in variables.items():
            variable.assign(state[name])

    def _variables(self) -> list[Any]:
        return [*self.model.variables, *self.optimizer.variables]  # dropout's seeds are among them


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


def _compiled(keras: Any, model: Any, optimizer: Any) -> tuple[Callable, Callable]:
    """The training step and the evaluation of one batch, as TensorFlow graphs.

    The batch axis is left open, so that the shorter last batch needs no second graph.
    """
    import tensorflow as tf

    loss_of = keras.losses.SparseCategoricalCrossentropy()
    signature = [
        tf.TensorSpec((None, *model.input_shape[1:]), tf.float32),
        tf.TensorSpec((None,), tf.int32),
    ]

    def correct_in(probabilities, labels):
        answers = tf.argmax(probabilities, axis=-1, output_type=tf.int32)
        return tf.reduce_sum(tf.cast(answers == labels, tf.int32))

    @tf.function(input_signature=signature)
    def step(images, labels):
        with tf.GradientTape() as tape:
            probabilities = model(images, training=True)
            loss = loss_of(labels, probabilities)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return loss, correct_in(probabilities, labels)

    @tf.function(input_signature=signature)
    def evaluate(images, labels):
        probabilities = model(images, training=False)
        return loss_of(labels, probabilities), correct_in(probabilities, labels)

    return step, evaluate
