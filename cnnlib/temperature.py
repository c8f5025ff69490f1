"""Temperature scaling: a network's answers made as sure as they are right.

C. Guo, G. Pleiss, Y. Sun and K. Weinberger, "On Calibration of Modern Neural Networks", ICML 2017,
arXiv:1706.04599, section 4.2: all logits are divided by one number, so which class comes first does
not change.
"""

from __future__ import annotations

import math

import numpy as np

from cnnlib.network import Network

COLDEST, HOTTEST = 0.05, 20.0
_GOLDEN = (math.sqrt(5) - 1) / 2


def fitted_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature with which the mean cross-entropy of `labels` (images,) is least.

    `logits` (images, classes) must be of images that were not trained on. Found between 0.05 and 20
    by golden section in the logarithm: the loss has one valley in 1 / temperature.

    >>> round(fitted_temperature(np.log([[0.9, 0.1]] * 10), np.array([0] * 7 + [1] * 3)), 2)
    2.59
    """
    logits = np.asarray(logits, dtype=np.float64)
    own = logits[np.arange(len(labels)), labels]

    def loss(log_temperature: float) -> float:
        scaled = logits / math.exp(log_temperature)
        most = scaled.max(axis=1)
        normaliser = most + np.log(np.exp(scaled - most[:, np.newaxis]).sum(axis=1))
        return float(np.mean(normaliser - own / math.exp(log_temperature)))

    low, high = math.log(COLDEST), math.log(HOTTEST)
    while high - low > 1e-6:
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


def cooled(network: Network, temperature: float) -> Network:
    """The network with all its logits divided by `temperature`: its last layer's weights are."""
    *hidden, last = network.weights
    scaled = {name: array / np.float32(temperature) for name, array in last.items()}
    return Network(network.spec, (*hidden, scaled))
