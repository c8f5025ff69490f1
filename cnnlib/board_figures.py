"""Figures of the structure page: the board of runs, and the spread of a deep stack's numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np

# Pandas first, whole: see cnnlib.figures.
import pandas  # noqa: F401
import plotly.graph_objects as go

from cnnlib.board import COSTS, Board, Dot
from cnnlib.comparison import shortened
from cnnlib.figure_layout import lay_out

HEIGHT = 460  # pixels; fixed, so that nothing below a figure moves when it is drawn
SPREAD_HEIGHT = 340
FRONT_COLOUR, BEHIND_COLOUR, SHIPPED_COLOUR = "#0D9488", "#8A8F98", "#D97706"
MARGIN = {"l": 8, "r": 16, "t": 40, "b": 8}
SPREAD_RANGE = (1e-4, 1e4)
FEW_DECADES = 2.2


def board_figure(board: Board, opened: str | None = None) -> go.Figure:
    """Accuracy against a cost on a scale of factors, each dot with its `name` as customdata[0].

    On the front dots are large, filled and joined by a stepped line: the best accuracy that is to
    be had for so much. The others are paler rings, shipped networks stars; `opened` has a frame.
    """
    figure = go.Figure()
    front = [board.dots[place] for place in board.front]
    own = [dot for dot in board.dots if not dot.tested]
    behind = [dot for dot in own if dot not in front]
    _draw_front(figure, board.axis, front)
    look = {"color": BEHIND_COLOUR, "size": 11, "symbol": "circle-open", "line": {"width": 2}}
    _draw_dots(figure, board.axis, behind, "beaten", look)
    look = {"color": FRONT_COLOUR, "size": 14, "symbol": "circle"}
    _draw_dots(figure, board.axis, [dot for dot in front if dot in own], "on the front", look)
    look = {"color": SHIPPED_COLOUR, "size": 16, "symbol": "star"}
    shipped = [dot for dot in board.dots if dot.tested]
    _draw_dots(figure, board.axis, shipped, "shipped, on test images", look)
    for dot in board.dots:
        if dot.name == opened:
            _draw_frame(figure, board.axis, dot)
    low, high = _decades([dot.cost(board.axis) for dot in board.dots])
    figure.update_xaxes(
        type="log",
        range=[low, high],
        title_text=f"{COSTS[board.axis]}{' for one image' * (board.axis == 'multiply_adds')}",
        tickvals=(ticks := _ticks(low, high)),
        ticktext=[_short(tick) for tick in ticks],
        showgrid=True,
        fixedrange=True,
    )
    figure.update_yaxes(
        range=_shares([dot.accuracy for dot in board.dots]),
        tickformat=".0%",
        title_text="share right",
        fixedrange=True,
    )
    return _finish(figure, f"Accuracy against {COSTS[board.axis].lower()}", HEIGHT)


def _draw_front(figure: go.Figure, axis: str, front: Sequence[Dot]) -> None:
    """The best accuracy for at most so much: flat until the next dot, then up."""
    if not front:
        return
    _, right = _decades([dot.cost(axis) for dot in front])
    figure.add_scatter(
        x=[*(dot.cost(axis) for dot in front), 10 ** (right + 3)],
        y=[*(dot.accuracy for dot in front), front[-1].accuracy],
        mode="lines",
        line={"shape": "hv", "color": FRONT_COLOUR, "width": 2},
        name="Pareto front",
        hoverinfo="skip",
    )


def _draw_dots(figure: go.Figure, axis: str, dots: Sequence[Dot], title: str, marker: dict) -> None:
    if not dots:
        return
    # Nothing pales when one is chosen: paleness says that a dot is beaten.
    same = {"marker": {"opacity": 1}}
    figure.add_scatter(
        x=[dot.cost(axis) for dot in dots],
        y=[dot.accuracy for dot in dots],
        mode="markers",
        marker=marker,
        name=title,
        customdata=[(dot.name, _hover(dot)) for dot in dots],
        hovertemplate="%{customdata[1]}<extra></extra>",
        selected=same,
        unselected=same,
    )


def _hover(dot: Dot) -> str:
    """What is said of a dot; names are anybody's words, and Plotly reads a little HTML."""
    seconds = "" if dot.seconds is None else f"<br>{dot.seconds:,.1f} s of training"
    kind = "test" if dot.tested else "validation"
    return (
        f"<b>{escape(shortened(dot.title))}</b><br>{escape(dot.words).replace('; ', '<br>')}"
        f"<br>{dot.accuracy:.1%} right in {kind}<br>{dot.parameters:,} parameters"
        f"<br>{dot.multiply_adds:,} multiply-adds{seconds}"
    )


