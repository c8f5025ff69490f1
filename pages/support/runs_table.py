"""A visitor's runs side by side: a table to open and tick them, a name, and their curves."""

from __future__ import annotations

import streamlit as st

from cnnlib.records import RunError
from cnnlib.summaries import RunSummary
from pages.support import jobs, own_runs
from pages.support.components import component
from pages.support.page import PageText, sentence
from pages.support.run_panel import STATES

HEADS = (
    "Run",
    "Validation accuracy",
    "Best, after epoch",
    "Parameters",
    "Seconds",
    "Images a second",
    "State",
)
TABLE = "training_runs"
mount_runs = component("runs")  # also the table beneath the board of runs


def draw_runs(text: PageText, run_id: str | None) -> None:
    """Draw the runs that this visitor has seen, `run_id` being the one that is open."""
    text.show("runs")
    own_runs.draw_unknown()
    known = own_runs.readable(own_runs.own_runs())
    if not known:
        st.info(text.sections["no_runs"], icon=":material/table_rows:")
        return
    names, compared = own_runs.titles(known), own_runs.compared_runs()
    _draw_table(known, names, compared, run_id)
    shown = {names[known_id]: known_id for known_id in known if known_id in compared}
    if shown:
        _draw_curves(shown)
    if run_id is not None:
        _draw_name(run_id)
    if len(shown) > 1:
        text.show("runs_link")


def _draw_table(
    known: tuple[str, ...], names: dict[str, str], compared: tuple[str, ...], open_id: str | None
) -> None:
    rows = tuple(
        {
            "name": names[run_id],
            "cells": cells_of(jobs.store().summary(run_id), jobs.engine().status(run_id).state),
            "ticked": run_id in compared,
            "shown": run_id == open_id,
        }
        for run_id in known
    )

    def picked(name: str) -> str | None:
        number = getattr(st.session_state[TABLE], name)
        # Clients can send anything.
        return known[number] if type(number) is int and 0 <= number < len(known) else None

    def take_open() -> None:
        if chosen := picked("open"):
            own_runs.open_run(chosen)
            st.session_state[f"{TABLE}_opened"] = True

    def take_tick() -> None:
        if chosen := picked("tick"):
            own_runs.compare(chosen, wanted=chosen not in compared)

    data = {"title": "Your runs", "heads": HEADS, "rows": rows}
    mount_runs(data=data, key=TABLE, on_open_change=take_open, on_tick_change=take_tick)
    if st.session_state.pop(f"{TABLE}_opened", False):
        st.rerun()  # of the whole page, which shows another run


def cells_of(summary: RunSummary, state: str) -> tuple[str, ...]:
    """A run's row after its name.

    >>> cells_of(RunSummary("", "", "digits", 83322, 1, 2, 0.975, 0.98, 1, None, 8.26, 2e3, ""),
    ...     "done")
    ('97.5%', '98.0%, 1', '83,322', '8.3', '2,000', 'Done')
    """
    accuracy, best, speed = (
        summary.validation_accuracy,
        summary.best_accuracy,
        summary.images_per_second,
    )
    return (
        "–" if accuracy is None else f"{accuracy:.1%}",
        "–" if best is None else f"{best:.1%}, {summary.best_epoch}",
        f"{summary.parameters:,}",
        f"{summary.seconds:,.1f}",
        "–" if speed is None else f"{speed:,.0f}",
        STATES.get(state, state),
    )


def _draw_curves(shown: dict[str, str]) -> None:
    from cnnlib.comparison import MEASURES, overlaid_curves

    events = {name: jobs.engine().events(run_id) for name, run_id in shown.items()}
    epochs = max(jobs.store().spec(run_id).training.epochs for run_id in shown.values())
    for column, measure in zip(st.columns(len(MEASURES)), MEASURES, strict=True):
        column.plotly_chart(
            overlaid_curves(events, measure, epochs),
            key=f"training_compared_{measure}",
            config={"displayModeBar": False},
            alt=f"{MEASURES[measure]} of {', '.join(shown)} against epochs; the table above has "
            "their last values.",
        )


def _draw_name(run_id: str) -> None:
    key = f"training_name_{run_id}"

    def take() -> None:
        name = st.session_state[key]
        if name and name.strip():
            try:
                jobs.store().rename(run_id, name)
            except RunError as error:
                st.session_state[f"{key}_error"] = sentence(error)

    now = jobs.store().about(run_id).name
    st.text_input("Name of the open run", now, max_chars=60, key=key, on_change=take, width=340)
    if error := st.session_state.pop(f"{key}_error", None):
        st.error(error, icon=":material/error:")
