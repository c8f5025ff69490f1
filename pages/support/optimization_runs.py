"""Two to four trainings that differ in one thing, and what came out of them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cnnlib.descent import TITLES as OPTIMIZERS
from cnnlib.optimization_trials import (
    COMPARISONS,
    FEWEST,
    FIRST,
    MOST,
    RATES,
    SCHEDULES,
    VALUES,
    compared,
    trial,
    value_name,
)
from cnnlib.spec import RunSpec, SpecError, TrainingSpec, limits_of
from pages.support.choices import choose
from pages.support.experiment import draw_experiment
from pages.support.optimization_outcome import draw_outcome
from pages.support.page import PageText, sentence
from pages.support.rate_tests import RATE, Subject

MOST_LOSS = 3.0  # a network that guesses has ln 10 = 2.3


def draw_comparison(text: PageText, subject: Subject) -> None:
    """What is compared, the runs, and what came of them besides their curves."""
    text.show("compare")
    field = choose("What is different", COMPARISONS, key="optimization_field", wrap=True)
    text.show(f"compare_{field}")
    values = _choose_values(field)
    try:
        specs = _specs(field, values, subject)
    except SpecError as error:
        st.warning(sentence(error), icon=":material/edit:")
        return
    key = f"optimization_{field}"
    draw_experiment(
        key,
        specs,
        lambda spec: value_name(field, spec.training),
        button=f"Train all {len(specs)}",
        most_loss=MOST_LOSS,
    )
    # Those of `draw_experiment`, which has said so if some in the address are not here.
    draw_outcome(text, field, st.session_state.get(f"{key}_runs", ()))


def _choose_values(field: str) -> list:
    picked = st.pills(
        f"{FEWEST} to {MOST} of these",
        list(VALUES[field]),
        selection_mode="multi",
        format_func=lambda value: _value_title(field, value),
        default=list(FIRST[field]),
        key=f"optimization_values_{field}",
        bind="query-params",
    )
    return [value for value in VALUES[field] if value in picked]


def _value_title(field: str, value: object) -> str:
    if field == "optimizer":
        return OPTIMIZERS.get(value, str(value))
    return SCHEDULES.get(value, str(value)) if field == "schedule" else f"{value:g}"


def _specs(field: str, values: Sequence, subject: Subject) -> tuple[RunSpec, ...]:
    """The runs; their rates and what else they share are asked for here."""
    if field == "optimizer":
        rates = _choose_rates(values)
        base = trial(subject.dataset, "sgd", RATES["sgd"], subject.seed)
        return compared(base, field, values, rates)
    optimizer = choose(
        "Optimizer of all", OPTIMIZERS, key="optimization_all", default="adam", wrap=True
    )
    rate = _choose_rates([optimizer])[optimizer]
    base = trial(subject.dataset, optimizer, rate, subject.seed)
    return compared(base, field, values, {})


def _choose_rates(optimizers: Sequence[str]) -> dict[str, float]:
    """A learning rate for each; what was chosen or taken over stays."""
    lowest, highest = limits_of(TrainingSpec, "learning_rate")
    rates = {}
    with st.container(horizontal=True):
        for name in optimizers:
            rates[name] = float(
                st.number_input(
                    f"Rate of {OPTIMIZERS[name]}",
                    lowest,
                    highest,
                    RATES[name],
                    step=RATES[name] / 10,
                    format="%.6g",
                    key=RATE + name,
                    bind="query-params",
                    persist_state="page",
                    width=160,
                )
            )
    return rates
