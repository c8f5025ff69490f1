"""A reader's own picture in the form a network takes, and what was done to it on the way.

A network for digits gets what MNIST's makers would have made of the picture; one for photos gets
the picture's middle square, made as small as the photos it was trained on.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from cnnlib.drawing import CENTRE
from cnnlib.pixels import digit_from_drawing, digit_from_photo, fit_square, upscale
from cnnlib.raster import shrink

MARK = (13, 148, 136)  # the teal of what can be touched, between its shades on light and on dark
PAPER_EDGE = 205  # a grey that shows on white and on dark
STEPS = (
    "The drawing, with a box around its ink",
    "The ink alone, its longer side 20 pixels",
    "The ink in 28 × 28 pixels, its centre of mass at the cross",
)
_FAINTEST_INK = 0.2  # of the darkest


def drawing_input(rgba: np.ndarray, image_shape: tuple[int, int, int]) -> np.ndarray:
    """A drawing as a network with this input takes it: `image_shape` float32 in [0, 1].

    `rgba` is (height, width, 4) uint8. For grey input it becomes a digit as in MNIST; for colour it
    is laid on white paper and resized. Raises ImageError for a drawing without a digit.
    """
    if image_shape[2] == 1:
        return digit_from_drawing(rgba)[:, :, np.newaxis]
    return fit_square(on_white(rgba), image_shape[0])


def photo_input(rgb: np.ndarray, image_shape: tuple[int, int, int]) -> np.ndarray:
    """A photo as a network with this input takes it: `image_shape` float32 in [0, 1].

    `rgb` is (height, width, 3) uint8. For grey input the digit on it is looked for; for colour its
    middle square is resized. Raises ImageError for a photo without a digit.
    """
    if image_shape[2] == 1:
        return digit_from_photo(rgb)[:, :, np.newaxis]
    return fit_square(rgb, image_shape[0])


def preview(rgb: np.ndarray, side: int, *, square: bool) -> np.ndarray:
    """A small copy of (height, width, 3) uint8, at most `side` pixels a side and never enlarged
    beyond; with `square`, the middle square that `photo_input` keeps is outlined.
    """
    height, width = rgb.shape[:2]
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    factor = max(1, int(1 / (3 * scale)))
    small = Image.fromarray(np.ascontiguousarray(shrink(rgb, factor)))
    image = np.asarray(
        small.resize(size, Image.Resampling.BOX if scale > 1 else Image.Resampling.LANCZOS)
    )
    if not square or height == width:
        return image
    rows, columns = image.shape[:2]
    length = min(rows, columns)
    top, left = (rows - length) // 2, (columns - length) // 2
    return _with_outline(image, (top + 2, left + 2, top + length - 2, left + length - 2), 2)


def on_white(rgba: np.ndarray) -> np.ndarray:
    """(height, width, 4) uint8 laid on white paper: (height, width, 3) uint8.

    >>> on_white(np.array([[[0, 0, 0, 255], [0, 0, 0, 51]]], np.uint8)).tolist()
    [[[0, 0, 0], [204, 204, 204]]]
    """
    alpha = rgba[:, :, 3:].astype(np.float32) / 255
    return np.rint(255 + (rgba[:, :, :3] - np.float32(255)) * alpha).astype(np.uint8)


def ink_box(darkness: np.ndarray) -> tuple[int, int, int, int]:
    """Top, left, bottom and right of the ink in (height, width) numbers; both ends exclusive.

    What has less than a fifth of the strongest ink counts as paper.

    >>> ink_box(np.array([[0, 0, 0], [0, 9, 0], [0, 8, 1]]))
    (1, 1, 3, 2)
    """
    ink = darkness > _FAINTEST_INK * darkness.max()
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def normalising_steps(rgba: np.ndarray, digit: np.ndarray) -> tuple[np.ndarray, ...]:
    """How a drawing became a digit, as three uint8 (height, width, 3) pictures, the STEPS.

    The drawing with the box around its ink; the ink scaled to 20 pixels, on a grid of its pixels'
    size; and the 28 × 28 result with a cross where its centre of mass should lie. `rgba` is the
    (height, width, 4) drawing, `digit` what `digit_from_drawing` made of it.
    """
    paper = on_white(rgba)
    boxed = _with_outline(paper, ink_box(255.0 - paper.min(axis=2)), 2)
    boxed[[0, -1]] = boxed[:, [0, -1]] = PAPER_EDGE  # white paper on a white page
    levels = np.rint(digit * 255).astype(np.uint8)
    top, left, bottom, right = ink_box(levels)
    factor = max(1, len(paper) // len(levels))
    whole = np.repeat(upscale(levels, factor)[:, :, np.newaxis], 3, axis=2)
    edges = tuple(edge * factor for edge in (top, left, bottom, right))
    cropped = whole[edges[0] : edges[2], edges[1] : edges[3]]
    return boxed, cropped, _with_cross(_with_outline(whole, edges, 2), CENTRE * factor)


def _with_outline(image: np.ndarray, box: tuple[int, int, int, int], width: int) -> np.ndarray:
    top, left, bottom, right = box
    marked = image.copy()
    marked[max(top - width, 0) : bottom + width, max(left - width, 0) : right + width] = MARK
    marked[top:bottom, left:right] = image[top:bottom, left:right]
    return marked


def _with_cross(image: np.ndarray, centre: float) -> np.ndarray:
    middle, arm = round(centre), len(image) // 20
    marked = image.copy()
    marked[middle - 1 : middle + 1, middle - arm : middle + arm] = MARK
    marked[middle - arm : middle + arm, middle - 1 : middle + 1] = MARK
    return marked
