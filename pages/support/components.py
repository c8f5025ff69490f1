"""Scripts that draw in the browser: a folder of `assets` holds what each is made of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

FOLDER = Path(__file__).resolve().parent.parent.parent / "assets" / "components"


def component(name: str, *, shared: str | Sequence[str] = ()) -> ComponentRenderer:
    """Register `assets/components/<name>.html`, `.css` and `.js`; call it once, at import.

    The script that `shared` names, or all that it does, are set in front of the component's own;
    in front of them stands `mount.js`, which says how a script gives a component its life. In front
    of the style stands `controls.css`: buttons, sliders, and what else all components have.
    """
    style = "\n".join(_read(f"{part}.css") for part in ("controls", name))
    return st.components.v2.component(
        name, html=_read(f"{name}.html"), css=style, js=script(name, shared=shared)
    )


def script(name: str, *, shared: str | Sequence[str] = ()) -> str:
    """A component's script, as the one module that the browser gets."""
    before = [shared] if isinstance(shared, str) else shared
    return "\n".join(_read(f"{part}.js") for part in ("mount", *before, name))


def _read(file: str) -> str:
    return (FOLDER / file).read_text(encoding="utf-8")
