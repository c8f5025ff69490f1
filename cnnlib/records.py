"""What a run keeps on disk, as bytes and back: events, status and training state.

Everything read back is checked, since a disk can lie: RunError with a sentence, never a crash.
"""

from __future__ import annotations

import dataclasses
import io
import json
import math
import struct
import tokenize
import types
import typing
import zipfile
import zlib
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from cnnlib.events import LATER, BatchEvent, CurveEvent, EpochEvent, RateEvent

ACTIVE = ("queued", "running")
STATES = (*ACTIVE, "paused", "done", "stopped", "failed", "interrupted")
STATE_BYTES = 400_000_000
_PREFIX = "state/"
WAY_OUT = "Train its network anew, or bring the run back from files that you took home."
_CALLED = {
    "Record": "status",
    "EpochRecord": "history",
    "Past": "history",
    "About": "name",
    "Control": "list of orders",
}


class RunError(ValueError):
    """A run that is not there, or whose files cannot be read or written; a sentence for people."""


def damaged(what: str, why: object) -> RunError:
    """What a visitor is told of a part of a run that cannot be read any more."""
    return RunError(f"this run's {what} is damaged ({str(why)[:120]}). {WAY_OUT}")


@dataclass(frozen=True)
class Record:
    """A run's status.json. `attempt` counts submissions, `starts` those of this attempt."""

    state: str = "queued"
    message: str = ""
    attempt: int = 1
    starts: int = 0

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise RunError(f"a run is {', '.join(STATES)}; it cannot be {self.state!r:.40}.")


@dataclass(frozen=True)
class EpochRecord:
    """One epoch's history: its batches (a few a second), and its figures unless it is not over.

    `changes` are those of the learning rate. Epoch 0, the initial weights, has nothing.
    """

    batches: tuple[BatchEvent, ...] = ()
    epoch: EpochEvent | None = None
    partial: bool = False
    changes: tuple[RateEvent, ...] = field(default=(), metadata=LATER)


@dataclass(frozen=True)
class RunStatus:
    """Where a run stands. `position` is its place in the queue (1 is next), if it waits there.

    `state` is queued, running, paused, done, stopped, failed or interrupted; `message` a sentence,
    or empty; `epoch` the one that is being trained, or was last, of `epochs`; `progress` goes from
    0 to 1; `seconds_left` and `starts_in`, seconds until a run that waits will start, are
    estimates, None where nothing is known. A paused run is `held` while a worker waits for it and
    does the next step at once; otherwise it is kept whole on disk, and queued to go on.
    """

    state: str
    message: str = ""
    position: int | None = None
    epoch: int = 0
    epochs: int = 0
    progress: float = 0.0
    seconds_left: float | None = None
    images_per_second: float | None = None
    held: bool = False
    starts_in: float | None = None

    @property
    def is_active(self) -> bool:
        """Whether it waits for a worker or has one, so that its status can change by itself."""
        return self.state in ACTIVE or self.held


@dataclass(frozen=True)
class History:
    """A run's recorded batches (a few for each second), epochs and changes of the learning rate."""

    batches: tuple[BatchEvent, ...] = ()
    epochs: tuple[EpochEvent, ...] = ()
    changes: tuple[RateEvent, ...] = ()


def to_bytes(value: Any) -> bytes:
    """A dataclass of plain values, as JSON."""
    return json.dumps(_plain(value), allow_nan=False).encode()


def from_bytes(kind: type, data: bytes) -> Any:
    """Read what `to_bytes` wrote; RunError for anything else."""
    try:
        values = json.loads(data, parse_constant=_refuse)
        return _built(kind, values)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise damaged(_CALLED.get(kind.__name__, kind.__name__), error) from None


def event_to_dict(event: CurveEvent) -> dict[str, Any]:
    """A dict of plain numbers, as it is sent by a worker."""
    return _plain(event)


def event_from_dict(kind: type, values: dict[str, Any]) -> Any:
    """The event that `event_to_dict` took apart; RunError for anything else."""
    try:
        return _built(kind, values)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise RunError(f"an event of a run is damaged ({str(error)[:120]}).") from None


