"""Figures of the optimizer page: a line and its squares, its cost, two losses, first steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

# Pandas first, whole: see cnnlib.figures.
import pandas  # noqa: F401
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from cnnlib.figure_layout import lay_out
from cnnlib.line_fit import Fit, Line, fit
from cnnlib.losses import Charge, cross_entropy, squared_error

# Readable on white and on near-black, and told apart by colour-blind readers.
MODEL_COLOUR, DATA_COLOUR = "#0D9488", "#D97706"
ABOVE, BELOW = "#4080B7", "#C9954F"  # residuals over and under zero, from the diverging scale
PATH_COLOURS = ("#0D9488", "#D97706", "#3B82F6", "#A855F7", "#DB2777")
PATH_DASHES = ("solid", "10px,4px", "9px,3px,2px,3px", "2px,3px", "5px,3px")
PATH_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross")
HEIGHT = 380  # pixels; fixed, so that nothing below a figure moves when it is drawn
SIDE = 6.0  # of the square in which a line and its points are drawn
SLOPES = (-1.0, 3.0)
SCORE_REACH = 8.0
MARGIN = {"l": 8, "r": 8, "t": 36, "b": 8}


def line_figure(found: Fit) -> go.Figure:
    """A line, its points, and each residual's square, drawn as one: axes have the same scale."""
    figure = go.Figure()
    triples = zip(found.inputs, found.predictions, found.residuals, strict=True)
    for x, prediction, residual in triples:
        _draw_square(figure, float(x), float(prediction), float(residual))
    ends = np.array([0.0, SIDE])
    figure.add_scatter(
        x=ends,
        y=found.line.slope * ends + found.line.intercept,
        mode="lines",
        name="line",
        line={"color": MODEL_COLOUR, "width": 3},
    )
    figure.add_scatter(
        x=found.inputs,
        y=found.targets,
        mode="markers",
        name="points",
        marker={"color": DATA_COLOUR, "size": 11},
    )
    figure.update_xaxes(range=[0, SIDE], title_text="input", fixedrange=True, constrain="domain")
    figure.update_yaxes(
        range=[0, SIDE], title_text="output", fixedrange=True, scaleanchor="x", constrain="domain"
    )
    return _finish(figure, "The line and its errors, squared")


def _draw_square(figure: go.Figure, x: float, prediction: float, residual: float) -> None:
    colour = ABOVE if residual > 0 else BELOW
    target, right = prediction + residual, x + abs(residual)
    figure.add_scatter(
        x=[x, right, right, x, x],
        y=[prediction, prediction, target, target, prediction],
        mode="lines",
        fill="toself",
        line={"color": colour, "width": 1, "dash": "solid" if residual > 0 else "dot"},
        opacity=0.6,
        showlegend=False,
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=[x, x],
        y=[prediction, target],
        mode="lines",
        line={"color": colour, "width": 4},
        showlegend=False,
        hoverinfo="skip",
    )


def cost_figure(found: Fit) -> go.Figure:
    """The cost against the line's slope, its intercept held, with the tangent where it stands."""
    slopes = np.linspace(*SLOPES, 161)
    costs = np.array([_cost_at(found, slope) for slope in slopes])
    reach = 0.5
    tangent = np.array([-reach, reach])
    figure = go.Figure()
    figure.add_scatter(x=slopes, y=costs, mode="lines", name="cost", line={"color": DATA_COLOUR})
    figure.add_scatter(
        x=found.line.slope + tangent,
        y=found.cost + found.gradient[0] * tangent,
        mode="lines",
        name="its slope here",
        line={"color": MODEL_COLOUR, "dash": "dash", "width": 3},
    )
    figure.add_scatter(
        x=[found.line.slope],
        y=[found.cost],
        mode="markers",
        name="the line now",
        marker={"color": MODEL_COLOUR, "size": 12},
    )
    most = max(10.0, 1.2 * found.cost)
    figure.update_xaxes(range=list(SLOPES), title_text="slope a", fixedrange=True)
    figure.update_yaxes(range=[-0.05 * most, most], title_text="mean square", fixedrange=True)
    return _finish(figure, "The cost of every slope")


def _cost_at(found: Fit, slope: float) -> float:
    return fit(Line(float(slope), found.line.intercept), found.inputs, found.targets).cost


def charges_figure(lead: float) -> go.Figure:
    """Both losses, and how hard each pulls at the right class's score, against how far that score
    leads the other's; `lead` is marked."""
    leads = np.linspace(-SCORE_REACH, SCORE_REACH, 161)
    figure = make_subplots(
        rows=1,
        cols=2,
        horizontal_spacing=0.14,
        subplot_titles=("The loss", "Its pull on the score"),
    )
    kinds = (
        ("cross-entropy", cross_entropy, MODEL_COLOUR, "solid"),
        ("squared error", squared_error, DATA_COLOUR, "dash"),
    )
    for name, charge, colour, dash in kinds:
        for column, of in ((1, _cost), (2, _pull)):
            look = {"name": name, "legendgroup": name, "row": 1, "col": column}
            figure.add_scatter(
                x=leads,
                y=[of(charge(np.array([z, 0.0]), 0)) for z in leads],
                mode="lines",
                line={"color": colour, "dash": dash, "width": 2},
                showlegend=column == 1,
                **look,
            )
            figure.add_scatter(
                x=[lead],
                y=[of(charge(np.array([lead, 0.0]), 0))],
                mode="markers",
                marker={"color": colour, "size": 11},
                showlegend=False,
                **look,
            )
    figure.update_xaxes(title_text="lead of the right score", fixedrange=True)
    figure.update_yaxes(fixedrange=True, rangemode="tozero")
    return _finish(figure, None)


def _cost(charge: Charge) -> float:
    return charge.cost


def _pull(charge: Charge) -> float:
    return -float(charge.slopes[0])


def first_losses_figure(
    curves: Mapping[str, Sequence[float]], titles: Mapping[str, str]
) -> go.Figure:
    """Loss against steps, a curve an optimizer; what is no number any more is not drawn.

    The axis ends a little over where the curves start: one that shoots up leaves the picture.
    """
    figure = go.Figure()
    looks = zip(PATH_COLOURS, PATH_DASHES, PATH_SYMBOLS, strict=True)
    for (name, losses), (colour, dash, symbol) in zip(curves.items(), looks, strict=False):
        shown = np.where(np.isfinite(losses), losses, np.nan)
        figure.add_scatter(
            x=np.arange(len(shown)),
            y=shown,
            name=titles[name],
            mode="lines+markers",
            line={"color": colour, "dash": dash, "width": 2},
            marker={"symbol": symbol, "size": 8, "maxdisplayed": 9},
        )
    start = next(iter(curves.values()))[0]
    figure.update_xaxes(title_text="step", fixedrange=True)
    figure.update_yaxes(title_text="cross-entropy", range=[0, 1.5 * start], fixedrange=True)
    return _finish(figure, "Loss of 200 digits")


def _finish(figure: go.Figure, title: str | None) -> go.Figure:
    return lay_out(figure, HEIGHT, MARGIN, **({"title": title} if title else {}))