def _draw_frame(figure: go.Figure, axis: str, dot: Dot) -> None:
    figure.add_scatter(
        x=[dot.cost(axis)],
        y=[dot.accuracy],
        mode="markers",
        marker={"size": 24, "symbol": "square-open", "color": SHIPPED_COLOUR, "line": {"width": 2}},
        name="opened below",
        hoverinfo="skip",
    )


def _decades(costs: Sequence[float]) -> list[float]:
    """The ends of a scale of factors, as powers of ten, with room at both sides.

    >>> [round(end, 2) for end in _decades([100, 10_000])]
    [1.8, 4.2]
    """
    if not costs:
        return [2.0, 6.0]
    low, high = math.log10(min(costs)), math.log10(max(costs))
    room = max(0.1 * (high - low), 0.2)
    return [low - room, high + room]


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers between two powers of ten: 1, 2 and 5 of each decade, or of many only the 1.

    >>> _ticks(3.6, 4.4), _ticks(2.5, 5.5)
    ([5000.0, 10000.0, 20000.0], [1000.0, 10000.0, 100000.0])
    """
    steps = (1, 2, 5) if high - low < FEW_DECADES else (1,)
    decades = range(math.floor(low), math.ceil(high) + 1)
    ticks = [float(step * 10.0**decade) for decade in decades for step in steps]
    return [tick for tick in ticks if low <= math.log10(tick) <= high]


def _short(number: float) -> str:
    """A round number in few letters.

    >>> [_short(number) for number in (0.5, 20, 5_000, 2e6, 1e9)]
    ['0.5', '20', '5k', '2M', '1G']
    """
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"


def _shares(shares: Sequence[float]) -> list[float]:
    """The ends of an accuracy axis, with room for a dot at either."""
    low, high = min(shares, default=0.0), max(shares, default=1.0)
    room = max(0.12 * (high - low), 0.02)
    return [low - room, high + room]


def spread_figure(plain: np.ndarray, normalised: np.ndarray) -> go.Figure:
    """How widely numbers spread after each of a stack's convolutions, both (layers,)."""
    figure = go.Figure()
    layers = np.arange(1, len(plain) + 1)
    for values, name, colour, dash, symbol in (
        (plain, "as they come", SHIPPED_COLOUR, "dash", "diamond"),
        (normalised, "normalised", FRONT_COLOUR, "solid", "circle"),
    ):
        figure.add_scatter(
            x=layers,
            y=values,
            name=name,
            mode="lines+markers",
            line={"color": colour, "dash": dash, "width": 2},
            marker={"symbol": symbol, "size": 8},
            hovertemplate="layer %{x}: %{y:.3g}<extra>" + name + "</extra>",
        )
    ends = [math.log10(end) for end in SPREAD_RANGE]
    figure.update_xaxes(title_text="Convolution", dtick=1, fixedrange=True)
    figure.update_yaxes(
        type="log",
        range=ends,
        dtick=2,
        exponentformat="power",
        title_text="standard deviation",
        fixedrange=True,
    )
    return _finish(figure, "Spread of the numbers before each activation", SPREAD_HEIGHT)


def _finish(figure: go.Figure, title: str, height: int) -> go.Figure:
    return lay_out(figure, height, MARGIN, title={"text": title}, hovermode="closest")
