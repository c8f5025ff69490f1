"""Questions with computed answers: what they are, and how an answer is checked.

A maker takes a seed and what the page shows, and returns an `Exercise`; the same seed and page give
the same question. The makers of each section are in `questions_<section>`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

MOST_CHARACTERS = 60
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?%?", re.IGNORECASE)


@dataclass(frozen=True)
class Exercise:
    """A question, its answer, a hint and the worked solution; all texts are Markdown.

    `answer` is a number, checked within `tolerance`, or one of `choices`.
    """

    question: str
    answer: float | str
    hint: str
    worked: str
    tolerance: float = 0.0
    choices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.choices and self.answer not in self.choices:
            raise ValueError(f"the answer {self.answer!r} is not among {self.choices}.")


Maker = Callable[[int], Exercise]  # of a question, from a seed
Option = TypeVar("Option")


def any_of(rng: np.random.Generator, options: Sequence[Option]) -> Option:
    """One of the options, each as likely as the others."""
    return options[int(rng.integers(len(options)))]


@dataclass(frozen=True)
class Verdict:
    """Whether an answer is right (None: it cannot be read as one), with a sentence."""

    right: bool | None
    message: str


def check(exercise: Exercise, given: str) -> Verdict:
    """Compare what a reader typed or picked with the answer.

    Numbers may have spaces, thousands commas or a percent sign. A shape is several numbers, so a
    question asks for one of them.

    >>> check(Exercise("2 + 2?", 4, "Count.", "Four."), " 4.0 ")
    Verdict(right=True, message='Right.')
    """
    if exercise.choices:
        right = str(given).strip() == exercise.answer
        return Verdict(right, "Right." if right else "Not this one. Look again.")
    number = _read_number(str(given).strip()[:MOST_CHARACTERS])
    if number is None:
        return Verdict(None, "Write a number, such as 42 or -0.5.")
    if abs(number - float(exercise.answer)) <= exercise.tolerance + 1e-9 * abs(exercise.answer):
        return Verdict(True, "Right.")
    return Verdict(False, _nearness(number, float(exercise.answer)))


def _read_number(text: str) -> float | None:
    compact = re.sub(r"[\s,_']", "", text.replace("−", "-"))
    if not _NUMBER.fullmatch(compact):
        return None
    value = float(compact.removesuffix("%"))
    return value if math.isfinite(value) else None


def _nearness(given: float, answer: float) -> str:
    if answer and math.isclose(given, -answer, rel_tol=1e-6):
        return "The size is right; look at the sign."
    if answer and 0.5 < given / answer < 2:
        return "Close, but not it. Go through the sum once more."
    return f"{given:g} is too {'large' if given > answer else 'small'}."
