"""The accuracy, how far it can be trusted, and how a run's validation compares."""

from __future__ import annotations

import streamlit as st

from cnnlib import datasets, evaluation
from cnnlib.records import RunError
from cnnlib.verdict import percent
from pages.support import jobs
from pages.support.networks import Chosen
from pages.support.page import PageText

Z = 1.96  # of the normal distribution, 95 % of which lies within it on either side


def draw_accuracy(
    text: PageText, chosen: Chosen, right: int, count: int, *, maybe_seen: bool
) -> None:
    """`right` of `count` test images; `maybe_seen` if the network may have been trained on some."""
    low, high = evaluation.accuracy_interval(right, count)
    with st.grid(3, min_column_width=110):
        st.metric("Accuracy", percent(right / count))
        st.metric("Test images", f"{count:,}")
        st.metric("Mistakes", f"{count - right:,}")
    text.show(
        "interval",
        right=f"{right:,}",
        count=f"{count:,}",
        unseen="" if maybe_seen else text.sections["unseen"],
        low=percent(low),
        high=percent(high),
    )
    with st.expander("How the interval is calculated"):
        text.show(
            "wilson",
            right=f"{right:,}",
            count=f"{count:,}",
            share=f"{right / count:.4f}",
            centre=f"{(low + high) / 2:.4f}",
            reach=f"{(high - low) / 2:.4f}",
            plain=f"{Z * (right / count * (1 - right / count) / count) ** 0.5:.4f}",
        )
    if maybe_seen:
        text.show("seen", title=datasets.info(chosen.dataset).full_title)
    if chosen.run_id is not None:
        _compare_with_validation(text, chosen.run_id, right, count)


def _compare_with_validation(text: PageText, run_id: str, right: int, count: int) -> None:
    """What the held-back images said at the run's last epoch, and whether the test images agree."""
    try:
        epochs = jobs.store().history(run_id).epochs
    except RunError:  # the network is whole, and so is what follows
        return
    if not epochs:
        text.show("untrained")
        return
    training = jobs.store().spec(run_id).training
    images = training.image_count
    held = datasets.held_back_count(images, training.validation_share)
    accuracy = epochs[-1].validation_accuracy
    low, high = evaluation.accuracy_difference(right, count, round(accuracy * held), held)
    text.show(
        "validation",
        images=f"{images:,}",
        trained=f"{images - held:,}",
        held=f"{held:,}",
        validation=percent(accuracy),
        epoch=epochs[-1].epoch,
        compared=text.sections["agrees" if low <= 0 <= high else "differs"],
    )
