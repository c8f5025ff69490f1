"""What a run is told while it trains, and what it is called: control.json and about.json.

The engine writes `Control` into the run's folder and the worker that trains the run looks at it a
few times a second, so a run is steered wherever it trains, by any app that shares the run store.
"""

from __future__ import annotations

from dataclasses import dataclass

from cnnlib.fields import quote
from cnnlib.records import RunError

NAME_LENGTH = 60


@dataclass(frozen=True)
class Control:
    """A run's orders.

    `paused`: train only the batches granted. `steps`: how many have been granted in all, since the
    run was last queued. `learning_rate`: the one to use, None for the spec's. `stop`: end for good.
    `park`: end if paused, to go on from the very batch later. `layer` and `filter`: whose kernel a
    granted step is to show, from 0; no layer is the first that has one.
    """

    paused: bool = False
    steps: int = 0
    learning_rate: float | None = None
    stop: bool = False
    park: bool = False
    layer: int | None = None
    filter: int = 0


@dataclass(frozen=True)
class About:
    """What people say of a run.

    `name`: what it is called, or empty. `began_from`: what its first weights were, if they were
    those of another run. `test_accuracy`: on the test images, after `test_epoch`.
    """

    name: str = ""
    began_from: str = ""
    test_accuracy: float | None = None
    test_epoch: int = 0


def checked_name(name: object) -> str:
    """A run's name without spaces around it; RunError unless it is 1 to 60 printable characters.

    >>> checked_name("  Wide, 5 × 5 ")
    'Wide, 5 × 5'
    """
    stripped = name.strip() if isinstance(name, str) else ""
    if not 1 <= len(stripped) <= NAME_LENGTH or not stripped.isprintable():
        raise RunError(
            f"a name has 1 to {NAME_LENGTH} letters, digits and signs on one line; it is "
            f"{quote(name)}."
        )
    return stripped