def state_to_bytes(epoch: int, state: dict[str, np.ndarray]) -> bytes:
    """What `training` needs to go on after `epoch`, or in the one after it, as npz."""
    named = {_PREFIX + name: np.asarray(array) for name, array in state.items()}
    return arrays_to_bytes({"epoch": np.array(epoch, np.int64)} | named)


def state_from_bytes(data: bytes) -> tuple[int, dict[str, np.ndarray]]:
    """Read what `state_to_bytes` wrote; RunError for anything else."""
    arrays = arrays_from_bytes(data, "saved state")
    epoch = arrays.pop("epoch", None)
    if epoch is None or epoch.shape != () or epoch.dtype.kind != "i" or epoch < 0:
        raise damaged("saved state", f"epoch {epoch!r:.40}")
    return int(epoch), {name.removeprefix(_PREFIX): array for name, array in arrays.items()}


def arrays_to_bytes(arrays: dict[str, np.ndarray]) -> bytes:
    """Arrays by name, as npz."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def arrays_from_bytes(data: bytes, what: str) -> dict[str, np.ndarray]:
    """Read what `arrays_to_bytes` wrote; RunError for anything else. Never unpickles."""
    try:
        # The sizes in the directory are checked first: zip can promise more than memory holds.
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            if sum(entry.file_size for entry in file.infolist()) > STATE_BYTES:
                raise ValueError("it is larger than any can be")
            # NumPy stops where a header says that an array ends, before zip compares check sums.
            if (bad := file.testzip()) is not None:
                raise ValueError(f"the check sum of {bad!r:.40} is another")
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except _UNREADABLE as error:
        raise damaged(what, error) from None


def interrupted_message(kept: int, epochs: int) -> str:
    """What a visitor is told of a run that ended without anybody wanting it to."""
    if kept == 0:
        return "This run was interrupted in its first epoch. Resume it to train it."
    return (
        f"This run was interrupted after epoch {kept} of {epochs}. What it had learned by then is "
        "kept; resume it to go on from there."
    )


# All that zipfile, zlib and NumPy raise on mutilated files.
_UNREADABLE = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    EOFError,
    SyntaxError,
    MemoryError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    tokenize.TokenError,
)


def _plain(value: Any) -> Any:
    """Nested dicts, lists and numbers. JSON has no NaN, which a diverging loss becomes: a word."""
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):  # NumPy's float64 is one too, but no plain number
        return float(value) if math.isfinite(value) else str(float(value))
    return value


@cache
def _types(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


@cache
def _later(kind: type) -> frozenset[str]:
    """Fields that are missing in what was written before there were any."""
    return frozenset(f.name for f in dataclasses.fields(kind) if f.metadata == LATER)


def _built(kind: Any, value: Any) -> Any:
    """`value` as `kind` (a dataclass, tuple[x, ...], x | None, or a plain type), or ValueError."""
    if dataclasses.is_dataclass(kind):
        known = _types(kind)
        if not isinstance(value, dict) or not known.keys() - _later(kind) <= value.keys() <= (
            known.keys()
        ):
            raise ValueError(f"not the values of {kind.__name__}")
        return kind(**{name: _built(known[name], item) for name, item in value.items()})
    if isinstance(kind, types.UnionType):
        return None if value is None else _built(typing.get_args(kind)[0], value)
    if typing.get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise ValueError(f"{value!r:.40} is not a list")
        return tuple(_built(typing.get_args(kind)[0], item) for item in value)
    return _number(value) if kind is float else _exact(kind, value)


def _number(value: Any) -> float:
    if isinstance(value, str) and value in ("nan", "inf", "-inf"):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{value!r:.40} is not a number")
    return float(value)


def _exact(kind: type, value: Any) -> Any:
    if type(value) is not kind or (kind is int and value < 0):
        raise ValueError(f"{value!r:.40} is not a good {kind.__name__}")
    return value


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
