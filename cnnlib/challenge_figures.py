"""The ImageNet challenge as figures."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from cnnlib.challenge import Result
from cnnlib.figures import MARGIN, TRAINING_COLOUR

BY_HAND_COLOUR = "#7B8794"  # both can be seen on white and on near-black
ROW_HEIGHT = 40  # pixels
FRAME_HEIGHT = 110
KINDS = {True: "convolutional network", False: "features designed by hand"}
ROOM = 1.18  # of the largest error: for the number behind its bar


def error_bars(
    results: Sequence[Result], *, with_years: bool = False, human: float | None = None
) -> go.Figure:
    """Top-5 errors as level bars from top to bottom, in percent; `human` is a line across them.

    Bars of hand-made features are hatched, so that they differ without colour too.
    """
    labels = [f"{result.year} {result.team}" if with_years else result.team for result in results]
    figure = go.Figure()
    for learned, name in KINDS.items():
        of_kind = [n for n, result in enumerate(results) if result.learned == learned]
        figure.add_bar(
            orientation="h",
            name=name,
            y=[labels[n] for n in of_kind],
            x=[results[n].error for n in of_kind],
            customdata=[_hover(results[n]) for n in of_kind],
            hovertemplate="%{y}: %{x} %<br>%{customdata}<extra></extra>",
            marker={
                "color": TRAINING_COLOUR if learned else BY_HAND_COLOUR,
                "pattern": {"shape": "" if learned else "/", "size": 5, "solidity": 0.25},
            },
        )
    if human is not None:
        _draw_human(figure, human, labels)
    _write_errors(figure, results, labels, human or 0.0)
    largest = max(result.error for result in results)
    figure.update_xaxes(
        title_text="top-5 test error, percent", range=[0, ROOM * largest], fixedrange=True
    )
    figure.update_yaxes(
        categoryorder="array", categoryarray=labels[::-1], fixedrange=True, automargin=True
    )
    clear = "rgba(0,0,0,0)"
    figure.update_layout(
        height=FRAME_HEIGHT + ROW_HEIGHT * len(results),
        margin=MARGIN,
        paper_bgcolor=clear,
        plot_bgcolor=clear,
        bargap=0.25,
        barmode="overlay",
        dragmode=False,
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"},
    )
    return figure


def error_text(error: float) -> str:
    """An error as it stands behind its bar.

    >>> error_text(15.315), error_text(3.57)
    ('15.3', '3.6')
    """
    return f"{error:.1f}"


def _hover(result: Result) -> str:
    return "<br>".join(filter(None, (result.method, result.remark)))


def _draw_human(figure: go.Figure, human: float, labels: Sequence[str]) -> None:
    figure.add_scatter(
        x=[human, human],
        y=[labels[0], labels[-1]],
        mode="lines",
        name=f"one trained person, {human}",
        line={"color": "#D97706", "dash": "dash", "width": 2},
        hoverinfo="skip",
    )


def _write_errors(
    figure: go.Figure, results: Sequence[Result], labels: Sequence[str], human: float
) -> None:
    """The numbers behind the bars, and behind the line where a bar ends before it."""
    figure.add_scatter(
        x=[max(result.error, human) for result in results],
        y=list(labels),
        text=[f" {error_text(result.error)}" for result in results],
        mode="text",
        textposition="middle right",
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
    )
