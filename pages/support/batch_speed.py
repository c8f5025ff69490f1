"""Batch size against speed: forecast from what the worker knows of itself, and measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from cnnlib import batch_trials
from cnnlib.feed import Event
from cnnlib.spec import RunSpec
from pages.support import jobs
from pages.support.chart import draw_chart
from pages.support.experiment import draw_experiment
from pages.support.page import PageText
from pages.support.tables import draw_table

KEY = "batches_speed"


def draw_speed(text: PageText) -> None:
    """The section on speed, with its figure and the trainings that measure it."""
    text.show("speed", parameters=f"{batch_trials.NETWORK.parameters:,}")
    draw_experiment(
        KEY,
        batch_trials.speed_trial(),
        _name_of,
        button="Measure six batch sizes",
        picture=_draw_measured,
    )
    if not st.session_state.get(f"{KEY}_runs"):
        _draw_figure({})
    text.show("speed_notice")


def _name_of(spec: RunSpec) -> str:
    size = spec.training.batch_size
    return f"batches of {size:,}" if size > 1 else "single images"


def _draw_measured(specs: Mapping[str, RunSpec], events: Mapping[str, Sequence[Event]]) -> None:
    speeds = {
        specs[name].training.batch_size: batch_trials.measured_speed(found)
        for name, found in events.items()
    }
    _draw_figure({size: speed for size, speed in speeds.items() if speed})


def _draw_figure(measured: Mapping[int, float]) -> None:
    from cnnlib.batch_figures import speed_figure

    forecast = _forecast()
    said = ", ".join(f"{size:,}: {speed:,.0f}" for size, speed in measured.items())
    draw_chart(
        speed_figure(forecast, measured, batch_trials.SIZES),
        key=f"{KEY}_figure",
        alt=f"Images a second by batch size. Measured: {said or 'nothing yet'}.",
    )
    if measured:
        rows = [
            (f"{size:,}", _number(forecast.get(size)), _number(measured[size])) for size in measured
        ]
        draw_table(("Batch size", "Forecast images a second", "Measured"), rows)
    if not forecast:
        st.caption("The worker has not measured its own speed yet, so nothing is forecast.")


def _number(speed: float | None) -> str:
    return "–" if speed is None else f"{speed:,.0f}"


def _forecast() -> dict[int, float]:
    """By batch size; empty until a worker knows its speed."""
    found = {}
    for size in batch_trials.SIZES:
        pair = [jobs.engine().forecast(spec) for spec in batch_trials.speed_specs(size)]
        if None in pair:
            return {}
        found[size] = batch_trials.forecast_speed(*pair)
    return found
