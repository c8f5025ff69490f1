"""Labels written one-hot, each beside its image."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from cnnlib.pixels import to_png
from cnnlib.preprocessing import one_hot

_CELL = "padding:.2rem .35rem;text-align:center;"
_ONE = (  # the border parts a one from the one above it
    "background:#0F766E;background-clip:padding-box;border:2px solid transparent;color:#fff;"
    "font-weight:700;border-radius:5px;"
)


def draw_one_hot(images: np.ndarray, labels: np.ndarray, classes: Sequence[str]) -> None:
    """A row an image: the image, its class, the class's number, and a row of zeros and a one."""
    heads = "".join(
        f'<th scope="col" style="{_CELL}font-weight:600">{escape(head)}</th>'
        for head in ("Image", "Class", "Number", *map(str, range(len(classes))))
    )
    rows = "".join(
        _row(image, int(label), bits, classes)
        for image, label, bits in zip(images, labels, one_hot(labels, len(classes)), strict=True)
    )
    st.html(
        '<div style="overflow-x:auto" tabindex="0" role="region" aria-label="One-hot labels">'
        '<table style="border-collapse:collapse;font-size:.875rem;'
        f'font-variant-numeric:tabular-nums"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _row(image: np.ndarray, label: int, bits: np.ndarray, classes: Sequence[str]) -> str:
    png = base64.b64encode(to_png(image)).decode("ascii")
    height, width = image.shape[:2]
    cells = "".join(f'<td style="{_CELL}{_ONE if bit else ""}">{bit}</td>' for bit in bits.tolist())
    return (
        f'<tr><td style="{_CELL}"><img alt="Image of class {escape(classes[label])}" '
        f'width="{width}" '
        f'height="{height}" style="display:block;max-width:none;image-rendering:pixelated" '
        f'src="data:image/png;base64,{png}"></td>'
        f'<td style="{_CELL}">{escape(classes[label])}</td><td style="{_CELL}">{label}</td>'
        f"{cells}</tr>"
    )
