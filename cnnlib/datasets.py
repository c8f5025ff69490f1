"""The image sets: a bundled sample of each, and the full sets once they have been fetched.

Images are uint8 arrays (count, height, width, channels), labels uint8 (count,). The samples lie in
`assets/datasets` (cut by `python -m cnnlib.bundle`), so everything works without a network. A
folder with full sets, named by the environment variable CNN_DATA, holds `<name>.npz` files with
x_train, y_train, x_test, y_test, or with x and y, which are then split here.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

SAMPLES = Path(__file__).resolve().parent.parent / "assets" / "datasets"
SPLITS = ("train", "test")
HELD_OUT_SHARE = 0.1
SPLIT_SEED = 2012  # of the digits' test split: the same for everyone, whatever a run's own seed


class DatasetError(ValueError):
    """A data set that is not there or not usable; the message says what to do."""


@dataclass(frozen=True)
class DatasetInfo:
    """What is known of a data set before it is read. Counts are (training, test) images."""

    name: str
    title: str
    full_title: str
    classes: tuple[str, ...]
    image_shape: tuple[int, int, int]
    sample_counts: tuple[int, int]
    full_counts: tuple[int, int]
    download_bytes: int
    source: str
    licence: str


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images uint8 (count, height, width, channels) and labels uint8 (count,), with class names."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    classes: tuple[str, ...]


DATASETS: Mapping[str, DatasetInfo] = MappingProxyType(
    {
        "digits": DatasetInfo(
            name="digits",
            title="Handwritten digits",
            full_title="MNIST",
            classes=tuple("0123456789"),
            image_shape=(28, 28, 1),
            sample_counts=(9_000, 1_000),
            full_counts=(60_000, 10_000),
            download_bytes=11_490_434,
            source="Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST database of handwritten "
            "digits; LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to "
            "document recognition, Proceedings of the IEEE 86(11), 1998.",
            licence="Creative Commons Attribution-Share Alike 3.0",
        ),
        "cifar10": DatasetInfo(
            name="cifar10",
            title="CIFAR-10 photos",
            full_title="CIFAR-10",
            classes=(
                "airplane",
                "automobile",
                "bird",
                "cat",
                "deer",
                "dog",
                "frog",
                "horse",
                "ship",
                "truck",
            ),
            image_shape=(32, 32, 3),
            sample_counts=(5_000, 1_000),
            full_counts=(50_000, 10_000),
            download_bytes=170_498_071,
            source="A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, "
            "technical report, University of Toronto, 2009.",
            licence="No formal licence; free for use with citation of the report",
        ),
    }
)


def info(name: str) -> DatasetInfo:
    """What is known of data set `name`; DatasetError if there is none of that name."""
    if name not in DATASETS:
        raise DatasetError(f"there is no data set {name!r:.40}; choose {' or '.join(DATASETS)}.")
    return DATASETS[name]


def data_folder() -> Path:
    """Where full sets are looked for: CNN_DATA, or a folder in the user's cache."""
    default = Path.home() / ".cache" / "cnn-made-easy" / "data"
    return Path(os.environ.get("CNN_DATA") or default).expanduser()


def full_is_here(name: str) -> bool:
    """Whether the full set has been fetched already."""
    return (data_folder() / f"{info(name).name}.npz").is_file()


def load(name: str, *, full: bool = False) -> Dataset:
    """Read the bundled sample, or the full set if `full`; DatasetError if it is not there."""
    known = info(name)
    if not full:
        return _load_digits_sample() if name == "digits" else _load_strips(SAMPLES / name, known)
    if not full_is_here(name):
        raise DatasetError(
            f"the full {known.full_title} is not on this machine yet. Fetch it on the data set "
            "page, or go on with the bundled sample."
        )
    return _load_npz(data_folder() / f"{name}.npz", known)


def scale(images: np.ndarray) -> np.ndarray:
    """Bytes 0 to 255 as float32 from 0 to 1, which is what every network here takes.

    >>> scale(np.array([0, 51, 255], np.uint8)).tolist()
    [0.0, 0.20000000298023224, 1.0]
    """
    return images.astype(np.float32) / np.float32(255)


def held_back_count(image_count: int, share: float) -> int:
    """How many of a training's `image_count` images are held back for validation: one at least.

    >>> held_back_count(5_000, 0.1), held_back_count(105, 0.1), held_back_count(3, 0.1)
    (500, 10, 1)
    """
    return max(1, round(image_count * share))


def training_split(
    labels: np.ndarray, image_count: int, seed: int, share: float = HELD_OUT_SHARE
) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the images to train on and of those held back for validation.

    `image_count` images are drawn in equal shares from each class as far as they go; `share` of
    them, and so of each class, is held back. The same seed draws the same images. Raises
    DatasetError when there are fewer than `image_count` images.
    """
    if image_count > len(labels):
        raise DatasetError(
            f"this data set has {len(labels):,} training images; {image_count:,} were asked for."
        )
    rng = np.random.default_rng(seed)
    order = by_turns(labels, rng)[:image_count]
    held_back = held_back_count(image_count, share)
    # Taken by turns from the classes, so the first ones are a balanced draw of all of them.
    return rng.permutation(order[held_back:]), np.sort(order[:held_back])


def noisy_labels(
    labels: np.ndarray, indices: np.ndarray, share: float, classes: int, seed: int
) -> np.ndarray:
    """A copy of `labels` with `share` of those at `indices` replaced by those of other classes.

    Which ones, and by which class, is drawn by `seed`. Labels at other indices stay as they are.

    >>> labels = np.zeros(6, np.uint8)
    >>> noisy_labels(labels, np.arange(4), 0.5, 2, seed=0).tolist()
    [0, 1, 1, 0, 0, 0]
    """
    rng = np.random.default_rng((seed, 0, 1))
    replaced = rng.choice(indices, round(share * len(indices)), replace=False)
    noisy = labels.copy()
    steps = rng.integers(1, classes, len(replaced))
    noisy[replaced] = (labels[replaced].astype(np.int64) + steps) % classes
    return noisy


def without(images: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Indices of those `images` that are not, to the last byte, among `seen` ones.

    >>> without(np.uint8([[1, 2], [3, 4], [5, 6]]), np.uint8([[3, 4]])).tolist()
    [0, 2]
    """
    known = {image.tobytes() for image in seen}
    return np.flatnonzero([image.tobytes() not in known for image in images])


def by_turns(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """All indices, shuffled, then one of each class in turn while it has any left."""
    shuffled = rng.permutation(len(labels))
    turn = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        of_class = shuffled[labels[shuffled] == label]
        turn[of_class] = np.arange(len(of_class))
    return shuffled[np.argsort(turn[shuffled], kind="stable")]


def fetch_full(
    name: str, on_progress: Callable[[int, int], None] = lambda done, total: None
) -> None:
    """Download the full set with `keras.datasets` into the data folder. Runs in a worker.

    `on_progress(bytes done, bytes in all)` is called a few times a second. Raises DatasetError with
    a sentence when there is no network, or no room for the data.
    """
    from cnnlib.downloads import DownloadError, download

    known = info(name)
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


def _load_digits_sample() -> Dataset:
    return _load_npz(SAMPLES / "digits.npz", DATASETS["digits"])


def _load_strips(folder: Path, known: DatasetInfo) -> Dataset:
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


def _load_npz(path: Path, known: DatasetInfo) -> Dataset:
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
