"""Films, books, mathematics and articles to go on with."""

from __future__ import annotations

import streamlit as st

from cnnlib.materials import KINDS, LEVELS, MATERIALS, chosen
from cnnlib.questions_game_changer import QUESTIONS
from pages.support.exercise import draw_exercise
from pages.support.page import open_page
from pages.support.shelf import choose_among, draw_work


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
            draw_work(work, KINDS, deepens="Deepens")


text = open_page("study_materials", count=len(MATERIALS))
draw_shelf()
text.show("order")
draw_exercise("study_materials", QUESTIONS["study_materials"])
