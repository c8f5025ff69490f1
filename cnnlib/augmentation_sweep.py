"""How far images can be changed before a network says something else.

The augmentations draw at random how much they change an image; here it is exactly so much, more and
more of it, so that the answer can be drawn against it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnnlib.augmentation import AUGMENT, brightness, cutout, mapped, noise

Changed = Callable[[np.ndarray, float], np.ndarray]
Predict = Callable[[np.ndarray], np.ndarray]  # images to (batch, classes) probabilities


@dataclass(frozen=True)
class Sweep:
    """One kind of change, from little to a lot.

    Attributes:
        title: what the amounts are, with their unit: an axis's title.
        amounts: rising; `unchanged` is the one that leaves an image as it is.
        usual: the furthest that training goes, as (least, most).
        form: how an amount is written, as `format` takes it, with its unit.
        changed: images float32 (batch, height, width, channels) in [0, 1] and an amount, to images.
    """

    title: str
    amounts: tuple[float, ...]
    unchanged: float
    usual: tuple[float, float]
    form: str
    changed: Changed

    def written(self, amount: float) -> str:
        """An amount with its unit."""
        return self.form.format(amount)


def usual_strength(name: str) -> float:
    """How strong the augmentation `name` is in training.

    >>> usual_strength("rotate"), usual_strength("cutout")
    (15.0, 0.25)
    """
    return list(inspect.signature(AUGMENT[name]).parameters.values())[-1].default


def turned(images: np.ndarray, degrees: float) -> np.ndarray:
    """The images turned clockwise; what comes in from outside is their edge."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return _mapped(images, turn)


def magnified(images: np.ndarray, factor: float) -> np.ndarray:
    """The images `factor` times as large, about their centre; outside of them is their edge."""
    return _mapped(images, np.eye(2) / factor)


def moved(images: np.ndarray, share: float) -> np.ndarray:
    """The images moved to the right by a share of their width, to a whole pixel."""
    width = images.shape[2]
    columns = np.arange(width) - round(share * width)
    return images[:, :, np.clip(columns, 0, width - 1)]


def lit(images: np.ndarray, factor: float) -> np.ndarray:
    """The images with `factor` times their light."""
    return brightness(images, _Certain(factor))


def grained(images: np.ndarray, deviation: float) -> np.ndarray:
    """The images with noise of this standard deviation, the same grains for every deviation."""
    return noise(images, np.random.default_rng(0), deviation)


def covered(images: np.ndarray, side: float) -> np.ndarray:
    """The images with a square cut out about the same pixel of each, whatever its side."""
    return cutout(images, np.random.default_rng(0), side) if side else images


class _Certain:
    """Stands in for a generator where nothing is left to chance."""

    def __init__(self, value: float) -> None:
        self.value = value

    def uniform(self, low: float, high: float, size: int) -> np.ndarray:
        return np.full(size, self.value)


