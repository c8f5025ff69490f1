"""A picture with a lens on it: its pixels as numbers, its channels as planes."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from pages.support.components import component

if TYPE_CHECKING:
    import numpy as np

_lens = component("lens")


def draw_lens(image: np.ndarray, title: str, *, key: str) -> None:
    """Draw uint8 (height, width, 1 or 3 channels); looking around stays in the browser."""
    height, width, channels = image.shape
    _lens(
        data={
            "title": title,
            "height": height,
            "width": width,
            "channels": channels,
            "pixels": base64.b64encode(image.tobytes()).decode("ascii"),
        },
        key=key,
    )
