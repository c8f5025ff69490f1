"""The stage: a window sliding over an image, drawn as linked grids in the reader's browser.

Python sends the numbers once; hovering, arrow keys and playing stay in the browser
(`assets/components/stage*.js`). Only a click or Enter comes back, as a `Cell`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from cnnlib.shapes import Padding
from cnnlib.windows import Pair
from pages.support.components import component, script
from pages.support.scene import Mode, StageError, scene_of

ValueRange = Literal["unit", "byte", "signed"]

PARTS = tuple(
    f"stage_{part}" for part in ("geometry", "words", "draw", "elements", "panels", "view")
)
TITLES = {"input": "Input", "kernel": "Kernel", "output": "Output"}
RGB_TINTS = ("#ff6b5e", "#4fd16f", "#6ea8ff")


class Cell(NamedTuple):
    """An output cell, counted from 0; as text it counts from 1, as the stage does on screen.

    >>> str(Cell(2, 4))
    'row 3, column 5'
    """

    row: int
    column: int

    def __str__(self) -> str:
        return f"row {self.row + 1}, column {self.column + 1}"


def stage(
    images: np.ndarray,
    kernel: np.ndarray | None = None,
    *,
    key: str,
    window: Pair | None = None,
    bias: float = 0.0,
    stride: Pair | None = None,
    padding: Padding = 0,
    dilation: Pair = 1,
    mode: Mode = "convolution",
    activation: Literal["relu"] | None = None,
    title: str = "",
    titles: Mapping[str, str] | None = None,
    names: Sequence[str] | None = None,
    tints: Sequence[str | None] | None = None,
    value_range: ValueRange = "unit",
    output_range: ValueRange | None = None,
    autoplay: bool = False,
    cell: Cell | None = None,
    on_cell_change: Callable[[], None] | None = None,
) -> Cell | None:
    """Draw the stage and return the output cell that was clicked last, if any.

    Args:
        images: (height, width) or (height, width, channels) numbers.
        kernel: (height, width) or (height, width, channels) weights; None when pooling.
        key: names this stage on its page; with it the selection survives new numbers.
        window: the window of a pooling, one number or (height, width).
        stride: defaults to 1, or to the window when pooling, as in Keras.
        padding: a whole number, "same", "valid" or ((top, bottom), (left, right)).
        mode: "convolution", or the pooling: "max", "average", "min".
        activation: "relu" shows ReLU after the sum.
        title: a line above the stage.
        titles: other names for "input", "kernel" and "output".
        names: the channels' names; three channels are R, G and B unless told otherwise.
        tints: the channels' colours at full value, "#rrggbb", or None for grey.
        value_range: "unit" (0 to 1) and "byte" (0 to 255) draw the input as an image, "signed" on
            the diverging scale.
        output_range: the same for the output; "signed" for sums, the input's for pooling.
        autoplay: start playing when shown, unless the reader asked for less motion.
        cell: moves the selection here whenever it changes.
        on_cell_change: called before the page runs again after a click.

    Raises:
        StageError, ConvolutionError: sizes or settings that cannot be; a sentence to show.
    """
    scene = scene_of(images, kernel, window, bias, stride, padding, dilation, mode, activation)
    channels = scene.images.shape[2]
    look = {
        "title": title,
        "titles": {**TITLES, **(titles or {})},
        "names": _names(names, channels),
        "tints": _tints(tints, names, channels),
        "value_range": _range(value_range),
        "output_range": _range(output_range or ("signed" if kernel is not None else value_range)),
        "autoplay": autoplay,
        "cell": None if cell is None else {"row": cell.row, "column": cell.column},
    }
    ignore = on_cell_change or (lambda: None)
    result = _mount(key=key, data={**scene.data(), **look}, on_cell_change=ignore)
    return _cell(result.cell, scene.windows.output)


def _names(names: Sequence[str] | None, channels: int) -> list[str]:
    if names is None:
        return ["R", "G", "B"] if channels == 3 else [str(c + 1) for c in range(channels)]
    if len(names) != channels:
        raise StageError(f"There must be {channels} names, one a channel; there are {len(names)}.")
    return [str(name) for name in names]


def _tints(
    tints: Sequence[str | None] | None, names: Sequence[str] | None, channels: int
) -> list[str | None]:
    if tints is None:
        return list(RGB_TINTS) if channels == 3 and names is None else [None] * channels
    if len(tints) != channels or not all(
        tint is None or re.fullmatch("#[0-9a-fA-F]{6}", tint) for tint in tints
    ):
        raise StageError(f'tints must be {channels} colours "#rrggbb" or None; they are {tints!r}.')
    return list(tints)


def _range(value: str) -> str:
    if value not in ("unit", "byte", "signed"):
        raise StageError(f'A range of values is "unit", "byte" or "signed"; it is {value!r}.')
    return value


def _cell(value: object, output: tuple[int, int]) -> Cell | None:
    """What the browser sent, if it names a cell there is: clients can send anything."""
    if not isinstance(value, dict):
        return None
    row, column = value.get("row"), value.get("column")
    numbers = all(isinstance(n, int) and not isinstance(n, bool) for n in (row, column))
    if not numbers or not (0 <= row < output[0] and 0 <= column < output[1]):
        return None
    return Cell(row, column)


def read_script() -> str:
    """The parts of the browser's script as one module."""
    return script("stage", shared=PARTS)


_mount = component("stage", shared=PARTS)
