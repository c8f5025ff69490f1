"""Figures of transfer: images as points in a plane, and accuracy against their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

# Pandas first, whole: see cnnlib.figures.
import pandas  # noqa: F401
import plotly.graph_objects as go

from cnnlib.feature_space import Projection
from cnnlib.figure_layout import lay_out

# Ten colours readable on white and on near-black, each with a marker of its own besides.
COLOURS = (
    *("#0D9488", "#D97706", "#3B82F6", "#DB2777", "#65A30D"),
    *("#A855F7", "#B45309", "#64748B", "#0891B2", "#DC2626"),
)
SYMBOLS = (
    *("circle", "diamond", "square", "triangle-up", "x"),
    *("cross", "star", "hexagon", "triangle-down", "pentagon"),
)
PLANE_HEIGHT, ACCURACY_HEIGHT = 420, 480
TICKS = (5, 10, 20, 50)
DASHES = ("solid", "solid", "dash", "dash", "dot", "dot")
MARGIN = {"l": 8, "r": 8, "t": 48, "b": 8}


def plane_figure(
    found: Projection,
    labels: np.ndarray,
    classes: Sequence[str],
    title: str,
    *,
    means: np.ndarray | None = None,
) -> go.Figure:
    """Images as points in the plane of their first two principal components.

    Each class has a colour and a marker of its own. `means` (classes, 2) are drawn as large, open
    markers.
    """
    figure = go.Figure()
    for label, name in enumerate(classes):
        points = found.points[labels == label]
        look = {"color": COLOURS[label % 10], "symbol": SYMBOLS[label % 10]}
        figure.add_scatter(
            x=points[:, 0],
            y=points[:, 1],
            name=name,
            legendgroup=name,
            mode="markers",
            marker={**look, "size": 9, "opacity": 0.8},
            hovertemplate=f"{name}<extra></extra>",
        )
        if means is not None:
            figure.add_scatter(
                x=means[label : label + 1, 0],
                y=means[label : label + 1, 1],
                name=f"mean of {name}",
                legendgroup=name,
                showlegend=False,
                mode="markers",
                marker={**look, "symbol": f"{look['symbol']}-open", "size": 20}
                | {"line": {"width": 3}},
                hovertemplate=f"mean of {name}<extra></extra>",
            )
    for axis, share, place in (("x", found.shares[0], "first"), ("y", found.shares[1], "second")):
        words = f"{place} component: {share:.0%} of the variance"
        figure.update_layout({f"{axis}axis": _plane_axis(words)})
    return lay_out(
        figure,
        PLANE_HEIGHT,
        MARGIN,
        title=title,
        xaxis_constrain="domain",
        yaxis_scaleanchor="x",
    )


def _plane_axis(words: str) -> dict:
    return {
        "title": {"text": words},
        "zeroline": False,
        "showticklabels": False,
        "fixedrange": True,
    }


def accuracy_figure(
    series: Mapping[str, Sequence[tuple[int, float]]], chance: float, test_images: int
) -> go.Figure:
    """Accuracy on test images against the number of images of a class that were learned from.

    `series` are (images a class, accuracy from 0 to 1) of each way, in any order; an empty one
    keeps its place in the legend. Several trials with as many images are dots on one upright line,
    and the line of a way goes through their means.
    """
    figure = go.Figure()
    for number, (name, points) in enumerate(series.items()):
        look = {"color": COLOURS[number % 10], "symbol": SYMBOLS[number % 10]}
        figure.add_scatter(
            x=[each for each, _ in points],
            y=[accuracy for _, accuracy in points],
            name=name,
            legendgroup=name,
            showlegend=False,
            mode="markers",
            marker={**look, "size": 9},
            hovertemplate=f"%{{x}} a class: %{{y:.1%}}<extra>{name}</extra>",
        )
        counts = sorted({each for each, _ in points})
        figure.add_scatter(
            x=counts or [None],
            y=[np.mean([y for x, y in points if x == count]) for count in counts] or [None],
            name=name,
            legendgroup=name,
            mode="lines+markers",
            line={"color": look["color"], "dash": DASHES[number % len(DASHES)], "width": 2},
            marker={**look, "size": 9},
            hoverinfo="skip",
        )
    figure.add_hline(
        chance,
        line={"color": "#7C7C85", "dash": "dot", "width": 1},
        annotation={"text": f"guessing: {chance:.0%}", "xanchor": "right"},
    )
    figure.update_xaxes(
        type="log",
        range=[np.log10(4.4), np.log10(57)],
        tickvals=TICKS,
        title_text="images of each class to learn from",
        fixedrange=True,
    )
    figure.update_yaxes(
        range=[0, 1.02], tickformat=".0%", title_text="share right", fixedrange=True
    )
    title = f"Accuracy on {test_images} test images"
    return lay_out(figure, ACCURACY_HEIGHT, MARGIN, title=title)
