"""Whole files under one folder: each is written at once or not at all.

The run store reads and writes through these few functions only, so that another place to keep runs
(an object store, say) is another class with the same methods.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

Stamp = tuple[int, int]
_UNFINISHED = re.compile(r"\..+\.[0-9a-f]{8}")


@dataclass(frozen=True)
class Usage:
    """Bytes, and seconds of the clock on the wall."""

    bytes: int
    used_at: float


class Folder:
    """Files by name ("run/status.json") under `root`, which is made when first written to.

    All methods raise OSError as the system does; a file that is not there is FileNotFoundError.
    """

    def __init__(self, root: Path | str):
        self.root = Path(root).expanduser()

    def read(self, name: str, most_bytes: int) -> bytes:
        """All of a file; OSError if it is larger than `most_bytes`."""
        with open(self.root / name, "rb") as file:
            data = file.read(most_bytes + 1)
        if len(data) > most_bytes:
            raise OSError(f"{name} is larger than {most_bytes:,} bytes")
        return data

    def write(self, name: str, data: bytes) -> None:
        """Put a file there whole: readers see the old one or the new one, never a part."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.parent / f".{path.name}.{secrets.token_hex(4)}"
        try:
            with open(unfinished, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, path)
        except BaseException:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise
        _sync_folder(path.parent)

    def touch(self, name: str) -> None:
        """Set a file's time to now; make it if need be."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    def age(self, name: str) -> float:
        """Seconds since a file was last written or touched, by the clock on the wall; less than 0
        for a file of the future, as there are when that clock is set back."""
        return time.time() - (self.root / name).stat().st_mtime

    def exists(self, name: str) -> bool:
        return (self.root / name).is_file()

    def remove(self, name: str) -> None:
        """Take a file away; nothing happens if there is none."""
        (self.root / name).unlink(missing_ok=True)

    def remove_folder(self, name: str) -> None:
        """Take a folder away with all that is in it, as far as that can be done."""
        shutil.rmtree(self.root / name, ignore_errors=True)

    def folders(self) -> list[str]:
        """The names of the folders in this one."""
        try:
            with os.scandir(self.root) as entries:
                return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        except FileNotFoundError:
            return []

    def usage(self, name: str) -> Usage:
        """What a folder takes, and when any file in it was last written or touched."""
        sizes, times = [0], [0.0]
        for path, _, files in os.walk(self.root / name):
            for file in files:
                with contextlib.suppress(FileNotFoundError):  # it was there a moment ago
                    status = os.stat(os.path.join(path, file), follow_symlinks=False)
                    sizes.append(status.st_size)
                    times.append(status.st_mtime)
        return Usage(sum(sizes), max(times))

    def sweep(self, name: str) -> None:
        """Take away what is left of files in a folder whose writers were killed; whoever calls this
        is the only one who writes there now."""
        with contextlib.suppress(OSError):
            for path in (self.root / name).iterdir():
                if _UNFINISHED.fullmatch(path.name):
                    path.unlink(missing_ok=True)

    def free_bytes(self) -> int:
        """How much can still be written, as far as the system knows."""
        here = self.root.absolute()
        while not here.exists():  # it is made when first written to
            here = here.parent
        return shutil.disk_usage(here).free

    def stamp(self, name: str) -> Stamp | None:
        """What changes when a file does; None if it is not there."""
        try:
            status = (self.root / name).stat()
        except FileNotFoundError:
            return None
        return (status.st_mtime_ns, status.st_ino)

    def stamps(self, folder: str) -> dict[str, Stamp]:
        """Names of a folder's files, each with a stamp that changes when the file does."""
        stamps = {}
        try:
            with os.scandir(self.root / folder) as entries:
                for entry in entries:
                    if not entry.name.startswith("."):
                        status = entry.stat()
                        stamps[entry.name] = (status.st_mtime_ns, status.st_ino)
        except FileNotFoundError:
            return {}
        return stamps


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut, where folders can be synced (not on Windows)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
