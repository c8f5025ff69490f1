"""The run store: a folder a run, under the folder that CNN_RUNS names.

    spec.json          what is trained; a run exists once this is there
    status.json        its state, with a sentence
    about.json         its name, and what else people say of it
    control.json       what it is told while it trains
    initial.npz        the weights it begins with, if they are those of another run
    epochs/0000.npz    the initial weights
    epochs/0001.npz    the weights after epoch 1
    epochs/0001.json   its history; an epoch counts once both are there
    past.json          history of epochs before these, whose weights are not here: an imported run's
    resume.npz         what training needs to go on after the last epoch, or within the one after it
    step.npz           the last step that was laid open
    alive              touched every second or two while somebody works on the run
    watched            touched now and then while an app shows a run that another one looks after

Every file is written whole. A run id is a secret: who has it may see, stop and resume the run.
"""

from __future__ import annotations

import contextlib
import io
import re
import secrets
import threading
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from cnnlib.control import About
from cnnlib.events import Weights, batches_done
from cnnlib.network import Network
from cnnlib.quota import Quota
from cnnlib.records import (
    STATE_BYTES,
    WAY_OUT,
    EpochRecord,
    History,
    Record,
    RunError,
    RunStatus,
    damaged,
    from_bytes,
    interrupted_message,
    state_from_bytes,
    state_to_bytes,
    to_bytes,
)
from cnnlib.run_files import SMALL_BYTES, RunFiles, runs_folder
from cnnlib.run_notes import RunNotes
from cnnlib.spec import LIMITS, Limits, RunSpec, SpecError
from cnnlib.storage import Stamp, Usage
from cnnlib.summaries import RunSummary, summary_of

__all__ = ["History", "RunError", "RunStatus", "RunStore", "runs_folder"]

NETWORK_BYTES = 200_000_000
REMEMBERED_RUNS = 32
REMEMBERED_NETWORKS = 4
LOOKS = 3
_EPOCH_FILE = re.compile(r"([0-9]{4})\.(json|npz)")


