"""The image sets: a bundled sample of each, and the full sets once they have been fetched.

Images are uint8 arrays (count, height, width, channels), labels uint8 (count,). A name may be that
of a variant (see `cnnlib.variants`): some classes, or another size. The samples lie in
`assets/datasets` (cut by `python -m cnnlib.bundle`), so everything works without a network. A
folder with full sets, named by the environment variable CNN_DATA, holds `<name>.npz` files with
x_train, y_train, x_test, y_test, or with x and y, which are then split here.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import secrets
from collections.abc import Callable
from pathlib import Path

import numpy as np

from cnnlib import shape_set, variants
from cnnlib.dataset_files import load_npz, load_strips
from cnnlib.dataset_table import DATASETS, DRAWN_SETS, Dataset, DatasetError, DatasetInfo
from cnnlib.splits import by_turns, held_back_count, noisy_labels, training_split, without
from cnnlib.variants import Variant, VariantError

__all__ = [
    "DATASETS",
    "Dataset",
    "DatasetError",
    "DatasetInfo",
    "by_turns",
    "data_folder",
    "fetch_full",
    "full_is_here",
    "held_back_count",
    "info",
    "load",
    "noisy_labels",
    "scale",
    "stop_fetching",
    "training_split",
    "without",
]

SAMPLES = Path(__file__).resolve().parent.parent / "assets" / "datasets"


def info(name: str) -> DatasetInfo:
    """What is known of data set `name`, or of a variant; DatasetError if there is none."""
    try:
        wanted = variants.parsed(name)
    except VariantError as error:
        raise DatasetError(f"there is no data set {name!r:.40}: a name {error}.") from None
    known = _of_base(wanted.base)
    return known if wanted.is_whole else _varied_info(known, wanted)


def _of_base(base: str) -> DatasetInfo:
    return DATASETS.get(base) or DRAWN_SETS[base]


def _varied_info(known: DatasetInfo, wanted: Variant) -> DatasetInfo:
    classes = tuple(known.classes[label] for label in wanted.labels) or known.classes
    height, width, channels = known.image_shape
    height, width = (wanted.side or height, wanted.side or width)
    details = [f"{len(classes)} classes"] if wanted.labels else []
    details += [f"{height} × {width}"] if wanted.side else []
    details += ["in colour"] if wanted.rgb else []
    title = f"{known.title}, {', '.join(details)}"
    counts = known.sample_counts
    most = _most_of_class(known, wanted)
    if most is not None:
        counts = tuple(len(classes) * count for count in most)
    return dataclasses.replace(
        known,
        name=str(wanted),
        title=title,
        full_title=title,
        classes=classes,
        image_shape=(height, width, 3 if wanted.rgb else channels),
        sample_counts=counts,
        class_counts=most or known.class_counts,
        full_counts=known.full_counts if _is_drawn_whole(wanted) else counts,
        download_bytes=_bytes(known, height, width),
    )


def _is_drawn_whole(wanted: Variant) -> bool:
    """Whether it is a set that is drawn at any side, with all of its classes."""
    return wanted.base in variants.DRAWN and not wanted.labels


def _bytes(known: DatasetInfo, height: int, width: int) -> int:
    """What the full set takes: as a download, or in the files that it is drawn into."""
    drawn = sum(known.full_counts) * height * width * known.image_shape[2]
    return drawn if known.name in variants.DRAWN else known.download_bytes


def _most_of_class(known: DatasetInfo, wanted: Variant) -> tuple[int, int] | None:
    """Training and test images of a class that a variant keeps; None if all."""
    if wanted.side > variants.LARGE_SIDE:
        return variants.LARGE_COUNTS
    return known.class_counts if wanted.labels else None


def data_folder() -> Path:
    """Where full sets are looked for: CNN_DATA, or a folder in the user's cache."""
    default = Path.home() / ".cache" / "cnn-made-easy" / "data"
    return Path(os.environ.get("CNN_DATA") or default).expanduser()


