"""Exercises on a network's results, made from the answers that a page shows.

A maker takes a seed and what is shown; `functools.partial(maker, shown=...)` is what a page draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnnlib.evaluation import accuracy_interval, confusion_matrix, per_class
from cnnlib.exercises import Exercise, any_of
from cnnlib.numerals import numeral
from cnnlib.reliability import reliability, tempered

COARSE = 4  # bins: few enough for a sum by hand


@dataclass(frozen=True, eq=False)
class Results:
    """What the page shows: true classes (images,), probabilities (images, classes), their names."""

    labels: np.ndarray
    probabilities: np.ndarray
    classes: tuple[str, ...]

    @property
    def matrix(self) -> np.ndarray:
        answers = self.probabilities.argmax(axis=1)
        return confusion_matrix(self.labels, answers, len(self.classes))


def recall_or_precision(seed: int, *, shown: Results) -> Exercise:
    """One of the two shares of a class, from the counts of the matrix."""
    rng = np.random.default_rng(seed)
    rows = per_class(shown.matrix, shown.classes)
    able = [row for row in rows if row.images and row.answers]
    row = any_of(rng, able)
    found = bool(rng.integers(2))
    whole, share = (row.images, row.recall) if found else (row.answers, row.precision)
    question = "What share of its images was found" if found else "What share of them was right"
    return Exercise(
        f"Of {row.images:,} test images of class **{row.name}**, this network answered "
        f"{row.right:,} with {row.name}; it said {row.name} {row.answers:,} times in all. "
        f"{question}, in per cent?",
        round(100 * share, 1),
        "Found: right of the images of the class, a row of the matrix. Right: of the answers "
        "naming it, a column.",
        f"{row.right:,} / {whole:,} = {share:.4f}, so {100 * share:.1f} %: its "
        f"{'recall' if found else 'precision'}.",
        tolerance=0.06,
    )


def interval_reach(seed: int, *, shown: Results) -> Exercise:
    """The textbook's interval, and how it differs from the page's."""
    count, accuracy = _accuracy(shown)
    images = count if seed % 2 else int(np.random.default_rng(seed).choice((100, 400, 2_500)))
    right = round(accuracy * images)
    share = right / images
    reach = 100 * 1.96 * math.sqrt(share * (1 - share) / images)
    low, high = accuracy_interval(right, images)
    return Exercise(
        f"Suppose that {right:,} of {images:,} test images were recognised. The textbook's 95 % "
        "interval reaches 1.96 √(p (1 − p) / n) to either side of the accuracy p. How many "
        "percentage points is that?",
        round(reach, 2),
        "p is right / n, between 0 and 1. Multiply by 100 at the end.",
        f"p = {right:,} / {images:,} = {share:.4f}; 1.96 × √({share:.4f} × {1 - share:.4f} / "
        f"{images:,}) = {reach / 100:.5f}, so {reach:.2f} points. Wilson's interval, which this "
        f"page uses, goes from {100 * low:.2f} to {100 * high:.2f} %: nearly the same while p is "
        "well below 1 and the images are many.",
        tolerance=max(0.02, 0.02 * reach),
    )


def images_needed(seed: int, *, shown: Results) -> Exercise:
    """That an interval narrows with the root of the number of images."""
    count, _ = _accuracy(shown)
    times = int(np.random.default_rng(seed).integers(2, 6))
    words = {2: "half", 3: "a third", 4: "a quarter", 5: "a fifth"}[times]
    needed = times**2 * count
    return Exercise(
        f"This network was asked about {count:,} test images. About how many would make the "
        f"interval of its accuracy {words} as wide?",
        needed,
        "The width goes with 1 / √n.",
        f"√n must become {times} times as large, so n {times}² = {times**2} times: "
        f"{times**2} × {count:,} = {needed:,}. The last points of certainty are dear.",
        tolerance=0.02 * needed,
    )


def bin_gap(seed: int, *, shown: Results) -> Exercise:
    """One bin of the reliability diagram."""
    rng = np.random.default_rng(seed)
    found = reliability(shown.labels, shown.probabilities)
    filled = sorted((each for each in found.bins if each.count), key=lambda each: -each.count)
    each = filled[int(rng.integers(min(5, len(filled))))]
    confidence = round(100 * each.confidence, 1)
    accuracy = 100 * each.right / each.count
    gap = confidence - accuracy
    side = "too sure" if gap > 0 else "not sure enough"
    return Exercise(
        f"{each.count:,} answers had a confidence above {100 * each.low:.1f} up to "
        f"{100 * each.high:.1f} %. On average it was {confidence:.1f} %, and {each.right:,} of the "
        "answers were right. By how many percentage points was the network too sure? (Write a "
        "minus if it was not sure enough.)",
        round(gap, 2),
        "The mean confidence less the share that was right.",
        f"{each.right:,} / {each.count:,} = {accuracy:.2f} % were right; {confidence:.1f} − "
        f"{accuracy:.2f} = {numeral(round(gap, 2))} points: {side}.",
        tolerance=0.06,
    )


def calibration_error(seed: int, *, shown: Results) -> Exercise:
    """The expected calibration error, with few enough bins to add up by hand."""
    rng = np.random.default_rng(seed)
    members = rng.choice(len(shown.labels), min(200, len(shown.labels)), replace=False)
    found = reliability(shown.labels[members], shown.probabilities[members], COARSE)
    held = [each for each in found.bins if each.count]
    given = [round(each.confidence, 2) for each in held]
    gaps = [abs(each.right / each.count - mean) for each, mean in zip(held, given, strict=True)]
    error = 100 * sum(each.count * gap for each, gap in zip(held, gaps, strict=True)) / len(members)
    listed = "; ".join(
        f"{each.count} answers, {each.right} right, mean confidence {mean:.2f}"
        for each, mean in zip(held, given, strict=True)
    )
    sums = " + ".join(f"{each.count} × {gap:.4f}" for each, gap in zip(held, gaps, strict=True))
    return Exercise(
        f"{len(members)} of this network's answers, drawn at random, are put into {COARSE} bins of "
        f"confidence. Those that are not empty hold: {listed}. What is the expected calibration "
        "error, in percentage points?",
        round(error, 2),
        "In each bin the size of right / answers less the mean confidence; then the mean of these, "
        "each weighing as much as it has answers.",
        f"({sums}) / {len(members)} = {error / 100:.4f}, so {error:.2f} points.",
        tolerance=0.06,
    )


def warmer(seed: int, *, shown: Results) -> Exercise:
    """What a temperature of 2 makes of two probabilities."""
    rng = np.random.default_rng(seed)
    names = [shown.classes[at] for at in rng.permutation(len(shown.classes))[:2]]
    share = float(rng.choice((0.6, 0.7, 0.8, 0.9, 0.95, 0.99)))
    first = float(tempered(np.array([[share, 1 - share]]), 2)[0, 0])
    roots = [math.sqrt(x) for x in (share, 1 - share)]
    return Exercise(
        f"Suppose this network gave an image {share:g} for **{names[0]}**, {1 - share:.2g} for "
        f"**{names[1]}** and nothing else. Its scores are divided by a temperature of 2. What does "
        f"{names[0]} get now?",
        round(first, 3),
        "Dividing the scores by 2 takes the square root of each probability; then they are made to "
        "add up to 1 again.",
        f"√{share:g} = {roots[0]:.4f} and √{1 - share:.2g} = {roots[1]:.4f}; {roots[0]:.4f} / "
        f"({roots[0]:.4f} + {roots[1]:.4f}) = {first:.3f}. The answer is the same, less sure.",
        tolerance=0.002,
    )


QUESTIONS: dict[str, tuple[Callable[..., Exercise], ...]] = {
    "results": (
        recall_or_precision,
        bin_gap,
        interval_reach,
        calibration_error,
        images_needed,
        warmer,
    )
}


def _accuracy(shown: Results) -> tuple[int, float]:
    right = int((shown.probabilities.argmax(axis=1) == shown.labels).sum())
    return len(shown.labels), right / len(shown.labels)
