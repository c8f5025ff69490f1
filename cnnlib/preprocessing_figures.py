"""Histograms of pixels before and after preprocessing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Pandas first, whole: see cnnlib.figures.
import pandas  # noqa: F401
import plotly.graph_objects as go

from cnnlib.preprocessing import Affine, bin_edges
from cnnlib.scaling import LEVELS

# Red, green and blue that can be read on white and on near-black, and told apart by their dashes.
CHANNELS = (("Red", "#DC2626", "solid"), ("Green", "#16A34A", "dash"), ("Blue", "#3B82F6", "dot"))
GREY = (("Grey", "#0D9488", "solid"),)
HEIGHT = 260
LEAST_SHARE = 1e-4  # a logarithmic axis's lower end
MOST_CONTRAST = 20  # between the highest step and the lowest, before one of them cannot be seen


def level_histogram(
    shares: np.ndarray, means: Sequence[float], maps: Sequence[Affine], title: str
) -> go.Figure:
    """How many of all numbers lie where: `shares` (channels, bins) as `level_shares` gives them.

    `means` are the channels' mean levels, 0 to 255, each marked by a thin line; `maps` say what has
    become of the levels. The scale upwards is logarithmic where the background would hide all else.
    """
    edges = bin_edges(shares.shape[1])
    figure = go.Figure()
    looks = GREY if len(shares) == 1 else CHANNELS
    for (name, colour, dash), share, mean, affine in zip(looks, shares, means, maps, strict=True):
        heights = [*share, share[-1]]  # a step ends where the next one begins
        figure.add_scatter(
            x=[affine(level) for level in edges],
            y=[height if height > 0 else None for height in heights],
            name=name,
            mode="lines",
            line={"color": colour, "dash": dash, "width": 2, "shape": "hv"},
            showlegend=len(shares) > 1,
            hovertemplate="%{x:.2f}: %{y:.2%}<extra></extra>",
        )
        figure.add_vline(affine(mean), line={"color": colour, "dash": "dot", "width": 1})
    ends = [affine(level) for affine in maps for level in (0, LEVELS - 1)]
    room = 0.04 * (max(ends) - min(ends))
    figure.update_xaxes(range=[min(ends) - room, max(ends) + room], fixedrange=True)
    if shares.max() > MOST_CONTRAST * shares.min():
        figure.update_yaxes(
            type="log",
            range=[np.log10(LEAST_SHARE), 0],
            tickvals=[1e-4, 1e-3, 1e-2, 1e-1, 1],
            ticktext=["0.01%", "0.1%", "1%", "10%", "100%"],
        )
    else:
        figure.update_yaxes(range=[0, 1.1 * shares.max()], tickformat=".0%")
    figure.update_yaxes(fixedrange=True)
    clear = "rgba(0,0,0,0)"
    figure.update_layout(
        title=title,
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 36, "b": 8},
        paper_bgcolor=clear,
        plot_bgcolor=clear,
        legend={"orientation": "h", "y": -0.18, "x": 0},
        dragmode=False,
    )
    return figure
