"""The web process is killed while it serves a visitor whose network trains: after a restart the run
is there by its address."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import psutil

from cnnlib.records import RunError
from cnnlib.runs import RunStore
from tests.browser.server import ROOT, first_visit, streamlit_server
from tests.streamlit_session import Session

PATIENCE = 150.0
BEAT = "alive"


def wait(question: Callable[[], object], session: Session) -> object:
    """The answer to `question`, as soon as it is not false, while the page is looked at."""
    give_up = time.monotonic() + PATIENCE
    while not (answer := question()):
        assert time.monotonic() < give_up, "waited too long"
        session.listen(0.2)
    return answer


def web_process(address: str) -> psutil.Process:
    """The server at this address, a child of this process."""
    port = f"--server.port={urlsplit(address).port}"
    (found,) = (child for child in psutil.Process().children() if port in child.cmdline())
    return found


def kept(store: RunStore, run_id: str) -> int:
    try:
        return store.whole_epochs(run_id)
    except RunError:
        return 0


def test_after_the_server_was_killed_a_run_is_there_by_its_address(tmp_path):
    store, environment = RunStore(tmp_path / "runs"), {"CNN_RUNS": str(tmp_path / "runs")}
    with streamlit_server(ROOT / "app.py", tmp_path / "first.log", environment) as address:
        first_visit(address)
        with Session(address, patience=PATIENCE) as session:
            session.open("training")
            session.press("training_start")
            (run_id,) = parse_qs(session.query)["run"]
            wait(lambda: kept(store, run_id) >= 2, session)
            server = web_process(address)
            children = server.children(recursive=True)
            server.kill()
            server.wait()
        _, alive = psutil.wait_procs(children, timeout=60)
        assert alive == []  # what trained has ended, too
    epochs = store.history(run_id).epochs
    assert [event.epoch for event in epochs] == list(range(1, len(epochs) + 1))
    an_hour_ago = time.time() - 3_600
    os.utime(os.path.join(store.root, run_id, BEAT), (an_hour_ago, an_hour_ago))
    with streamlit_server(ROOT / "app.py", tmp_path / "second.log", environment) as address:
        first_visit(address)
        with Session(address, patience=PATIENCE) as session:
            session.open("training", f"run={run_id}")
            told = [proto.body for proto in session.protos("alert")]
            asked = store.spec(run_id).training.epochs
            said = f"This run was interrupted after epoch {len(epochs)} of {asked}."
            assert [text for text in told if text.startswith(said)], told
            assert session.find("Go on from here")
            session.open("weight-based", f"run={run_id}")
            assert any(
                proto.body.startswith("The kernels of") for proto in session.protos("heading")
            )
            assert not session.protos("alert")
            assert not session.exceptions
