"""The run store: a folder a run, under the folder that CNN_RUNS names.

    spec.json          what is trained; a run exists once this is there
    status.json        its state, with a sentence
    epochs/0000.npz    the initial weights
    epochs/0001.npz    the weights after epoch 1
    epochs/0001.json   its history; an epoch counts once both are there
    resume.npz         what training needs to go on after the last epoch
    alive              touched every second or two while somebody works on the run
    stop               somebody asked the run to stop

Every file is written whole. A run id is a secret: who has it may see, stop and resume the run.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from cnnlib.network import Network
from cnnlib.records import (
    STATE_BYTES,
    EpochRecord,
    History,
    Record,
    RunError,
    RunStatus,
    from_bytes,
    interrupted_message,
    state_from_bytes,
    state_to_bytes,
    to_bytes,
)
from cnnlib.spec import RunSpec, SpecError
from cnnlib.storage import Folder, Stamp

__all__ = ["History", "RunError", "RunStatus", "RunStore", "runs_folder"]

ALIVE_SECONDS = 10.0
SMALL_BYTES = 1_000_000
NETWORK_BYTES = 200_000_000
REMEMBERED_RUNS = 32
REMEMBERED_NETWORKS = 4
_RUN_ID = re.compile(r"[A-Za-z0-9_-]{16}")
_EPOCH_FILE = re.compile(r"([0-9]{4})\.(json|npz)")


def runs_folder() -> Path:
    """Where runs are kept: CNN_RUNS, or a folder in the user's cache."""
    default = Path.home() / ".cache" / "cnn-made-easy" / "runs"
    return Path(os.environ.get("CNN_RUNS") or default).expanduser()


