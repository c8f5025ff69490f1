"""A scheduler, two workers and two apps, started by README's commands, and what is done to them."""

from __future__ import annotations

import signal
import socket
import ssl
import subprocess
import sys

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from cnnlib import machines
from cnnlib.runs import RunStore
from tests.machines import ROOT, App, Site, assert_whole, end, ended, free_port, under_way, wait

LONG = 100  # epochs of what is to be stopped; more than any test waits for


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"))
    site.run(site.script("certificate"))
    try:
        yield site
    finally:
        site.close()


@pytest.fixture(scope="module")
def workers(site):
    site.start(site.script("settings", "scheduler"), "scheduler")
    return [site.start(site.script("settings", "worker"), f"worker{i}") for i in range(2)]


@pytest.fixture(scope="module")
def apps(site, workers):
    apps = [App(site, f"app{i}") for i in range(2)]
    for app in apps:
        wait(lambda app=app: app.workers() == 2)
    return apps


def test_a_run_is_seen_watched_and_stopped_from_the_other_app(apps):
    here, there = apps
    run_id = here.submit(LONG, 2_000)
    under_way(there, run_id)

    # Batches arrive there while their epoch lasts, before anything of it is on disk.
    def is_live():
        kind, epoch, _ = there.events(run_id)[-1]
        return kind == "BatchEvent" and epoch > there.whole_epochs(run_id)

    wait(is_live)
    there.stop(run_id)
    for app in apps:
        status = ended(app, run_id)
        assert status["state"] == "stopped"
        assert "what it had learned by then is kept" in status["message"]
    assert here.events(run_id) == there.events(run_id)


def test_two_apps_share_the_workers_and_a_waiting_run_is_stopped_from_the_other(apps):
    here, there = apps
    first, second = here.submit(LONG, 3_000, 2), there.submit(LONG, 3_000, 2)
    for run_id in (first, second):
        under_way(here, run_id, epoch=1)  # at the same time: each worker trains one
    # Each was given to a worker that did nothing, and may yet go to any, if that one is lost.
    wait(lambda: here.is_free(first) and there.is_free(second))
    waiting = here.submit(LONG, 3_000, 2)
    assert there.status(waiting)["state"] == "queued"
    there.stop(waiting)
    status = ended(here, waiting)
    assert (status["state"], status["message"]) == (
        "stopped",
        "Stopped before it had learned anything.",
    )
    there.stop(second)
    assert ended(here, second)["state"] == "stopped"
    wait(lambda: here.idle_workers() == 1)
    second = here.submit(LONG, 3_000, 2)  # gets the worker that does nothing
    under_way(here, second, epoch=1)
    assert here.status(first)["state"] == "running"
    for run_id in (first, second):
        here.stop(run_id)
        assert ended(there, run_id)["state"] == "stopped"


def test_a_worker_is_lost_and_its_run_goes_on_without_a_gap(apps, workers):
    here, there = apps
    epochs = 12
    run_id = here.submit(epochs, 2_000)
    under_way(there, run_id)
    group = here.process_group(run_id)
    end(next(worker for worker in workers if worker.pid == group), signal.SIGKILL)
    status = ended(there, run_id)
    assert status["state"] == "done"
    assert "died and was started again; the run went on from the end of epoch" in status["message"]
    assert ended(here, run_id)["state"] == "done"
    for app in apps:
        assert_whole(app, run_id, epochs)


def test_an_app_is_killed_and_its_run_goes_on_to_its_end(apps):
    here, there = apps
    epochs = 12
    run_id = here.submit(epochs, 2_000)
    under_way(there, run_id)
    end(here.process, signal.SIGKILL)
    assert ended(there, run_id)["state"] == "done"
    assert_whole(there, run_id, epochs)


def test_a_run_goes_on_to_its_end_when_all_apps_are_told_to_end(apps, site):
    there = apps[1]
    run_id = there.submit(6, 2_000)
    under_way(there, run_id)
    there.close()
    store = RunStore(site.folder / "shared" / "runs")
    wait(lambda: not store.status(run_id).is_active)
    assert store.status(run_id).state == "done"
    assert store.whole_epochs(run_id) == 6


def test_nobody_without_the_certificate_is_let_in(site, apps):
    def first_word(*, with_certificate):
        context = ssl.create_default_context(cafile=site.folder / "cluster.pem")
        context.check_hostname = False
        if with_certificate:
            context.load_cert_chain(site.folder / "cluster.pem")
        with (
            socket.create_connection(("127.0.0.1", site.port), timeout=60) as raw,
            context.wrap_socket(raw) as connection,
        ):
            return connection.recv(1)  # the scheduler speaks first

    assert first_word(with_certificate=True)
    # With TLS 1.3 a client is told after its handshake that it has to leave.
    with pytest.raises((ssl.SSLError, ConnectionError)):
        first_word(with_certificate=False)


def test_the_app_starts_and_lets_in_who_asks_for_it_by_its_name(site):
    port = free_port()
    script = site.script("settings", "app").replace("8501", str(port))
    site.start(script, "streamlit")

    def answer_to(host):
        try:
            with (
                socket.create_connection(("127.0.0.1", port)) as raw,
                connect(f"ws://{host}/_stcore/stream", sock=raw, compression=None),
            ):
                return 101
        except InvalidStatus as refusal:
            return refusal.response.status_code
        except ConnectionRefusedError:
            return None

    assert wait(lambda: answer_to("cnn.example")) == 101
    assert answer_to("elsewhere.example") == 403


@pytest.mark.parametrize(
    "address", ["", "trainer:8786", "tcp://trainer:8786", "tls://:1", "tls://a"]
)
@pytest.mark.parametrize("role", ["scheduler", "worker"])
def test_an_address_without_tls_is_refused(role, address):
    with pytest.raises(ValueError, match="such as tls://trainer:8786"):
        machines.options(role, address)


def test_nothing_starts_without_a_certificate():
    for role in ("scheduler", "worker"):
        with pytest.raises(ValueError, match="CA_FILE names no file"):
            machines.options(role, "tls://trainer:8786")
    run = subprocess.run(
        [sys.executable, "-m", "cnnlib.machines", "trainer"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 1
    assert "say scheduler or worker; you said 'trainer'" in run.stderr
