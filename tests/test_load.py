"""A few visitors at once on the real app: nothing fails and nothing they send is lost.

How long it takes them, and a class of fifty, is for `tests/benchmarks/bench_load.py`.
"""

from __future__ import annotations

from tests.benchmarks import bench_load
from tests.browser import server

VISITORS, SECONDS = 6, 10.0
PACE = 0.15  # of the pauses


def test_visitors_at_once_meet_no_error_and_lose_no_update(tmp_path):
    runs = {"CNN_RUNS": str(tmp_path / "runs")}
    with server.streamlit_server(server.ROOT / "app.py", tmp_path / "log", runs) as address:
        said = bench_load.answers(address)
        tally, _ = bench_load.visit_together(
            address, VISITORS, SECONDS, said, bench_load.server_process(), PACE
        )
    assert set(said) == set(said.values())  # each digit is taken for what it is
    assert not tally.errors
    assert not tally.lost
    assert {kind for kind, _, _ in tally.times} == {"opening", "slider", "drag", "stroke", "button"}
    assert {"drag", "stroke"} == set(tally.checked)
    assert tally.started or tally.refused
