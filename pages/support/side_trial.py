"""Small trainings of one network on images of several sides: forecast, measured, and accuracy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from cnnlib.feed import Event
from cnnlib.fields import SpecError
from cnnlib.image_sides import SIDES, TRIED_SIDES, side_name, side_of, side_trial
from cnnlib.spec import RunSpec
from pages.support.experiment import draw_experiment
from pages.support.forecast import duration, forecast_seconds
from pages.support.page import PageText, sentence
from pages.support.side_costs import KEY
from pages.support.tables import draw_table


def draw_trial(text: PageText, name: str, head: str) -> None:
    """The choice of sides, what they are forecast to take, the trainings and what they took."""
    text.show("trial")
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        picked = st.pills(
            "Sides",
            SIDES,
            selection_mode="multi",
            default=TRIED_SIDES,
            key=f"{KEY}_sides",
            bind="query-params",
        )
        seed = st.number_input(
            "Seed", 0, 9999, 0, key=f"{KEY}_seed", bind="query-params", format="%d", width=140
        )
    sides = [side for side in picked if side in SIDES]
    try:
        specs = side_trial(name, head, sides, seed)
    except SpecError as error:
        st.error(sentence(error), icon=":material/error:")
        return
    left_out = sorted(set(sides) - {side_of(spec) for spec in specs})
    if left_out:
        st.info(
            f"Left out: {', '.join(map(str, left_out))}, where the network above cannot be trained "
            "here.",
            icon=":material/block:",
        )
    if not specs:
        st.info("Choose a side at which this network can be.", icon=":material/straighten:")
        specs = ()
    else:
        _draw_forecast(specs)
    draw_experiment(f"{KEY}", specs, side_name, button=_button(specs), picture=_draw_results)
    text.show("trial_notice")


def _button(specs: Sequence[RunSpec]) -> str:
    return "Train one" if len(specs) == 1 else f"Train {len(specs)}"


def _draw_forecast(specs: Sequence[RunSpec]) -> None:
    """How long all of it will take, before it is started."""
    expected = [forecast_seconds(spec) for spec in specs]
    if None in expected:
        words = "The worker has not measured its speed yet, so there is no forecast so far."
    else:
        words = f"Forecast: about {duration(sum(expected))} in all."
    st.caption(words)


def _draw_results(specs: Mapping[str, RunSpec], events: Mapping[str, Sequence[Event]]) -> None:
    from cnnlib.comparison import row_of
    from cnnlib.side_figures import accuracy_figure, trial_figure

    names = list(specs)
    rows = [row_of(events[name]) for name in names]
    done = [row.epoch == specs[name].training.epochs for name, row in zip(names, rows, strict=True)]
    measured = [row.seconds if all_ else None for row, all_ in zip(rows, done, strict=True)]
    forecasts = [forecast_seconds(specs[name]) for name in names]
    accuracies = [row.validation_accuracy for row in rows]
    left, right = st.columns(2)
    left.plotly_chart(
        trial_figure(names, forecasts, measured),
        key=f"{KEY}_trial_seconds",
        config={"displayModeBar": False},
        alt="Seconds of each training, forecast and measured; numbers in the table below.",
    )
    right.plotly_chart(
        accuracy_figure(names, accuracies),
        key=f"{KEY}_trial_accuracy",
        config={"displayModeBar": False},
        alt="Validation accuracy of each training; numbers in the table below.",
    )
    draw_table(
        ("Images", "Forecast, s", "Measured, s", "Measured / forecast", "Validation accuracy"),
        [
            (name, _number(ahead), _number(seconds), _ratio(seconds, ahead), _percent(accuracy))
            for name, ahead, seconds, accuracy in zip(
                names, forecasts, measured, accuracies, strict=True
            )
        ],
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _ratio(measured: float | None, ahead: float | None) -> str:
    return "–" if measured is None or not ahead else f"{measured / ahead:.2f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
