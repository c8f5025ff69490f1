"""How good a network is on the test images: accuracy, confusions, and the pictures behind them."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib import datasets, evaluation
from cnnlib.records import RunError
from cnnlib.verdict import percent
from pages.support import jobs
from pages.support.answered import draw_answered
from pages.support.confusion import draw_confusion
from pages.support.evaluations import (
    held_back_count,
    test_images,
    test_probabilities,
    trained_on_full,
    uses_full_set,
)
from pages.support.networks import Chosen, choose_network
from pages.support.page import open_page

SHOWN = 12  # pictures of a kind


def show_accuracy(chosen: Chosen, right: int, count: int) -> None:
    """The accuracy, how far it can be trusted, and how a run's validation compares."""
    low, high = evaluation.accuracy_interval(right, count)
    with st.grid(3, min_column_width=110):
        st.metric("Accuracy", percent(right / count))
        st.metric("Test images", f"{count:,}")
        st.metric("Mistakes", f"{count - right:,}")
    maybe_seen = trained_on_full(chosen) and not uses_full_set(chosen)
    text.show(
        "interval",
        right=f"{right:,}",
        count=f"{count:,}",
        unseen="" if maybe_seen else text.sections["unseen"],
        low=percent(low),
        high=percent(high),
    )
    if maybe_seen:
        text.show("seen", title=known.full_title)
    if chosen.run_id is not None:
        compare_with_validation(chosen.run_id, right, count)


def compare_with_validation(run_id: str, right: int, count: int) -> None:
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
    held = held_back_count(images, training.validation_share)
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


def show_classes(matrix: np.ndarray, classes: tuple[str, ...]) -> None:
    rows = evaluation.per_class(matrix, classes)
    share = st.column_config.ProgressColumn(min_value=0, max_value=100, format="%.1f %%")
    st.dataframe(
        {
            "Class": [row.name for row in rows],
            "Found": [None if row.recall is None else 100 * row.recall for row in rows],
            "To be trusted": [
                None if row.precision is None else 100 * row.precision for row in rows
            ],
            "Images": [row.images for row in rows],
        },
        hide_index=True,
        column_config={"Found": share, "To be trusted": share},
        alt="For each class the share of its test images that was found, the share of the answers "
        "naming it that were right, and the number of its test images.",
    )


def show_results(chosen: Chosen, dataset: datasets.Dataset, probabilities: np.ndarray) -> None:
    """Everything that follows from the answers."""
    answers = probabilities.argmax(axis=1)
    matrix = evaluation.confusion_matrix(dataset.y_test, answers, len(dataset.classes))
    show_accuracy(chosen, int(np.trace(matrix)), len(answers))
    text.show("confusion")
    draw_confusion(text, chosen, dataset, probabilities, matrix)
    mistakes = evaluation.most_confident_mistakes(dataset.y_test, probabilities, SHOWN)
    if len(mistakes):
        text.show("mistakes")
        draw_answered(dataset, probabilities, mistakes)
    else:
        text.show("no_mistakes")
    text.show("unsure")
    unsure = evaluation.least_sure_right(dataset.y_test, probabilities, SHOWN)
    draw_answered(dataset, probabilities, unsure)
    text.show("classes")
    show_classes(matrix, dataset.classes)
    text.show("notice")


text = open_page("results")
chosen = choose_network("results_network")
known = datasets.info(chosen.dataset)
dataset, probabilities = test_images(chosen), test_probabilities(chosen)
if np.isfinite(probabilities).all():
    show_results(chosen, dataset, probabilities)
else:
    st.error(text.sections["no_numbers"], icon=":material/error:")