def full_is_here(name: str) -> bool:
    """Whether the full set has been fetched already. Variants have none, but of drawn sets."""
    known = info(name)
    if _is_drawn_whole(variants.parsed(name)):
        return shape_set.is_generated(data_folder(), known.image_shape[0])
    return name in DATASETS and (data_folder() / f"{known.name}.npz").is_file()


def load(name: str, *, full: bool = False) -> Dataset:
    """Read the bundled sample, or the full set if `full`; DatasetError if it is not there."""
    known = info(name)
    if full and not full_is_here(name):
        raise DatasetError(
            f"the full {known.full_title} is not on this machine yet. Fetch it on the data set "
            "page, or go on with the bundled sample."
        )
    wanted = variants.parsed(name)
    if full and _is_drawn_whole(wanted):
        return shape_set.load_generated(data_folder(), known.image_shape[0], known.classes)
    if full:
        return load_npz(data_folder() / f"{name}.npz", known)
    return _varied(_load_sample(wanted.base, known), known, wanted)


def _load_sample(base: str, known: DatasetInfo) -> Dataset:
    if base in variants.DRAWN:
        classes = _of_base(base).classes
        return shape_set.drawn_sample(known.image_shape[0], known.class_counts, classes)
    if base == "digits":
        return load_npz(SAMPLES / "digits.npz", DATASETS[base])
    return load_strips(SAMPLES / base, DATASETS[base])


def _varied(dataset: Dataset, known: DatasetInfo, wanted: Variant) -> Dataset:
    if wanted.is_whole:
        return dataset
    parts: list[np.ndarray] = []
    most = _most_of_class(_of_base(wanted.base), wanted) or (None, None)
    sides = ((dataset.x_train, dataset.y_train), (dataset.x_test, dataset.y_test))
    for (images, labels), count in zip(sides, most, strict=True):
        keep, renumbered = variants.chosen(labels, wanted, count)
        kept = variants.resized(images[keep], known.image_shape[0])
        parts += [np.repeat(kept, 3, axis=-1) if wanted.rgb else kept, renumbered]
    return Dataset(*parts, known.classes)


def scale(images: np.ndarray) -> np.ndarray:
    """Bytes 0 to 255 as float32 from 0 to 1, which is what every network here takes.

    >>> scale(np.array([0, 51, 255], np.uint8)).tolist()
    [0.0, 0.20000000298023224, 1.0]
    """
    return images.astype(np.float32) / np.float32(255)


def fetch_full(
    name: str, on_progress: Callable[[int, int], None] = lambda done, total: None
) -> None:
    """Put the full set into the data folder: download it with `keras.datasets`, or draw it.

    Runs in a worker. `on_progress(bytes done, bytes in all)` is called a few times a second. Raises
    DatasetError with a sentence when there is no network, or no room for the data.
    """
    from cnnlib.downloads import DownloadError, download

    known = info(name)
    if _is_drawn_whole(variants.parsed(name)):
        shape_set.generate(data_folder(), known, on_progress)
        return
    try:
        arrays = download(known, on_progress)
    except DownloadError as error:
        raise DatasetError(
            f"{known.full_title} could not be fetched ({error}). Check this machine's network, or "
            "go on with the bundled sample."
        ) from None
    folder = data_folder()
    # A name of its own keeps two downloads of one set from writing into each other's file.
    unfinished = folder / f".{name}-{secrets.token_hex(4)}.npz"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(unfinished, **arrays)
        os.replace(unfinished, folder / f"{name}.npz")
    except OSError as error:
        raise DatasetError(
            f"{known.full_title} was fetched but could not be kept ({error.strerror}). Make room "
            "in the data folder, or have CNN_DATA name another one."
        ) from None
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink()


def stop_fetching(name: str) -> None:
    """Have `fetch_full` leave off, in whatever process it is, if it draws; a download goes on."""
    if _is_drawn_whole(variants.parsed(name)):
        shape_set.stop_generating(data_folder(), info(name).image_shape[0])
