"""Reading data sets from their files, whatever may be wrong with these."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cnnlib.dataset_table import Dataset, DatasetError, DatasetInfo
from cnnlib.splits import HELD_OUT_SHARE, by_turns

SPLITS = ("train", "test")
SPLIT_SEED = 2012  # of the digits' test split: the same for everyone, whatever a run's own seed


def load_strips(folder: Path, known: DatasetInfo) -> Dataset:
    """One tall lossless strip a class and split, images one below the other."""

    def read(split: str) -> tuple[np.ndarray, np.ndarray]:
        strips = [_read_strip(folder / f"{split}_{name}.webp", known) for name in known.classes]
        labels = np.repeat(np.arange(len(strips), dtype=np.uint8), [len(x) for x in strips])
        return np.concatenate(strips), labels

    return Dataset(*read("train"), *read("test"), known.classes)


def _read_strip(path: Path, known: DatasetInfo) -> np.ndarray:
    from PIL import Image  # here, so that the first page, which shows digits, need not wait

    try:
        with Image.open(path, formats=("WEBP",)) as strip:
            return np.asarray(strip.convert("RGB")).reshape(-1, *known.image_shape)
    except (OSError, ValueError):
        raise DatasetError(
            f"the bundled file {path.name} is missing or damaged. Install the app again, or fetch "
            f"the full {known.full_title}."
        ) from None


def load_npz(path: Path, known: DatasetInfo) -> Dataset:
    try:
        # Opened here, because np.load forgets to close a file that turns out to be no archive.
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
    except Exception as error:  # a damaged archive makes zipfile, zlib and NumPy raise all sorts
        reason = getattr(error, "strerror", None) or error  # an OSError's text names the path
        raise DatasetError(f"{path.name} cannot be read as a data set ({reason}).") from None
    if {"x", "y"} <= set(arrays):
        parts = _split_once(*_checked(path, known, arrays["x"], arrays["y"]))
    else:
        try:
            train, test = ((arrays[f"x_{split}"], arrays[f"y_{split}"]) for split in SPLITS)
        except KeyError as error:
            raise DatasetError(f"{path.name} has no array {error}.") from None
        parts = (*_checked(path, known, *train), *_checked(path, known, *test))
    return Dataset(*parts, known.classes)


def _checked(
    path: Path, known: DatasetInfo, images: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The images, with a channel axis, and as many labels; DatasetError for anything else."""
    if images.ndim == 3:
        images = images[..., np.newaxis]
    good_images = images.ndim == 4 and images.shape[1:] == known.image_shape
    good_labels = labels.shape == images.shape[:1] and labels.size > 0
    if not (images.dtype == labels.dtype == np.uint8 and good_images and good_labels):
        raise DatasetError(
            f"{path.name} must hold uint8 images of {known.image_shape} and a uint8 label for "
            f"each; it holds {images.dtype} {images.shape} and {labels.dtype} {labels.shape}."
        )
    if labels.max() >= len(known.classes):
        raise DatasetError(
            f"{path.name} must hold labels from 0 to {len(known.classes) - 1}; the largest one in "
            f"it is {labels.max()}."
        )
    return images, labels


def _split_once(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, ...]:
    """Nine tenths of a set that comes in one piece to train on, a balanced tenth to test on."""
    order = by_turns(labels, np.random.default_rng(SPLIT_SEED))
    held_out = round(len(order) * HELD_OUT_SHARE)
    test, train = np.sort(order[:held_out]), np.sort(order[held_out:])
    return images[train], labels[train], images[test], labels[test]
