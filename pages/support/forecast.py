"""How long a training will take here and how much memory, before it is started."""

from __future__ import annotations

import math

import streamlit as st

from cnnlib.spec import NetworkSpec, RunSpec, SpecError
from pages.support import jobs
from pages.support.page import sentence
from pages.support.training_images import training_now

GIGABYTE = 1e9


def draw_forecast(network: NetworkSpec, dataset: str) -> None:
    """One metric: the time and the memory of a training with the training page's settings.

    It is worked out from what a worker has measured of itself, and never waits for that.
    """
    training = training_now(dataset)
    epochs = f"{training.epochs} epoch{'s' * (training.epochs > 1)}"
    try:
        found = jobs.engine().forecast(RunSpec(network, training))
    except SpecError:
        found = None
    st.metric(
        f"Training for {epochs}",
        "–" if found is None else f"about {duration(found.seconds)}",
        "not measured yet" if found is None else f"{found.bytes / GIGABYTE:.1f} GB in the worker",
        delta_color="off",
        delta_arrow="off",
        help="From the speed that this server's worker has measured of itself, for the images and "
        "settings of the training page. What others train at the same time is not counted.",
    )


def forecast_seconds(spec: RunSpec) -> float | None:
    """How long a run will take; None until a worker knows its speed, and of what it would not
    train."""
    try:
        found = jobs.engine().forecast(spec)
    except SpecError:
        return None
    return None if found is None else found.seconds


def draw_refusal(network: NetworkSpec, dataset: str) -> None:
    """Why a training with the training page's settings would not be taken on, if it would not."""
    try:
        RunSpec(network, training_now(dataset)).check()
    except SpecError as error:
        st.warning(sentence(error), icon=":material/block:")


def duration(seconds: float) -> str:
    """A time as people say it: two digits are all that a forecast is good for.

    >>> [duration(s) for s in (0.4, 4.26, 43.2, 89, 95, 3599, 6000)]
    ['1 s', '4 s', '43 s', '89 s', '1.6 min', '60 min', '1.7 h']
    """
    if seconds < 90:
        return f"{max(1, math.floor(seconds + 0.5))} s"
    value, unit = (seconds / 60, "min") if seconds < 5_400 else (seconds / 3_600, "h")
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"
