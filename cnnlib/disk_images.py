"""Images that stay on disk: an array of which only the rows asked for are read.

The files are NumPy's own, `.npy`, so anything can open them. Rows are read with plain reads rather
than by mapping the file into memory: pages of a mapped file count as the process's own memory until
the system takes them back, those that a read leaves behind in the system's cache do not.
"""

from __future__ import annotations

import contextlib
import math
import os
import secrets
import shutil
import threading
import time
import weakref
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from cnnlib.dataset_table import DatasetError

SPARE_BYTES = 1_000_000_000  # left on the disk when a file has been written
VERSION = (1, 0)  # of NumPy's file format


class DiskImages:
    """Images uint8 (count, height, width, channels) in an `.npy` file; safe to read from threads.

    Takes what an array would as an index of its rows: a whole number, a slice, an array of whole
    numbers or of one boolean a row. `seconds` is how long all reads took so far. Raises
    DatasetError with a sentence for a file that is not there, of another kind, or cut off.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, path: Path) -> None:
        self.seconds = 0.0
        self._path, self._lock = Path(path), threading.Lock()
        try:
            self._file = open(path, "rb", buffering=0)  # noqa: SIM115 - open as long as it is used
        except OSError as error:
            raise _unusable(self._path, error.strerror) from None
        try:
            self.shape, self._start = _read_header(self._path, self._file)
        except BaseException:
            self._file.close()
            raise
        self._row = math.prod(self.shape[1:])
        self._closing = weakref.finalize(self, self._file.close)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """What all images would take in memory."""
        return math.prod(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: int | slice | np.ndarray) -> np.ndarray:
        # NumPy's own rules, of what each kind of index chooses and of what is out of range.
        rows = np.arange(len(self))[index]
        images = np.empty((rows.size, *self.shape[1:]), np.uint8)
        with self._lock:
            began = time.perf_counter()
            # In the order they lie in, so that a disk need not turn back.
            for place in np.argsort(rows, axis=None, kind="stable"):
                self._read(int(rows.flat[place]), images[place])
            self.seconds += time.perf_counter() - began
        return images.reshape(*rows.shape, *self.shape[1:])

    def _read(self, row: int, image: np.ndarray) -> None:
        view = memoryview(image).cast("B")
        try:
            self._file.seek(self._start + row * self._row)
            while view:
                count = self._file.readinto(view)
                if not count:
                    raise _unusable(self._path, "it ends too early")
                view = view[count:]
        except OSError as error:
            raise _unusable(self._path, error.strerror) from None

    def close(self) -> None:
        """Let go of the file, which otherwise happens with the last reference to this."""
        self._closing()


def write_images(
    path: Path,
    count: int,
    parts: Iterable[np.ndarray],
    on_progress: Callable[[int], None] = lambda written: None,
) -> None:
    """Write `count` uint8 images, which come in parts, whole or not at all.

    `on_progress(bytes written)` is called after each part; what it raises ends the writing and
    leaves nothing behind. Raises DatasetError when the disk has no room, ValueError when the parts
    are not `count` images of one shape.
    """
    path = Path(path)
    # A name of its own keeps two who write one file from writing into each other's.
    unfinished = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(unfinished, "wb") as file:
            _write(file, path, count, parts, on_progress)
        os.replace(unfinished, path)
    except OSError as error:
        raise DatasetError(
            f"{path.name} could not be kept ({error.strerror}). Make room in the data folder, or "
            "have CNN_DATA name another one."
        ) from None
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink()


def check_room(folder: Path, size: int) -> None:
    """DatasetError unless `size` bytes fit on the disk of `folder` with SPARE_BYTES left over."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(there).free
    if free < size + SPARE_BYTES:
        raise DatasetError(
            f"these images take {size / 1e9:.1f} GB, and {SPARE_BYTES / 1e9:.0f} GB is to stay "
            f"free; {free / 1e9:.1f} GB are. Make room in the data folder, have CNN_DATA name "
            "another one, or choose smaller images."
        )


def _write(
    file, path: Path, count: int, parts: Iterable[np.ndarray], on_progress: Callable[[int], None]
) -> None:
    shape, images = None, 0
    for part in parts:
        if shape is None:
            shape = part.shape[1:]
            header = {"descr": "|u1", "fortran_order": False, "shape": (count, *shape)}
            np.lib.format.write_array_header_1_0(file, header)
        if part.dtype != np.uint8 or part.shape[1:] != shape:
            raise ValueError(f"parts must be uint8 images of {shape}; one is {part.shape}.")
        file.write(np.ascontiguousarray(part).data)
        images += len(part)
        on_progress(images * math.prod(shape))
    if images != count:
        raise ValueError(f"{path.name} was to hold {count} images; {images} came.")


def _read_header(path: Path, file) -> tuple[tuple[int, int, int, int], int]:
    """The array's shape, and where its numbers begin; the file must be as long as that."""
    try:
        if np.lib.format.read_magic(file) != VERSION:
            raise ValueError("it is of another version")
        shape, columns_first, dtype = np.lib.format.read_array_header_1_0(file)
    except (ValueError, OSError, EOFError) as error:
        raise _unusable(path, str(error)[:80]) from None
    if dtype != np.uint8 or columns_first or len(shape) != 4 or min(shape) < 1:
        raise _unusable(path, f"it holds {dtype} {shape}")
    start = file.tell()
    length, due = os.fstat(file.fileno()).st_size, start + math.prod(shape)
    if length != due:
        raise _unusable(path, f"it has {length:,} bytes instead of {due:,}")
    return shape, start


def _unusable(path: Path, reason: str | None) -> DatasetError:
    return DatasetError(
        f"{path.name} cannot be read as images ({reason}). Remove it from the data folder and have "
        "it generated again."
    )
