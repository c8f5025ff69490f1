"""README's commands for more than one machine, run as they stand there, and apps that share runs.

A scheduler, workers and apps are processes of their own that know each other by TLS and the run
store only, in a folder that is laid out as README says.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PATIENCE = 150.0  # seconds
APP = """
import dataclasses, json, os, sys
from cnnlib.events import BatchEvent, EpochEvent
from cnnlib.jobs import Engine
from cnnlib.runs import RunStore
from cnnlib.spec import (
    ConvLayer, DenseLayer, FlattenLayer, NetworkSpec, PoolLayer, RunSpec, TrainingSpec
)

LAYERS = (ConvLayer(4), PoolLayer(), FlattenLayer(), DenseLayer(10, "softmax"))
engine = Engine(RunStore())
engine.warm()

def submit(epochs, images, batch_size=20):
    training = TrainingSpec(image_count=images, batch_size=batch_size, epochs=epochs)
    return engine.submit(RunSpec(NetworkSpec((28, 28, 1), LAYERS), training))

def status(run_id):
    return dataclasses.asdict(engine.status(run_id)) | {"active": engine.status(run_id).is_active}

def events(run_id):
    return [[type(e).__name__, e.epoch, getattr(e, "batch", 0)] for e in engine.events(run_id)]

def whole_epochs(run_id):
    return engine.store.whole_epochs(run_id)

def stop(run_id):
    engine.cancel(run_id)

def workers():
    cluster = engine._dispatcher.link.cluster
    return len(cluster.client.nthreads()) if cluster and engine.is_warm else 0

def idle_workers():
    tasks = engine._dispatcher.link.cluster.client.processing()
    return sum(not keys for keys in tasks.values())

def process_group(run_id):
    address = engine._dispatcher.jobs.get(run_id).worker
    pids = engine._dispatcher.link.cluster.client.run(os.getpid, workers=[address])
    return os.getpgid(pids[address])

def is_free(run_id):
    def tied(dask_scheduler):
        tasks = dask_scheduler.tasks.items()
        return [bool(task.worker_restrictions) for key, task in tasks if run_id in key]
    return engine._dispatcher.link.cluster.client.run_on_scheduler(tied) == [False]

for line in sys.stdin:
    name, *arguments = json.loads(line)
    print(json.dumps(globals()[name](*arguments)), flush=True)
engine.close()
"""


def command(name: str) -> str:
    """The lines of a block of README that stands after `<!-- name -->`."""
    block = re.search(rf"<!-- {name} -->\n```[a-z]*\n(.*?)```", README, re.DOTALL)
    assert block, f"README has no block {name!r}"
    return block[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Site:
    """A folder as README has it, and what was started there."""

    def __init__(self, folder: Path):
        self.folder = folder
        for name in (".streamlit", "app.py", "assets", "cnnlib", "pages"):
            (folder / name).symlink_to(ROOT / name)
        (folder / ".venv").symlink_to(sys.prefix)
        self.port = free_port()
        self.started: list[subprocess.Popen] = []

    def script(self, *names: str) -> str:
        """Commands of README, with this machine's port and folders in place of its examples."""
        script = "".join(map(command, names))
        script = script.replace("trainer:8786", f"127.0.0.1:{self.port}")
        return script.replace("/shared", str(self.folder / "shared"))

    def run(self, script: str) -> None:
        subprocess.run(["sh", "-euc", script], cwd=self.folder, check=True, capture_output=True)

    def start(self, script: str, name: str, **streams) -> subprocess.Popen:
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                ["sh", "-euc", script],
                cwd=self.folder,
                stderr=log,
                start_new_session=True,
                **({"stdout": log} | streams),
            )
        self.started.append(process)
        return process

    def logs(self) -> str:
        return "\n".join(f"{x.name}\n{x.read_text()}" for x in self.folder.glob("*.log"))

    def close(self) -> None:
        for process in reversed(self.started):
            end(process, signal.SIGTERM)


def end(process: subprocess.Popen, how: signal.Signals) -> None:
    """End a command and everything that it has started."""
    for how_ in (how, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how_)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            continue
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


class App:
    """An app's engine in a process of its own, asked by lines of JSON."""

    def __init__(self, site: Site, name: str):
        (site.folder / "app_engine.py").write_text(APP)
        script = site.script("settings") + "exec .venv/bin/python app_engine.py"
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = site.start(script, name, **pipes)

    def __getattr__(self, name: str):
        def ask(*arguments):
            self.process.stdin.write(json.dumps([name, *arguments]).encode() + b"\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())

        return ask

    def close(self) -> None:
        """Have it end as an app does that is told to."""
        self.process.stdin.close()
        self.process.wait(60)


def wait(question, patience=PATIENCE):
    """The answer to `question`, as soon as it is not false."""
    give_up = time.monotonic() + patience
    while not (answer := question()):
        assert time.monotonic() < give_up, "waited too long"
        time.sleep(0.05)
    return answer


def ended(app, run_id):
    """Where a run stands once it has ended."""
    wait(lambda: not app.status(run_id)["active"])
    return app.status(run_id)


def under_way(app, run_id, epoch=2):
    """Wait until a run trains its epoch `epoch`."""

    def is_there():
        status = app.status(run_id)
        assert status["state"] in ("queued", "running"), status
        return status["state"] == "running" and status["epoch"] >= epoch

    wait(is_there)


def assert_whole(app, run_id, epochs):
    """A history without a gap: every epoch's end once, and batches in order between them."""
    events = app.events(run_id)
    assert [epoch for kind, epoch, _ in events if kind == "EpochEvent"] == list(
        range(1, epochs + 1)
    )
    places = [(epoch, batch if kind == "BatchEvent" else 1e9) for kind, epoch, batch in events]
    assert places == sorted(set(places))
    assert app.whole_epochs(run_id) == epochs
