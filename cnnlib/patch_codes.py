"""Images cut into patches, patches as signals for sparse coding, and atoms as pictures."""

from __future__ import annotations

import numpy as np

from cnnlib.sparse_coding import SparseError, pursue

GREY = 127  # of a weight of 0


def drawn_patches(images: np.ndarray, side: int, count: int, seed: int = 0) -> np.ndarray:
    """`count` patches from anywhere in images (count, height, width, channels), drawn by `seed`.

    As rows (count, side x side x channels) of the images' type, each with its mean taken off: what
    is left is shape and colour contrast, not brightness.
    """
    if not 1 <= side <= min(images.shape[1:3]):
        raise SparseError(f"patches of {side} pixels do not fit into images of {images.shape[1:]}.")
    rng = np.random.default_rng(seed)
    height, width = images.shape[1] - side + 1, images.shape[2] - side + 1
    places = zip(
        rng.integers(len(images), size=count),
        rng.integers(height, size=count),
        rng.integers(width, size=count),
        strict=True,
    )
    cut = np.stack([images[at, y : y + side, x : x + side] for at, y, x in places])
    rows = cut.reshape(count, -1)
    return rows - rows.mean(axis=1, keepdims=True)


def tiles(image: np.ndarray, side: int) -> np.ndarray:
    """The patches that an image (height, width, channels) is laid out of: (patches, inputs) rows.

    Row by row, without overlap; SparseError unless they cover the image.

    >>> tiles(np.arange(16.0).reshape(4, 4, 1), 2)[1].tolist()
    [2.0, 3.0, 6.0, 7.0]
    """
    height, width, channels = image.shape
    if side < 1 or height % side or width % side:
        raise SparseError(f"patches of {side} x {side} do not cover an image of {image.shape}.")
    parts = image.reshape(height // side, side, width // side, side, channels)
    return parts.transpose(0, 2, 1, 3, 4).reshape(-1, side * side * channels)


def laid_out(rows: np.ndarray, shape: tuple[int, int, int], side: int) -> np.ndarray:
    """The image of `shape` whose `tiles` are `rows`.

    >>> image = np.arange(48.0).reshape(4, 4, 3)
    >>> bool((laid_out(tiles(image, 2), (4, 4, 3), 2) == image).all())
    True
    """
    height, width, channels = shape
    parts = rows.reshape(height // side, width // side, side, side, channels)
    return parts.transpose(0, 2, 1, 3, 4).reshape(shape)


def rebuilt(
    image: np.ndarray, atoms: np.ndarray, side: int, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """An image in [0, 1] made again of `count` atoms a patch, and the codes (patches, atoms).

    Each patch is its mean plus the sum of its atoms, cut off below 0 and above 1.
    """
    rows = tiles(image, side)
    means = rows.mean(axis=1, keepdims=True)
    codes = pursue(rows - means, atoms, count)
    again = np.clip(codes @ atoms + means, 0, 1)
    return laid_out(again, image.shape, side), codes


def atom_pictures(atoms: np.ndarray, side: int) -> np.ndarray:
    """Atoms (atoms, side x side x 3) as pictures: (atoms, side, side, 3) uint8.

    0 is mid-grey, and each atom's largest magnitude is black or full colour.

    >>> atom_pictures(np.array([[0.5, 0.0, -0.25]]), 1).tolist()
    [[[[254, 127, 64]]]]
    """
    largest = np.maximum(np.abs(atoms).max(axis=1, keepdims=True), 1e-9)
    levels = GREY + GREY * atoms / largest
    channels = atoms.shape[1] // side**2
    return np.rint(levels).astype(np.uint8).reshape(len(atoms), side, side, channels)


def most_used(codes: np.ndarray) -> np.ndarray:
    """The atoms' numbers, from 0, by the sum of their codes' magnitudes, the largest first."""
    return np.argsort(-np.abs(codes).sum(axis=0), kind="stable")