def _mapped(images: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return mapped(images, np.broadcast_to(matrix, (len(images), 2, 2)), repeat_edge=True)


def _about(name: str) -> tuple[float, float]:
    strength = usual_strength(name)
    return (1 - strength, 1 + strength)


def _steps(last: float, count: int = 13) -> tuple[float, ...]:
    return tuple(round(last * step / (count - 1), 4) for step in range(count))


SWEEPS = {
    "rotate": Sweep(
        "Turn clockwise, degrees", _steps(180), 0, (0, usual_strength("rotate")), "{:.0f}°", turned
    ),
    "shift": Sweep(
        "Move to the right, share of the width",
        _steps(0.6),
        0,
        (0, usual_strength("shift")),
        "{:.0%}",
        moved,
    ),
    "zoom": Sweep(
        "Magnification, times",
        tuple(round(2 ** (step / 3), 4) for step in range(-6, 7)),
        1,
        (1 / usual_strength("zoom"), usual_strength("zoom")),
        "{:.2g} ×",
        magnified,
    ),
    "brightness": Sweep(
        "Light, times that of the image", _steps(3), 1, _about("brightness"), "{:.2g} ×", lit
    ),
    "noise": Sweep(
        "Standard deviation of the noise; white is 1",
        _steps(0.6),
        0,
        (0, usual_strength("noise")),
        "{:.2f}",
        grained,
    ),
    "cutout": Sweep(
        "Side of the square, share of the image's",
        _steps(0.96),
        0,
        (0, usual_strength("cutout")),
        "{:.0%}",
        covered,
    ),
}


@dataclass(frozen=True, eq=False)
class Swept:
    """A network's answers to images of one class, changed more and more.

    Attributes:
        label: the class that all of the images are of.
        probabilities: (amounts, images, classes).
    """

    label: int
    probabilities: np.ndarray

    @property
    def means(self) -> np.ndarray:
        """The mean probability of each class over the images: (amounts, classes)."""
        return self.probabilities.mean(axis=1)

    @property
    def shares(self) -> np.ndarray:
        """The share of the images that are still taken for what they are: (amounts,)."""
        return (self.probabilities.argmax(axis=2) == self.label).mean(axis=1)

    @property
    def rival(self) -> int:
        """The other class whose mean probability rises highest at any amount."""
        others = self.means.max(axis=0)
        others[self.label] = -1
        return int(others.argmax())

    def taken_for(self, at: int) -> tuple[int, int]:
        """What most of the images are taken for at amount number `at`, and how many of them are."""
        votes = np.bincount(self.probabilities[at].argmax(axis=1))
        return int(votes.argmax()), int(votes.max())

    def holds_to(self, least: float = 0.5) -> int:
        """The index of the last amount in a row, from the best one upwards, at which at least this
        share of the images is still taken for what it is."""
        start = int(self.shares.argmax())
        below = np.flatnonzero(self.shares[start:] < least)
        return len(self.shares) - 1 if not len(below) else max(start, start + int(below[0]) - 1)


def sweep(predict: Predict, images: np.ndarray, label: int, name: str) -> Swept:
    """The answers of `predict` to images of class `label`, for each amount of SWEEPS[name]."""
    kind = SWEEPS[name]
    return Swept(label, np.stack([predict(kind.changed(images, x)) for x in kind.amounts]))


@dataclass(frozen=True)
class Mirrored:
    """What becomes of one class when its images are mirrored.

    Attributes:
        before, after: the share of its images taken for the class as they are, and mirrored.
        taken_for: the class that most of the mirrored images are taken for.
    """

    before: float
    after: float
    taken_for: int


def mirror_all(predict: Predict, images: np.ndarray, labels: np.ndarray) -> tuple[Mirrored, ...]:
    """For each class from 0 to the highest of `labels`, which has to have an image of each."""
    classes = int(labels.max()) + 1
    before = predict(images).argmax(axis=1)
    after = predict(np.ascontiguousarray(images[:, :, ::-1])).argmax(axis=1)
    found = []
    for label in range(classes):
        of_class = labels == label
        votes = np.bincount(after[of_class], minlength=classes)
        shares = (float((answers[of_class] == label).mean()) for answers in (before, after))
        found.append(Mirrored(*shares, int(votes.argmax())))
    return tuple(found)


def mixture(first: np.ndarray, second: np.ndarray, share: float) -> np.ndarray:
    """What mixup makes of two images, or two labels, with this share of the first.

    >>> mixture(np.array([1.0, 0.0]), np.array([0.0, 1.0]), 0.75).tolist()
    [0.75, 0.25]
    """
    return share * first + (1 - share) * second


def loss_of(probabilities: np.ndarray, target: np.ndarray) -> float:
    """Cross-entropy of (classes,) probabilities against a label of any shares.

    A probability counts as 1e-7 at least, as in Keras.

    >>> round(loss_of(np.array([0.5, 0.25, 0.25]), np.array([0.5, 0.5, 0.0])), 4)
    1.0397
    """
    return float(-(target * np.log(np.maximum(probabilities, 1e-7))).sum())


def examples(labels: np.ndarray, label: int, count: int) -> np.ndarray:
    """Where the first `count` images of a class lie, or all that there are.

    >>> examples(np.array([7, 2, 7, 7]), 7, 2)
    array([0, 2])
    """
    return np.flatnonzero(labels == label)[:count]
