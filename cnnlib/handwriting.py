"""Handwriting varied as hands and pens vary it, on small grey images.

All take and give float32 (batch, height, width) in [0, 1], white ink on black, and draw from the
generator they are given, so a seed repeats them.
"""

from __future__ import annotations

from functools import cache

import numpy as np

ELASTIC_SMOOTHNESS = 4.0  # pixels; P. Simard's sigma for 29 x 29
MOST_ELASTIC = 1.5  # pixels a point is moved by, at most, in the mean over an image


def vary(images: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Each image deformed, moved, with another pen, and now and then with ink missing.

    `strength` scales how far a deformation goes; 1 is about as far as a digit stays itself.
    """
    images = deform(images, rng, strength)
    images = change_pen(images, rng)
    return erase(images, rng)


def deform(images: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Turned, slanted, squeezed, moved and bent, all in one sampling, bilinear; outside is black.

    At strength 1: turned by up to 15 degrees, slanted by up to 20, each side scaled by up to a
    fifth, moved by up to 2 pixels, and bent by `elastic_field`.
    """
    count, height, width = images.shape
    angle, slant = np.radians(strength * rng.uniform([[-15], [-20]], [[15], [20]], (2, count)))
    scale_y, scale_x = np.exp(strength * rng.uniform(-0.2, 0.2, (2, count)))
    move = strength * rng.uniform(-2, 2, (count, 2, 1, 1))
    cosine, sine, shear = np.cos(angle), np.sin(angle), np.tan(slant)
    matrices = np.array(
        [
            [cosine * scale_y - sine * shear, -sine * scale_x],
            [sine * scale_y + cosine * shear, cosine * scale_x],
        ]
    ).transpose(2, 0, 1)
    centre = np.array([(height - 1) / 2, (width - 1) / 2])[:, np.newaxis, np.newaxis]
    grid = np.mgrid[:height, :width] - centre
    places = np.einsum("nij,jyx->niyx", matrices, grid) + centre + move
    places += elastic_field(count, (height, width), rng) * strength
    return sampled_at(images, places)


def elastic_field(count: int, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Smooth random moves, (count, 2, height, width) in pixels: noise blurred by a Gaussian.

    Each image's are scaled to a root mean square of its own, up to `MOST_ELASTIC`. P. Simard,
    D. Steinkraus and J. C. Platt, "Best practices for convolutional neural networks applied to
    visual document analysis", ICDAR 2003.
    """
    noise = rng.uniform(-1, 1, (count, 2, *size)).astype(np.float32)
    field = _blur(size[0]) @ noise @ _blur(size[1]).T
    spread = np.sqrt(np.square(field).mean(axis=(1, 2, 3), keepdims=True))
    return field * (rng.uniform(0, MOST_ELASTIC, (count, 1, 1, 1)) / spread).astype(np.float32)


@cache
def _blur(side: int) -> np.ndarray:
    """The matrix that blurs a column of `side` pixels."""
    apart = np.subtract.outer(np.arange(side), np.arange(side))
    return np.exp(-(apart**2) / (2 * ELASTIC_SMOOTHNESS**2)).astype(np.float32)


def sampled_at(images: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Bilinear samples of (batch, height, width) images at (batch, 2, height, width) places, rows
    first, in pixels.

    >>> image = np.array([[[0.0, 1.0]]], np.float32)
    >>> places = np.array([[[[0.0, 0.0]], [[0.5, 1.75]]]])
    >>> sampled_at(image, places).tolist()
    [[[0.5, 0.25]]]
    """
    count, height, width = images.shape
    padded = np.pad(images, ((0, 0), (1, 2), (1, 2)))
    row = np.clip(places[:, 0] + 1, 0, height + 1).astype(np.float32)
    column = np.clip(places[:, 1] + 1, 0, width + 1).astype(np.float32)
    top, left = row.astype(np.int32), column.astype(np.int32)
    down, right = row - top.astype(np.float32), column - left.astype(np.float32)
    stride = width + 3
    first = top * stride + left
    first += (np.arange(count, dtype=np.int32) * (height + 3) * stride)[:, None, None]
    ink = padded.ravel()
    upper = ink[first] * (1 - right) + ink[first + 1] * right
    lower = ink[first + stride] * (1 - right) + ink[first + stride + 1] * right
    return upper * (1 - down) + lower * down


def change_pen(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Strokes widened or narrowed by up to a pixel on each side: part of the way to the image's
    grey dilation or erosion with a cross of three pixels. A third are left as they are."""
    share = np.clip(rng.uniform(-1.2, 1.2, (len(images), 1, 1)), -0.7, 0.7).astype(np.float32)
    share[rng.random(len(images)) < 1 / 3] = 0
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    cross = (
        images,
        padded[:, :-2, 1:-1],
        padded[:, 2:, 1:-1],
        padded[:, 1:-1, :-2],
        padded[:, 1:-1, 2:],
    )
    wide, narrow = np.maximum.reduce(cross), np.minimum.reduce(cross)
    return images + np.where(share > 0, share * (wide - images), -share * (narrow - images))


def erase(images: np.ndarray, rng: np.random.Generator, chance: float = 0.15) -> np.ndarray:
    """Images of which, with `chance`, a round spot of 1 to 2.5 pixels' radius has no ink."""
    count, height, width = images.shape
    chosen = np.flatnonzero(rng.random(count) < chance)
    y, x = rng.uniform(4, [[height - 4], [width - 4]], (2, len(chosen)))[..., None, None]
    radius = rng.uniform(1, 2.5, (len(chosen), 1, 1))
    rows, columns = np.ogrid[:height, :width]
    kept = np.clip(np.hypot(rows - y, columns - x) - radius + 0.5, 0, 1)
    images = images.copy()
    images[chosen] *= kept.astype(np.float32)
    return images
