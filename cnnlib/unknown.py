"""When a network says "none of these": nearly all images that it knows leave it less unsure.

D. Hendrycks and K. Gimpel, "A Baseline for Detecting Misclassified and Out-of-Distribution Examples
in Neural Networks", ICLR 2017, arXiv:1610.02136. It takes a network that has learned to be unsure
of what it does not know, as the two shipped ones have; how often they say it is in the model card,
and `python -m tests.cnnlib.test_unknown` prints that.
"""

from __future__ import annotations

import numpy as np

KEPT = 0.98  # of the known images: the others are turned away by mistake
# Thresholds of the shipped networks on what was held back when they were trained; their training
# prints them.
NONE_BELOW = {"cifar10": 0.494, "digits": 0.61}


def threshold(probabilities: np.ndarray, kept: float = KEPT) -> float:
    """What the likeliest class of a share `kept` of known images reaches at least.

    `probabilities` is (images, classes), of images that were not trained on.

    >>> threshold(np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.55, 0.45]]), kept=0.75)
    0.7
    """
    most = np.sort(probabilities.max(axis=1))
    return float(most[len(most) - int(np.ceil(kept * len(most)))])
