"""How soon a running training obeys: pause, step, learning rate, go on, stop, through the engine.

    python tests/benchmarks/bench_control.py [--rounds 20]

Each is timed from the call a page makes to the moment the page could show that it has happened:
paused by the run's status, a step by what it laid open, a learning rate by the event of its first
batch, going on by the next batch's event, stopping by the status of the ended run.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from cnnlib.jobs import Engine
from cnnlib.presets import BlockSettings, article_basic, block_network
from cnnlib.runs import RunStore
from cnnlib.spec import RunSpec, TrainingSpec
from cnnlib.training import BatchEvent, RateEvent

TARGET = 0.5
LOOK_SECONDS = 0.005
PATIENCE = 60.0
CASES = {
    "digits, default network, batch 64": RunSpec(
        block_network((28, 28, 1), 10, BlockSettings()), TrainingSpec(epochs=100)
    ),
    "CIFAR-10 sample, the article's basic model, batch 128": RunSpec(
        article_basic(),
        TrainingSpec(dataset="cifar10", image_count=5_000, batch_size=128, epochs=100),
    ),
}


def until(question: Callable[[], object]) -> float:
    """Seconds until the answer is yes."""
    began = time.perf_counter()
    while not question():
        if time.perf_counter() - began > PATIENCE:
            raise TimeoutError("the run does not obey")
        time.sleep(LOOK_SECONDS)
    return time.perf_counter() - began


class Driven:
    """A run, and each thing it is told, timed."""

    def __init__(self, engine: Engine, spec: RunSpec):
        self.engine, self.spec = engine, spec
        self.rates = itertools.cycle((0.002, 0.001))
        self.run_id = engine.submit(spec)
        until(lambda: self.place() > (1, 2))

    def state(self) -> str:
        return self.engine.status(self.run_id).state

    def place(self) -> tuple[int, int]:
        batches = [e for e in self.engine.events(self.run_id) if isinstance(e, BatchEvent)]
        return (batches[-1].epoch, batches[-1].batch) if batches else (0, 0)

    def stepped(self) -> tuple[int, int]:
        detail = self.engine.step_detail(self.run_id)
        return (detail.epoch, detail.batch) if detail else (0, 0)

    def pause(self) -> float:
        self.engine.pause(self.run_id)
        return until(lambda: self.state() == "paused")

    def step(self) -> float:
        before = self.stepped()
        self.engine.step(self.run_id)
        return until(lambda: self.stepped() != before)

    def go_on(self) -> float:
        before = self.place()
        self.engine.resume(self.run_id)
        return until(lambda: self.place() > before)

    def learning_rate(self) -> float:
        rate, known = next(self.rates), self.changes()
        self.engine.set_learning_rate(self.run_id, rate)
        return until(lambda: self.changes() > known)

    def changes(self) -> int:
        return sum(isinstance(e, RateEvent) for e in self.engine.events(self.run_id))

    def stop(self) -> float:
        self.engine.cancel(self.run_id)
        return until(lambda: self.state() == "stopped")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder, Engine(RunStore(folder)) as engine:
        engine.warm()
        until(lambda: engine.is_warm)
        for title, spec in CASES.items():
            run = Driven(engine, spec)
            times: dict[str, list[float]] = {}
            for number in range(rounds):
                for order in (run.learning_rate, run.pause, run.step, run.go_on):
                    time.sleep(0.05 + 0.037 * (number % 7))  # at any moment of a batch or epoch
                    times.setdefault(order.__name__, []).append(order())
            times["stop"] = [run.stop()]
            report(title, times)


def report(title: str, times: dict[str, list[float]]) -> None:
    print(title)
    for name, seconds in times.items():
        median, late = np.percentile(seconds, (50, 95))
        verdict = "" if late <= TARGET else "   LATE"
        print(
            f"  {name.replace('_', ' '):14} median {median:.3f} s   p95 {late:.3f} s   "
            f"largest {max(seconds):.3f} s   (at most {TARGET}){verdict}",
            flush=True,
        )


if __name__ == "__main__":
    main()
