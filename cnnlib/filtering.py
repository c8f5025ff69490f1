"""One filter on one picture: grey values in, answers out, and the answers as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image

from cnnlib import colours
from cnnlib.convolution import conv2d
from cnnlib.kernels import LARGEST_SIZE, KernelError
from cnnlib.network import Network
from cnnlib.pixels import upscale

# Shares of red, green and blue in brightness: ITU-R Recommendation BT.601-7, 2.5.1.
LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
LARGEST_WEIGHT = 100.0
FRAME, FRAME_EDGE = (45, 212, 191), (0, 0, 0)  # the accent on dark ground


@dataclass(frozen=True)
class Settings:
    """How a kernel slides; ranges are checked by `conv2d`. `padding` is zeros on every side."""

    stride: int = 1
    padding: int = 0
    dilation: int = 1
    bias: float = 0.0


def grey(rgb: np.ndarray) -> np.ndarray:
    """Brightness of an RGB picture: (height, width, 3) uint8 or float to (height, width) float32.

    Bytes become 0 to 1.

    >>> grey(np.array([[[255, 255, 255], [0, 0, 0]]], np.uint8)).round(6).tolist()
    [[1.0, 0.0]]
    """
    scale = np.float32(255 if rgb.dtype == np.uint8 else 1)
    return rgb.astype(np.float32) @ LUMA / scale


def shrink_to(rgb: np.ndarray, side: int) -> np.ndarray:
    """A uint8 (height, width, 3) picture, no side longer than `side`, its shape kept."""
    height, width = rgb.shape[:2]
    if max(height, width) <= side:
        return rgb
    share = side / max(height, width)
    size = (max(1, round(width * share)), max(1, round(height * share)))
    return np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.LANCZOS))


def response(image: np.ndarray, weights: np.ndarray, settings: Settings) -> np.ndarray:
    """A kernel's answers: (height, width) float32 and (k, k) weights to (rows, columns) float32.

    Raises KernelError for weights that `checked_weights` refuses, ConvolutionError if no window
    fits.
    """
    kernel = checked_weights(weights)[:, :, np.newaxis, np.newaxis]
    return conv2d(
        image[np.newaxis, :, :, np.newaxis],
        kernel,
        np.array([settings.bias], dtype=np.float32),
        stride=settings.stride,
        padding=_both_axes(settings.padding),
        dilation=settings.dilation,
    )[0, :, :, 0]


def places_of_sign(answers: np.ndarray) -> dict[str, tuple[int, int]]:
    """Where (rows, columns) answers are "positive", "negative" and "zero" most: (row, column) each.

    A sign that no answer has is left out; zero is the answer nearest to it, and of several the one
    in the middle of the picture, where a window has surroundings to show.

    >>> places_of_sign(np.array([[0.5, 2.0], [0.1, 1.0]]))
    {'positive': (0, 1), 'zero': (1, 0)}
    """
    width = answers.shape[1]
    indices = {"positive": int(answers.argmax()), "negative": int(answers.argmin())}
    places = {sign: divmod(index, width) for sign, index in indices.items()}
    magnitudes = np.abs(answers)
    nearest = np.argwhere(magnitudes == magnitudes.min())
    distances = np.abs(nearest - (np.array(answers.shape) - 1) / 2).sum(axis=1)
    row, column = nearest[distances.argmin()]
    places["zero"] = (int(row), int(column))
    if answers.max() <= 0:
        del places["positive"]
    if answers.min() >= 0:
        del places["negative"]
    return places


def window_and_around(
    image: np.ndarray, size: int, place: tuple[int, int], settings: Settings, around: int
) -> np.ndarray:
    """What the window behind the answer at `place` lies on, and `around` pixels on every side.

    `image` is (height, width), `size` the kernel's; beyond the picture there are zeros. The square
    that comes back has settings.dilation * (size - 1) + 1 + 2 * around pixels to a side.
    """
    side = settings.dilation * (size - 1) + 1 + 2 * around
    margin = settings.padding + around
    top, left = (settings.stride * index for index in place)
    return np.pad(image, margin)[top : top + side, left : left + side]


def close_up(part: np.ndarray, around: int, scale: int) -> np.ndarray:
    """A part of a grey picture, 0 to 1, with `scale` screen pixels to a pixel, as uint8 RGB.

    The square inside of its `around` outer pixels is framed: a light line in a dark one, so that
    it stands out from any picture.
    """
    levels = upscale(grey_picture(part), max(1, scale))
    picture = np.repeat(levels.reshape(*levels.shape[:2], 1), 3, axis=2)
    low, high = around * max(1, scale), (len(part) - around) * max(1, scale)
    for width, colour in ((3, FRAME_EDGE), (2, FRAME)):
        outer, inner = slice(low - width, high + width), slice(low, high)
        frame = np.zeros(picture.shape[:2], bool)
        frame[outer, outer] = True
        frame[inner, inner] = False
        picture[frame] = colour
    return picture


def signed_picture(answers: np.ndarray) -> np.ndarray:
    """Answers in colour: (rows, columns) to uint8 RGB, blue positive, orange negative, white 0.

    The largest magnitude gets the deepest colour.
    """
    limit = float(np.abs(answers).max())
    steps = _signed_steps()
    levels = np.rint(answers / max(limit, 1e-12) * 127).astype(np.int16) + 127
    return steps[levels]


def grey_picture(answers: np.ndarray) -> np.ndarray:
    """Answers as brightness: (rows, columns) to uint8; 0 and below are black, 1 and above white."""
    return np.rint(np.clip(answers, 0, 1) * 255).astype(np.uint8)


def is_like_a_picture(weights: np.ndarray) -> bool:
    """Whether a kernel's answers are a picture again: its weights add up to about 1.

    >>> is_like_a_picture(np.full((3, 3), 1 / 9)), is_like_a_picture(np.array([[-1.0, 1.0]]))
    (True, False)
    """
    return abs(float(np.sum(weights)) - 1) < 0.25


def learned_weights(network: Network, number: int) -> np.ndarray:
    """Filter `number`, from 0, of a first layer, its channels added up: (k, k) float32."""
    kernel = network.weights[0]["kernel"]
    return kernel.sum(axis=2)[:, :, number]


def checked_weights(weights: object) -> np.ndarray:
    """A square kernel as (k, k) float32; KernelError with a sentence for anything else."""
    try:
        array = np.asarray(weights, dtype=np.float64)
    except (TypeError, ValueError):
        raise KernelError("every weight must be a number, such as -1 or 0.25.") from None
    if array.ndim != 2 or array.shape[0] != array.shape[1] or not 1 <= len(array) <= LARGEST_SIZE:
        raise KernelError(
            f"a kernel is a square of 1 to {LARGEST_SIZE} rows; this one is "
            f"{' x '.join(map(str, array.shape))}."
        )
    if not np.isfinite(array).all():
        raise KernelError("every weight must be a number; some are empty or infinite.")
    if np.abs(array).max() > LARGEST_WEIGHT:
        raise KernelError(
            f"weights go from -{LARGEST_WEIGHT:g} to {LARGEST_WEIGHT:g}; the largest here is "
            f"{np.abs(array).max():g}."
        )
    return array.astype(np.float32)


def weights_to_text(weights: np.ndarray) -> str:
    """Weights as they stand in an address.

    >>> weights_to_text(np.array([[-1.0, 0.5], [0.0, 2.0]]))
    '-1,0.5;0,2'
    """
    return ";".join(",".join(f"{weight:.4g}" for weight in row) for row in weights)


def weights_from_text(text: str) -> np.ndarray:
    """Read what `weights_to_text` wrote; KernelError for anything else.

    >>> weights_from_text("-1,0.5;0,2").tolist()
    [[-1.0, 0.5], [0.0, 2.0]]
    """
    try:
        rows = [[float(weight) for weight in row.split(",")] for row in text[:2_000].split(";")]
    except ValueError:
        raise KernelError("the weights in the address are not all numbers.") from None
    if len({len(row) for row in rows}) != 1:
        raise KernelError("the rows of weights in the address are not equally long.")
    return checked_weights(rows)


def _both_axes(padding: int) -> tuple[tuple[int, int], tuple[int, int]]:
    return (padding, padding), (padding, padding)


@cache
def _signed_steps() -> np.ndarray:
    return colours.signed(np.arange(-127, 128) / 127, 1.0)
