"""Random variations of training images, so that a network sees no image twice the same.

Those in `AUGMENT` take and give float32 (batch, height, width, channels) in [0, 1] and draw from
the generator they are given, so a seed repeats them. Each has a strength, which is as trainings use
it unless another is given. `mixup` mixes the labels too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np


def flip(images: np.ndarray, rng: np.random.Generator, share: float = 0.5) -> np.ndarray:
    """Mirror each image left to right with the probability `share`."""
    mirrored = rng.random(len(images)) < share
    return np.where(mirrored[:, None, None, None], images[:, :, ::-1], images)


def shift(images: np.ndarray, rng: np.random.Generator, share: float = 0.125) -> np.ndarray:
    """Move each image by up to a share of its side each way; the gap is filled with its edge.

    An eighth is 4 pixels of 32, as in He et al. 2015 (arXiv:1512.03385), 4.2.
    """
    _, height, width, _ = images.shape
    reach = max(1, round(share * min(height, width)))
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="edge")
    shifted = np.empty_like(images)
    for index, (top, left) in enumerate(rng.integers(0, 2 * reach + 1, (len(images), 2))):
        shifted[index] = padded[index, top : top + height, left : left + width]
    return shifted


def zoom(images: np.ndarray, rng: np.random.Generator, factor: float = 1.2) -> np.ndarray:
    """Make each image up to `factor` times larger or smaller about its centre.

    Both are as likely. What comes in from outside is the image's edge.
    """
    scale = factor ** rng.uniform(-1.0, 1.0, len(images))
    return mapped(images, np.eye(2) / scale[:, None, None], repeat_edge=True)


def rotate(images: np.ndarray, rng: np.random.Generator, degrees: float = 15.0) -> np.ndarray:
    """Turn each image about its centre by up to `degrees` either way.

    What comes in from outside is the image's edge.
    """
    angle = np.deg2rad(rng.uniform(-degrees, degrees, len(images)))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return mapped(images, turn.transpose(2, 0, 1), repeat_edge=True)


def affine(images: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Turn each image by up to 12 degrees, slant it and scale each side, all at random.

    The ranges, which `strength` multiplies, are about those of people's handwriting. Pixels are
    sampled bilinearly; outside of the image is black.
    """
    count = len(images)
    angle = rng.uniform(-0.2 * strength, 0.2 * strength, count)
    slant = rng.uniform(-0.2 * strength, 0.2 * strength, count)
    scale_y, scale_x = rng.uniform(1 - 0.15 * strength, 1 + 0.15 * strength, (2, count))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shape = np.array([[scale_y, np.zeros(count)], [slant, scale_x]])
    return mapped(images, np.einsum("ijn,jkn->nik", turn, shape))


def brightness(images: np.ndarray, rng: np.random.Generator, change: float = 0.3) -> np.ndarray:
    """Multiply each image's light by 1 - `change` to 1 + `change`; black stays black.

    What would be brighter than white is white.
    """
    light = rng.uniform(max(0.0, 1 - change), 1 + change, len(images)).astype(np.float32)
    return np.minimum(images * light[:, None, None, None], np.float32(1))


def noise(images: np.ndarray, rng: np.random.Generator, deviation: float = 0.05) -> np.ndarray:
    """Add to each value a random number of its own: normal, with this standard deviation."""
    grains = rng.standard_normal(images.shape, dtype=np.float32)
    return np.clip(images + np.float32(deviation) * grains, 0, 1)


def cutout(images: np.ndarray, rng: np.random.Generator, side: float = 0.25) -> np.ndarray:
    """Paint over a square of each image with the image's mean colour.

    The square measures a share `side` of the image's shorter side. Its middle may be any pixel, so
    part of it may lie outside. DeVries and Taylor 2017 (arXiv:1708.04552), 3.2, whose squares are
    16 pixels of 32 for CIFAR-10 and 8 for CIFAR-100.
    """
    count, height, width, _ = images.shape
    size = max(1, round(side * min(height, width)))
    top = rng.integers(0, height, count)[:, None] - size // 2
    left = rng.integers(0, width, count)[:, None] - size // 2
    rows, columns = np.arange(height), np.arange(width)
    rows = (rows >= top) & (rows < top + size)
    columns = (columns >= left) & (columns < left + size)
    hidden = (rows[:, :, None] & columns[:, None, :])[..., None]
    return np.where(hidden, images.mean(axis=(1, 2), keepdims=True), images)


