"""Figures of the page on batches: speed, the gradient's noise, and a training's memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

# Pandas first, whole: see cnnlib.figures.
import pandas  # noqa: F401
import plotly.graph_objects as go

from cnnlib.events import BatchEvent, EpochEvent
from cnnlib.figure_layout import lay_out
from cnnlib.gradient_noise import GradientNoise

# Readable on white and on near-black, and told apart by colour-blind readers: teal, amber, grey.
MEASURED, EXPECTED, GREY = "#0D9488", "#D97706", "#7C7C85"
HEIGHT = 380  # pixels; fixed, so that nothing below a figure moves when it is drawn
GIGABYTE = 1e9


def speed_figure(
    forecast: Mapping[int, float], measured: Mapping[int, float], sizes: Sequence[int]
) -> go.Figure:
    """Images a second against the batch size: a line that was forecast, dots that were measured."""
    figure = go.Figure()
    figure.add_scatter(
        x=list(forecast),
        y=list(forecast.values()),
        name="forecast",
        mode="lines",
        line={"color": EXPECTED, "dash": "dash", "width": 2},
        hovertemplate="batches of %{x}: %{y:,.0f} images/s forecast<extra></extra>",
    )
    figure.add_scatter(
        x=list(measured),
        y=list(measured.values()),
        name="measured",
        mode="markers+lines",
        line={"color": MEASURED, "width": 1},
        marker={"size": 9},
        hovertemplate="batches of %{x}: %{y:,.0f} images/s<extra></extra>",
    )
    figure.update_xaxes(
        type="log", title_text="batch size", tickvals=list(sizes[::2]), fixedrange=True
    )
    figure.update_yaxes(
        type="log", title_text="images a second", dtick=1, tickformat=",", fixedrange=True
    )
    return _finish(figure, "Speed of training")


def error_figure(noise: GradientNoise) -> go.Figure:
    """How long a batch's error is, compared with the whole gradient, against the batch size."""
    figure = go.Figure()
    means = [noise.mean_error(at) for at in range(len(noise.sizes))]
    sizes = np.array(noise.sizes, float)
    figure.add_scatter(
        x=sizes,
        y=means[0] / np.sqrt(sizes),
        name="first ÷ √B",
        mode="lines",
        line={"color": EXPECTED, "dash": "dash", "width": 2},
        hovertemplate="batches of %{x}: %{y:.2f} expected<extra></extra>",
    )
    figure.add_scatter(
        x=sizes,
        y=means,
        name="measured",
        mode="markers",
        marker={"color": MEASURED, "size": 9},
        hovertemplate="batches of %{x}: error %{y:.2f} × the gradient<extra></extra>",
    )
    figure.add_hline(y=1, line={"color": GREY, "dash": "dot", "width": 1.5})
    figure.update_xaxes(type="log", title_text="batch size B", tickvals=list(noise.sizes))
    figure.update_yaxes(type="log", title_text="error ÷ length of the gradient", dtick="D2")
    return _finish(_still(figure), "Error of a batch's gradient")


def cosine_figure(noise: GradientNoise) -> go.Figure:
    """The cosine between a batch's gradient and the whole one: each batch's, and their mean."""
    figure = go.Figure()
    shown = [cosines[:40] for cosines in noise.cosines]
    figure.add_scatter(
        x=np.repeat(noise.sizes, [len(cosines) for cosines in shown]),
        y=np.concatenate(shown),
        name="a batch",
        mode="markers",
        marker={"color": GREY, "size": 5, "opacity": 0.5},
        hovertemplate="batches of %{x}: cosine %{y:.2f}<extra></extra>",
    )
    figure.add_scatter(
        x=noise.sizes,
        y=[float(cosines.mean()) for cosines in noise.cosines],
        name="mean",
        mode="lines+markers",
        line={"color": MEASURED, "width": 2},
        marker={"size": 9},
        hovertemplate="batches of %{x}: mean cosine %{y:.2f}<extra></extra>",
    )
    figure.update_xaxes(type="log", title_text="batch size B", tickvals=list(noise.sizes))
    figure.update_yaxes(title_text="cosine of the angle", range=[-0.6, 1.02])
    return _finish(_still(figure), "Direction of a batch's gradient")


