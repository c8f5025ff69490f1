"""How good a network is on images it never learned from: figures out of answers and labels.

`labels` are true classes and `answers` a network's, both (images,) whole numbers from 0;
`probabilities` are (images, classes), and their largest is the answer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np


class EvaluationError(ValueError):
    """Answers and labels that do not belong together; the message says what was received."""


@dataclass(frozen=True)
class ClassRow:
    """One class's figures.

    `recall` is the share of its `images` that were recognised, right / images; `precision` the
    share of the `answers` naming it that were right, right / answers. None where that is 0 / 0.
    """

    name: str
    images: int
    right: int
    answers: int

    @property
    def recall(self) -> float | None:
        return self.right / self.images if self.images else None

    @property
    def precision(self) -> float | None:
        return self.right / self.answers if self.answers else None


@dataclass(frozen=True)
class HardClass:
    """A class that is often missed: its figures, and which class it is taken for most.

    `index` is the class's own, `answer` that of the other, which was said `times` times.
    """

    index: int
    row: ClassRow
    answer: int
    times: int


def confusion_matrix(labels: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    """Counts (classes, classes) int64: row is the true class, column the answer.

    Raises EvaluationError for arrays of different lengths and numbers that are no class.

    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    labels, answers = _checked(labels, answers)
    both = np.concatenate([labels, answers])
    if both.size and (both.min() < 0 or both.max() >= classes):
        raise EvaluationError(
            f"Labels and answers must be from 0 to {classes - 1}; they go from {both.min()} to "
            f"{both.max()}."
        )
    # In int64: 8-bit labels times the number of classes would wrap around.
    cells = labels.astype(np.int64) * classes + answers
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def right_and_wrong(counts: np.ndarray) -> np.ndarray:
    """A confusion matrix as shares from -1 to 1 for its colours: (classes, classes) floats.

    On the diagonal the share of the row that was told right, so that a rare class is judged like a
    common one; off it minus the count's share of the most frequent mistake; NaN where nothing was
    counted.

    >>> right_and_wrong(np.array([[3, 1], [0, 2]])).tolist()
    [[0.75, -1.0], [nan, 1.0]]
    """
    diagonal = np.eye(len(counts), dtype=bool)
    mistakes = np.where(diagonal, 0, counts)
    right = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    signed_shares = np.where(diagonal, right, -mistakes / max(mistakes.max(), 1))
    return np.where(counts > 0, signed_shares, np.nan)


