"""Optimizers in NumPy: what each does with a gradient, step by step, as Keras's own do it.

    rule = Adam(learning_rate=0.1)
    state = rule.start(weights)
    weights, state = rule.step(weights, gradient, state)

Weights and gradients are float arrays of one shape; nothing is changed in place. Defaults are
Keras's. `race` sends several optimizers down a surface from one start.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from cnnlib.surfaces import Surface

MOST_STEPS = 1_000
FAR = 10.0  # times the reach of what is drawn: from there no optimizer has been seen to come back


class DescentError(ValueError):
    """A setting that no optimizer can work with; a sentence for people."""


@dataclass(frozen=True, eq=False)
class State:
    """What an optimizer remembers from step to step, in arrays like the weights.

    `mean` is SGD's velocity (the change made last) or Adam's running mean of gradients; `squares`
    the running mean of squared gradients of RMSprop and Adam. What an optimizer has no use for
    stays zero.
    """

    steps: int
    mean: np.ndarray
    squares: np.ndarray


class _Rule:
    """What all optimizers share."""

    def start(self, weights: np.ndarray) -> State:
        """The state before the first step."""
        return State(0, np.zeros_like(weights), np.zeros_like(weights))

    @staticmethod
    def _settings(dtype: np.dtype, *values: float) -> tuple[np.floating, ...]:
        """Settings as Keras holds them: rounded to float32, whatever the weights are."""
        return tuple(dtype.type(np.float32(value)) for value in values)


@dataclass(frozen=True)
class SGD(_Rule):
    """Stochastic gradient descent, with momentum if wanted, and Nesterov's if wanted.

    Momentum: B. T. Polyak, "Some methods of speeding up the convergence of iteration methods",
    1964. Nesterov's: Y. Nesterov, 1983, in the form of I. Sutskever et al., "On the importance of
    initialization and momentum in deep learning", 2013.

    >>> weights, state = SGD(0.5).step(np.array([3.0]), np.array([2.0]), SGD().start(np.zeros(1)))
    >>> float(weights[0])
    2.0
    """

    learning_rate: float = 0.01
    momentum: float = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        _check_rate(self.learning_rate)
        _check_share("momentum", self.momentum)

    def step(
        self, weights: np.ndarray, gradient: np.ndarray, state: State
    ) -> tuple[np.ndarray, State]:
        """The weights after one step, and what to remember."""
        momentum, rate = self._settings(weights.dtype, self.momentum, self.learning_rate)
        change = state.mean * momentum - gradient * rate
        after = State(state.steps + 1, change, state.squares)
        if self.nesterov:
            change = change * momentum - gradient * rate
        return weights + change, after


@dataclass(frozen=True)
class RMSprop(_Rule):
    """Each weight's step is divided by how large its gradients have been lately.

    T. Tieleman and G. Hinton, "Neural networks for machine learning", lecture 6.5, 2012.
    """

    learning_rate: float = 0.001
    rho: float = 0.9
    epsilon: float = 1e-7

    def __post_init__(self) -> None:
        _check_rate(self.learning_rate)
        _check_share("rho", self.rho)

    def step(
        self, weights: np.ndarray, gradient: np.ndarray, state: State
    ) -> tuple[np.ndarray, State]:
        """The weights after one step, and what to remember."""
        (rate,) = self._settings(weights.dtype, self.learning_rate)
        squares = self.rho * state.squares + (1 - self.rho) * np.square(gradient)
        change = rate * gradient / np.sqrt(squares + self.epsilon)
        return weights - change, State(state.steps + 1, state.mean, squares)


@dataclass(frozen=True)
class Adam(_Rule):
    """A running mean of gradients, divided by the root of a running mean of their squares.

    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015 (arXiv:1412.6980), in
    the order of operations that its section 2 gives last, as Keras has it.
    """

    learning_rate: float = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def __post_init__(self) -> None:
        _check_rate(self.learning_rate)
        _check_share("beta_1", self.beta_1)
        _check_share("beta_2", self.beta_2)

    def rate(self, step: int, dtype: type = np.float64) -> np.floating:
        """The learning rate of step number `step`, counted from 1, corrected for the first steps'
        short memory; computed in the weights' type, as 1 - 0.999 loses most of its figures."""
        held = (self.learning_rate, self.beta_1, self.beta_2)
        rate, first, second = self._settings(np.dtype(dtype), *held)
        count = np.dtype(dtype).type(step)
        return rate * np.sqrt(1 - second**count) / (1 - first**count)

    def step(
        self, weights: np.ndarray, gradient: np.ndarray, state: State
    ) -> tuple[np.ndarray, State]:
        """The weights after one step, and what to remember."""
        count = state.steps + 1
        mean = state.mean + (gradient - state.mean) * (1 - self.beta_1)
        squares = state.squares + (np.square(gradient) - state.squares) * (1 - self.beta_2)
        change = mean * self.rate(count, weights.dtype) / (np.sqrt(squares) + self.epsilon)
        return weights - change, State(count, mean, squares)


