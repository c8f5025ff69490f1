"""Learning-rate schedules drawn over each other, and the formula of the chosen one at one step."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from cnnlib.numerals import numeral
from cnnlib.optimization_trials import SCHEDULES, step_count, trial
from cnnlib.schedule_formulas import rate_formula
from cnnlib.schedules import learning_rate_at
from cnnlib.verdict import percent
from pages.support.chart import draw_chart
from pages.support.choices import choose
from pages.support.page import PageText

PEAKS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
MOST_EPOCHS = 40


@dataclass(frozen=True)
class Schedule:
    """A schedule that a reader has chosen; `batches` are the steps of an epoch."""

    name: str = "cosine"
    peak: float = 0.1
    epochs: int = 8
    batches: int = 1

    @property
    def steps(self) -> int:
        return self.epochs * self.batches


@st.fragment
def draw_schedules(text: PageText) -> None:
    """All schedules, the chosen one strongly, and its rate at one step."""
    from cnnlib.optimization_figures import schedules_figure

    text.show("schedules")
    picture, controls = st.columns([3, 2], gap="large")
    with controls:
        found = _choose_schedule()
        gone = st.slider(
            "How much of the training is over",
            0,
            100,
            30,
            format="%d %%",
            key="optimization_gone",
            bind="query-params",
        )
        step = min(found.steps - 1, round(found.steps * gone / 100))
        rate = learning_rate_at(found.name, found.peak, step, found.steps)
        st.latex(rate_formula(found.name, found.peak, step, found.steps))
    with picture:
        draw_chart(
            schedules_figure(SCHEDULES, found.name, found.peak, found.epochs, found.batches, step),
            key="optimization_schedules",
            alt=f"The learning rate against epochs by schedule, with a peak of {found.peak:g}. "
            f"{SCHEDULES[found.name]} is at {rate:.4g} in step {step + 1} of {found.steps}.",
        )
        text.show(
            "schedule_where",
            step=f"{step + 1:,}",
            steps=f"{found.steps:,}",
            before=f"{step:,}",
            rate=numeral(rate, ".4g"),
            share=percent(rate / found.peak),
        )
    text.show(f"schedule_{found.name}")


def chosen_schedule() -> Schedule:
    """What the widgets say, or will say."""
    state, plain = st.session_state, Schedule()
    peak = state.get("optimization_peak", plain.peak)
    epochs = state.get("optimization_epochs", plain.epochs)
    name = state.get("optimization_schedule_drawn", plain.name)
    return Schedule(
        name if name in SCHEDULES else plain.name,
        peak if peak in PEAKS else plain.peak,
        int(epochs),
        _batches(),
    )


def _choose_schedule() -> Schedule:
    name = choose(
        "Schedule", SCHEDULES, key="optimization_schedule_drawn", default="cosine", wrap=True
    )
    peak = st.select_slider("Peak, η", PEAKS, 0.1, key="optimization_peak", bind="query-params")
    epochs = st.slider("Epochs", 1, MOST_EPOCHS, 8, key="optimization_epochs", bind="query-params")
    return Schedule(name, peak if peak in PEAKS else 0.1, int(epochs), _batches())


def _batches() -> int:
    """Those of an epoch of the trainings below, on photos."""
    return step_count(trial("cifar10", "sgd", 0.1).training)
