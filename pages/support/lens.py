"""A picture with a lens on it: its pixels as numbers, its channels as planes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages.support.components import component
from pages.support.encoded import array_text

if TYPE_CHECKING:
    import numpy as np

_lens = component("lens", shared="canvas")


def draw_lens(
    image: np.ndarray, title: str, *, key: str, start: tuple[float, float] = (0.5, 0.5)
) -> None:
    """Draw uint8 (height, width, 1 or 3 channels); looking around stays in the browser.

    The lens opens on the pixel at `start`, shares of height and width from 0 to below 1.

    The picture goes there whole, as text: 4 bytes for 3 numbers, 1.05 MB for 512 × 512 × 3.
    """
    height, width, channels = image.shape
    _lens(
        data={
            "title": title,
            "height": height,
            "width": width,
            "channels": channels,
            "row": int(start[0] * height),
            "column": int(start[1] * width),
            "pixels": array_text(image),
        },
        key=key,
    )
