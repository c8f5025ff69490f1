"""The small files of a run that change while it lives: orders, name, last step, sign of life."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cnnlib.control import About, Control, checked_name
from cnnlib.events import StepDetail
from cnnlib.records import EpochRecord, RunError, from_bytes, to_bytes
from cnnlib.run_files import SMALL_BYTES, RunFiles
from cnnlib.step_records import step_from_bytes, step_to_bytes
from cnnlib.storage import Stamp

ALIVE_SECONDS = 10.0
REMEMBERED_BEATS = 1_000
STEP_BYTES = 10_000_000
PAST_BYTES = 10_000_000


@dataclass(frozen=True)
class Past:
    """Records of epochs one after another; `first` is the number of the first."""

    first: int
    records: tuple[EpochRecord, ...]


class RunNotes:
    """What is written beside a run's spec and epochs. `RunStore` is one, with those."""

    def __init__(self, files: RunFiles):
        self._files = files
        self._writing = threading.Lock()
        self._looking = threading.Lock()
        self._beats: OrderedDict[str, tuple[Stamp | None, float]] = OrderedDict()

    def about(self, run_id: str) -> About:
        """The run's name, and what else is said of it."""
        self._files.check(run_id)
        if not self._files.has(run_id, "about.json"):
            return About()
        return from_bytes(About, self._files.read(run_id, "about.json", SMALL_BYTES))

    def rename(self, run_id: str, name: str) -> None:
        """Give the run a name of 1 to 60 characters; RunError for one that cannot be."""
        self.describe(run_id, name=checked_name(name))

    def describe(self, run_id: str, **changes: Any) -> None:
        """Change some of what `about` gives."""
        with self._writing:
            about = replace(self.about(run_id), **changes)
            self._files.write(run_id, "about.json", to_bytes(about))

    def past(self, run_id: str) -> dict[int, EpochRecord]:
        """The history of epochs whose weights are not here, as of an imported run."""
        self._files.check(run_id)
        if not self._files.has(run_id, "past.json"):
            return {}
        past = from_bytes(Past, self._files.read(run_id, "past.json", PAST_BYTES))
        return dict(enumerate(past.records, start=past.first))

    def save_past(self, run_id: str, records: Mapping[int, EpochRecord]) -> None:
        """Keep the history of epochs one after another, before any that has its weights here.

        It is read once, so it is to be there before anybody knows of the run.
        """
        past = Past(min(records), tuple(records[number] for number in sorted(records)))
        self._files.write(run_id, "past.json", to_bytes(past))

    def step_detail(self, run_id: str) -> StepDetail | None:
        """The last step that was laid open, or None."""
        self._files.check(run_id)
        if not self._files.has(run_id, "step.npz"):
            return None
        return step_from_bytes(self._files.read(run_id, "step.npz", STEP_BYTES))

    def control(self, run_id: str) -> Control:
        """What the run is told."""
        self._files.check(run_id)
        if not self._files.has(run_id, "control.json"):
            return Control()
        return from_bytes(Control, self._files.read(run_id, "control.json", SMALL_BYTES))

    def steer(self, run_id: str, **changes: Any) -> Control:
        """Change some of what the run is told and return all of it; `steps` is added."""
        with self._writing:
            now = self._orders(run_id)
            steps = now.steps + changes.pop("steps", 0)
            control = replace(now, steps=steps, **changes)
            self._files.write(run_id, "control.json", to_bytes(control))
            return control

    def begin_control(self, run_id: str, *, paused: bool = False, steps: int = 0) -> None:
        """What a run is told that is queued to go on: its learning rate stays."""
        with self._writing:
            control = replace(
                self._orders(run_id), paused=paused, steps=steps, stop=False, park=False
            )
            self._files.write(run_id, "control.json", to_bytes(control))

    def _orders(self, run_id: str) -> Control:
        """What the run is told, as far as it can be read: a new order takes a damaged one's place,
        so that a run can be stopped in any case."""
        self._files.check(run_id)
        try:
            return self.control(run_id)
        except RunError:
            return Control()

    def control_stamp(self, run_id: str) -> Stamp | None:
        """What changes when `control` does."""
        return self._files.stamp(run_id, "control.json")

    def save_step(self, run_id: str, detail: StepDetail) -> None:
        self._files.write(run_id, "step.npz", step_to_bytes(detail))

    def beat(self, run_id: str) -> None:
        """Say that somebody works on the run, or holds it in a queue, right now."""
        self._files.touch(run_id, "alive")

    def note_watched(self, run_id: str) -> None:
        """Say that a page shows the run right now, to whoever looks after it."""
        self._files.touch(run_id, "watched")

    def watched_stamp(self, run_id: str) -> Stamp | None:
        """What changes when somebody has said so."""
        with contextlib.suppress(RunError):
            return self._files.stamp(run_id, "watched")
        return None

    def is_alive(self, run_id: str) -> bool:
        """Whether somebody has said so in the last seconds.

        Clocks may be set, and those of two machines differ: once a run has been looked at, it
        counts when its sign of life was seen to change, by a clock that only goes forward.
        """
        stamp, age = self._files.stamp(run_id, "alive"), self._files.age(run_id, "alive")
        now = time.monotonic()
        with self._looking:
            before, beaten_at = self._beats.pop(run_id, (None, -math.inf))
            if abs(age) < ALIVE_SECONDS and before is None:
                beaten_at = now - max(age, 0.0)
            elif stamp != before and (abs(age) < ALIVE_SECONDS or _is_later(stamp, before)):
                beaten_at = now
            self._beats[run_id] = (stamp, beaten_at)
            while len(self._beats) > REMEMBERED_BEATS:
                self._beats.popitem(last=False)
            return now - beaten_at < ALIVE_SECONDS


def _is_later(stamp: Stamp | None, before: Stamp | None) -> bool:
    return stamp is not None and before is not None and stamp[0] > before[0]
