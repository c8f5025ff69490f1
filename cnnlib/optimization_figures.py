"""Figures of the page on alternative optimization."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

# Pandas first, whole: see cnnlib.figures.
import pandas  # noqa: F401
import plotly.graph_objects as go

from cnnlib.comparison import COLOURS, SYMBOLS
from cnnlib.figure_layout import lay_out
from cnnlib.losses import cross_entropy
from cnnlib.rate_range import RangeTest
from cnnlib.schedules import learning_rate_at

HEIGHT = 340  # pixels; fixed, so that nothing below a figure moves when it is drawn
DASHES = ("solid", "10px,4px", "9px,3px,2px,3px", "2px,3px")
HARD_COLOUR, SMOOTH_COLOUR = "#D97706", "#0D9488"
SURE = 0.9999  # the surest answer that is drawn
MARGIN = {"l": 8, "r": 8, "t": 44, "b": 8}


def schedules_figure(
    titles: Mapping[str, str], chosen: str, peak: float, epochs: int, batches: int, step: int
) -> go.Figure:
    """The rate at each step of all schedules in `titles`, the chosen one drawn strongly.

    `batches` are the steps of an epoch; of the chosen one `step`, counted from 0, is marked.
    """
    steps = epochs * batches
    drawn = np.unique(np.linspace(0, steps - 1, min(steps, 600)).round().astype(int))
    figure = go.Figure()
    for number, (name, title) in enumerate(titles.items()):
        strong = name == chosen
        figure.add_scatter(
            x=drawn / batches,
            y=[learning_rate_at(name, peak, int(at), steps) for at in drawn],
            mode="lines",
            name=title,
            opacity=1.0 if strong else 0.7,
            line={
                "color": COLOURS[number],
                "dash": DASHES[number],
                "width": 4 if strong else 2,
            },
        )
    figure.add_scatter(
        x=[step / batches],
        y=[learning_rate_at(chosen, peak, step, steps)],
        mode="markers",
        marker={"color": COLOURS[list(titles).index(chosen)], "size": 13},
        showlegend=False,
        hoverinfo="skip",
    )
    figure.update_xaxes(title_text="epoch", range=[0, 1.02 * epochs], fixedrange=True)
    figure.update_yaxes(title_text="learning rate", range=[0, 1.08 * peak], fixedrange=True)
    return _finish(figure, "The learning rate at each step")


def smoothing_figure(classes: int, smoothing: float, share: float) -> go.Figure:
    """Cross-entropy against the probability of the right class, with hard and smoothed labels.

    What is left of the probability is spread evenly over the other classes. `share` is marked, and
    so is the probability that makes the smoothed loss least.
    """
    shares = np.append(np.linspace(0.02, 0.98, 97), np.linspace(0.982, SURE, 40))
    figure = go.Figure()
    kinds = [("hard labels", 0.0, HARD_COLOUR, "dash")]
    kinds += [("smoothed labels", smoothing, SMOOTH_COLOUR, "solid")] if smoothing else []
    for name, epsilon, colour, dash in kinds:
        figure.add_scatter(
            x=shares,
            y=[answer_cost(classes, one, epsilon) for one in shares],
            mode="lines",
            name=name,
            line={"color": colour, "dash": dash, "width": 3},
        )
        figure.add_scatter(
            x=[share],
            y=[answer_cost(classes, share, epsilon)],
            mode="markers",
            marker={"color": colour, "size": 12},
            showlegend=False,
        )
    if smoothing:
        best = 1 - smoothing + smoothing / classes
        figure.add_scatter(
            x=[best],
            y=[answer_cost(classes, best, smoothing)],
            mode="markers",
            name="least smoothed loss",
            marker={"color": SMOOTH_COLOUR, "size": 12, "symbol": "diamond-open", "line.width": 3},
        )
    figure.update_xaxes(
        title_text="probability of the right class",
        range=[0, 1.02],
        tickformat=".0%",
        fixedrange=True,
    )
    figure.update_yaxes(title_text="cross-entropy", range=[0, 4], fixedrange=True)
    return _finish(figure, "The loss of one answer")


def answer_cost(classes: int, share: float, smoothing: float) -> float:
    """The cross-entropy of an answer that gives the right class `share` (above 0, below 1), and
    all others alike."""
    rest = (1 - share) / (classes - 1)
    logits = np.log(np.append(share, np.full(classes - 1, rest)))
    return cross_entropy(logits, 0, smoothing).cost


def range_figure(tests: Mapping[str, RangeTest]) -> go.Figure:
    """Loss against learning rate of range tests by name, with what each suggests.

    Dots are single batches, the line is their smoothed course, the large marker on it stands at the
    rate that is suggested.
    """
    figure = go.Figure()
    for number, (name, test) in enumerate(tests.items()):
        colour, symbol = COLOURS[number % len(COLOURS)], SYMBOLS[number % len(SYMBOLS)]
        look = {"legendgroup": name, "hovertemplate": "rate %{x:.3g}: loss %{y:.3f}"}
        figure.add_scatter(
            x=test.rates,
            y=np.where(np.isfinite(test.losses), test.losses, np.nan),
            mode="markers",
            marker={"color": colour, "size": 4, "opacity": 0.35},
            showlegend=False,
            **look,
        )
        figure.add_scatter(
            x=test.rates[: len(test.smoothed)],
            y=test.smoothed,
            mode="lines",
            name=name,
            line={"color": colour, "width": 3},
            **look,
        )
        if test.suggestion is not None:
            figure.add_scatter(
                x=[test.suggestion],
                y=[np.interp(np.log(test.suggestion), np.log(test.rates), _held(test))],
                mode="markers",
                marker={
                    "color": colour,
                    "size": 15,
                    "symbol": symbol,
                    "line": {"color": "#FFFFFF", "width": 2},
                },
                showlegend=False,
                **look,
            )
    first = max(
        (float(test.smoothed[0]) for test in tests.values() if len(test.smoothed)), default=2.5
    )
    figure.update_xaxes(
        type="log", title_text="learning rate", fixedrange=True, dtick=1, exponentformat="power"
    )
    figure.update_yaxes(title_text="cross-entropy", range=[0, 1.4 * first], fixedrange=True)
    return _finish(figure, "Loss while the rate grows")


def _held(test: RangeTest) -> np.ndarray:
    """The smoothed losses, the last one kept for the rates after them."""
    missing = len(test.rates) - len(test.smoothed)
    return np.append(test.smoothed, np.full(missing, test.smoothed[-1]))


def lengths_figure(lengths: Mapping[str, Sequence[float]]) -> go.Figure:
    """How long all kernels of a network are together, after each epoch from 0, a curve a run."""
    figure = go.Figure()
    for number, (name, values) in enumerate(lengths.items()):
        figure.add_scatter(
            x=list(range(len(values))),
            y=[value if np.isfinite(value) else None for value in values],
            mode="lines+markers",
            name=name,
            line={"color": COLOURS[number % len(COLOURS)], "width": 2},
            marker={"symbol": SYMBOLS[number % len(SYMBOLS)], "size": 7},
        )
    figure.update_xaxes(title_text="epoch", fixedrange=True)
    figure.update_yaxes(title_text="length", rangemode="tozero", fixedrange=True)
    return _finish(figure, "Length of all kernels")


def _finish(figure: go.Figure, title: str) -> go.Figure:
    return lay_out(figure, HEIGHT, MARGIN, title=title)
