"""Images that are drawn instead of collected: eight shapes on busy grounds, as many as one likes.

An image is given by its split, its number and its side, and is the same wherever it is drawn: what
it shows (which shape, where, how large, turned how far, in which colours) depends on split and
number alone, so the same picture can be had from 8 x 8 pixels to 256 x 256. Classes come by
turns: image n shows shape n modulo eight.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np

SHAPES = ("circle", "square", "triangle", "star", "cross", "ring", "crescent", "hexagon")
SPLITS = ("train", "test")
SIDES = (8, 256)
SEED = 1962
TEXTURE = 6  # cells of the ground's cloudy texture along a side
LEAST_CONTRAST = 0.3  # by which a shape is lighter than its ground, from 0 to 1

Field = Callable[[np.ndarray, np.ndarray], np.ndarray]


def shape_labels(count: int) -> np.ndarray:
    """The classes of images 0 to `count` - 1: uint8 (count,).

    >>> shape_labels(10).tolist()
    [0, 1, 2, 3, 4, 5, 6, 7, 0, 1]
    """
    return (np.arange(count) % len(SHAPES)).astype(np.uint8)


def shape_images(split: str, numbers: range, side: int) -> np.ndarray:
    """Images of a split by their numbers: uint8 (count, side, side, 3)."""
    images = np.empty((len(numbers), side, side, 3), np.uint8)
    for place, number in enumerate(numbers):
        images[place] = shape_image(split, number, side)
    return images


def shape_image(split: str, number: int, side: int) -> np.ndarray:
    """One image: uint8 (side, side, 3).

    Raises ValueError for a split that is none, a number below 0, or a side outside SIDES.

    >>> shape_image("train", 3, 32).shape
    (32, 32, 3)
    """
    if split not in SPLITS or number < 0 or not SIDES[0] <= side <= SIDES[1]:
        raise ValueError(
            f"an image is one of {' or '.join(SPLITS)}, has a number from 0 and a side from "
            f"{SIDES[0]} to {SIDES[1]}; {split!r:.20}, {number!r:.20} and {side!r:.20} were given."
        )
    rng = np.random.default_rng((SEED, SPLITS.index(split), number))
    ground, colour = _colours(rng)
    canvas = _ground(rng, ground, side)
    _draw(rng, canvas, SHAPES[number % len(SHAPES)], colour)
    grain = np.float32(rng.uniform(2, 14))
    noise = rng.integers(-128, 128, canvas.shape, np.int8)  # last: how many depends on the side
    canvas += noise * (grain / np.float32(128))
    return np.clip(canvas, 0, 255, out=canvas).astype(np.uint8)


def _colours(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The ground's two colours (2, 3) and the shape's lighter one (3,), 0 to 255."""
    ground = rng.uniform(0.05, 0.5, 3)
    ground = np.clip([ground, ground + rng.uniform(-0.2, 0.2, 3)], 0, 1)
    colour = rng.uniform(0.2, 1, 3)
    # White is mixed in until it is lighter than both.
    lack = LEAST_CONTRAST - (colour.mean() - ground.mean(axis=1).max())
    colour += np.clip(lack / (1 - colour.mean()), 0, 1) * (1 - colour)
    return (255 * ground).astype(np.float32), (255 * colour).astype(np.float32)


def _ground(rng: np.random.Generator, colours: np.ndarray, side: int) -> np.ndarray:
    """A gradient between two colours with stripes or clouds on it: float32 (side, side, 3)."""
    turn, kind = rng.uniform(0, 2 * math.pi), rng.integers(3)
    depth, waves, phase = rng.uniform(0.1, 0.5), rng.uniform(2, 7), rng.uniform(0, 6)
    clouds = rng.uniform(-1, 1, (TEXTURE, TEXTURE)).astype(np.float32)
    tint = rng.uniform(-40, 40, 3).astype(np.float32)
    x = np.linspace(-1, 1, side, dtype=np.float32)
    across = x * np.float32(math.cos(turn) / 2.8) + 0.5
    mixed = across + (x * np.float32(math.sin(turn) / 2.8))[:, np.newaxis]
    if kind == 0:
        # Along another direction than the gradient.
        along = np.sin(np.float32(waves * 3) * (x + x[:, np.newaxis] * np.float32(phase - 3)))
        texture = np.float32(depth) * along
    else:
        rise = _rise(side)
        texture = np.float32(2 * depth) * (rise @ clouds @ rise.T)
    # One product makes all three channels of gradient and texture.
    terms = np.stack([mixed.ravel(), texture.ravel()], axis=1)
    canvas = terms @ np.stack([colours[1] - colours[0], tint])
    canvas += colours[0]
    return canvas.reshape(side, side, 3)


