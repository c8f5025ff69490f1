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
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from cnnlib.training import BatchEvent, EpochEvent

ACTIVE = ("queued", "running")
STATES = (*ACTIVE, "done", "stopped", "failed", "interrupted")
STATE_BYTES = 400_000_000
_PREFIX = "state/"


class RunError(ValueError):
    """A run that is not there, or whose files cannot be read or written; a sentence for people."""


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
    """One epoch's history: its batches (a few a second), and its figures unless it was cut short.

    Epoch 0, the initial weights, has neither.
    """

    batches: tuple[BatchEvent, ...] = ()
    epoch: EpochEvent | None = None
    partial: bool = False


@dataclass(frozen=True)
class RunStatus:
    """Where a run stands. `position` is its place in the queue (1 is next), if it waits there.

    `state` is queued, running, done, stopped, failed or interrupted; `message` a sentence, or
    empty; `epoch` the one that is being trained, or was last, of `epochs`; `progress` goes from 0
    to 1; `seconds_left` is an estimate.
    """

    state: str
    message: str = ""
    position: int | None = None
    epoch: int = 0
    epochs: int = 0
    progress: float = 0.0
    seconds_left: float | None = None
    images_per_second: float | None = None

    @property
    def is_active(self) -> bool:
        """Whether more is to come without anybody doing anything."""
        return self.state in ACTIVE


@dataclass(frozen=True)
class History:
    """A run's recorded batches (a few for each second) and epochs, in order."""

    batches: tuple[BatchEvent, ...] = ()
    epochs: tuple[EpochEvent, ...] = ()


def to_bytes(value: Record | EpochRecord) -> bytes:
    return json.dumps(_plain(value), allow_nan=False).encode()


def from_bytes(kind: type, data: bytes) -> Any:
    """Read what `to_bytes` wrote; RunError for anything else."""
    try:
        values = json.loads(data, parse_constant=_refuse)
        return _built(kind, values)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise RunError(
            f"a run's {kind.__name__} on disk is damaged ({str(error)[:120]})."
        ) from None


def event_to_dict(event: BatchEvent | EpochEvent) -> dict[str, Any]:
    """A flat dict of plain numbers, as it is sent by a worker."""
    return _plain(event)


def event_from_dict(kind: type, values: dict[str, Any]) -> Any:
    """The event that `event_to_dict` took apart; RunError for anything else."""
    try:
        return _built(kind, values)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise RunError(f"an event of a run is damaged ({str(error)[:120]}).") from None


def state_to_bytes(epoch: int, state: dict[str, np.ndarray]) -> bytes:
    """What `training` needs to go on after `epoch`, as npz."""
    buffer = io.BytesIO()
    arrays = {_PREFIX + name: np.asarray(array) for name, array in state.items()}
    np.savez(buffer, epoch=np.int64(epoch), **arrays)
    return buffer.getvalue()


def state_from_bytes(data: bytes) -> tuple[int, dict[str, np.ndarray]]:
    """Read what `state_to_bytes` wrote; RunError for anything else. Never unpickles."""
    try:
        # The sizes in the directory are checked first: zip can promise more than memory holds.
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            if sum(entry.file_size for entry in file.infolist()) > STATE_BYTES:
                raise ValueError("it is larger than any state can be")
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            epoch = int(file["epoch"])
            names = [name for name in file.files if name != "epoch"]
            state = {name.removeprefix(_PREFIX): file[name] for name in names}
    except _UNREADABLE as error:
        raise RunError(f"a run's saved state is damaged ({str(error)[:120]}).") from None
    if epoch < 0:
        raise RunError(f"a run's saved state is damaged (epoch {epoch}).")
    return epoch, state


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


def _built(kind: Any, value: Any) -> Any:
    """`value` as `kind` (a dataclass, tuple[x, ...], x | None, or a plain type), or ValueError."""
    if dataclasses.is_dataclass(kind):
        if not isinstance(value, dict) or set(value) != set(_types(kind)):
            raise ValueError(f"not the values of {kind.__name__}")
        return kind(**{name: _built(t, value[name]) for name, t in _types(kind).items()})
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