Optimizer = SGD | RMSprop | Adam

TITLES = {
    "sgd": "SGD",
    "momentum": "Momentum",
    "nesterov": "Nesterov",
    "rmsprop": "RMSprop",
    "adam": "Adam",
}

_MAKERS: dict[str, Callable[[float, float], Optimizer]] = {
    "sgd": lambda rate, _: SGD(rate),
    "momentum": lambda rate, momentum: SGD(rate, momentum),
    "nesterov": lambda rate, momentum: SGD(rate, momentum, nesterov=True),
    "rmsprop": lambda rate, _: RMSprop(rate),
    "adam": lambda rate, _: Adam(rate),
}


def optimizer(name: str, learning_rate: float, momentum: float = 0.9) -> Optimizer:
    """One of TITLES, with Keras's defaults but these two; DescentError for what cannot be."""
    if name not in _MAKERS:
        raise DescentError(f"an optimizer is one of {', '.join(TITLES)}; it is {name!r:.40}.")
    return _MAKERS[name](learning_rate, momentum)


def all_optimizers(learning_rate: float, momentum: float = 0.9) -> dict[str, Optimizer]:
    """All of TITLES with one learning rate."""
    return {name: optimizer(name, learning_rate, momentum) for name in TITLES}


@dataclass(frozen=True, eq=False)
class Path:
    """Where an optimizer went, in `steps` steps.

    Attributes:
        optimizer: which, with its settings.
        points: (steps + 1, 2), from the start on.
        values: (steps + 1,), the surface's height there.
        gradients: (steps, 2), the slope that each step was given, noise included.
        states: steps + 1 of them, before the first step and after each.
        diverged: the step that ended too far away, or None.
    """

    optimizer: Optimizer
    points: np.ndarray
    values: np.ndarray
    gradients: np.ndarray
    states: tuple[State, ...]
    diverged: int | None

    @property
    def steps(self) -> int:
        return len(self.gradients)


def race(
    surface: Surface,
    start: tuple[float, float],
    settings: Mapping[str, Optimizer],
    *,
    steps: int = 100,
    noise: float = 0.0,
    seed: int = 0,
) -> dict[str, Path]:
    """Send each optimizer down the surface from `start`.

    `noise` is the standard deviation of what is added to both numbers of every gradient: normal,
    and at each step the same for all optimizers. An optimizer that gets farther from the middle
    than FAR times what is drawn has diverged and stops there. DescentError for settings that cannot
    be.
    """
    if isinstance(steps, bool) or not isinstance(steps, int) or not 1 <= steps <= MOST_STEPS:
        raise DescentError(f"a race takes 1 to {MOST_STEPS:,} steps; {steps!r:.40} were asked for.")
    if not math.isfinite(noise) or noise < 0:
        raise DescentError(f"noise is a number from 0 up; it is {noise!r:.40}.")
    if not all(map(math.isfinite, start)):
        raise DescentError(f"the start is a pair of numbers; it is {start!r:.60}.")
    disturbances = noise * np.random.default_rng(seed).standard_normal((steps, 2))
    return {
        name: _run(rule, surface, np.array(start, np.float64), disturbances)
        for name, rule in settings.items()
    }


def _run(rule: Optimizer, surface: Surface, weights: np.ndarray, disturbances: np.ndarray) -> Path:
    points, gradients, states = [weights], [], [rule.start(weights)]
    diverged = None
    for disturbance in disturbances:
        gradient = surface.gradient(weights) + disturbance
        weights, state = rule.step(weights, gradient, states[-1])
        points.append(weights)
        gradients.append(gradient)
        states.append(state)
        if np.abs(weights - surface.centre).max() > FAR * surface.reach:
            diverged = len(gradients)
            break
    at = np.array(points)
    return Path(rule, at, surface.value(at), np.array(gradients), tuple(states), diverged)


def _check_rate(rate: float) -> None:
    if not math.isfinite(rate) or rate <= 0:
        raise DescentError(f"a learning rate is a number above 0; it is {rate!r:.40}.")


def _check_share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise DescentError(f"{name} is a number from 0 to 1; it is {value!r:.40}.")