class RunStore:
    """Runs on disk. Safe to use from several threads and processes; RunError is all it raises.

    `root` is the folder to keep them in; without one, `runs_folder()`.
    """

    def __init__(self, root: Path | str | None = None):
        self._files = Folder(root if root is not None else runs_folder())
        self._lock = threading.Lock()
        self._specs: OrderedDict[str, RunSpec] = OrderedDict()
        self._epochs: OrderedDict[str, dict[int, tuple[Stamp, EpochRecord]]] = OrderedDict()
        self._networks: OrderedDict[tuple[str, int, Stamp], Network] = OrderedDict()

    @property
    def root(self) -> str:
        return str(self._files.root)

    # What pages read

    def exists(self, run_id: str) -> bool:
        """Whether there is a run of this id; False for anything that is no id at all."""
        try:
            return _is_run_id(run_id) and self._files.exists(f"{run_id}/spec.json")
        except OSError:
            return False

    def spec(self, run_id: str) -> RunSpec:
        """What the run was asked to train."""
        with self._lock:
            if run_id in self._specs:
                return self._specs[run_id]
        data = self._read(run_id, "spec.json", SMALL_BYTES)
        try:
            spec = RunSpec.from_json(data.decode())
        except (SpecError, UnicodeDecodeError) as error:
            raise RunError(f"this run's spec.json is damaged ({error}).") from None
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
        done = float(kept)
        if kept and records[kept].partial:
            last = records[kept].batches[-1]
            done += last.batch / last.batches - 1
        status = RunStatus(
            record.state, record.message, epoch=kept, epochs=epochs, progress=done / epochs
        )
        if status.is_active and not self.is_alive(run_id):
            return replace(status, state="interrupted", message=interrupted_message(kept, epochs))
        return status

    # What the engine and its workers write

    def create(self, spec: RunSpec) -> str:
        """Start a folder for a run of `spec` and return its id."""
        run_id = secrets.token_urlsafe(12)
        self._write(run_id, "status.json", to_bytes(Record()))
        self.beat(run_id)
        # Last, because a run exists once its spec is there.
        self._write(run_id, "spec.json", spec.to_json().encode())
        return run_id

    def record(self, run_id: str) -> Record:
        """The run's status.json."""
        return from_bytes(Record, self._read(run_id, "status.json", SMALL_BYTES))

    def update(self, run_id: str, **changes: Any) -> Record:
        """Change some of the run's status.json and return all of it."""
        record = replace(self.record(run_id), **changes)
        self._write(run_id, "status.json", to_bytes(record))
        return record

    def save_epoch(
        self,
        run_id: str,
        epoch: int,
        weights: tuple[dict[str, np.ndarray], ...],
        record: EpochRecord,
        state: dict[str, np.ndarray] | None,
    ) -> None:
        """Keep an epoch: weights, then history, which makes it count, then `state`."""
        buffer = io.BytesIO()
        Network(self.spec(run_id).network, weights).save(buffer)
        self._write(run_id, f"epochs/{epoch:04d}.npz", buffer.getvalue())
        self._write(run_id, f"epochs/{epoch:04d}.json", to_bytes(record))
        if state is not None:
            self._write(run_id, "resume.npz", state_to_bytes(epoch, state))

    def resume_point(self, run_id: str) -> tuple[int, dict[str, np.ndarray]] | None:
        """The last epoch whose state was kept, and that state; None to start from the beginning.

        Epochs after it are taken away: they will be trained again.
        """
        point = None
        if self._files.exists(f"{_checked(run_id)}/resume.npz"):
            with contextlib.suppress(RunError):
                point = state_from_bytes(self._read(run_id, "resume.npz", STATE_BYTES))
        last = point[0] if point else -1
        if not set(range(last + 1)) <= set(self.epochs(run_id)):
            point, last = None, -1
        for epoch in self.epochs(run_id):
            if epoch > last:
                self._remove(run_id, f"epochs/{epoch:04d}.json")
        return point

    def epoch_records(self, run_id: str) -> dict[int, EpochRecord]:
        """Every epoch's record, in order; each file is read once."""
        stamps = self._epoch_stamps(run_id)
        with self._lock:
            known = dict(self._epochs.get(run_id, {}))
        for epoch in set(known) - set(stamps):
            del known[epoch]
        for epoch, stamp in stamps.items():
            if epoch not in known or known[epoch][0] != stamp:
                data = self._read(run_id, f"epochs/{epoch:04d}.json", SMALL_BYTES)
                known[epoch] = (stamp, from_bytes(EpochRecord, data))
        self._remember(self._epochs, run_id, known, REMEMBERED_RUNS)
        return {epoch: known[epoch][1] for epoch in sorted(known)}

    def ask_to_stop(self, run_id: str) -> None:
        self._write(run_id, "stop", b"")

    def stop_asked(self, run_id: str) -> bool:
        return self._files.exists(f"{_checked(run_id)}/stop")

    def clear_stop(self, run_id: str) -> None:
        self._remove(run_id, "stop")

    def beat(self, run_id: str) -> None:
        """Say that somebody works on the run, or holds it in a queue, right now."""
        with _sentences("written"):
            self._files.touch(f"{_checked(run_id)}/alive")

    def is_alive(self, run_id: str) -> bool:
        """Whether somebody has said so in the last seconds."""
        try:
            return self._files.age(f"{_checked(run_id)}/alive") < ALIVE_SECONDS
        except OSError:
            return False

    def _load_network(self, run_id: str, epoch: int) -> Network:
        data = self._read(run_id, f"epochs/{epoch:04d}.npz", NETWORK_BYTES)
        try:
            network = Network.load(io.BytesIO(data), allow_non_finite=True)
        except ValueError as error:
            raise RunError(f"the weights of epoch {epoch} are damaged ({error})") from None
        arrays = (array for layer in network.weights for array in layer.values())
        if not all(np.isfinite(array).all() for array in arrays):
            raise RunError(
                f"training diverged: by the end of epoch {epoch} some weights had grown beyond all "
                "numbers. Look at an earlier epoch, or train with a smaller learning rate."
            )
        return network

    def _epoch_stamps(self, run_id: str) -> dict[int, Stamp]:
        """The epochs that are there whole, each with the stamp of its history file."""
        if not self.exists(run_id):
            raise RunError(_unknown(run_id))
        with _sentences("read"):
            stamps = self._files.stamps(f"{run_id}/epochs")
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

    def _read(self, run_id: str, name: str, most_bytes: int) -> bytes:
        with _sentences("read"):
            try:
                return self._files.read(f"{_checked(run_id)}/{name}", most_bytes)
            except FileNotFoundError:
                known = name != "spec.json" and self.exists(run_id)
                raise RunError(f"this run has no {name}." if known else _unknown(run_id)) from None

    def _write(self, run_id: str, name: str, data: bytes) -> None:
        with _sentences("written"):
            self._files.write(f"{_checked(run_id)}/{name}", data)

    def _remove(self, run_id: str, name: str) -> None:
        with _sentences("written"):
            self._files.remove(f"{_checked(run_id)}/{name}")


def _is_run_id(run_id: object) -> bool:
    return isinstance(run_id, str) and _RUN_ID.fullmatch(run_id) is not None


def _checked(run_id: str) -> str:
    """The id, if it is one. It becomes part of a path, so this comes before everything else."""
    if not _is_run_id(run_id):
        raise RunError(_unknown(run_id))
    return run_id


def _unknown(run_id: object) -> str:
    return f"there is no run {str(run_id)[:40]!r} here. Check the link, or train a new network."


@contextlib.contextmanager
def _sentences(done: str) -> Iterator[None]:
    """Turn what the system says about a file into a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            what = "the disk is full. Make room, or set CNN_RUNS to a folder on another disk"
        else:
            what = error.strerror or str(error)
        raise RunError(f"the folder of runs cannot be {done}: {what}.") from None
