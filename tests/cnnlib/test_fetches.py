"""Sets being fetched, and one that is no longer wanted."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from cnnlib.datasets import DatasetError, data_folder
from cnnlib.fetches import Fetches

NAME = "shapes@24"


class Future(SimpleNamespace):
    """What a cluster gives for a task; `ended` is what the task came to, None while it runs."""

    status = "finished"

    def done(self) -> bool:
        return self.ended is not None

    def result(self, timeout: float) -> tuple[str, str]:
        return self.ended


@pytest.fixture
def fetches(monkeypatch, tmp_path):
    monkeypatch.setenv("CNN_DATA", str(tmp_path))
    return Fetches()


def test_a_set_that_waits_is_given_up_at_once(fetches):
    fetches.ask(NAME)
    assert fetches.status(NAME).state == "queued"
    fetches.stop(NAME)
    assert fetches.status(NAME).state == "absent"
    assert not fetches.are_active


def test_a_set_that_is_drawn_is_stopped_through_its_folder(fetches):
    future = Future(ended=None)
    fetches.ask(NAME)
    fetches.step(lambda key, name: future)
    fetches.on_progress(NAME, 10, 100)
    assert fetches.status(NAME).state == "running"
    fetches.stop(NAME)
    assert [path.name for path in data_folder().iterdir()] == [".shapes@24-stop"]
    assert fetches.status(NAME).is_active  # until the worker has left off
    future.ended = ("absent", "")
    fetches.step(lambda key, name: future)
    assert fetches.status(NAME).state == "absent"


def test_what_is_not_fetched_cannot_be_stopped(fetches):
    fetches.stop(NAME)
    assert not data_folder().exists() or not list(data_folder().iterdir())
    with pytest.raises(DatasetError):
        fetches.status("letters")


def test_a_download_goes_on(fetches):
    fetches.ask("digits")
    fetches.step(lambda key, name: Future(ended=None))
    fetches.stop("digits")
    assert fetches.status("digits").is_active
    assert not list(data_folder().iterdir())
