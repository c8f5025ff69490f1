"""Maps of numbers over one picture, side by side and linked, to fade in and out in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pages.support.components import component
from pages.support.encoded import array_text
from pages.support.palettes import palette_texts

SIDE = 256  # screen pixels a map may take
OPACITY = 70  # per cent, to begin with
LUMINANCE = np.array([0.299, 0.587, 0.114])  # of red, green and blue (ITU-R BT.601)
_overlay = component("overlay", shared="canvas")


@dataclass(frozen=True, eq=False)
class Panel:
    """One map: (height, width) floats, NaN where it says nothing.

    `signed` maps go from minus to plus their limit, others from 0. Without `limit` it is the map's
    own largest magnitude.
    """

    title: str
    values: np.ndarray
    signed: bool
    caption: str = ""
    limit: float | None = None


def draw_overlay(image: np.ndarray, panels: Sequence[Panel], *, title: str, key: str) -> None:
    """Draw the maps over `image`, (height, width, channels) uint8 of the maps' size."""
    height, width = image.shape[:2]
    grey = image[..., 0] if image.shape[2] == 1 else np.rint(image @ LUMINANCE).astype(np.uint8)
    _overlay(
        data={
            "title": title,
            "width": width,
            "height": height,
            "side": SIDE,
            "image": array_text(grey),
            "panels": tuple(_panel(panel) for panel in panels),
            "palettes": palette_texts(),
            "opacity": OPACITY,
        },
        key=key,
    )


def limit_of(values: np.ndarray) -> float:
    """The largest magnitude of what is finite; 1 where all is 0."""
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) or 1.0 if finite.size else 1.0


def _panel(panel: Panel) -> dict[str, object]:
    return {
        "title": panel.title,
        "caption": panel.caption,
        "values": array_text(panel.values, "<f4"),
        "limit": limit_of(panel.values) if panel.limit is None else panel.limit,
        "signed": panel.signed,
    }
