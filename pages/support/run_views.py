"""What can be looked at in a run, epoch by epoch: one view at a time, the only one computed."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cnnlib.datasets import DatasetError
from cnnlib.records import RunError
from pages.support import held_back, jobs
from pages.support.choices import choose
from pages.support.epoch_views import draw_classes, draw_filters, draw_image
from pages.support.epochs import choose_epoch
from pages.support.page import PageText, runs_told, sentence
from pages.support.run_panel import POLL_SECONDS
from pages.support.runs_table import draw_runs
from pages.support.step_view import draw_steps

VIEWS = {
    "filters": "Filters",
    "image": "One image",
    "classes": "Classes",
    "steps": "Step by step",
    "runs": "Runs",
}
KEY = "training_view"
OF_EPOCHS = {"filters": draw_filters, "image": draw_image, "classes": draw_classes}


def draw_views(text: PageText, run_id: str, train_on: Callable[[str, int], None]) -> None:
    """Draw the choice of a view and the view, once a second while the run is under way.

    `train_on(run_id, epoch)` starts a new run from the weights of an epoch.
    """
    with runs_told():
        active = jobs.engine().status(run_id).is_active
        show = st.fragment(_draw, run_every=POLL_SECONDS if active else None)
        show(text, run_id, train_on, active)


def _draw(text: PageText, run_id: str, train_on: Callable[[str, int], None], active: bool) -> None:
    view = choose("Look at", VIEWS, key=KEY, default="filters", wrap=True)
    try:
        if view == "runs":
            draw_runs(text, run_id)
        elif view == "steps":
            draw_steps(text, run_id)
        else:
            _draw_epoch(text, run_id, OF_EPOCHS[view], train_on)
            if not active:
                held_back.work_ahead(run_id)
    except (RunError, DatasetError) as error:
        st.error(sentence(error), icon=":material/error:")


def _draw_epoch(
    text: PageText,
    run_id: str,
    draw: Callable[[PageText, str, int], None],
    train_on: Callable[[str, int], None],
) -> None:
    """The slider over the epochs, what is known of the chosen one, and a view of it."""
    kept = jobs.store().epochs(run_id)
    if not kept:
        text.show("no_epoch")
        return
    with st.container(width=680):
        epoch = choose_epoch(run_id, kept)
    said, button = st.columns([3, 1], vertical_alignment="center")
    said.markdown(_figures(run_id, epoch))
    where = f"epoch {epoch}" if epoch else "these weights"
    if button.button(
        f"Train on from {where}",
        icon=":material/fork_right:",
        key="training_on",
        width="stretch",
        help="A new run with the settings of this page, which begins with these weights.",
    ):
        train_on(run_id, epoch)
    draw(text, run_id, epoch)


def _figures(run_id: str, epoch: int) -> str:
    """An epoch's figures in a line."""
    if epoch == 0:
        return "The weights it began with. It has not learned anything yet."
    record = jobs.store().epoch_records(run_id).get(epoch)
    if record is None or record.epoch is None:
        return f"Within epoch {epoch}, which is not over."
    found = record.epoch
    return (
        f"Training loss **{found.loss:.3f}**, accuracy **{found.accuracy:.1%}**; validation loss "
        f"**{found.validation_loss:.3f}**, accuracy **{found.validation_accuracy:.1%}**"
    )
