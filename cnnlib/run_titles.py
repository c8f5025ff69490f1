"""What a run is called where several are shown: the name it was given, or what it is made of."""

from __future__ import annotations

from collections.abc import Sequence

from cnnlib.descent import TITLES
from cnnlib.spec import RunSpec


def run_title(spec: RunSpec, name: str = "") -> str:
    """`name`, or optimizer, learning rate and batch size of a run without one.

    >>> from cnnlib.presets import article_basic
    >>> from cnnlib.spec import TrainingSpec
    >>> spec = RunSpec(article_basic(), TrainingSpec("cifar10", learning_rate=0.01))
    >>> run_title(spec), run_title(spec, "Wide")
    ('Adam 0.01, batches of 64', 'Wide')
    """
    training = spec.training
    optimizer = TITLES.get(training.optimizer, training.optimizer)
    return name or f"{optimizer} {training.learning_rate:g}, batches of {training.batch_size}"


def distinct(titles: Sequence[str]) -> tuple[str, ...]:
    """The titles, those that come again with a number.

    >>> distinct(["Adam", "SGD", "Adam", "Adam (2)"])
    ('Adam', 'SGD', 'Adam (2)', 'Adam (2) (2)')
    """
    used: list[str] = []
    for title in titles:
        number, candidate = 1, title
        while candidate in used:
            number += 1
            candidate = f"{title} ({number})"
        used.append(candidate)
    return tuple(used)
