"""A network put together layer by layer, its sums, and the Keras code that makes it."""

from __future__ import annotations

import streamlit as st

from cnnlib import datasets
from cnnlib.keras_code import sequential_code
from cnnlib.presets import PRESETS
from cnnlib.questions_layers import QUESTIONS
from cnnlib.spec import RunSpec, SpecError, TrainingSpec
from pages.support import model, sequence
from pages.support.code import draw_code
from pages.support.exercise import draw_exercise
from pages.support.page import open_page, sentence
from pages.support.sequence import Sequence
from pages.support.sequence_editor import draw_controls, draw_presets, draw_stack
from pages.support.settings import TITLES, TRAINING

UNKNOWN = "–"


def draw_totals(now: Sequence, error: SpecError | None) -> None:
    """Layers, and what can be counted when all of them fit."""
    network, whole = now.network, error is None
    totals = {
        "Layers": f"{len(network.layers)}",
        "Parameters": f"{network.parameters:,}" if whole else UNKNOWN,
        "Multiply-adds for one image": f"{network.multiply_adds:,}" if whole else UNKNOWN,
    }
    with st.grid(3, min_column_width=150):
        for title, total in totals.items():
            st.metric(title, total)


def draw_training(now: Sequence, error: SpecError | None) -> None:
    """The way to train the network, or what keeps it from being trained."""
    text.show("train")
    dataset = model.dataset_of(now.network)
    if error is not None:
        text.show("train_fault")
        return
    if dataset is None:
        text.show("train_size")
        return
    known = datasets.info(dataset)
    if now.network.classes != len(known.classes):
        text.show(
            "train_classes",
            title=known.title,
            known=len(known.classes),
            units=now.network.classes,
        )
        return
    try:
        RunSpec(now.network, TrainingSpec(dataset=dataset)).check()
    except SpecError as refused:
        st.info(sentence(refused), icon=":material/info:")
        return
    query = [(model.WRITTEN, st.query_params[model.WRITTEN]), ("dataset", known.title)]
    with st.container(border=True, width="content"):
        st.page_link(
            "pages/first_models/training.py",
            label="**Train this network**",
            icon=":material/play_arrow:",
            query_params=[*query, *training_query(now)],
        )


def training_query(now: Sequence) -> list[tuple[str, str]]:
    """How a preset is to be trained, as the training page's address has it."""
    preset = next((p for p in PRESETS.values() if p.network == now.network), None)
    if preset is None:
        return []
    values = [("augmentation", word) for word in preset.augmentation]
    values += list(preset.training.items())
    return [(f"{TRAINING}{name}", TITLES.get(value, str(value))) for name, value in values]


@st.fragment  # so that a change draws this part again and no more
def build() -> None:
    """The controls, and what the layers make of each other."""
    now = sequence.current()
    refusal = sequence.refusal()
    if refusal:
        st.error(sentence(refusal), icon=":material/error:")
    steps, error = model.traced(now.network)
    draw_presets(now)
    controls, stack = st.columns([5, 7], gap="large")
    with controls:
        draw_controls(now, error)
    with stack:
        draw_stack(now, steps, error)
    draw_totals(now, error)
    text.show("shapes")
    model.draw_volumes(now.network, steps)
    text.show("code")
    draw_code(sequential_code(now.network), key="sequential_code")
    if error is not None and error.layer is not None:
        text.show("code_wrong")
    draw_training(now, error)


text = open_page("sequential_model")
build()
text.show("notice")
with st.expander("What the words mean"):
    text.show("terms")
draw_exercise("sequential_model", QUESTIONS["sequential_model"])
