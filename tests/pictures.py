"""Picture files that tests upload."""

from __future__ import annotations

import io

from PIL import Image


def plain_png(size: tuple[int, int], colour: str | tuple[int, int, int] = "teal") -> bytes:
    """A PNG file of one colour; `size` is (width, height), as in Pillow."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()
