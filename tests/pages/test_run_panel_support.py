"""How often a run's panel looks at the run."""

from __future__ import annotations

import pytest

from cnnlib.records import RunStatus
from pages.support.run_panel import LINE_SECONDS, POLL_SECONDS, _pause_of


@pytest.mark.parametrize(
    ("status", "pause"),
    [
        (RunStatus("queued", position=3), LINE_SECONDS),
        (RunStatus("queued", position=1), POLL_SECONDS),
        (RunStatus("queued"), POLL_SECONDS),
        (RunStatus("running"), POLL_SECONDS),
        (RunStatus("done"), None),
    ],
)
def test_only_a_run_far_back_in_the_queue_is_looked_at_less_often(status, pause):
    assert _pause_of(status) == pause
