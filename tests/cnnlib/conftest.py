"""What tests of the run store share."""

from __future__ import annotations

import pytest

from cnnlib.runs import RunStore


@pytest.fixture
def store(tmp_path) -> RunStore:
    """An empty store, in a folder that is made with its first run."""
    return RunStore(tmp_path / "runs")
