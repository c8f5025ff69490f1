"""Seven decisions about a network's structure, each tried with two trainings; and all runs."""

from __future__ import annotations

import streamlit as st

from cnnlib.board import board_of
from cnnlib.questions_structure import questions_on
from cnnlib.spec import SpecError
from cnnlib.structure_trials import QUESTIONS, StructureSettings, starter_name, starter_set
from pages.support import model
from pages.support.exercise import draw_exercise
from pages.support.experiment import draw_experiment
from pages.support.page import open_page
from pages.support.run_board import draw_board, own_dots
from pages.support.structure_pair import choose_settings, draw_pair
from pages.support.structure_touch import draw_touch

STARTERS = "structure_starters"


def draw_question() -> StructureSettings:
    """The decision that was chosen: what it is, what it counts for, and both networks."""
    text.show("questions")
    try:
        chosen = choose_settings()
    except SpecError as error:
        model.draw_fault(error)
        chosen = StructureSettings()
    st.subheader(QUESTIONS[chosen.question].title, anchor=False)
    text.show(chosen.question)
    draw_pair(text, chosen)
    draw_touch(text, chosen.question, chosen.dataset)
    return chosen


def draw_starters(dataset: str, *, needed: bool) -> None:
    """A few networks at the press of a button, for a board that would else be empty."""
    name = f"{STARTERS}_runs"
    if needed or name in st.query_params or st.session_state.get(name):
        draw_experiment(
            STARTERS,
            starter_set(dataset),
            starter_name,
            button="Train four small networks",
        )


text = open_page("structure")
chosen = draw_question()
text.show("board")
dots = own_dots().get(chosen.dataset, ())
draw_board(text, chosen.dataset)
draw_starters(chosen.dataset, needed=not dots)
draw_exercise("structure", questions_on(board_of(dots, "parameters")))
