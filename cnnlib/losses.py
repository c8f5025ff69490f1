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


def cross_entropy(logits: np.ndarray, label: int, smoothing: float = 0.0) -> Charge:
    """Minus the logarithm of the right class's probability, after softmax.

    The slope with score k is p_k - t_k, where t is 1 for the right class and 0 for all others
    (I. Goodfellow, Y. Bengio and A. Courville, "Deep learning", 2016, section 6.2.2.3). With
    `smoothing` t is `targets`, and the cost the mean of all classes' logarithms weighted by it.

    >>> charge = cross_entropy(np.array([0.0, 0.0]), 0)
    >>> round(charge.cost, 4), charge.slopes.tolist()
    (0.6931, [-0.5, 0.5])
    """
    logits = np.asarray(logits, np.float64)
    wanted = targets(len(logits), label, smoothing)
    rest = logits - logits.max()
    # Exact where a probability itself would be 0.
    cost = float(np.log(np.exp(rest).sum()) - wanted @ rest)
    return Charge(cost, softmax(logits) - wanted)


def targets(classes: int, label: int, smoothing: float = 0.0) -> np.ndarray:
    """What a network is told of an image: (classes,) float64 that add up to 1.

    A share `smoothing` (0 to 1) of the right class's 1 is spread evenly over all classes, the right
    one included: C. Szegedy et al., "Rethinking the Inception architecture for computer vision",
    2016, section 7 (arXiv:1512.00567). Keras's `label_smoothing` does the same.

    >>> targets(4, 1, 0.2).round(4).tolist()
    [0.05, 0.85, 0.05, 0.05]
    """
    wanted = np.full(classes, smoothing / classes)
    wanted[label] += 1 - smoothing
    return wanted


def least_cost(classes: int, smoothing: float) -> float:
    """The smallest cross-entropy that any answer has: its probabilities are the targets.

    >>> least_cost(10, 0.0), round(least_cost(2, 1.0), 4)
    (0.0, 0.6931)
    """
    wanted = targets(classes, 0, smoothing)
    told = wanted[wanted > 0]
    return max(0.0, -float(told @ np.log(told)))


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
    off = shares - targets(len(logits), label)
    return Charge(float(np.sum(off**2)), softmax_backward(2 * off, shares))
