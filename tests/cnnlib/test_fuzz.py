"""What strangers send is read or refused with a sentence, in little time and memory.

`python tests/benchmarks/bench_fuzz.py` does the same with thousands of files.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzzing.bounded import Outcome

ROOT = Path(__file__).resolve().parents[2]
COUNT = 30
DOORS = (
    *("pictures", "networks", "stories", "specs", "records", "states"),
    *("run ids", "data sets", "texts"),
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is measured as on Linux")


@pytest.fixture(scope="module")
def outcomes() -> dict[str, list[Outcome]]:
    """By door; in a process of its own, since files' processes are forked from a small one."""
    command = [sys.executable, "-m", "tests.fuzzing.campaign", str(COUNT)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=250)
    assert run.returncode == 0, run.stderr
    found: dict[str, list[Outcome]] = {}
    for line in run.stdout.splitlines():
        door, fields = json.loads(line)
        found.setdefault(door, []).append(Outcome(**fields))
    return found


@pytest.mark.parametrize("door", DOORS)
def test_hostile_files_are_read_or_refused_in_little_time_and_memory(outcomes, door):
    found = outcomes[door]
    assert len(found) >= COUNT
    assert [one for one in found if one.escaped] == []
    assert [one for one in found if one.seconds > 1 or one.memory > 300e6] == []


def test_every_door_is_tried(outcomes):
    assert set(outcomes) == set(DOORS)


def test_damage_is_neither_always_fatal_nor_always_harmless(outcomes):
    answers = {one.answer for one in outcomes["pictures"]}
    assert answers == {"read", "refused"}
