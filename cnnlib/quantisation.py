"""Bit depth: how finely a channel's light is kept, and how many numbers and bits a picture is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FEWEST_BITS, MOST_BITS = 1, 8


class BitDepthError(ValueError):
    """A picture or a bit depth that cannot be; the message says what was received."""


@dataclass(frozen=True)
class Count:
    """What a picture amounts to.

    Attributes:
        numbers: height × width × channels.
        levels: different values that one number can have.
        colours: different pixels there can be.
        bits: of all numbers together, side by side and not compressed.
    """

    numbers: int
    levels: int
    colours: int
    bits: int

    @property
    def bytes(self) -> int:
        """Whole bytes that hold the bits."""
        return -(-self.bits // 8)


def quantise(image: np.ndarray, bits: int) -> np.ndarray:
    """Each value moved to the nearest of 2**bits levels, spread evenly from 0 to 255.

    `image` is uint8 of any shape; so is what is returned. Levels that are no whole numbers are
    rounded. There are no ties: the highest level and 255 are both odd.

    Raises BitDepthError for another kind of array, or bits outside 1 to 8.

    >>> quantise(np.array([42, 43, 100, 127, 128, 255], np.uint8), 2)
    array([  0,  85,  85,  85, 170, 255], dtype=uint8)
    """
    return _table(bits)[_checked(image)]


def level_of(value: int, bits: int) -> int:
    """The number of the level, from 0, that `quantise` moves a value from 0 to 255 to.

    >>> level_of(100, 3)
    3
    """
    highest = 2 ** _checked_bits(bits) - 1
    return (2 * int(value) * highest + 255) // 510


def count(shape: tuple[int, int, int], bits: int = MOST_BITS) -> Count:
    """Numbers, levels, colours and bits of a picture of (height, width, channels).

    >>> count((32, 32, 3)).numbers
    3072
    >>> count((32, 32, 3), bits=2)
    Count(numbers=3072, levels=4, colours=64, bits=6144)
    """
    height, width, channels = shape
    if min(shape) < 1:
        raise BitDepthError(f"Height, width and channels are at least 1; they are {shape}.")
    levels = 2 ** _checked_bits(bits)
    numbers = height * width * channels
    return Count(numbers, levels, levels**channels, numbers * bits)


def _table(bits: int) -> np.ndarray:
    """What each of the 256 values becomes: (256,) uint8."""
    highest = 2 ** _checked_bits(bits) - 1
    level = (2 * np.arange(256) * highest + 255) // 510
    return ((2 * level * 255 + highest) // (2 * highest)).astype(np.uint8)


def _checked_bits(bits: int) -> int:
    is_whole = isinstance(bits, (int, np.integer)) and not isinstance(bits, bool)
    if not is_whole or not FEWEST_BITS <= bits <= MOST_BITS:
        raise BitDepthError(
            f"bits must be a whole number from {FEWEST_BITS} to {MOST_BITS}; it is {bits!r}."
        )
    return int(bits)


def _checked(image: np.ndarray) -> np.ndarray:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        kind = image.dtype if isinstance(image, np.ndarray) else type(image).__name__
        raise BitDepthError(f"A picture to quantise must be an array of uint8; this is {kind}.")
    return image
