"""Works of others on cards, and the choice among their kinds."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from cnnlib.materials import LEVELS, Material
from pages.support.choices import choose
from pages.support.links import draw_link

ALL = "All"


def choose_among(label: str, titles: Mapping[str, str], key: str) -> str | None:
    """Draw a choice among titles, or all; return its name, None for all."""
    picked = choose(label, {ALL: ALL, **titles}, key=key, wrap=True)
    return None if picked == ALL else picked


def draw_work(work: Material, kinds: Mapping[str, str], *notes: str, deepens: str = "") -> None:
    """Draw a card. `kinds` are the titles of kinds, `notes` further paragraphs, and `deepens`
    says what the work does to the page it is linked to; without it there is no link."""
    with st.container(border=True, height="stretch"):
        st.markdown(f"**[{work.title}]({work.address})**  \n{work.author}, {work.year}")
        st.caption(f"{kinds[work.kind]} · {LEVELS[work.level]} · {work.length}")
        st.markdown("\n\n".join([work.reader, *notes]))
        if deepens:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(deepens, width="content")
                draw_link(work.deepens)
