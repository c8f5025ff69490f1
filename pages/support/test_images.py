"""Which test images a network is asked about, and how far it has come with them."""

from __future__ import annotations

import streamlit as st

from cnnlib import datasets
from pages.support.choices import choose
from pages.support.evaluations import Evaluation, must_use_full
from pages.support.networks import Chosen
from pages.support.page import PageText

KEY = "results_images"
STOPPED = "results_stopped"
POLL_SECONDS = 0.5
SAMPLE, ALL = "Sample", "All"


def choose_full_set(text: PageText, chosen: Chosen) -> bool:
    """Draw the choice between the sample's test images and the full set's, if there is one."""
    known = datasets.info(chosen.dataset)
    if must_use_full(chosen):
        return True
    if not datasets.full_is_here(chosen.dataset):
        text.show("sample_only", count=f"{known.sample_counts[1]:,}", title=known.full_title)
        return False
    label = f"Test images: {known.sample_counts[1]:,}, or all {known.full_counts[1]:,}"
    return choose(label, [SAMPLE, ALL], key=KEY) == ALL


def draw_progress(chosen: Chosen, evaluation: Evaluation) -> None:
    """While not all test images are answered: how many are, and a button to stop or to go on."""
    if evaluation.count == evaluation.in_all:
        return
    stopped = st.session_state.get(STOPPED) == chosen.identity
    every = None if stopped else POLL_SECONDS
    st.fragment(_draw, run_every=every)(chosen, evaluation, stopped=stopped)


def _draw(chosen: Chosen, evaluation: Evaluation, *, stopped: bool) -> None:
    if not stopped:
        evaluation.go_on(chosen.network)
    count, in_all = evaluation.count, evaluation.in_all
    if count == in_all:
        st.rerun()
    bar, button = st.columns([4, 1], vertical_alignment="center")
    bar.progress(count / in_all, text=f"{count:,} of {in_all:,} test images answered")
    label, icon = ("Go on", "play_arrow") if stopped else ("Stop here", "stop")
    if button.button(label, icon=f":material/{icon}:", key="results_go", width="stretch"):
        st.session_state[STOPPED] = None if stopped else chosen.identity
        st.rerun()
