"""Lines of Python on a page, to read and to copy; Streamlit's own element loads 1.6 MB for them."""

from __future__ import annotations

from pages.support.components import component

_code = component("code")


def draw_code(code: str, *, key: str) -> None:
    """Draw a few lines of Python with a button that copies them."""
    _code(data={"code": code}, key=key)
