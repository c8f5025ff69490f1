"""The best things elsewhere on what goes on inside a network, beside the pages they continue."""

from __future__ import annotations

import streamlit as st

from cnnlib.elsewhere import ELSEWHERE, KINDS, by_page, chosen
from cnnlib.questions_elsewhere import QUESTIONS
from pages.support.exercise import draw_exercise
from pages.support.links import draw_link, listed_names
from pages.support.page import open_page
from pages.support.shelf import choose_among, draw_work


@st.fragment
def draw_shelf() -> None:
    """The works of the kind that the reader asks for, under the pages that they continue."""
    works = chosen(choose_among("Kind", KINDS, "external_kind"))
    st.caption(f"{len(works)} of {len(ELSEWHERE)}")
    for page, there in by_page(works, listed_names()).items():
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown("**Goes on from**", width="content")
            draw_link(page)
        with st.grid(2, min_column_width=340):
            for each in there:
                draw_work(
                    each.work,
                    KINDS,
                    f"**What it has and we have not.** {each.theirs}",
                    f"**What we have and it has not.** {each.ours}",
                )


text = open_page("external_material", count=len(ELSEWHERE))
draw_shelf()
text.show("how")
draw_exercise("external_material", QUESTIONS["external_material"])
