"""Files of runs by run id and name, with every error a sentence."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from cnnlib.records import RunError, damaged
from cnnlib.storage import Folder, Stamp, Usage

SMALL_BYTES = 1_000_000  # of a file of JSON
_SEALED = re.compile(rb'(.*), "crc32": "([0-9a-f]{8})"\}', re.DOTALL)
_RUN_ID = re.compile(r"[A-Za-z0-9_-]{16}")


def runs_folder() -> Path:
    """Where runs are kept: CNN_RUNS, or a folder in the user's cache."""
    default = Path.home() / ".cache" / "cnn-made-easy" / "runs"
    return Path(os.environ.get("CNN_RUNS") or default).expanduser()


class RunFiles:
    """The folders of all runs. Every method but `exists` raises RunError, and nothing else."""

    def __init__(self, root: Path | str | None):
        self.folder = Folder(root if root is not None else runs_folder())

    def exists(self, run_id: str) -> bool:
        """Whether there is a run of this id; False for anything that is no id at all."""
        try:
            return _is_run_id(run_id) and self.folder.exists(f"{run_id}/spec.json")
        except OSError:
            return False

    def check(self, run_id: str) -> None:
        """RunError unless there is a run of this id."""
        if not self.exists(run_id):
            raise RunError(_unknown(run_id))

    def has(self, run_id: str, name: str) -> bool:
        with _sentences("read"):
            return self.folder.exists(f"{_checked(run_id)}/{name}")

    def read(self, run_id: str, name: str, most_bytes: int) -> bytes:
        """A file as it was written; RunError if JSON has changed since."""
        with _sentences("read"):
            try:
                data = self.folder.read(f"{_checked(run_id)}/{name}", most_bytes)
            except FileNotFoundError:
                known = name != "spec.json" and self.exists(run_id)
                raise RunError(f"this run has no {name}." if known else _unknown(run_id)) from None
        return _unsealed(name, data) if name.endswith(".json") else data

    def write(self, run_id: str, name: str, data: bytes) -> None:
        """Put a file there whole. JSON gets a check sum; the arrays of an .npz have theirs."""
        with _sentences("written"):
            sealed = _sealed(data) if name.endswith(".json") else data
            self.folder.write(f"{_checked(run_id)}/{name}", sealed)

    def discard(self, run_id: str) -> None:
        """Take away a run that nobody has been told of."""
        self.folder.remove_folder(_checked(run_id))

    def run_ids(self) -> list[str]:
        """Every run that is here, in no order."""
        with _sentences("read"):
            return [name for name in self.folder.folders() if self.exists(name)]

    def usage(self, run_id: str) -> Usage:
        """What a run takes on disk, and when it was last used."""
        with _sentences("read"):
            return self.folder.usage(_checked(run_id))

    def sweep(self, run_id: str, name: str) -> None:
        """Take away what a killed process has left half-written in a run's folder `name`."""
        self.folder.sweep(f"{_checked(run_id)}/{name}")

    def remove(self, run_id: str, name: str) -> None:
        with _sentences("written"):
            self.folder.remove(f"{_checked(run_id)}/{name}")

    def check_room(self, size: int, spare: int) -> None:
        """RunError unless `spare` bytes are left on the disk when `size` more are written."""
        with _sentences("read"):
            free = self.folder.free_bytes()
        if free - size < spare:
            raise RunError(
                f"this server's disk is nearly full: {free:,} bytes are free, and {spare:,} are "
                "kept for trainings. Ask who runs it to make room."
            )

    def touch(self, run_id: str, name: str) -> None:
        with _sentences("written"):
            self.folder.touch(f"{_checked(run_id)}/{name}")

    def age(self, run_id: str, name: str) -> float:
        """Seconds since a file was touched, by the wall's clock; infinite if it is not there."""
        name = f"{_checked(run_id)}/{name}"
        try:
            return self.folder.age(name)
        except OSError:
            return float("inf")

    def stamp(self, run_id: str, name: str) -> Stamp | None:
        """What changes when a file does; None if it is not there."""
        with _sentences("read"):
            return self.folder.stamp(f"{_checked(run_id)}/{name}")

    def stamps(self, run_id: str, name: str) -> dict[str, Stamp]:
        """The files of a run's folder `name`, each with its stamp."""
        self.check(run_id)
        with _sentences("read"):
            return self.folder.stamps(f"{run_id}/{name}")


def _sealed(data: bytes) -> bytes:
    """A JSON object with the check sum of what it was as its last member.

    >>> _sealed(b'{"loss": 0.5}')
    b'{"loss": 0.5, "crc32": "45ef8da5"}'
    """
    return data[:-1] + b', "crc32": "%08x"}' % zlib.crc32(data)


def _unsealed(name: str, data: bytes) -> bytes:
    """What was sealed; RunError if it is not that any more. Older files have no seal."""
    match = _SEALED.fullmatch(data)
    if match is None:
        return data
    whole = match[1] + b"}"
    if zlib.crc32(whole) != int(match[2], 16):
        raise damaged(name, "its check sum is another")
    return whole


def _is_run_id(run_id: object) -> bool:
    return isinstance(run_id, str) and _RUN_ID.fullmatch(run_id) is not None


def _checked(run_id: str) -> str:
    """The id, if it is one. It becomes part of a path, so this comes before everything else."""
    if not _is_run_id(run_id):
        raise RunError(_unknown(run_id))
    return run_id


def _unknown(run_id: object) -> str:
    return (
        f"there is no run {str(run_id)[:40]!r} here. Check the link, or train a new network: runs "
        "that nobody has looked at for long make room for others."
    )


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
