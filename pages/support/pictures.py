"""Small pictures, drawn so that every pixel stays a sharp square.

Streamlit would send a small array as JPEG and the browser would smooth it, so pictures are enlarged
here by a whole number and sent as PNG with their width. They come within the page: a page may have
more than a hundred, and each of its own would be fetched when the page is there already.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence

import numpy as np
import streamlit as st

from cnnlib.pixels import to_png, upscale

LARGEST_WITHIN = 8_000  # bytes of a picture that is not fetched on its own


def picture(image: np.ndarray, *, alt: str, scale: int, caption: str | None = None) -> None:
    """Draw a uint8 (height, width[, channels]) image with `scale` screen pixels to a pixel.

    `alt` says what it shows, for those who cannot see it.
    """
    st.image(_crisp(image, scale), caption=caption, alt=alt, width=scale * image.shape[1])


def picture_row(
    images: Sequence[np.ndarray], *, alts: Sequence[str], scale: int, captions: Sequence[str] = ()
) -> None:
    """Draw images of one size side by side, in as many rows as the page's width asks for."""
    if not len(images):
        return
    st.image(
        [_crisp(_spaced(image, scale), scale) for image in images],
        caption=list(captions) or None,
        alt=list(alts),
        width=scale * (images[0].shape[1] + _gap(scale)),
    )


def _crisp(image: np.ndarray, scale: int) -> bytes | str:
    """Exactly the size it is shown at: Streamlit smooths a larger one while it makes it smaller."""
    png = to_png(upscale(image, scale))
    if len(png) > LARGEST_WITHIN:
        return png
    return f"data:image/png;base64,{b64encode(png).decode()}"


def _spaced(image: np.ndarray, scale: int) -> np.ndarray:
    """The image with a clear strip on either side, as Streamlit sets the images of a list edge to
    edge: uint8 (height, width + gap, 4)."""
    height, width = image.shape[:2]
    gap = _gap(scale)
    spaced = np.zeros((height, width + gap, 4), np.uint8)
    inner = spaced[:, gap // 2 : gap // 2 + width]
    inner[..., :3] = image.reshape(height, width, -1)
    inner[..., 3] = 255
    return spaced


def _gap(scale: int) -> int:
    """Pixels of the image that come to a dozen on the screen: room for a long name beneath."""
    return max(1, round(12 / scale))
