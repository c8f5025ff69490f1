"""Exercises on pictures as numbers: how many, what they mean, and how finely they are kept."""

from __future__ import annotations

import numpy as np

from cnnlib.exercises import Exercise
from cnnlib.quantisation import count, level_of

# The corners of the cube of colours: bit 2 of the index is red, bit 1 green, bit 0 blue.
CORNERS = ("black", "blue", "green", "cyan", "red", "magenta", "yellow", "white")


def image_numbers(seed: int) -> Exercise:
    """How many numbers an image holds."""
    rng = np.random.default_rng(seed)
    height, width = (int(rng.choice((16, 24, 28, 32, 48, 64))) for _ in range(2))
    channels = int(rng.choice((1, 3)))
    colour = "colour" if channels == 3 else "grey"
    total = count((height, width, channels)).numbers
    return Exercise(
        f"A {colour} image has {height} rows and {width} columns. How many numbers is it?",
        total,
        "A colour pixel has three numbers, a grey one has one.",
        f"{height} × {width} × {channels} = {total:,}",
    )


def colour_name(seed: int) -> Exercise:
    """Which colour three numbers make."""
    rng = np.random.default_rng(seed)
    corner = int(rng.integers(8))
    is_high = [bool(corner & bit) for bit in (4, 2, 1)]
    values = [int(rng.integers(225, 256) if high else rng.integers(0, 31)) for high in is_high]
    lit = [name for name, high in zip(("red", "green", "blue"), is_high, strict=True) if high]
    made = f"{' and '.join(lit)} light" if lit else "no light"
    return Exercise(
        f"A pixel has red {values[0]}, green {values[1]} and blue {values[2]}. Which colour is "
        "that, or nearly?",
        CORNERS[corner],
        "Light adds up: red and green make yellow, green and blue cyan, red and blue magenta.",
        f"Next to nothing of what is below 31, nearly everything of what is above 224: {made} "
        f"is seen as {CORNERS[corner]}.",
        choices=CORNERS,
    )


def changed_numbers(seed: int) -> Exercise:
    """How many numbers change with a few pixels."""
    rng = np.random.default_rng(seed)
    side, rows, columns = (int(n) for n in (rng.choice((24, 32, 48)), *rng.integers(2, 9, 2)))
    total = rows * columns * 3
    return Exercise(
        f"In a colour image of {side} × {side} pixels, you paint over a patch of {rows} rows and "
        f"{columns} columns. At most how many of the image's numbers change?",
        total,
        "Every pixel of the patch, and all of its channels.",
        f"{rows} × {columns} × 3 = {total:,}, of {count((side, side, 3)).numbers:,}",
    )


def bit_levels(seed: int) -> Exercise:
    """How many colours a bit depth can tell apart."""
    bits = int(np.random.default_rng(seed).integers(1, 6))
    found = count((1, 1, 3), bits)
    return Exercise(
        f"Each of the three channels is kept with {bits} bit{'s' * (bits > 1)}. How many different "
        "colours can a pixel have?",
        found.colours,
        f"First count the levels of one channel: two for each bit, multiplied. With {bits}: "
        f"{found.levels}.",
        f"{found.levels} levels of red × {found.levels} of green × {found.levels} of blue = "
        f"{found.colours:,}",
    )


def rounded_level(seed: int) -> Exercise:
    """Which level a pixel value falls on at a coarser bit depth."""
    rng = np.random.default_rng(seed)
    bits, value = int(rng.integers(1, 5)), int(rng.integers(0, 256))
    highest = 2**bits - 1
    level = level_of(value, bits)
    return Exercise(
        f"A channel with {bits} bit{'s' * (bits > 1)} has the levels 0 to {highest}, spread evenly "
        f"from 0 to 255. Which level is nearest to the value {value}?",
        level,
        "What share of 255 is the value? Take that share of the highest level, and round.",
        f"{value} / 255 × {highest} = {value / 255 * highest:.2f}, rounded: {level}",
    )
