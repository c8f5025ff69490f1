"""Whether a network is right as often as it says: its confidences against what became of them.

The confidence of an answer is the probability that the network gives it. `labels` are (images,)
true classes, `probabilities` (images, classes); the largest of an image is its answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnlib.evaluation import EvaluationError, accuracy_interval

BINS = 15  # as in the tables of Guo and others
MOST_BINS = 50


@dataclass(frozen=True)
class Bin:
    """The answers with a confidence above `low`, up to `high`.

    `count` of them, `right` of which were right; `confidence` is their mean, 0 if there are none.
    """

    low: float
    high: float
    count: int
    right: int
    confidence: float

    @property
    def accuracy(self) -> float | None:
        """The share that was right; None without answers."""
        return self.right / self.count if self.count else None

    @property
    def gap(self) -> float:
        """Confidence less accuracy: above 0 where the network is too sure. 0 without answers."""
        return 0.0 if self.accuracy is None else self.confidence - self.accuracy

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the accuracy of all such answers lies with 95 % confidence (Wilson's interval)."""
        return accuracy_interval(self.right, self.count) if self.count else None


@dataclass(frozen=True)
class Reliability:
    """What a reliability diagram shows, from the lowest confidence to the highest."""

    bins: tuple[Bin, ...]

    @property
    def images(self) -> int:
        return sum(each.count for each in self.bins)

    @property
    def expected_error(self) -> float:
        """The expected calibration error: the mean size of the bins' gaps, each weighing as much
        as it has answers.

        ECE = sum over bins of count / images x |accuracy - confidence|: C. Guo, G. Pleiss, Y. Sun
        and K. Q. Weinberger, "On calibration of modern neural networks", Proceedings of the 34th
        International Conference on Machine Learning, 2017, equation 3.
        """
        return sum(each.count * abs(each.gap) for each in self.bins) / self.images

    @property
    def excess(self) -> float:
        """Mean confidence less accuracy, over all answers: above 0 for a network too sure."""
        return sum(each.count * each.gap for each in self.bins) / self.images


def reliability(labels: np.ndarray, probabilities: np.ndarray, bins: int = BINS) -> Reliability:
    """The answers put into `bins` equally wide bins of confidence.

    Raises EvaluationError for arrays that do not belong together, no images, probabilities that are
    no numbers from 0 to 1, and another number of bins than 1 to MOST_BINS.

    >>> shares = np.array([[0.9, 0.1], [0.3, 0.7], [0.8, 0.2]])
    >>> found = reliability(np.array([0, 0, 0]), shares, bins=2)
    >>> [(one.count, one.right) for one in found.bins], round(found.expected_error, 4)
    ([(0, 0), (3, 2)], 0.1333)
    """
    confidences, right = _answers(labels, probabilities)
    numbers = bin_numbers(confidences, bins)
    counts, rights, sums = (
        np.bincount(numbers, weights, minlength=bins) for weights in (None, right, confidences)
    )
    means = sums / np.maximum(counts, 1)
    return Reliability(
        tuple(
            Bin(at / bins, (at + 1) / bins, int(counts[at]), int(rights[at]), float(means[at]))
            for at in range(bins)
        )
    )


def bin_numbers(confidences: np.ndarray, bins: int) -> np.ndarray:
    """Each confidence's bin, from 0: bin m holds those above m / bins, up to (m + 1) / bins.

    >>> bin_numbers(np.array([0.1, 0.25, 0.26, 1.0]), 4).tolist()
    [0, 0, 1, 3]
    """
    if not 1 <= bins <= MOST_BINS:
        raise EvaluationError(f"A diagram has 1 to {MOST_BINS} bins; {bins} were asked for.")
    edges = np.arange(1, bins) / bins
    return np.searchsorted(edges, np.asarray(confidences, np.float64), side="left")


def in_bin(
    labels: np.ndarray, probabilities: np.ndarray, number: int, bins: int = BINS
) -> np.ndarray:
    """Indices of the images whose answer's confidence lies in a bin: mistakes first, then right
    answers, the surest first in each."""
    confidences, right = _answers(labels, probabilities)
    members = np.flatnonzero(bin_numbers(confidences, bins) == number)
    return members[np.lexsort((-confidences[members], right[members]))]


def chance_error(
    probabilities: np.ndarray, bins: int = BINS, *, draws: int = 200, seed: int = 0
) -> tuple[float, float]:
    """What the expected calibration error would be if every confidence were exactly right.

    Few answers are not right exactly as often as they should be, so it is above 0. Each answer is
    called right as often as its confidence says, `draws` times: returned are the mean of the errors
    and the one that 95 % of them stay below. J. Bröcker and L. A. Smith, "Increasing the
    reliability of reliability diagrams", Weather and Forecasting 22 (2007), 651-661.
    """
    confidences = probabilities.max(axis=1).astype(np.float64)
    numbers = bin_numbers(confidences, bins)
    drawn = np.random.default_rng(seed).random((draws, len(confidences))) < confidences
    surplus = drawn - confidences
    gaps = np.stack([surplus[:, numbers == at].sum(axis=1) for at in np.unique(numbers)])
    errors = np.abs(gaps).sum(axis=0) / len(confidences)
    return float(errors.mean()), float(np.quantile(errors, 0.95))


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """The probabilities (images, classes) of scores divided by `temperature`, float64.

    Above 1 they come closer to each other, below 1 they go apart; the order of the classes, and so
    every answer, stays. Guo and others, 2017, section 4.2: softmax(z / T). A probability is
    exp(z) up to a factor that all classes share, so it is raised to 1 / T.

    >>> tempered(np.array([[0.8, 0.2]]), 2).round(4).tolist()
    [[0.6667, 0.3333]]
    """
    if not 0 < temperature < float("inf"):
        raise EvaluationError(f"A temperature is above 0; it is {temperature!r:.40}.")
    shares = np.asarray(probabilities, np.float64)
    # The largest becomes 1 first, so that none of them all is lost below the smallest number.
    powers = (shares / shares.max(axis=1, keepdims=True)) ** (1 / temperature)
    return powers / powers.sum(axis=1, keepdims=True)


def _answers(labels: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each answer's confidence, float64, and whether it is right."""
    if probabilities.ndim != 2 or labels.shape != probabilities.shape[:1] or not len(labels):
        raise EvaluationError(
            "Probabilities are (images, classes), one image or more, with a label for each; the "
            f"shapes are {probabilities.shape} and {labels.shape}."
        )
    confidences = probabilities.max(axis=1).astype(np.float64)
    if not ((confidences >= 0) & (confidences <= 1 + 1e-5)).all():
        raise EvaluationError("Probabilities are numbers from 0 to 1; some of these are not.")
    return np.minimum(confidences, 1.0), probabilities.argmax(axis=1) == labels
