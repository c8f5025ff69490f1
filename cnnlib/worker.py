"""What runs inside a Dask worker: train a run, fetch a data set, and be warm before either.

A worker needs this package on its path and the folder of runs where the app has it; nothing else.
It reports through Dask's event log, a few small dicts a second, and writes everything that is to
last into the run store itself.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from distributed import WorkerPlugin, get_worker, secede

from cnnlib import datasets
from cnnlib.calibration import measure
from cnnlib.demo_runs import run
from cnnlib.demos import Demo, DemoResult
from cnnlib.feed import TOPIC
from cnnlib.forecast import Speed
from cnnlib.keras_model import import_keras
from cnnlib.pacing import EVENT_SECONDS
from cnnlib.process_memory import give_back
from cnnlib.processor import cores
from cnnlib.recording import Send, train_and_record
from cnnlib.runs import RunStore
from cnnlib.shape_set import GenerationStoppedError
from cnnlib.spec import ConvLayer, DenseLayer, FlattenLayer, NetworkSpec, RunSpec, TrainingSpec
from cnnlib.trainer import Trainer

NICENESS = 15
_warming = threading.Lock()
_one_at_a_time = threading.Lock()  # Keras's random state belongs to the process
_measuring = threading.Lock()
_is_warm = False
_speed: Speed | None = None


class WarmUp(WorkerPlugin):
    """Makes each worker polite and warm, also one that was started again."""

    def setup(self, worker: Any) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(cores()))
        os.environ.setdefault("TF_NUM_INTEROP_THREADS", "2")
        if hasattr(os, "nice") and os.nice(0) < NICENESS:
            # Threads inherit it from this one, Dask's event loop: pages come before training.
            os.nice(NICENESS - os.nice(0))

        def run() -> None:
            warm_up()
            worker.log_event(TOPIC, {"kind": "warm", "worker": worker.address})
            # Whoever comes now need not wait for this: it lets runs pass.
            speed = dataclasses.asdict(own_speed())
            worker.log_event(TOPIC, {"kind": "speed", "worker": worker.address, "speed": speed})

        threading.Thread(target=run, name="warm-up", daemon=True).start()


def warm_up() -> None:
    """Import Keras and run one training step, once in each process."""
    global _is_warm
    with _warming:
        if _is_warm:
            return
        # Keras does without pandas where there is none, and here it is 50 MB that nobody uses.
        with _silence(), _left_out("pandas"):
            import_keras()
        # Every run has its own compiled step, which TensorFlow takes for one compiled too often.
        logging.getLogger("tensorflow").setLevel(logging.ERROR)
        shape = (8, 8, 1)
        network = NetworkSpec(shape, (ConvLayer(2), FlattenLayer(), DenseLayer(2, "softmax")))
        spec = RunSpec(network, TrainingSpec(image_count=20, batch_size=16, epochs=1))
        images = np.zeros((20, *shape), np.uint8)
        labels = np.arange(20, dtype=np.uint8) % 2
        trainer = Trainer(spec, datasets.Dataset(images, labels, images, labels, ("0", "1")))
        for batch in trainer.batches(1):
            trainer.step(batch)
        trainer.evaluate()
        _is_warm = True


def own_speed() -> Speed:
    """What this process has measured of itself, once."""
    global _speed
    with _measuring:
        if _speed is None:
            _speed = measure(lambda: _one_at_a_time)
            give_back()
        return _speed


@contextlib.contextmanager
def _left_out(name: str) -> Iterator[None]:
    """Have a module that has not been imported yet be one that is not installed."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep TensorFlow's start-up messages, which obey no setting, off the operator's terminal."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)


def train_run(root: str, run_id: str, attempt: int) -> tuple[str, str]:
    """Train a run of the store at `root`, from its last epoch on; its last state and message.

    Dask calls this again, in another process, when a worker dies in the middle of it.
    """
    secede()  # what takes a moment, such as a demonstration, runs beside it
    with _one_at_a_time:
        warm_up()
        try:
            return train_and_record(
                RunStore(root), run_id, attempt, _sender(run=run_id, attempt=attempt)
            )
        finally:
            # Beside what comes next: whoever waits for this run need not wait for that, too.
            threading.Thread(target=give_back, name="give-back", daemon=True).start()


def fetch_dataset(name: str) -> tuple[str, str]:
    """Fetch a full data set with progress; "done", "failed" or "absent" if it was stopped, and a
    sentence."""
    send = _sender(fetch=name)
    secede()  # it waits for the network mostly: let a training run beside it
    sent_at = -1e9

    def on_progress(done: int, total: int) -> None:
        nonlocal sent_at
        if time.monotonic() - sent_at >= EVENT_SECONDS:
            sent_at = time.monotonic()
            send({"kind": "progress", "done": done, "total": total})

    try:
        datasets.fetch_full(name, on_progress)
    except GenerationStoppedError:
        return "absent", ""
    except (datasets.DatasetError, OSError) as error:
        return "failed", str(error)
    return "done", ""


def run_demo(demo: Demo) -> DemoResult:
    """Run one layer by Keras."""
    warm_up()
    return run(demo)


def _sender(**who: Any) -> Send:
    """A function that reports a dict, usable from any thread of this task."""
    worker = get_worker()
    who["worker"] = worker.address
    return lambda message: worker.log_event(TOPIC, who | message)
