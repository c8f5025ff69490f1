"""What is going to be trained, in a few lines: the network, its images, and their labels."""

from __future__ import annotations

import streamlit as st

from cnnlib import datasets
from cnnlib.arithmetic import shape_text, short_count
from cnnlib.network_text import from_text
from cnnlib.spec import NetworkSpec, SpecError, TrainingSpec
from pages.support import model, settings
from pages.support.links import draw_link
from pages.support.page import PageText, fill


def draw_network(text: PageText, dataset: str) -> None:
    """The network on this page, where it can be changed, and what these images do to it."""
    try:
        network = model.current_network(dataset)
    except SpecError as error:
        model.draw_fault(error)
        return
    steps, fault = model.traced(network)
    if fault is None:
        st.markdown(f"**{len(steps)} layers, {short_count(network.parameters)} parameters.**")
    written = model.written_network()
    if written is None:
        st.caption("This is the network of the page before this one.")
    else:
        st.caption("This is the network that was built layer by layer.")
        draw_link("sequential_model", query=[(model.WRITTEN, written)])
        _draw_other_images(text, from_text(written), network, fault)
    if fault is not None:
        model.draw_fault(fault)


def _draw_other_images(
    text: PageText, built: NetworkSpec, network: NetworkSpec, fault: SpecError | None
) -> None:
    """Say so if a network is given images of another size than it was built for."""
    if built.input_shape == network.input_shape:
        return
    values = {"before": shape_text(built.input_shape), "now": shape_text(network.input_shape)}
    _, fault_before = model.traced(built)
    if fault is not None:
        said = fill(text.sections["other_images_misfit"], values)
        st.warning(said, icon=":material/photo_size_select_large:")
        return
    if fault_before is None:
        values["before_count"] = f"{built.parameters:,}"
        values["now_count"] = f"{network.parameters:,}"
        said = fill(text.sections["other_images"], values)
    else:
        said = fill(text.sections["other_images_fit"], values)
    st.info(said, icon=":material/photo_size_select_large:")


def draw_labels(text: PageText, training: TrainingSpec) -> None:
    """Say so if some labels are going to be wrong, with the way to take that back.

    The share may come from the data set page, and its slider is behind a fold.
    """
    if not training.label_noise:
        return
    held_back = datasets.held_back_count(training.image_count, training.validation_share)
    learned = training.image_count - held_back
    said = fill(
        text.sections["wrong_labels"],
        {
            "wrong": f"{round(training.label_noise * learned):,}",
            "learned": f"{learned:,}",
            "share": f"{training.label_noise:.0%}",
        },
    )
    with st.container(border=True, key="training_wrong_labels", gap="small"):
        st.markdown(said)
        st.button(
            "Use the true labels",
            icon=":material/undo:",
            key="training_true_labels",
            on_click=_take_noise_back,
        )


def _take_noise_back() -> None:
    st.session_state[f"{settings.TRAINING}label_noise"] = TrainingSpec().label_noise
