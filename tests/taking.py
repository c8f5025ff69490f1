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
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run those tests only that this process is the first to ask for."""
    folder = os.environ.get(FOLDER)
    if folder is None or session.testsfailed or session.config.option.collectonly:
        return None
    mine = (item for item in session.items if _is_mine(item, Path(folder)))
    item = next(mine, None)
    while item is not None:
        following = next(mine, None)  # what both need is not made twice
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        item = following
    return True


def _is_mine(item: pytest.Item, folder: Path) -> bool:
    module = item.path.relative_to(item.config.rootpath).with_suffix("")
    return _take(folder / (".".join(module.parts) + (" with Keras" if needs_keras(item) else "")))


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
