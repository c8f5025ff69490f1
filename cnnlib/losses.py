"""Two ways to charge a network for its answer, and how hard each pulls at its scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnlib.activations import softmax, softmax_backward


@dataclass(frozen=True, eq=False)
class Charge:
    """What an answer costs, and the cost's slope with each score (logit): (classes,) float64."""

    cost: float
    slopes: np.ndarray


def cross_entropy(logits: np.ndarray, label: int) -> Charge:
    """Minus the logarithm of the right class's probability, after softmax.

    The slope with score k is p_k - t_k, where t is 1 for the right class and 0 for all others
    (I. Goodfellow, Y. Bengio and A. Courville, "Deep learning", 2016, section 6.2.2.3).

    >>> charge = cross_entropy(np.array([0.0, 0.0]), 0)
    >>> round(charge.cost, 4), charge.slopes.tolist()
    (0.6931, [-0.5, 0.5])
    """
    logits = np.asarray(logits, np.float64)
    rest = logits - logits.max()
    cost = float(np.log(np.exp(rest).sum()) - rest[label])  # exact where p itself would be 0
    return Charge(cost, softmax(logits) - _target(logits, label))


def squared_error(logits: np.ndarray, label: int) -> Charge:
    """The sum of (p_k - t_k)^2 after softmax.

    Its slope goes back through softmax, whose own slopes are d p_k / d z_j = p_k (1[k = j] - p_j):
    where every p is close to 0 or 1 they are close to 0, whether the answer is right or wrong.

    >>> charge = squared_error(np.array([0.0, 0.0]), 0)
    >>> charge.cost, charge.slopes.tolist()
    (0.5, [-0.5, 0.5])
    """
    logits = np.asarray(logits, np.float64)
    shares = softmax(logits)
    off = shares - _target(logits, label)
    return Charge(float(np.sum(off**2)), softmax_backward(2 * off, shares))


def _target(logits: np.ndarray, label: int) -> np.ndarray:
    target = np.zeros_like(logits)
    target[label] = 1
    return target