def mixup(
    images: np.ndarray, targets: np.ndarray, rng: np.random.Generator, alpha: float = 0.2
) -> tuple[np.ndarray, np.ndarray]:
    """Mix each image with another of the batch, and their targets in the same shares.

    Targets are float32 (batch, classes): the probability of each class. An image's share is drawn
    from Beta(`alpha`, `alpha`): mostly near 0 or 1 if `alpha` is small, anything if it is 1. Zhang
    et al. 2018 (arXiv:1710.09412), 2.
    """
    share = rng.beta(alpha, alpha, len(images)).astype(np.float32)
    other = rng.permutation(len(images))
    share_of_images, share_of_targets = share[:, None, None, None], share[:, None]
    mixed = share_of_images * images + (1 - share_of_images) * images[other]
    return (
        np.minimum(mixed, np.float32(1)),
        share_of_targets * targets + (1 - share_of_targets) * targets[other],
    )


def mapped(images: np.ndarray, matrices: np.ndarray, repeat_edge: bool = False) -> np.ndarray:
    """Each image seen through a matrix: a pixel at an offset from the centre shows what was at the
    matrix times that offset. `matrices` are (batch, 2, 2), on (row, column).

    Outside of the image is black, or its edge with `repeat_edge`.
    """
    _, height, width, _ = images.shape
    centre = np.array([(height - 1) / 2, (width - 1) / 2])
    grid = np.stack(np.mgrid[:height, :width], axis=-1).reshape(-1, 2) - centre
    seen = np.empty_like(images)
    for start in range(0, len(images), 8):  # numbers of a few images stay in the processor's cache
        some = slice(start, start + 8)
        sources = grid @ matrices[some].transpose(0, 2, 1) + centre  # (batch, height x width, 2)
        if repeat_edge:
            np.clip(sources, 0, 2 * centre, out=sources)
        seen[some] = bilinear(images[some], sources).reshape(-1, *images.shape[1:])
    return seen


def bilinear(images: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """Bilinear samples (batch, points, channels) at (row, column) positions (batch, points, 2)."""
    count, height, width, channels = images.shape
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    lowest, share = [], []  # rows, then columns
    for axis, size in ((0, height), (1, width)):
        low = np.floor(sources[..., axis])
        share.append((sources[..., axis] - low).astype(np.float32))
        lowest.append(np.clip(low, -2, size).astype(np.int64) + 1)  # in the padded image
    first_row = np.arange(count)[:, None] * (height + 2)
    corners = []
    for down in (0, 1):
        row = (first_row + np.clip(lowest[0] + down, 0, height + 1)) * (width + 2)
        row_share = share[0] if down else 1 - share[0]
        for right in (0, 1):
            place = row + np.clip(lowest[1] + right, 0, width + 1)
            corners.append((place, row_share * (share[1] if right else 1 - share[1])))
    samples = np.empty((*sources.shape[:2], channels), np.float32)
    for channel in range(channels):  # one at a time: numbers side by side are found sooner
        plane = padded[..., channel].ravel()
        total = np.zeros(sources.shape[:2], np.float32)
        for place, weight in corners:
            total += plane.take(place, mode="clip") * weight
        # The four shares add up to one, give or take an error that must not pass full white.
        np.minimum(total, np.float32(1), out=samples[..., channel])
    return samples


AUGMENT = {
    "flip": flip,
    "shift": shift,
    "zoom": zoom,
    "rotate": rotate,
    "affine": affine,
    "brightness": brightness,
    "noise": noise,
    "cutout": cutout,
}
AUGMENTATIONS = (*AUGMENT, "mixup")
SAMPLED = ("zoom", "rotate", "affine")


def augment(images: np.ndarray, names: Iterable[str], rng: np.random.Generator) -> np.ndarray:
    """Apply the named augmentations in turn, save mixup, which needs targets too."""
    for name in names:
        if name in AUGMENT:
            images = AUGMENT[name](images, rng)
    return images


def functions(names: Iterable[str]) -> tuple[Callable, ...]:
    """All that a program which uses the named augmentations has to define."""
    names = tuple(names)
    named = tuple(mixup if name == "mixup" else AUGMENT[name] for name in names)
    return named + ((mapped, bilinear) if set(names) & set(SAMPLED) else ())
