"""The queue's order and its estimates against what happens: several visitors, two runs each.

    python tests/benchmarks/bench_queue.py [VISITORS]

A real engine with one worker of its own. One visitor trains already, with two more runs queued; the
others (default 4) come with two runs of different lengths each. Once all are in the queue, each
run's place and the estimate of its start are noted, and compared with when it did start.
"""

from __future__ import annotations

import dataclasses
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from cnnlib import datasets
from cnnlib.jobs import Engine
from cnnlib.presets import BlockSettings, block_network
from cnnlib.runs import RunStore
from cnnlib.spec import RunSpec, TrainingSpec

PATIENCE = 170.0
EPOCHS = (2, 4, 3, 5, 2, 3)


def main(visitors: int) -> None:
    with tempfile.TemporaryDirectory() as scratch, Engine(RunStore(scratch), workers=1) as engine:
        engine.warm()
        wait(lambda: engine._dispatcher.speed is not None)
        began, told, owners = {}, {}, {}
        for number, visitor in enumerate(["first", *(f"visitor {n + 1}" for n in range(visitors))]):
            for second in range(3 if number == 0 else 2):
                spec = digits_run(EPOCHS[(number + second) % len(EPOCHS)], seed=number)
                run_id = engine.submit(spec, visitor=visitor)
                owners[run_id] = visitor
                if number == 0 and second == 0:
                    wait(lambda first=run_id: engine.status(first).state == "running")
                    began[run_id] = time.monotonic()
        for run_id in owners.keys() - began.keys():
            status = engine.status(run_id)
            told[run_id] = (time.monotonic(), status.position, status.starts_in)
        compare(engine, owners, told, began)


def digits_run(epochs: int, seed: int) -> RunSpec:
    known = datasets.info("digits")
    blocks = BlockSettings(convolutions=1, filters=8, dropout=0.0, dense_units=32)
    network = block_network(known.image_shape, len(known.classes), blocks)
    training = TrainingSpec(image_count=9_000, epochs=epochs, seed=seed)
    return RunSpec(network, dataclasses.replace(training, batch_size=32))


def compare(engine: Engine, owners: dict, told: dict, began: dict) -> None:
    last = {}  # what was told of each last, five seconds or so before it began
    while len(began) < len(owners):
        for run_id in owners.keys() - began.keys():
            status, now = engine.status(run_id), time.monotonic()
            if status.state == "queued":
                if status.starts_in is not None and status.starts_in > 5.0:
                    last[run_id] = now + status.starts_in
            else:
                began[run_id] = now
        time.sleep(0.05)
    order = sorted(began, key=began.get)
    print("trained in this order:", ", ".join(owners[run_id] for run_id in order))
    ratios = []
    for run_id in order:
        if run_id in told:
            at, position, starts_in = told[run_id]
            took = began[run_id] - at
            ratios.append(took / starts_in)
            late = f"{began[run_id] - last[run_id]:+5.1f} s" if run_id in last else "      –"
            print(
                f"  {owners[run_id]:10} number {position:2}: told {starts_in:5.1f} s, "
                f"waited {took:5.1f} s ({took / starts_in:4.2f} times); told last: {late}"
            )
    print(
        f"waited against what was told: {min(ratios):.2f} to {max(ratios):.2f} times, "
        f"median {statistics.median(ratios):.2f}"
    )


def wait(question) -> None:
    give_up = time.monotonic() + PATIENCE
    while not question():
        if time.monotonic() > give_up:
            sys.exit("Waited too long.")
        time.sleep(0.02)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4)
