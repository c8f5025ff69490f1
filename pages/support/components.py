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

    The script that `shared` names, or all that it does, are set in front of the component's own.
    """
    parts = {kind: _read(f"{name}.{kind}") for kind in ("html", "css", "js")}
    scripts = [shared] if isinstance(shared, str) else shared
    parts["js"] = "\n".join([*(_read(f"{script}.js") for script in scripts), parts["js"]])
    return st.components.v2.component(name, **parts)


def _read(file: str) -> str:
    return (FOLDER / file).read_text(encoding="utf-8")
