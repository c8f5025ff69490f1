"""Films, books, mathematics and articles to go on with."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from cnnlib.materials import KINDS, LEVELS, MATERIALS, Material, chosen
from cnnlib.questions_game_changer import QUESTIONS
from pages.support.choices import choose
from pages.support.exercise import draw_exercise
from pages.support.links import draw_link
from pages.support.page import open_page

ALL = "All"


def choose_among(label: str, titles: Mapping[str, str], key: str) -> str | None:
    """Draw a choice among titles, or all; return its name, None for all."""
    picked = choose(label, {ALL: ALL, **titles}, key=key, wrap=True)
    return None if picked == ALL else picked


@st.fragment
def draw_shelf() -> None:
    """The works of the kind and level that the reader asks for."""
    kind = choose_among("Kind", KINDS, "materials_kind")
    level = choose_among("Level", LEVELS, "materials_level")
    works = chosen(kind, level)
    st.caption(f"{len(works)} of {len(MATERIALS)}")
    if not works:
        text.show("none")
    with st.grid(2, min_column_width=340):
        for work in works:
            draw_work(work)


def draw_work(work: Material) -> None:
    with st.container(border=True, height="stretch"):
        st.markdown(f"**[{work.title}]({work.address})**  \n{work.author}, {work.year}")
        st.caption(f"{KINDS[work.kind]} · {LEVELS[work.level]} · {work.length}")
        st.markdown(work.reader)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown("Deepens", width="content")
            draw_link(work.deepens)


text = open_page("study_materials", count=len(MATERIALS))
draw_shelf()
text.show("order")
draw_exercise("study_materials", QUESTIONS["study_materials"])
