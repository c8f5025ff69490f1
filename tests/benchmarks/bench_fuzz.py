"""Thousands of hostile files at every door of the app, each in a limited process of its own.

    python tests/benchmarks/bench_fuzz.py [PICTURES] [OTHERS] [FIRST]

PICTURES (default 4,000) mutated picture files, of the kinds that are read and of ones that are not,
and OTHERS (default 1,000) files or texts at each other door: networks, stories, specs, records and
states of runs, run ids, names of data sets, texts of addresses. Then the worst files that we know
how to make, by name. FIRST (default 0) is the first file's seed: another one tries others.

Printed are the worst of each; the command fails if anything escapes as another exception than the
right one, if a process is ended by a signal, or if a file takes more than 1 s of the processor or
300 MB beyond what its process had.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzzing.bounded import REFUSED, Outcome
from tests.fuzzing.campaign import PICTURES, doors, named, numbered

MOST_SECONDS, MOST_BYTES = 1.0, 300e6


def is_bad(outcome: Outcome) -> bool:
    return outcome.escaped or outcome.seconds > MOST_SECONDS or outcome.memory > MOST_BYTES


def line(outcome: Outcome) -> str:
    return f"{outcome.seconds:6.3f} s {outcome.memory / 1e6:5.0f} MB  {outcome.name[:90]}"


def report(title: str, found: Sequence[Outcome]) -> None:
    refused = sum(one.answer == REFUSED for one in found)
    print(f"\n{title}: {len(found):,} files, {refused:,} refused")
    print("  slowest ", line(max(found, key=lambda one: one.seconds)))
    print("  largest ", line(max(found, key=lambda one: one.memory)))
    for one in filter(is_bad, found):
        print("  BAD     ", line(one), one.answer)


def main(pictures: int = 4_000, others: int = 1_000, first: int = 0) -> int:
    everything = []
    for door in doors():
        count = pictures if door == PICTURES else others
        found = list(numbered(door, range(first, first + count)))
        report(door, found)
        everything += found
    worst = [outcome for _, outcome in named()]
    report("the worst by name", worst)
    for one in sorted(worst, key=lambda one: -one.seconds):
        print("  ", line(one), one.answer)
    everything += worst
    bad = sum(map(is_bad, everything))
    print(f"\n{len(everything):,} files, {bad} of them bad")
    return bad


if __name__ == "__main__":
    sys.exit(min(1, main(*map(int, sys.argv[1:]))))
