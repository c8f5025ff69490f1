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


AUGMENT = {"flip": flip, "shift": shift}


def augment(images: np.ndarray, names: Iterable[str], rng: np.random.Generator) -> np.ndarray:
    """Apply the named augmentations in turn."""
    for name in names:
        images = AUGMENT[name](images, rng)
    return images
