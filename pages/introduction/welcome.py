"""Home: what this article is, in one screen, and where to start."""

from __future__ import annotations

import streamlit as st

from pages.support import navigation
from pages.support.opening import draw_opening
from pages.support.page import open_page

# What a door says, and the page behind it.
DOORS = {
    "read": "pages/introduction/what_a_computer_sees.py",
    "look": "pages/first_models/dataset.py",
    "train": "pages/first_models/model_building.py",
    "draw": "pages/classify/classify.py",
}

text = open_page("welcome")
draw_opening()
with st.grid(4, min_column_width=200):
    for name, path in DOORS.items():
        if navigation.is_listed(path):
            with st.container(border=True, height="stretch"):
                label, sentence = text.sections[name].split("\n", maxsplit=1)
                st.page_link(path, label=f"**{label}**", icon=":material/arrow_forward:")
                st.markdown(sentence)
st.caption(text.sections["credit"])
