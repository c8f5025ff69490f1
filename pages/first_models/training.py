"""Hyperparameters, a button, and the training live: steered, stepped, and looked into."""

from __future__ import annotations

import streamlit as st

from cnnlib import datasets
from cnnlib.questions_training import QUESTIONS, questions_on_run
from cnnlib.records import RunError
from cnnlib.scaling import with_scaling
from cnnlib.spec import RunSpec, SpecError
from pages.support import jobs, model, networks, own_runs
from pages.support.data import load_dataset
from pages.support.exercise import draw_exercise
from pages.support.page import open_page, sentence
from pages.support.run_panel import draw_run
from pages.support.run_views import draw_views
from pages.support.runs_table import draw_runs
from pages.support.take_home import draw_both_ways
from pages.support.training_controls import training_controls
from pages.support.training_network import draw_labels, draw_network


def start(dataset: str) -> None:
    """Submit a run with the settings, or say what to change."""
    try:
        spec = RunSpec(model.current_network(dataset), training)
        if scaling is not None:
            full = training.source == "full"
            spec = with_scaling(spec, scaling, load_dataset(dataset, full=full))
        run_id = jobs.submit(spec)
    except (SpecError, RunError, datasets.DatasetError) as error:
        st.error(sentence(error), icon=":material/error:")
    else:
        own_runs.open_run(run_id)


def train_on(run_id: str, epoch: int) -> None:
    """Submit a run with the settings that begins with another run's weights, or say why not."""
    try:
        if training is None:
            raise SpecError("some setting of this page cannot be; change it first.")
        spec = RunSpec(jobs.store().spec(run_id).network, training)
        fresh = jobs.submit(spec, start_from=(run_id, epoch))
    except (SpecError, RunError, datasets.DatasetError) as error:
        st.error(sentence(error), icon=":material/error:")
    else:
        own_runs.open_run(fresh)
        st.rerun()


def draw_next() -> None:
    """Where to go with a trained network."""
    text.show("next")
    with st.container(horizontal=True):
        for path, label, icon in (
            ("pages/visualizing/feature_maps.py", "Look inside it", ":material/layers:"),
            ("pages/visualizing/results.py", "See its mistakes", ":material/fact_check:"),
            ("pages/classify/classify.py", "Draw a digit for it", ":material/draw:"),
        ):
            st.page_link(path, label=label, icon=icon)


def questions(run_id: str | None) -> tuple:
    """On the run that is open, or on any."""
    if run_id is None:
        return QUESTIONS["training"]
    try:
        store = jobs.store()
        epochs, detail = store.history(run_id).epochs, store.step_detail(run_id)
        return questions_on_run(store.spec(run_id).training, epochs, detail)
    except RunError:
        return QUESTIONS["training"]


text = open_page("training")
controls, picture = st.columns([4, 7], gap="large")
with controls:
    dataset = model.choose_dataset()
    draw_network(text, dataset)
    start_place = st.container()  # above the sliders, so that the curves stay in sight
    try:
        training, scaling = training_controls(dataset)
    except SpecError as error:
        training = scaling = None
        model.draw_fault(error)
    pressed = start_place.button(
        "Train", type="primary", icon=":material/play_arrow:", key="training_start", width="stretch"
    )
    if training is not None:
        with start_place:
            draw_labels(text, training)
            if pressed:
                start(dataset)
with picture:
    run_id = networks.current_run()
    if run_id is None:
        st.info(
            "Press **Train** to see the loss fall here, batch by batch.",
            icon=":material/show_chart:",
        )
    else:
        own_runs.remember(run_id)
        draw_run(run_id)
text.show("notice")
if run_id is not None:
    text.show("look")
    draw_views(text, run_id, train_on)
elif own_runs.COMPARED in st.query_params:
    draw_runs(text, None)
if run_id is not None and jobs.store().epochs(run_id):
    draw_next()
draw_both_ways(run_id)
draw_exercise("training", questions(run_id))
with st.expander("What the words mean"):
    text.show("terms")
