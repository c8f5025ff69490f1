"""Runs whose files are damaged: whether anything is ever read as something else than it is. And
trainings whose worker is killed (SIGKILL) at a random moment: whether all of them finish, with a
history without a gap and the numbers of a training that nobody disturbed, and what a visitor is
told meanwhile.

    python tests/benchmarks/bench_faults.py [--flips 200] [--trainings 20] [--seed 1]

Every kind of file is cut off at five places, and each of so many of its bits turned. Exits with 1
unless nothing is misread, and every training finishes whole and told of.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from cnnlib.jobs import Engine
from cnnlib.runs import RunStore
from tests.faults import (
    FILES,
    KilledTraining,
    damaged_readings,
    killed_training,
    undisturbed,
    whole_run,
)

LATEST = 0.9  # of the training: what is killed later may have ended by then
BATCHES_SECONDS = 0.1  # about what an epoch takes: progress is seen to change at its end


def show(number: int, killed: KilledTraining) -> None:
    print(
        f"{number:3}  killed while {killed.where}; {killed.state} {killed.seconds:.1f} s later; "
        f"{', '.join(killed.faults) or 'whole'}"
    )
    for sentence in killed.told:
        print(f"       {sentence}")
    sys.stdout.flush()


def damage_files(flips: int) -> list[str]:
    """What was misread of all damaged files; prints how many there were."""
    count, told, misread = 0, 0, []
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(folder)
        run_id = whole_run(store)
        for name in FILES:
            more, said, wrong = damaged_readings(store, run_id, name, flips)
            count, told, misread = count + more, told + said, misread + wrong
    seconds = time.perf_counter() - began
    print(
        f"{count:,} damaged files: {told:,} noticed, the others read as they were written; "
        f"{len(misread)} misread ({seconds:.0f} s)",
        flush=True,
    )
    return misread


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--flips", type=int, default=200)
    parser.add_argument("--trainings", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    misread = damage_files(arguments.flips)
    if not arguments.trainings:
        return int(bool(misread))
    found: list[KilledTraining] = []
    with tempfile.TemporaryDirectory() as folder, Engine(RunStore(folder), workers=1) as engine:
        engine.warm()
        whole = undisturbed(engine)
        rng = np.random.default_rng(arguments.seed)
        for number in range(1, arguments.trainings + 1):
            moment = float(rng.uniform(0, LATEST)), float(rng.uniform(0, BATCHES_SECONDS))
            found.append(killed_training(engine, moment, whole))
            show(number, found[-1])
    finished = sum(killed.state == "done" for killed in found)
    intact = sum(not killed.faults for killed in found)
    told = sum(bool(killed.told) for killed in found)
    print(
        f"{finished} of {len(found)} finished, {intact} without a gap or a changed number, {told} "
        f"told of; from the kill to the end {statistics.median(k.seconds for k in found):.1f} s"
    )
    return 0 if not misread and finished == intact == told == len(found) else 1


if __name__ == "__main__":
    sys.exit(main())
