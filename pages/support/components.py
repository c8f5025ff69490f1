"""Scripts that draw in the browser: a folder of `assets` holds what each is made of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

FOLDER = Path(__file__).resolve().parent.parent.parent / "assets" / "components"


def component(name: str, *, shared: str | None = None) -> ComponentRenderer:
    """Register `assets/components/<name>.html`, `.css` and `.js`; call it once, at import.

    The script `<shared>.js` is set in front of the component's own.
    """
    parts = {kind: _read(f"{name}.{kind}") for kind in ("html", "css", "js")}
    if shared:
        parts["js"] = _read(f"{shared}.js") + parts["js"]
    return st.components.v2.component(name, **parts)


def _read(file: str) -> str:
    return (FOLDER / file).read_text(encoding="utf-8")
