"""Names for screen readers, for what somebody else's component draws without one."""

from __future__ import annotations

import streamlit as st

from pages.support.components import script

_spoken_name = st.components.v2.component("spoken_name", js=script("spoken_name"))


def give_name(name: str, *, within: str, part: str, role: str = "") -> None:
    """Name an element of the widget or component whose key begins with `within`.

    `part` is a selector of that element; `role`, if any, becomes its role. Canvases beside it are
    hidden from screen readers.
    """
    data = {"within": f'[class*="st-key-{within}"]', "part": part, "name": name, "role": role}
    _spoken_name(data=data, key=f"spoken_name_{within}")
