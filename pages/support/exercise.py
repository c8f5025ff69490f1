"""The exercise at the end of a page: a question, an answer, a hint, the worked solution."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cnnlib.exercises import Exercise, Maker, check
from cnnlib.numerals import true_minuses

MOST_QUESTIONS = 9_999


@st.fragment
def draw_exercise(page: str, makers: Sequence[Maker]) -> None:
    """Draw question after question, the makers taking turns.

    The question's number stands in the address, so a class can be sent to the same one.
    """
    with st.container(border=True, key=f"{page}_exercise"):
        heading, chooser = st.columns([3, 1], vertical_alignment="center")
        heading.subheader("Try it yourself", anchor=False)
        number = chooser.number_input(
            "Question", 1, MOST_QUESTIONS, 1, key=f"{page}_question", bind="query-params"
        )
        number = min(max(int(number), 1), MOST_QUESTIONS)
        exercise = makers[(number - 1) % len(makers)](number)
        st.markdown(true_minuses(exercise.question))
        _draw_answer(f"{page}_answer_{number}", exercise)
        hint, worked = st.columns(2)
        hint.expander("Hint", key=f"{page}_hint_{number}").markdown(true_minuses(exercise.hint))
        worked.expander("Worked answer", key=f"{page}_worked_{number}").markdown(
            true_minuses(exercise.worked)
        )


def _draw_answer(key: str, exercise: Exercise) -> None:
    with st.form(key, border=False):
        if exercise.choices:
            given = st.radio("Your answer", exercise.choices, index=None, key=f"{key}_given")
        else:
            given = st.text_input("Your answer", max_chars=60, key=f"{key}_given", width=240)
        asked = st.form_submit_button("Check", icon=":material/check:")
    if not asked:
        return
    verdict = check(exercise, given or "")
    if verdict.right is None:
        st.warning(verdict.message, icon=":material/edit:")
    elif verdict.right:
        st.success(verdict.message, icon=":material/check_circle:")
    else:
        st.info(verdict.message, icon=":material/replay:")
