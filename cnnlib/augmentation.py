"""Random variations of training images, so that a network sees no image twice the same.

All take and give float32 (batch, height, width, channels) in [0, 1] and draw from the generator
they are given, so a seed repeats them.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

SHIFT_SHARE = 0.125  # of the side: 4 pixels of 32, as in He et al. 2015 (arXiv:1512.03385), 4.2


def flip(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Mirror each image left to right with probability one half."""
    mirrored = rng.random(len(images)) < 0.5
    return np.where(mirrored[:, None, None, None], images[:, :, ::-1], images)


def shift(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Move each image by up to an eighth of its side each way; the gap is filled with its edge."""
    _, height, width, _ = images.shape
    reach = max(1, round(SHIFT_SHARE * min(height, width)))
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="edge")
    shifted = np.empty_like(images)
    for index, (top, left) in enumerate(rng.integers(0, 2 * reach + 1, (len(images), 2))):
        shifted[index] = padded[index, top : top + height, left : left + width]
    return shifted


def affine(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn each image by up to 12 degrees, slant it and scale each side, all at random.

    The ranges are about those of people's handwriting. Pixels are sampled bilinearly; outside of
    the image is black.
    """
    count, height, width, _ = images.shape
    angle = rng.uniform(-0.2, 0.2, count)
    slant = rng.uniform(-0.2, 0.2, count)
    scale_y, scale_x = rng.uniform(0.85, 1.15, (2, count))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shape = np.array([[scale_y, np.zeros(count)], [slant, scale_x]])
    matrices = np.einsum("ijn,jkn->nik", turn, shape)
    centre = np.array([(height - 1) / 2, (width - 1) / 2])
    grid = np.stack(np.mgrid[:height, :width], axis=-1).reshape(-1, 2) - centre
    sources = grid @ matrices.transpose(0, 2, 1) + centre  # (batch, height x width, 2)
    return bilinear(images, sources).reshape(images.shape)


def bilinear(images: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """Bilinear samples (batch, points, channels) at (row, column) positions (batch, points, 2)."""
    count, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    low = np.floor(sources).astype(np.int64)
    share = (sources - low).astype(np.float32)
    index = np.arange(count)[:, None]

    def corner(down: int, right: int) -> np.ndarray:
        row = np.clip(low[..., 0] + down + 1, 0, height + 1)
        column = np.clip(low[..., 1] + right + 1, 0, width + 1)
        rows_share = share[..., 0] if down else 1 - share[..., 0]
        columns_share = share[..., 1] if right else 1 - share[..., 1]
        return padded[index, row, column] * (rows_share * columns_share)[..., None]

    # The four shares add up to one, give or take a rounding error that must not pass full white.
    return np.minimum(corner(0, 0) + corner(0, 1) + corner(1, 0) + corner(1, 1), np.float32(1))


AUGMENT = {"flip": flip, "shift": shift, "affine": affine}


def augment(images: np.ndarray, names: Iterable[str], rng: np.random.Generator) -> np.ndarray:
    """Apply the named augmentations in turn."""
    for name in names:
        images = AUGMENT[name](images, rng)
    return images
