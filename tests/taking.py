"""A plugin of pytest: of several processes with the same tests, each module's are done by one.

`python -m tests` has them note in a folder, which the variable TESTS_TAKEN names, what they take.
A module's tests with Keras, which are done last, are taken by themselves.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

import pytest

FOLDER = "TESTS_TAKEN"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    """Leave out a test, without a word, that another process has taken."""
    folder = os.environ.get(FOLDER)
    if folder is None:
        return None
    module = item.path.relative_to(item.config.rootpath).with_suffix("")
    name = ".".join(module.parts) + (" with Keras" if needs_keras(item) else "")
    return None if _take(Path(folder) / name) else True


def needs_keras(item: pytest.Item) -> bool:
    """Whether a test has Keras imported."""
    return not {"keras", "tf"}.isdisjoint(getattr(item, "fixturenames", ()))


@functools.cache
def _take(place: Path) -> bool:
    """Whether this process was the first to ask."""
    try:
        place.mkdir()
    except FileExistsError:
        return False
    return True
