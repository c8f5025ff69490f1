"""Which part of an image one number of a feature map depends on, and that part cut out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnlib.receptive import Axis, window_of
from cnnlib.spec import NetworkSpec

WHOLE_UP_TO = 1.5  # sides of the image: of a larger window only what lies in the image is drawn


class PatchError(ValueError):
    """An image that no patch can be cut from; the message says what was received."""


@dataclass(frozen=True)
class Window:
    """A rectangle of pixels; it may reach beyond the image, where there is nothing."""

    top: int
    left: int
    height: int
    width: int

    def within(self, height: int, width: int) -> Window:
        """The part that lies in an image of this size; of size 0 if none does.

        >>> Window(-1, 6, 3, 3).within(8, 8)
        Window(top=0, left=6, height=2, width=2)
        """
        top, left = min(max(self.top, 0), height), min(max(self.left, 0), width)
        bottom = min(max(self.top + self.height, top), height)
        right = min(max(self.left + self.width, left), width)
        return Window(top, left, bottom - top, right - left)


@dataclass(frozen=True)
class Field:
    """The receptive field of one layer's cells: the pixels that each of them depends on."""

    rows: Axis
    columns: Axis

    def window(self, row: int, column: int) -> Window:
        """What the cell in this row and column, both from 0, sees.

        >>> Field(Axis(-1, 2, 4), Axis(-1, 2, 4)).window(0, 3)
        Window(top=-1, left=5, height=4, width=4)
        """
        rows, columns = self.rows, self.columns
        return Window(
            rows.first + row * rows.step,
            columns.first + column * columns.step,
            rows.size,
            columns.size,
        )


def receptive_fields(spec: NetworkSpec) -> tuple[Field | None, ...]:
    """For each layer, what the cells of its feature maps see; None where there are no maps."""
    field, fields = Field(Axis(), Axis()), []
    for step in spec.steps():
        if len(step.output_shape) != 3:
            fields.append(None)
            continue
        window = window_of(step)
        if window is not None:
            field = Field(*window.after(field.rows, field.columns))
        fields.append(field)
    return tuple(fields)


def cut(image: np.ndarray, window: Window) -> np.ndarray:
    """The window's pixels, 0 beyond the image: (height, width, channels) of the image's dtype.

    >>> cut(np.array([[[5], [6]], [[7], [8]]]), Window(-1, 1, 2, 2))[..., 0].tolist()
    [[0, 0], [6, 0]]
    """
    inside = window.within(*_size(image))
    result = np.zeros((window.height, window.width, image.shape[2]), image.dtype)
    top, left = inside.top - window.top, inside.left - window.left
    result[top : top + inside.height, left : left + inside.width] = image[
        inside.top : inside.top + inside.height, inside.left : inside.left + inside.width
    ]
    return result


def patch_picture(image: np.ndarray, window: Window) -> np.ndarray:
    """The window for drawing: (height, width, 4) uint8, clear beyond the image.

    `image` is uint8 (height, width, 1 or 3). A window much larger than the image shows only what
    lies in it, so that the picture is not mostly border.
    """
    height, width = _size(image)
    if image.dtype != np.uint8 or image.shape[2] not in (1, 3):
        raise PatchError(
            f"A patch is drawn from bytes with 1 or 3 channels; this is {image.dtype} of shape "
            f"{image.shape}."
        )
    if window.height > WHOLE_UP_TO * height or window.width > WHOLE_UP_TO * width:
        window = window.within(height, width)
    picture = np.empty((window.height, window.width, 4), np.uint8)
    picture[..., :3] = cut(image, window)
    picture[..., 3:] = cut(np.full((height, width, 1), 255, np.uint8), window)
    return picture


def _size(image: np.ndarray) -> tuple[int, int]:
    if image.ndim != 3 or not image.size:
        raise PatchError(f"An image is (height, width, channels); this is {image.shape}.")
    return image.shape[0], image.shape[1]