def cloud_reach(noise: GradientNoise) -> float:
    """How far from the middle the picture of single batches' gradients goes: twice as far as those
    of the larger size, all but the farthest of them."""
    lengths = np.abs(noise.points[1]).max(axis=1)
    return 2 * max(1.0, float(np.quantile(lengths, 0.95)))


def left_out(noise: GradientNoise) -> tuple[int, int]:
    """How many points of the smaller and of the larger size lie outside that picture."""
    reach = cloud_reach(noise)
    small, large = (int(np.sum(np.abs(points).max(axis=1) > reach)) for points in noise.points)
    return small, large


def cloud_figure(noise: GradientNoise) -> go.Figure:
    """Single batches' gradients of two sizes as points, and the whole gradient as an arrow."""
    figure = go.Figure()
    looks = ((GREY, "circle", 4, 0.4), (MEASURED, "diamond", 8, 1.0))
    for size, points, look in zip(noise.shown, noise.points, looks, strict=True):
        colour, symbol, width, opacity = look
        figure.add_scatter(
            x=points[:, 0],
            y=points[:, 1],
            name=f"batches of {size}" if size > 1 else "single images",
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": width, "opacity": opacity},
            hovertemplate="%{x:.2f} along, %{y:.2f} across<extra></extra>",
        )
    figure.add_scatter(
        x=[0, 1],
        y=[0, 0],
        name="all images",
        mode="lines+markers",
        line={"color": EXPECTED, "width": 3},
        marker={"symbol": "circle", "size": [0, 9], "color": EXPECTED},
        hovertemplate="the gradient of all images<extra></extra>",
    )
    reach = cloud_reach(noise)
    figure.update_xaxes(title_text="along the gradient of all images", range=[-reach, reach])
    figure.update_yaxes(title_text="across it", range=[-reach, reach])
    return _finish(_still(figure), "Gradients of single batches")


def memory_figure(
    events: Sequence[BatchEvent | EpochEvent], image_bytes: float, limit: float
) -> go.Figure:
    """A worker's memory against seconds, in gigabytes, and what it would be with all images in it.

    That of an epoch's end is the most in its validation.
    `image_bytes` is what the images take as bytes; `limit` is what the worker should stay within.
    """
    seen = [event for event in events if event.memory_bytes]
    figure = go.Figure()
    figure.add_scatter(
        x=[event.seconds for event in seen],
        y=[event.memory_bytes / GIGABYTE for event in seen],
        name="the worker",
        mode="lines",
        fill="tozeroy",
        line={"color": MEASURED, "width": 2},
        hovertemplate="after %{x:.1f} s: %{y:.2f} GB<extra></extra>",
    )
    held = (seen[0].memory_bytes if seen else 0) + image_bytes
    lines = ((held, EXPECTED, "dash", "with all images"), (limit, GREY, "dot", "limit"))
    for level, colour, dash, name in lines:
        text = f"{name}: {level / GIGABYTE:.2f} GB"
        figure.add_hline(
            y=level / GIGABYTE,
            line={"color": colour, "dash": dash, "width": 2},
            annotation={"text": text, "xanchor": "right", "yanchor": "bottom"},
        )
    highest = max([held, limit, *(event.memory_bytes for event in seen)]) / GIGABYTE
    last = seen[-1].seconds if seen else 1.0
    figure.update_xaxes(title_text="seconds of training", range=[0, max(last, 1.0)])
    figure.update_yaxes(title_text="gigabytes", range=[0, 1.15 * highest])
    return _finish(_still(figure), "Memory of the worker")


def _still(figure: go.Figure) -> go.Figure:
    figure.update_xaxes(fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    return figure


def _finish(figure: go.Figure, title: str) -> go.Figure:
    return lay_out(figure, HEIGHT, {"l": 8, "r": 8, "t": 44, "b": 8}, title=title)
