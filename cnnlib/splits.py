"""Which images of a data set are trained on and which are held back, and labels made wrong."""

from __future__ import annotations

import numpy as np

from cnnlib.dataset_table import DatasetError

HELD_OUT_SHARE = 0.1


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
