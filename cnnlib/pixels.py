"""Pictures as arrays: from a file's bytes, to a network's input size, and to a crisp PNG.

What pages need of pictures is here under one name; `decoder`, `drawing`, `photo` and `raster` do
the work.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from cnnlib.decoder import MAX_BYTES, MAX_PIXELS, ImageError, decode_image
from cnnlib.drawing import check_picture, digit_from_drawing, is_blank
from cnnlib.photo import digit_from_photo
from cnnlib.raster import shrink

__all__ = [
    "MAX_BYTES",
    "MAX_PIXELS",
    "ImageError",
    "decode_image",
    "digit_from_drawing",
    "digit_from_photo",
    "fit_square",
    "is_blank",
    "to_png",
    "upscale",
]

_MOST_SIDE = 4096


def fit_square(rgb: np.ndarray, size: int) -> np.ndarray:
    """The centre square of a picture, resized: (size, size, 3) float32 in [0, 1].

    `rgb` is (height, width, 3) uint8. Large pictures are first averaged over whole blocks, down to
    three times the size, then a Lanczos filter finishes: it averages over the right area, so
    nothing aliases, and keeps edges that a plain average (box filter) would blur by a third of a
    pixel or more. As in CIFAR-10's own files, values are rounded to 256 levels.

    Raises ImageError for another kind of array or a size outside 1 to 4,096.
    """
    check_picture(rgb, 3)
    if not _is_whole(size) or not 1 <= size <= _MOST_SIDE:
        raise ImageError(f"size must be a whole number from 1 to {_MOST_SIDE}; it is {size!r}.")
    height, width = rgb.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = rgb[top : top + side, left : left + side]
    factor = max(1, side // (3 * size))
    blocks = Image.fromarray(np.ascontiguousarray(shrink(square, factor)))
    # The last block may hold fewer pixels than the others: resize what is there, not more.
    box = (0, 0, side / factor, side / factor)
    fitted = blocks.resize((size, size), Image.Resampling.LANCZOS, box=box)
    return np.asarray(fitted, np.float32) / 255


def upscale(image: np.ndarray, factor: int) -> np.ndarray:
    """Each pixel of a (height, width[, channels]) array as a square of `factor` × `factor`.

    >>> upscale(np.array([[1, 2]]), 2)
    array([[1, 1, 2, 2],
           [1, 1, 2, 2]])
    """
    if not isinstance(image, np.ndarray) or image.ndim not in (2, 3):
        raise ImageError(f"An image to enlarge has 2 or 3 axes; this is {_described(image)}.")
    if not _is_whole(factor) or factor < 1:
        raise ImageError(f"factor must be a whole number from 1; it is {factor!r}.")
    return image.repeat(factor, axis=0).repeat(factor, axis=1)


def to_png(image: np.ndarray) -> bytes:
    """A grey (height, width[, 1]), RGB or RGBA (height, width, 3 or 4) array as a PNG file.

    The array is uint8, or floating point in [0, 1], which is rounded to 256 levels. Raises
    ImageError for anything else, values outside [0, 1] and NaN included.
    """
    if not isinstance(image, np.ndarray) or not (
        image.dtype == np.uint8 or np.issubdtype(image.dtype, np.floating)
    ):
        raise ImageError(
            f"A picture must be an array of uint8 or floating point; this is {_described(image)}."
        )
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    if not (image.ndim == 2 or (image.ndim == 3 and image.shape[2] in (3, 4))) or not image.size:
        raise ImageError(
            "A picture has the shape (height, width) or (height, width, 1, 3 or 4); this one has "
            f"{image.shape}."
        )
    if image.dtype != np.uint8:
        low, high = float(image.min()), float(image.max())
        if not (low >= 0 and high <= 1):
            raise ImageError(
                f"A picture of floats has values from 0 to 1; this one has {low:g} to {high:g}."
            )
        image = np.rint(image * 255).astype(np.uint8)
    file = io.BytesIO()
    # Level 1: these pictures are small or flat, and a page waits for them.
    Image.fromarray(np.ascontiguousarray(image)).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _is_whole(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _described(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} with the shape {value.shape}"
    return f"a {type(value).__name__}"
