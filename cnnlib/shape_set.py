"""The set "shapes": a sample drawn when it is read, and 20,000 images in a file, of which a
training reads a batch at a time.

Of each side there are two files in the data folder: images to train on, and a few to test on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from cnnlib.dataset_table import Dataset, DatasetError, DatasetInfo
from cnnlib.disk_images import DiskImages, check_room, write_images
from cnnlib.shape_images import SPLITS, shape_images, shape_labels

PART = 50  # images drawn between two looks at whether anybody still wants them


class GenerationStoppedError(DatasetError):
    """Somebody asked for the files no longer to be made."""


def drawn_sample(side: int, class_counts: tuple[int, int], classes: tuple[str, ...]) -> Dataset:
    """So many training and test images of each class, in memory."""
    parts: list[np.ndarray] = []
    for split, count in zip(SPLITS, class_counts, strict=True):
        numbers = range(count * len(classes))
        parts += [shape_images(split, numbers, side), shape_labels(len(numbers))]
    return Dataset(*parts, classes)


def is_generated(folder: Path, side: int) -> bool:
    """Whether both files of a side are there."""
    return all(_path(folder, side, split).is_file() for split in SPLITS)


def load_generated(folder: Path, side: int, classes: tuple[str, ...]) -> Dataset:
    """The files of a side, opened: `x_train` stays on disk. DatasetError if they cannot be used."""
    train = DiskImages(_path(folder, side, "train"))
    test = DiskImages(_path(folder, side, "test"))
    for images in (train, test):
        if images.shape[1:] != (side, side, 3):
            raise DatasetError(
                f"the file of {side} × {side} pixels holds images of {images.shape[1:]}. Remove it "
                "from the data folder and have it generated again."
            )
    labels = shape_labels(len(train)), shape_labels(len(test))
    return Dataset(train, labels[0], test[:], labels[1], classes)


def generate(folder: Path, known: DatasetInfo, on_progress: Callable[[int, int], None]) -> None:
    """Draw all images of a side into their files; each is written whole or not at all.

    `on_progress(bytes done, bytes in all)`. Raises DatasetError when there is no room for them, and
    GenerationStoppedError after `stop_generating`.
    """
    side, (train, test) = known.image_shape[0], known.full_counts
    total = (train + test) * side * side * 3
    check_room(folder, total)
    stop = _stop_path(folder, side)
    with contextlib.suppress(OSError):
        stop.unlink()  # of another time
    before = 0

    def report(done: int) -> None:
        if stop.exists():
            raise GenerationStoppedError("The images are no longer wanted.")
        on_progress(before + done, total)

    try:
        # The large one last: when it is there, both are.
        for split, count in (("test", test), ("train", train)):
            write_images(_path(folder, side, split), count, _parts(split, count, side), report)
            before += count * side * side * 3
    finally:
        with contextlib.suppress(OSError):
            stop.unlink()


def stop_generating(folder: Path, side: int) -> None:
    """Have whoever draws the files of a side leave off, in whatever process it is."""
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        _stop_path(folder, side).touch()


def _parts(split: str, count: int, side: int) -> Iterator[np.ndarray]:
    for start in range(0, count, PART):
        yield shape_images(split, range(start, min(start + PART, count)), side)


def _path(folder: Path, side: int, split: str) -> Path:
    return folder / f"shapes@{side}-{split}.npy"


def _stop_path(folder: Path, side: int) -> Path:
    return folder / f".shapes@{side}-stop"
