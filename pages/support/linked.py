"""Pictures of numbers that belong together cell by cell, with their arithmetic, in the browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnnlib.kernel_gradient import Correlation
from cnnlib.windows import Windows
from pages.support.components import component
from pages.support.encoded import array_text
from pages.support.palettes import palette_texts

SIDE = 248  # screen pixels a picture may take: four side by side
_linked = component("linked", shared="canvas")


@dataclass(frozen=True, eq=False)
class Picture:
    """(height, width) floats. `scale`: "signed", "magnitude" from 0 to the largest, or "grey" from
    0 to 1. `border`: cells of padding around it, (top, bottom, left, right)."""

    title: str
    values: np.ndarray
    scale: str = "signed"
    caption: str = ""
    border: tuple[int, int, int, int] | None = None


def draw_products(
    first: Picture, second: Picture, result: Picture, *, title: str, key: str
) -> None:
    """Three pictures of one size: each number of the last is the product of the other two."""
    hint = "Point at a number, or use the arrow keys, to see what became of it."
    _linked(data=_data("products", title, (first, second, result), ("×", "="), hint), key=key)


def draw_pooling(
    received: Picture,
    arriving: Picture,
    leaving: Picture,
    windows: Windows,
    winners: np.ndarray | None,
    *,
    title: str,
    key: str,
) -> None:
    """How a pooling passes back: `winners`, (rows, columns), of max pooling; None of an average."""
    hint = "Point at a number of the gradient that arrives to see where it goes."
    data = _data("windows", title, (received, arriving, leaving), ("", "→"), hint)
    data |= {
        "window": windows.size,
        "stride": windows.stride,
        "start": tuple(-before for before, _ in windows.padding),
        "winners": "" if winners is None else array_text(winners, "<i4"),
    }
    _linked(data=data, key=key)


def draw_correlation(
    seen: Picture,
    found: Correlation,
    weight: tuple[int, int],
    *,
    title: str,
    key: str,
    on_choose: Callable[[tuple[int, int]], None],
) -> None:
    """A kernel's gradient as the sums of products of two pictures; `seen` shows `found.seen`.

    `weight` is the one that is chosen; `on_choose` is told of another, after a click on it.
    """
    height, width = found.windows.size
    pictures = (
        seen,
        Picture("Gradient at the sums", found.pull, caption="one number a sum"),
        Picture("Products", np.zeros_like(found.pull), caption="of one weight, cell by cell"),
        Picture("Kernel's gradient", found.gradient, caption="each number a sum of products"),
    )
    hint = "Point at a weight of the kernel's gradient: the frame shows what the weight met."
    data = _data("correlation", title, pictures, ("×", "=", "Σ"), hint)
    data |= {"stride": found.windows.stride, "weight": weight}

    def tell() -> None:
        number = st.session_state[key].weight
        # Clients can send anything.
        if type(number) is int and 0 <= number < height * width:
            on_choose(divmod(number, width))

    _linked(data=data, key=key, on_weight_change=tell)


def largest(values: np.ndarray) -> float:
    """The magnitude with the last colour; 1 where all is 0 or nothing is a number."""
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max(initial=0)) or 1.0


def _data(
    mode: str, title: str, pictures: tuple[Picture, ...], operators: tuple[str, ...], hint: str
) -> dict[str, object]:
    return {
        "title": title,
        "mode": mode,
        "pictures": tuple(_picture(picture) for picture in pictures),
        "operators": operators,
        "side": SIDE,
        "palettes": palette_texts(),
        "hint": hint,
    }


def _picture(picture: Picture) -> dict[str, object]:
    height, width = picture.values.shape
    return {
        "title": picture.title,
        "caption": picture.caption,
        "height": height,
        "width": width,
        "values": array_text(picture.values, "<f4"),
        "scale": picture.scale,
        "limit": 1.0 if picture.scale == "grey" else largest(picture.values),
        "border": picture.border,
    }