def accuracy_interval(right: int, images: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Where the accuracy on all such images lies with `confidence`, seen `right` of `images`.

    Wilson's score interval, which stays inside 0 to 1 and holds for few images and for accuracies
    near 1, where the textbook's p ± 1.96 sqrt(p (1 - p) / n) does not: E. B. Wilson, "Probable
    inference, the law of succession, and statistical inference", Journal of the American
    Statistical Association 22 (1927), 209-212.

    >>> [round(end, 4) for end in accuracy_interval(95, 100)]
    [0.8882, 0.9785]
    """
    if not 0 <= right <= images or images == 0:
        raise EvaluationError(
            f"An accuracy needs one image or more, and at most all of them right; received "
            f"{right} right of {images}."
        )
    if not 0 < confidence < 1:
        raise EvaluationError(f"A confidence lies between 0 and 1; it is {confidence!r:.40}.")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = right / images
    centre = share + z * z / (2 * images)
    reach = z * math.sqrt(share * (1 - share) / images + z * z / (4 * images * images))
    scale = 1 + z * z / images
    # Rounding may step over the ends by one part in 10**16.
    return max((centre - reach) / scale, 0.0), min((centre + reach) / scale, 1.0)


def accuracy_difference(
    right: int, images: int, other_right: int, other_images: int, *, confidence: float = 0.95
) -> tuple[float, float]:
    """Where the first accuracy less the second lies with `confidence`, measured on other images.

    If 0 lies inside, chance alone may have made the difference. R. G. Newcombe, "Interval
    estimation for the difference between independent proportions", Statistics in Medicine 17
    (1998), 873-890, method 10: it is put together from the two Wilson intervals.

    >>> [round(end, 4) for end in accuracy_difference(56, 70, 48, 80)]
    [0.0524, 0.3339]
    """
    low, high = accuracy_interval(right, images, confidence=confidence)
    other_low, other_high = accuracy_interval(other_right, other_images, confidence=confidence)
    share, other = right / images, other_right / other_images
    return (
        share - other - math.hypot(share - low, other_high - other),
        share - other + math.hypot(high - share, other - other_low),
    )


def per_class(matrix: np.ndarray, names: Sequence[str]) -> tuple[ClassRow, ...]:
    """A row for each class of a confusion matrix, in the classes' order."""
    if matrix.shape != (len(names), len(names)):
        raise EvaluationError(
            f"A confusion matrix of {len(names)} classes has a row and a column for each; this "
            f"one's shape is {matrix.shape}."
        )
    images, answers = matrix.sum(axis=1), matrix.sum(axis=0)
    return tuple(
        ClassRow(name, int(images[i]), int(matrix[i, i]), int(answers[i]))
        for i, name in enumerate(names)
    )


def hardest_classes(matrix: np.ndarray, names: Sequence[str], count: int) -> list[HardClass]:
    """Up to `count` classes of which something was missed, the smallest recall first.

    >>> [(one.row.name, one.answer, one.times) for one in
    ...     hardest_classes(np.array([[9, 1, 0], [2, 4, 4], [0, 0, 5]]), "abc", 3)]
    [('b', 2, 4), ('a', 1, 1)]
    """
    rows = per_class(matrix, names)
    missed = [at for at, row in enumerate(rows) if row.right < row.images]
    missed.sort(key=lambda at: rows[at].recall)
    found = []
    for at in missed[:count]:
        others = np.where(np.arange(len(rows)) == at, 0, matrix[at])
        found.append(HardClass(at, rows[at], int(others.argmax()), int(others.max())))
    return found


def most_confident_mistakes(
    labels: np.ndarray, probabilities: np.ndarray, count: int
) -> np.ndarray:
    """Indices of up to `count` images answered wrongly, the surest answer first.

    >>> shares = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]])
    >>> most_confident_mistakes(np.array([1, 1, 1]), shares, 5).tolist()
    [0, 1]
    """
    answers, sureness = _answers(labels, probabilities)
    wrong = np.flatnonzero(answers != labels)
    return wrong[np.argsort(-sureness[wrong], kind="stable")][:count]


def least_sure_right(labels: np.ndarray, probabilities: np.ndarray, count: int) -> np.ndarray:
    """Indices of up to `count` images answered rightly, the least sure answer first."""
    answers, sureness = _answers(labels, probabilities)
    right = np.flatnonzero(answers == labels)
    return right[np.argsort(sureness[right], kind="stable")][:count]


def largest_confusion(matrix: np.ndarray) -> tuple[int, int] | None:
    """(true class, answer) of the mistake made most often; None if there is no mistake.

    >>> largest_confusion(np.array([[9, 1], [3, 7]]))
    (1, 0)
    """
    mistakes = matrix * (1 - np.eye(len(matrix), dtype=matrix.dtype))
    if not mistakes.any():
        return None
    true, answer = np.unravel_index(mistakes.argmax(), mistakes.shape)
    return int(true), int(answer)


def in_cell(labels: np.ndarray, probabilities: np.ndarray, true: int, answer: int) -> np.ndarray:
    """Indices of the images of class `true` answered with `answer`, the surest first."""
    answers, sureness = _answers(labels, probabilities)
    members = np.flatnonzero((labels == true) & (answers == answer))
    return members[np.argsort(-sureness[members], kind="stable")]


def drawn_images(images: int, count: int, seed: int) -> np.ndarray:
    """Indices of up to `count` of `images` test images, each as likely as any other.

    >>> drawn_images(1_000, 3, seed=1).tolist() == drawn_images(1_000, 3, seed=1).tolist()
    True
    """
    return np.random.default_rng(seed).choice(images, min(count, images), replace=False)


def _answers(labels: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each image's answer and the probability given to it."""
    if probabilities.ndim != 2:
        raise EvaluationError(
            f"Probabilities are (images, classes); their shape is {probabilities.shape}."
        )
    _checked(labels, probabilities[:, 0])
    return probabilities.argmax(axis=1), probabilities.max(axis=1)


def _checked(labels: np.ndarray, answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if labels.ndim != 1 or labels.shape != answers.shape:
        raise EvaluationError(
            f"There must be one answer for each label; their shapes are {answers.shape} and "
            f"{labels.shape}."
        )
    return labels, answers
