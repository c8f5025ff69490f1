"""Exercises of the augmentation page: what each change does to pixels and labels, and the gap."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from cnnlib.augmentation_sweep import usual_strength
from cnnlib.exercises import Exercise, Maker, any_of

DEFAULT_GAPS = ((0.99, 0.86), (0.95, 0.92))


@dataclass(frozen=True)
class Varied:
    """What the page shows.

    `shape` (height, width, channels) of the images and `classes` their names; `runs` the names of
    runs with their accuracy in training and in validation after the last epoch, if there are any.
    """

    shape: tuple[int, int, int]
    classes: tuple[str, ...]
    runs: tuple[tuple[str, float, float], ...] = ()


# What a mirror, a turn or a colour makes of some images; True where the label stays true.
CASES = (
    ("handwritten digits", "mirror them left to right", False),
    ("photos of animals", "mirror them left to right", True),
    ("road signs, with “turn left” and “turn right” among them", "mirror them", False),
    ("handwritten digits", "turn them by up to 180 degrees", False),
    ("photos of the ground from a satellite", "turn them by up to 180 degrees", True),
    ("handwritten digits", "move them by up to an eighth of their side", True),
    ("photos of animals", "make them a little darker or brighter", True),
    ("traffic lights, as red, amber or green", "exchange the colour channels", False),
    ("leaves, by their species", "turn them by up to 180 degrees", True),
    ("handwritten letters, with b, d, p and q among them", "turn them by 180 degrees", False),
)
STAYS = "Every label stays true"
FALLS = "Some labels become false"


def label_stays(seed: int) -> Exercise:
    """Whether an augmentation suits a data set."""
    images, change, stays = any_of(np.random.default_rng(seed), CASES)
    return Exercise(
        f"A network learns to tell {images}. In training, you {change}. What about the labels?",
        STAYS if stays else FALLS,
        "Take each class in turn: would you still give the changed image that name?",
        "What you would still call by the same name, the network should, too: this only adds "
        "examples."
        if stays
        else "Some of the changed images are something else, or could be: the network would be "
        "told something false about them.",
        choices=(STAYS, FALLS),
    )


def shifted_places(seed: int, *, shown: Varied) -> Exercise:
    """How many different images shifting makes of one."""
    side = int(np.random.default_rng(seed).choice((shown.shape[0], 16, 48, 64, 96)))
    reach = max(1, round(usual_strength("shift") * side))
    ways = 2 * reach + 1
    return Exercise(
        f"Images of {side} × {side} pixels are moved by up to {reach} whole pixels each way, up or "
        "down and left or right. How many different places are there for an image?",
        ways**2,
        "Count the places along one direction first, and do not forget the one in the middle.",
        f"2 × {reach} + 1 = {ways} places up and down, as many left and right: {ways} × {ways} = "
        f"{ways**2}.",
    )


def hidden_share(seed: int, *, shown: Varied) -> Exercise:
    """How much of an image a cut-out hides."""
    height = shown.shape[0]
    rng = np.random.default_rng(seed)
    side = round(float(rng.choice((0.25, 0.5, 0.75))) * height)
    corner = bool(rng.integers(2))
    hidden = (side - side // 2) ** 2 if corner else side**2
    share = 100 * hidden / height**2
    where = "has its middle in the corner pixel at the top left" if corner else "lies wholly inside"
    sums = (
        f"Only {side - side // 2} of its rows and columns are inside the image: "
        f"{side - side // 2}² / {height}² = {share:.3g} %."
        if corner
        else f"{side}² / {height}² = {share:.3g} %."
    )
    first = f" (it begins {side // 2} pixels above and left of that one)" if corner else ""
    return Exercise(
        f"An image has {height} × {height} pixels. A cut-out of {side} × {side} pixels {where}"
        f"{first}. How many percent of the image does it hide?",
        share,
        "How many pixels of the image lie under the square?",
        sums,
        tolerance=0.06,
    )


def mixed_loss(seed: int, *, shown: Varied) -> Exercise:
    """The loss of an answer to a mixture."""
    rng = np.random.default_rng(seed)
    first, second = (shown.classes[i] for i in rng.permutation(len(shown.classes))[:2])
    share = float(rng.choice((0.6, 0.7, 0.8, 0.9)))
    p, q = ((0.5, 0.25), (0.8, 0.1), (0.4, 0.4), (0.6, 0.2))[int(rng.integers(4))]
    loss = -share * math.log(p) - (1 - share) * math.log(q)
    return Exercise(
        f"Mixup has made an image that is {share:.0%} {first} and {1 - share:.0%} {second}, and "
        f"its label says so. The network answers {first} with {p:g} and {second} with {q:g}. What "
        "is the cross-entropy, to two decimals?",
        round(loss, 2),
        "Minus the logarithm of each class's probability, times that class's share in the label; "
        "add them up.",
        f"−{share:g} × ln {p:g} − {1 - share:.1g} × ln {q:g} = {-share * math.log(p):.3f} + "
        f"{-(1 - share) * math.log(q):.3f} = {loss:.3f}",
        tolerance=0.011,
    )


def lit_pixel(seed: int) -> Exercise:
    """A pixel under more light."""
    rng = np.random.default_rng(seed)
    value, factor = float(rng.choice((0.2, 0.4, 0.5, 0.8, 0.9))), float(rng.choice((0.7, 1.2, 1.3)))
    after = min(value * factor, 1.0)
    return Exercise(
        f"A pixel is {value:g}, on the scale from 0 (black) to 1 (white). Its image's light is "
        f"multiplied by {factor:g}. What is the pixel then?",
        round(after, 4),
        "Multiply. Is there anything brighter than white?",
        f"{value:g} × {factor:g} = {value * factor:g}"
        + (", and white is as bright as it gets: 1." if value * factor > 1 else "."),
        tolerance=1e-6,
    )


def gap_in_points(seed: int, *, shown: Varied) -> Exercise:
    """The gap of a run: the reader's own, or one that is made up."""
    rng = np.random.default_rng(seed)
    if shown.runs:
        name, training, validation = any_of(rng, shown.runs)
        whose = f"Your run “{name}” ended"
    else:
        training, validation = any_of(rng, DEFAULT_GAPS)
        validation = round(validation - 0.01 * int(rng.integers(8)), 2)
        whose = "A run ended"
    gap = round(100 * training, 1) - round(100 * validation, 1)
    return Exercise(
        f"{whose} with an accuracy of {training:.1%} in training and {validation:.1%} in "
        "validation. How many percentage points is the gap?",
        round(gap, 1),
        "Training minus validation.",
        f"{training:.1%} − {validation:.1%} = {gap:.1f} points. "
        + (
            "Much of what it knows of the training images holds for no others."
            if gap > 5
            else "What it has learned holds for images that it has never seen, too."
        ),
        tolerance=0.051,
    )


def questions(shown: Varied) -> tuple[Maker, ...]:
    """The page's questions, about the images and the runs that it shows."""
    return (
        label_stays,
        partial(mixed_loss, shown=shown),
        partial(gap_in_points, shown=shown),
        partial(shifted_places, shown=shown),
        partial(hidden_share, shown=shown),
        lit_pixel,
    )
