"""Training towards shares of the classes, with a moving average of the weights. Runs in a worker.

Labels are the share that each class has in an image, so that an image may belong to none of them:
then each class is as right as another. The average of the weights over the last steps is what is
kept: it lies in the middle of where the steps jump about.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from cnnlib.events import Weights
from cnnlib.network import Network
from cnnlib.prefetch import ahead
from cnnlib.schedules import learning_rate_at
from cnnlib.spec import NetworkSpec, TrainingSpec
from cnnlib.temperature import cooled, fitted_temperature
from cnnlib.unknown import KEPT, threshold

Batch = tuple[np.ndarray, np.ndarray]  # images in [0, 1], and (batch, classes) shares
State = dict[str, np.ndarray]


class AveragedTraining:
    """A model, its optimizer and the average of its weights; `state` is all there is to keep.

    `recipe.averaging` is what a step leaves of the average before it.
    """

    def __init__(self, spec: NetworkSpec, recipe: TrainingSpec) -> None:
        from cnnlib.keras_model import MovingAverage, build, compiled, optimizer

        self.spec, self.recipe = spec, recipe
        self.model = build(spec, recipe.precision, recipe.seed)
        self.optimizer = optimizer(recipe)
        self.optimizer.build(self.model.trainable_variables)
        self._step, _ = compiled(
            self.model, self.optimizer, soft=True, label_smoothing=recipe.label_smoothing
        )
        self._average = MovingAverage(self.model, recipe.averaging)

    def epoch(self, number: int, count: int, batches: Iterable[Batch]) -> tuple[float, float]:
        """Train through epoch `number`, from 1, of `count` batches; the mean loss of its batches,
        and the share of images whose likeliest class was right."""
        losses, right, seen = [], 0, 0
        for at, (images, shares) in enumerate(ahead(batches)):
            step = (number - 1) * count + at
            self.optimizer.learning_rate = learning_rate_at(
                self.recipe.schedule, self.recipe.learning_rate, step, self.recipe.epochs * count
            )
            loss, correct, *_ = self._step(images, shares)
            self._average.step(step)
            losses.append(float(loss))
            right += int(correct)
            seen += len(images)
        return float(np.mean(losses)), right / seen

    def averaged(self) -> Weights:
        """The averaged weights, as `keras_model.get_weights` gives them."""
        from cnnlib.keras_model import get_weights

        with self._average.in_place():
            return get_weights(self.model, self.spec)

    def state(self) -> dict[str, np.ndarray]:
        """Copies of all variables that the next step depends on."""
        return {str(n): np.array(v.numpy()) for n, v in enumerate(self._variables())}

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


def calibrated_network(
    training: AveragedTraining,
    batches: Callable[[int], Iterable[Batch]],
    count: int,
    held_back: tuple[np.ndarray, np.ndarray],
    say: Callable[[np.ndarray], str],
    resume: tuple[int, State] | None,
    keep: Callable[[int, State], None],
    tell: Callable[[str], None],
) -> Network:
    """Train to the end of the recipe, from the last whole epoch if there is one; then calibrate.

    `batches(epoch)` gives an epoch's `count` batches. `held_back` are images in [0, 1] and their
    labels: after each epoch `say` puts into words which of them were told right, and at the end a
    temperature is fitted to them. `keep` is given the state after each epoch, `tell` a line.
    """
    done, state = resume or (0, None)
    if state is not None:
        training.restore(state)
    images, labels = held_back
    network = Network(training.spec, training.averaged())
    for number in range(done + 1, training.recipe.epochs + 1):
        began = time.perf_counter()
        loss, right = training.epoch(number, count, batches(number))
        seconds = time.perf_counter() - began
        keep(number, training.state())
        network = Network(training.spec, training.averaged())
        told = network.predict(images).argmax(axis=1) == labels
        tell(
            f"epoch {number}/{training.recipe.epochs}: loss {loss:.4f}, {right:.4f} of a batch "
            f"right, validation accuracy {say(told)}, {seconds:,.0f} s"
        )
    temperature = fitted_temperature(network.logits(images), labels)
    tell(f"temperature {temperature:.3f}")
    network = cooled(network, temperature)
    least = threshold(network.predict(images))
    tell(f"{KEPT:.0%} of what is held back has {least:.3f} or more for the likeliest class")
    return network