class RunStore(RunNotes):
    """Runs on disk. Safe to use from several threads and processes; RunError is all it raises.

    `root` is the folder to keep them in; without one, `runs_folder()`.
    """

    def __init__(self, root: Path | str | None = None):
        super().__init__(RunFiles(root))
        self._quota = Quota()
        self._lock = threading.Lock()
        self._specs: OrderedDict[str, RunSpec] = OrderedDict()
        self._epochs: OrderedDict[str, dict[int, tuple[Stamp, EpochRecord]]] = OrderedDict()
        self._networks: OrderedDict[tuple[str, int, Stamp], Network] = OrderedDict()
        self._pasts: OrderedDict[str, dict[int, EpochRecord]] = OrderedDict()

    @property
    def root(self) -> str:
        return str(self._files.folder.root)

    # What pages read

    def exists(self, run_id: str) -> bool:
        """Whether there is a run of this id; False for anything that is no id at all."""
        return self._files.exists(run_id)

    def spec(self, run_id: str) -> RunSpec:
        """What the run was asked to train."""
        with self._lock:
            if run_id in self._specs:
                return self._specs[run_id]
        data = self._files.read(run_id, "spec.json", SMALL_BYTES)
        try:
            spec = RunSpec.from_json(data.decode())
        except (SpecError, UnicodeDecodeError) as error:
            raise damaged("spec.json", error) from None
        self._remember(self._specs, run_id, spec, REMEMBERED_RUNS)
        return spec

    def epochs(self, run_id: str) -> tuple[int, ...]:
        """The epochs whose weights are kept, 0 being the initial ones, in order."""
        return tuple(sorted(self._epoch_stamps(run_id)))

    def history(self, run_id: str) -> History:
        """The curve so far. Files read once are not read again, so it can be asked every second."""
        records = self.epoch_records(run_id)
        return History(
            tuple(batch for record in records.values() for batch in record.batches),
            tuple(record.epoch for record in records.values() if record.epoch is not None),
            tuple(change for record in records.values() for change in record.changes),
        )

    def network(self, run_id: str, epoch: int | None = None) -> Network:
        """The network after `epoch`, or after the last one; RunError if that is not kept."""
        stamps = self._epoch_stamps(run_id)
        wanted = max(stamps, default=0) if epoch is None else epoch
        if wanted not in stamps:
            raise RunError(f"this run has kept no weights of epoch {wanted!r:.20}.")
        key = (run_id, wanted, stamps[wanted])
        with self._lock:
            if key in self._networks:
                self._networks.move_to_end(key)
                return self._networks[key]
        network = self._load_network(run_id, wanted)
        self._remember(self._networks, key, network, REMEMBERED_NETWORKS)
        return network

    def status(self, run_id: str) -> RunStatus:
        """Where a run stands by what is on disk.

        A run that is under way there and that nobody works on any more is "interrupted".
        """
        record, epochs = self.record(run_id), self.spec(run_id).training.epochs
        records = self.epoch_records(run_id)
        kept = max(records, default=0)
        if record.state == "done" and not self.epochs(run_id):
            raise RunError(f"the epochs of this run are missing from its folder. {WAY_OUT}")
        done = float(epochs if record.state == "done" else kept)
        if kept and records[kept].partial:
            last = records[kept].batches[-1]
            done += last.batch / last.batches - 1
        status = RunStatus(
            record.state, record.message, epoch=kept, epochs=epochs, progress=done / epochs
        )
        if status.is_active and not self.is_alive(run_id):
            message = interrupted_message(self.whole_epochs(run_id), epochs)
            return replace(status, state="interrupted", message=message)
        if record.state == "running" and self.control(run_id).paused:
            return replace(status, state="paused", held=True)
        return status

    def whole_epochs(self, run_id: str) -> int:
        """How many epochs are kept from beginning to end."""
        records = self.epoch_records(run_id)
        return max((epoch for epoch, record in records.items() if not record.partial), default=0)

    def summary(self, run_id: str) -> RunSummary:
        """The run's figures as one row of a table."""
        status, about = self.status(run_id), self.about(run_id)
        return summary_of(run_id, self.spec(run_id), self.history(run_id), about, status.state)

    def admit(self, visitor: str, size: int, limits: Limits = LIMITS) -> None:
        """Count `size` bytes that a visitor is about to bring; RunError if it is too much."""
        self._files.check_room(size, limits.spare_bytes)
        self._quota.take(visitor, size, limits)

    def run_ids(self) -> list[str]:
        """Every run that is here, in no order. They are secrets."""
        return self._files.run_ids()

    def usage(self, run_id: str) -> Usage:
        """What a run takes on disk, and when it was last used."""
        return self._files.usage(run_id)

    def remove(self, run_id: str) -> None:
        """Take a run away for good. Whoever looks at it sees what they have seen until then."""
        self._files.remove(run_id, "spec.json")  # first, since without it there is no run
        self._files.discard(run_id)

    # What the engine and its workers write

    def create(self, spec: RunSpec, initial: Network | None = None, began_from: str = "") -> str:
        """Start a folder for a run of `spec` and return its id.

        `initial` has the weights to begin with, and `began_from` says what they are.
        """
        run_id = secrets.token_urlsafe(12)
        try:
            self._files.write(run_id, "status.json", to_bytes(Record()))
            self.beat(run_id)
            if initial is not None:
                self._files.write(run_id, "initial.npz", _network_bytes(initial))
                self._files.write(run_id, "about.json", to_bytes(About(began_from=began_from)))
            # Last, because a run exists once its spec is there.
            self._files.write(run_id, "spec.json", spec.to_json().encode())
        except RunError:
            self._files.discard(run_id)
            raise
        return run_id

    def record(self, run_id: str) -> Record:
        """The run's status.json."""
        return from_bytes(Record, self._files.read(run_id, "status.json", SMALL_BYTES))

    def update(self, run_id: str, **changes: Any) -> Record:
        """Change some of the run's status.json and return all of it."""
        record = replace(self.record(run_id), **changes)
        self._files.write(run_id, "status.json", to_bytes(record))
        return record

    def save_epoch(
        self,
        run_id: str,
        epoch: int,
        weights: Weights,
        record: EpochRecord,
        state: dict[str, np.ndarray] | None,
    ) -> None:
        """Keep an epoch: weights, then history, which makes it count, then `state`."""
        network = Network(self.spec(run_id).network, weights)
        self._files.write(run_id, f"epochs/{epoch:04d}.npz", _network_bytes(network))
        self._files.write(run_id, f"epochs/{epoch:04d}.json", to_bytes(record))
        if state is not None:
            whole = epoch - 1 if record.partial else epoch
            self._files.write(run_id, "resume.npz", state_to_bytes(whole, state))

    def initial_weights(self, run_id: str) -> Weights | None:
        """The weights the run begins with, if they are those of another run."""
        if not self._files.has(run_id, "initial.npz"):
            return None
        return self._network(run_id, "initial.npz", "its first weights").weights

    def resume_point(self, run_id: str) -> tuple[int, dict[str, np.ndarray]] | None:
        """The last whole epoch and the state to go on with; None to begin anew.

        The state may be one within the epoch after it. What comes later is dropped.
        """
        point = None
        with contextlib.suppress(RunError):
            point = state_from_bytes(self._files.read(run_id, "resume.npz", STATE_BYTES))
        last = point[0] if point else -1
        if not set(range(last + 1)) <= set(self.epochs(run_id)):
            point, last = None, -1
        begun = last + 1 if point and batches_done(point[1]) else None
        self._files.sweep(run_id, "epochs")
        for epoch in reversed(self.epochs(run_id)):  # so that at no time one between is missing
            if epoch > last and not (epoch == begun and self._is_partial(run_id, epoch)):
                self._files.remove(run_id, f"epochs/{epoch:04d}.json")
        return point

    def epoch_records(self, run_id: str) -> dict[int, EpochRecord]:
        """Every epoch's record, in order; each file is read once. RunError if one is missing."""
        past, stamps = self._past(run_id), self._epoch_stamps(run_id)
        for _ in range(LOOKS):  # while a file is replaced, a folder may be read without it
            if not (missing := _missing({*past, *stamps})):
                break
            stamps = self._epoch_stamps(run_id)
        if missing:
            raise RunError(f"epoch {missing[0]} of this run is missing from its folder. {WAY_OUT}")
        with self._lock:
            known = dict(self._epochs.get(run_id, {}))
        for epoch in set(known) - set(stamps):
            del known[epoch]
        for epoch, stamp in stamps.items():
            if epoch not in known or known[epoch][0] != stamp:
                data = self._files.read(run_id, f"epochs/{epoch:04d}.json", SMALL_BYTES)
                known[epoch] = (stamp, from_bytes(EpochRecord, data))
        self._remember(self._epochs, run_id, known, REMEMBERED_RUNS)
        return past | {epoch: known[epoch][1] for epoch in sorted(known)}

    def _past(self, run_id: str) -> dict[int, EpochRecord]:
        """What is told of epochs whose weights are not here; it never changes."""
        with self._lock:
            if run_id in self._pasts:
                return self._pasts[run_id]
        past = self.past(run_id)
        self._remember(self._pasts, run_id, past, REMEMBERED_RUNS)
        return past

    def _is_partial(self, run_id: str, epoch: int) -> bool:
        with contextlib.suppress(RunError):
            return self.epoch_records(run_id)[epoch].partial
        return False

    def _load_network(self, run_id: str, epoch: int) -> Network:
        network = self._network(run_id, f"epochs/{epoch:04d}.npz", f"the weights of epoch {epoch}")
        arrays = (array for layer in network.weights for array in layer.values())
        if not all(np.isfinite(array).all() for array in arrays):
            raise RunError(
                f"training diverged: by the end of epoch {epoch} some weights had grown beyond all "
                "numbers. Look at an earlier epoch, or train with a smaller learning rate."
            )
        return network

    def _network(self, run_id: str, name: str, what: str) -> Network:
        data = self._files.read(run_id, name, NETWORK_BYTES)
        try:
            return Network.load(io.BytesIO(data), allow_non_finite=True)
        except ValueError as error:
            raise RunError(f"{what} are damaged ({error})") from None

    def _epoch_stamps(self, run_id: str) -> dict[int, Stamp]:
        """The epochs that are there whole, each with the stamp of its history file."""
        stamps = self._files.stamps(run_id, "epochs")
        matches = map(_EPOCH_FILE.fullmatch, stamps)
        numbers = {int(match[1]) for match in matches if match}
        return {
            number: stamps[f"{number:04d}.json"]
            for number in numbers
            if f"{number:04d}.json" in stamps and f"{number:04d}.npz" in stamps
        }

    def _remember(self, memory: OrderedDict, key: object, value: object, most: int) -> None:
        """Keep what was read, and forget what was read longest ago."""
        with self._lock:
            memory[key] = value
            memory.move_to_end(key)
            while len(memory) > most:
                memory.popitem(last=False)


def _missing(numbers: set[int]) -> list[int]:
    """The numbers between the least and the largest that are not there."""
    return sorted(set(range(min(numbers, default=0), max(numbers, default=0))) - numbers)


def _network_bytes(network: Network) -> bytes:
    buffer = io.BytesIO()
    network.save(buffer)
    return buffer.getvalue()
