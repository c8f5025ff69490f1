"""Training towards shares of the classes, with a moving average of the weights. Runs in a worker.

Labels are the share that each class has in an image, so that an image may belong to none of them:
then each class is as right as another. The average of the weights over the last steps is what is
kept: it lies in the middle of where the steps jump about.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from cnnlib.events import Weights
from cnnlib.prefetch import ahead
from cnnlib.schedules import learning_rate_at
from cnnlib.spec import NetworkSpec, TrainingSpec

Batch = tuple[np.ndarray, np.ndarray]  # images in [0, 1], and (batch, classes) shares


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
