"""Range tests as queued runs: their curves, what they suggest, and the rates taken from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from cnnlib import datasets
from cnnlib.descent import TITLES as OPTIMIZERS
from cnnlib.events import EpochEvent
from cnnlib.feed import Event
from cnnlib.optimization_trials import DATASETS, FIRST, range_trial, step_count
from cnnlib.rate_range import BACK, RangeTest, range_test
from cnnlib.spec import RunSpec
from pages.support.choices import choose
from pages.support.experiment import draw_experiment
from pages.support.page import PageText
from pages.support.tables import draw_table

KEY = "optimization_range"
RATE = "optimization_rate_"  # and the optimizer: the key of the widget with its rate
CONFIG = {"displayModeBar": False}
HEADS = ("Optimizer", "Loss smallest at", "Suggested rate")


@dataclass(frozen=True)
class Subject:
    """What is trained: one of DATASETS, and the seed of weights, batches and held-back images."""

    dataset: str
    seed: int


def draw_range_tests(text: PageText) -> Subject:
    """Draw the tests of the optimizers that the reader picks, and return what was chosen."""
    text.show("range", steps=_steps(DATASETS[0]))
    subject = _choose_subject()
    picked = st.pills(
        "Optimizers to test",
        list(OPTIMIZERS),
        selection_mode="multi",
        format_func=lambda name: OPTIMIZERS.get(name, name),
        default=list(FIRST["optimizer"]),
        key="optimization_tested",
        bind="query-params",
    )
    tested = [name for name in OPTIMIZERS if name in picked]
    if not tested:
        st.info("Pick an optimizer or more.", icon=":material/edit:")
        return subject
    draw_experiment(
        KEY,
        [range_trial(subject.dataset, name, subject.seed) for name in tested],
        _name_of,
        button="Test their rates",
        picture=lambda specs, events: _draw_tests(text, specs, events),
    )
    return subject


def _choose_subject() -> Subject:
    left, right = st.columns([2, 1], gap="large")
    with left:
        titles = {name: datasets.info(name).title for name in DATASETS}
        dataset = choose("Images", titles, key="optimization_dataset", wrap=True)
    seed = right.number_input(
        "Seed", 0, 9_999, 0, key="optimization_seed", bind="query-params", width=160
    )
    return Subject(dataset, min(max(int(seed), 0), 9_999))


def _steps(dataset: str) -> int:
    training = range_trial(dataset, "sgd").training
    return training.epochs * step_count(training)


def _name_of(spec: RunSpec) -> str:
    title = OPTIMIZERS.get(spec.training.optimizer, spec.training.optimizer)
    return f"Range test, {title}"


def _draw_tests(
    text: PageText, specs: Mapping[str, RunSpec], events: Mapping[str, Sequence[Event]]
) -> None:
    """The curves, the suggestions, and a button that takes them over."""
    from cnnlib.optimization_figures import range_figure

    tests: dict[str, RangeTest] = {}
    optimizers: dict[str, str] = {}
    for name, spec in specs.items():
        title = name.removeprefix("Range test, ")
        tests[title] = _read(spec, events[name])
        optimizers[title] = spec.training.optimizer
    rows = [(title, _rate(test.lowest), _rate(test.suggestion)) for title, test in tests.items()]
    st.plotly_chart(
        range_figure(tests),
        key="optimization_range_figure",
        config=CONFIG,
        alt="Loss against learning rate of range tests. Suggested: "
        + ", ".join(f"{title} {rate}" for title, _, rate in rows)
        + ".",
    )
    draw_table(HEADS, rows)
    rates = {
        optimizers[title]: test.suggestion
        for title, test in tests.items()
        if test.suggestion is not None
    }
    if rates:
        text.show("range_rule", back=f"{BACK:g}")
        label = "Use this rate below" if len(rates) == 1 else "Use these rates below"
        if st.button(
            label, icon=":material/south:", key="optimization_take", on_click=_take, args=(rates,)
        ):
            st.rerun()  # of the whole page, where the rates stand
    lost = [
        name.removeprefix("Range test, ")
        for name, spec in specs.items()
        if _is_whole(spec, events[name]) and not rates.get(spec.training.optimizer)
    ]
    if lost:
        text.show("range_nothing", names=", ".join(lost))


def _read(spec: RunSpec, events: Sequence[Event]) -> RangeTest:
    """The test so far; nothing is suggested before its end, as the loss may yet fall further."""
    found = range_test(spec.training, events, step_count(spec.training))
    if _is_whole(spec, events):
        return found
    return dataclasses.replace(found, lowest=None, suggestion=None)


def _is_whole(spec: RunSpec, events: Sequence[Event]) -> bool:
    ended = [event.epoch for event in events if isinstance(event, EpochEvent)]
    return bool(ended) and ended[-1] == spec.training.epochs


def _take(rates: Mapping[str, float]) -> None:
    for optimizer, rate in rates.items():
        st.session_state[RATE + optimizer] = rate


def _rate(value: float | None) -> str:
    return "–" if value is None else f"{value:.2g}"
