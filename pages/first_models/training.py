"""Hyperparameters, a button, and the training live."""

from __future__ import annotations

import streamlit as st

from cnnlib import datasets
from cnnlib.arithmetic import short_count
from cnnlib.records import RunError
from cnnlib.spec import RunSpec, SpecError, TrainingSpec, limits_of
from pages.support import jobs, model, networks, settings, training_images
from pages.support.links import draw_link
from pages.support.page import open_page, sentence
from pages.support.run_panel import draw_run

LEARNING_RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
BATCH_SIZES = (8, 16, 32, 64, 128, 256, 512)
MOST_EPOCHS = 30


def training_controls(dataset: str) -> TrainingSpec:
    """Draw the hyperparameters and return them; SpecError for what no widget could have sent."""
    spec, prefix, known = TrainingSpec, settings.TRAINING, datasets.info(dataset)
    source = training_images.choose_source(known)
    return TrainingSpec(
        dataset=dataset,
        source=source,
        image_count=training_images.choose_count(known, source),
        optimizer=settings.pick(spec, "optimizer", prefix, "Optimizer"),
        learning_rate=settings.stops(
            spec, "learning_rate", prefix, "Learning rate", LEARNING_RATES
        ),
        batch_size=settings.stops(spec, "batch_size", prefix, "Batch size", BATCH_SIZES),
        epochs=settings.number(spec, "epochs", prefix, "Epochs", high=MOST_EPOCHS),
        seed=training_images.choose_seed(),
        validation_share=training_images.choose_validation_share(),
        label_noise=training_images.choose_label_noise(),
        augmentation=tuple(
            st.pills(
                "Augmentation",
                limits_of(spec, "augmentation"),
                selection_mode="multi",
                format_func=lambda word: settings.TITLES.get(word, word),
                key=f"{prefix}augmentation",
                bind="query-params",
                help="Changes that training images get at random, so that no two epochs are alike.",
            )
        ),
    )


def draw_network(dataset: str) -> None:
    """In one line, what is going to be trained, and where it can be changed."""
    try:
        network = model.current_network(dataset)
    except SpecError as error:
        model.draw_fault(error)
        return
    steps, error = model.traced(network)
    if error is not None:
        model.draw_fault(error)
    else:
        st.markdown(f"**{len(steps)} layers, {short_count(network.parameters)} parameters.**")
    written = model.written_network()
    if written is None:
        st.caption("This is the network of the page before this one.")
    else:
        st.caption("This is the network that was built layer by layer.")
        draw_link("sequential_model", query=[(model.WRITTEN, written)])


def start(dataset: str, training: TrainingSpec) -> None:
    """Submit the run, or say what to change."""
    try:
        run_id = jobs.engine().submit(RunSpec(model.current_network(dataset), training))
    except (SpecError, RunError, datasets.DatasetError) as error:
        st.error(sentence(error), icon=":material/error:")
    else:
        networks.show_run(run_id)


def draw_next(run_id: str) -> None:
    """Where to go with a trained network."""
    text.show("next")
    with st.container(horizontal=True):
        for path, label, icon in (
            ("pages/visualizing/feature_maps.py", "Look inside it", ":material/layers:"),
            ("pages/visualizing/results.py", "See its mistakes", ":material/fact_check:"),
            ("pages/classify/classify.py", "Draw a digit for it", ":material/draw:"),
        ):
            st.page_link(path, label=label, icon=icon)


text = open_page("training")
controls, picture = st.columns([4, 7], gap="large")
with controls:
    dataset = model.choose_dataset()
    draw_network(dataset)
    start_place = st.container()  # above the sliders, so that the curves stay in sight
    try:
        training = training_controls(dataset)
    except SpecError as error:
        training = None
        model.draw_fault(error)
    pressed = start_place.button(
        "Train", type="primary", icon=":material/play_arrow:", key="training_start", width="stretch"
    )
    if pressed and training is not None:
        start(dataset, training)
with picture:
    run_id = networks.current_run()
    if run_id is None:
        st.info(
            "Press **Train** to see the loss fall here, batch by batch.",
            icon=":material/show_chart:",
        )
    else:
        draw_run(run_id)
text.show("notice")
if run_id is not None and jobs.store().epochs(run_id):
    draw_next(run_id)
with st.expander("What the words mean"):
    text.show("terms")