@cache
def _rise(side: int) -> np.ndarray:
    """Weights (side, TEXTURE) that stretch a coarse row smoothly over `side` pixels."""
    places = np.linspace(0, TEXTURE - 1, side)
    gaps = np.clip(1 - np.abs(places[:, np.newaxis] - np.arange(TEXTURE)), 0, 1)
    return (gaps * gaps * (3 - 2 * gaps)).astype(np.float32)


def _draw(rng: np.random.Generator, canvas: np.ndarray, shape: str, colour: np.ndarray) -> None:
    """Draw a shape into the canvas, turned, its edge smoothed over a pixel."""
    side = len(canvas)
    reach = rng.uniform(0.2, 0.42)  # the shape's radius, as a share of the side
    centre = rng.uniform(reach, 1 - reach, 2) * side
    turn, shade = rng.uniform(0, 2 * math.pi), np.float32(rng.uniform(-0.2, 0.2))
    reach *= side
    low = np.maximum(np.floor(centre - reach - 1), 0).astype(int)
    high = np.minimum(np.ceil(centre + reach + 1), side).astype(int)
    rows, columns = (
        np.arange(low[axis], high[axis], dtype=np.float32) + np.float32(0.5 - centre[axis])
        for axis in (0, 1)
    )
    cos, sin = np.float32(math.cos(turn) / reach), np.float32(math.sin(turn) / reach)
    x = columns * cos + (rows * sin)[:, np.newaxis]
    y = (rows * cos)[:, np.newaxis] - columns * sin
    # Fields are in units of the shape's radius and below 0 inside.
    alpha = np.clip(0.5 - np.float32(reach) * FIELDS[shape](x, y), 0, 1)
    part = canvas[low[0] : high[0], low[1] : high[1]]
    lit = colour * (1 + shade * x[..., np.newaxis])
    lit -= part
    lit *= alpha[..., np.newaxis]
    part += lit


def _polygon(corners: int, inside: int = 1) -> Field:
    """A regular polygon of radius 1; with `inside` 2 a star, all but one of whose sides hold."""
    angles = [2 * math.pi * (corner + 0.5) / corners for corner in range(corners)]

    def field(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        first = np.full_like(x, -np.inf)
        second = first.copy()
        for angle in angles:
            here = x * np.float32(math.cos(angle)) + y * np.float32(math.sin(angle))
            if inside == 2:
                np.maximum(second, np.minimum(first, here), out=second)
            np.maximum(first, here, out=first)
        if inside == 1:
            return first - np.float32(math.cos(math.pi / corners))
        # The points of a five-pointed star reach to 1 where its inner sides are at cos(2 pi / 5).
        return second - np.float32(math.cos(2 * math.pi / corners))

    return field


def _circle(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.sqrt(x * x + y * y) - 1


def _ring(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.abs(_circle(x, y) + np.float32(0.2)) - np.float32(0.2)


def _crescent(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.maximum(_circle(x, y), np.float32(-0.15) - _circle(x - np.float32(0.45), y))


def _cross(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    x, y, thick = np.abs(x), np.abs(y), np.float32(0.3)
    return np.maximum(np.minimum(x, y) - thick, np.maximum(x, y) - np.float32(0.95))


FIELDS: dict[str, Field] = {
    "circle": _circle,
    "square": _polygon(4),
    "triangle": _polygon(3),
    "star": _polygon(5, inside=2),
    "cross": _cross,
    "ring": _ring,
    "crescent": _crescent,
    "hexagon": _polygon(6),
}
