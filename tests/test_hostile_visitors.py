"""What one visitor can do to the server and to others, tried on a real one over HTTP and WebSocket.

`python tests/benchmarks/bench_hostile.py --socket` forges choices on every page.
"""

from __future__ import annotations

import datetime
import http.client
import uuid

import pytest

from cnnlib.runs import RunStore
from pages.support import navigation, uploads
from tests.browser import server
from tests.fuzzing.forging import forge_page
from tests.fuzzing.visits import trained_run
from tests.streamlit_session import XSRF, Session

PAGES = [entry.url_path for entry in navigation.ENTRIES[1:]]
TODAY = PAGES[datetime.date.today().toordinal() % 6 :: 6]  # all of them have their turn in a week
MEGABYTE = 1 << 20
LISTS = ("training", "structure", "transfer", "optimization", "preprocessing", "results")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def address(folder):
    # No training process is started unless somebody trains.
    settings = {"CNN_RUNS": str(folder / "runs"), "CNN_IDLE_SECONDS": "60"}
    with server.streamlit_server(server.ROOT / "app.py", folder / "log", settings) as url:
        server.first_visit(url)
        yield url


@pytest.fixture(scope="module")
def secret_run(folder):
    """Somebody's run, with a name to look for."""
    store = RunStore(folder / "runs")
    run_id = trained_run(store)
    store.rename(run_id, "Mathilde's secret network")
    return run_id


@pytest.mark.parametrize("page", TODAY)
def test_forged_choices_make_no_exception(address, page):
    with Session(address) as session:
        sent = list(forge_page(session, page, rounds=1, seed=PAGES.index(page)))
    assert [wrong for wrong in sent if wrong] == []


# What a visitor can leave on the server


def put(session, data, *, chunked=False, file_id=None):
    """The status that a file is answered with; `chunked` does not say how long it is."""
    border = uuid.uuid4().hex
    head = f'--{border}\r\nContent-Disposition: form-data; name="f"; filename="f.png"\r\n\r\n'
    body = head.encode() + data + f"\r\n--{border}--\r\n".encode()
    headers = {
        "Content-Type": f"multipart/form-data; boundary={border}",
        "Cookie": f"{XSRF}={session.token}",
        "X-Xsrftoken": session.token,
    }
    pieces = (body[at : at + MEGABYTE] for at in range(0, len(body), MEGABYTE))
    path = f"/_stcore/upload_file/{session.id}/{file_id or uuid.uuid4()}"
    connection = http.client.HTTPConnection(session.host, timeout=60)
    try:
        connection.request("PUT", path, pieces if chunked else body, headers)
        return connection.getresponse().status
    except (BrokenPipeError, ConnectionResetError):
        return 413  # it hung up before all had been sent
    finally:
        connection.close()


def bytes_kept(address):
    """What the server says it keeps of uploaded files."""
    with server.urllib.request.urlopen(f"{address}/_stcore/metrics") as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if "UploadedFileManager" in line)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_file_too_large_is_refused_by_the_server(address, chunked):
    with Session(address) as session:
        session.open("classify")
        assert put(session, bytes(23 * MEGABYTE), chunked=chunked) == 413
        assert put(session, bytes(1_000), chunked=chunked) == 204
        assert bytes_kept(address) < MEGABYTE


def test_a_session_leaves_few_files(address):
    with Session(address) as session:
        session.open("classify")
        for _ in range(2 * uploads.MOST_FILES):
            assert put(session, bytes(MEGABYTE)) == 204
        assert bytes_kept(address) <= uploads.MOST_FILES * MEGABYTE
        for _ in range(3):
            assert put(session, bytes(20 * MEGABYTE)) == 204
        assert bytes_kept(address) <= uploads.MOST_SESSION_BYTES


# What a visitor can do to another


def said(session):
    """All that the server has put on the page, as bytes."""
    return b"".join(part.proto.SerializeToString() for part in session.parts.values())


def test_nobody_sees_a_run_without_its_id(address, secret_run):
    with Session(address) as owner, Session(address) as other:
        owner.open("training", f"run={secret_run}")
        assert b"Mathilde" in said(owner)
        for page in LISTS:
            other.open(page)
            assert secret_run.encode() not in said(other)
            assert b"Mathilde" not in said(other)
        assert not owner.exceptions
        assert not other.exceptions


@pytest.mark.parametrize("name", ["run", "runs", "noise_runs", "scaling_runs"])
def test_no_part_of_an_id_and_nothing_like_it_opens_a_run(address, secret_run, name):
    near = [secret_run[:-1], secret_run.swapcase(), f"./{secret_run}", f"{secret_run}/", "*" * 16]
    near += [f"../runs/{secret_run}", f"{secret_run}%00", secret_run[::-1], "?" * 16, "." * 16]
    with Session(address) as other:
        for page in ("training", "preprocessing"):
            for run_id in near:
                other.open(page, f"{name}={run_id}")
                assert b"Mathilde" not in said(other)
        assert not other.exceptions


def test_orders_of_one_visitor_reach_only_their_own_run(address, secret_run, folder):
    store = RunStore(folder / "runs")
    mine = trained_run(store)
    before = {path: path.read_bytes() for path in (folder / "runs" / secret_run).glob("*.json")}
    with Session(address) as other:
        other.open("training", f"run={mine}&training_view=Runs")
        other.set(f"training_name_{mine}", "Mine")
        forged = other.find(f"training_name_{mine}").proto.id.replace(mine, secret_run)
        other.forge(forged, "string_value", "Taken over")
        for row in (0, 1, 2, -1, 10**9, "0", None, [0]):
            for order in ("open", "tick"):
                other.trigger("training_runs", order, row)
                assert b"Mathilde" not in said(other)
        assert not other.exceptions
    assert store.about(mine).name == "Mine"
    after = {path: path.read_bytes() for path in (folder / "runs" / secret_run).glob("*.json")}
    assert after == before
