"""Weight decay: a little of every weight taken away at each step, in one of two ways.

Decoupled, each weight is first multiplied by 1 - learning rate x decay, and then stepped as if
nothing had happened: I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", 2019
(arXiv:1711.05101), as Keras's `weight_decay` does it. As an L2 term, decay / 2 x w^2 is added to
the loss, and so decay x w to the gradient: what the optimizer makes of that is its own affair.
"""

from __future__ import annotations

import math

import numpy as np

from cnnlib.descent import Optimizer, State
from cnnlib.network import Network


def decayed_step(
    rule: Optimizer,
    weights: np.ndarray,
    gradient: np.ndarray,
    state: State,
    decay: float,
    *,
    decoupled: bool = True,
) -> tuple[np.ndarray, State]:
    """The weights after one step with weight decay, and what the optimizer is to remember.

    For plain gradient descent both ways are the same:

    >>> from cnnlib.descent import SGD
    >>> weights, slopes, rule = np.array([2.0]), np.array([0.5]), SGD(0.125)
    >>> for way in (True, False):
    ...     after, _ = decayed_step(rule, weights, slopes, rule.start(weights), 0.25, decoupled=way)
    ...     print(after.tolist())
    [1.875]
    [1.875]
    """
    if not decoupled:
        return rule.step(weights, gradient + decay * weights, state)
    return rule.step(weights * (1 - rule.learning_rate * decay), gradient, state)


def kept_share(learning_rate: float, decay: float, steps: int) -> float:
    """What is left of a weight after `steps` steps without any gradient, as a share of it.

    >>> round(kept_share(0.1, 0.01, 1_000), 4)
    0.3677
    """
    return (1 - learning_rate * decay) ** steps


def half_life(learning_rate: float, decay: float) -> float:
    """Steps until a weight without any gradient is half of what it was; inf without decay.

    >>> round(half_life(0.1, 0.01))
    693
    """
    shrinking = learning_rate * decay
    if not shrinking:
        return math.inf
    return math.log(0.5) / math.log1p(-shrinking) if shrinking < 1 else 1.0


def swung_weight(
    rule: Optimizer, swing: float, decay: float, steps: int, *, decoupled: bool
) -> np.ndarray:
    """A weight that begins at 1 while its gradient swings between `swing` and -`swing`.

    (steps + 1,) float64: before the first step and after each. The gradient asks for nothing on the
    whole, so what the weight loses is the decay's doing.
    """
    weight = np.ones(1)
    state, path = rule.start(weight), [1.0]
    for step in range(steps):
        gradient = np.array([swing if step % 2 else -swing])
        weight, state = decayed_step(rule, weight, gradient, state, decay, decoupled=decoupled)
        path.append(float(weight[0]))
    return np.array(path)


def kernel_length(network: Network) -> float:
    """All numbers of all kernels, written one after another, as one arrow: its length.

    Biases are left out, and so is what a normalisation has learned: none of those decays. NaN where
    a weight is no number.
    """
    kernels = [arrays["kernel"] for arrays in network.weights if "kernel" in arrays]
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.sqrt(sum(np.square(kernel, dtype=np.float64).sum() for kernel in kernels)))
