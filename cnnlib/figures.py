"""Arrays in, Plotly figures out. Colours of text and background are the page's theme's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import plotly.graph_objects as go
from plotly.subplots import make_subplots

if TYPE_CHECKING:
    from cnnlib.training import BatchEvent, EpochEvent

# Readable on white and on near-black, and told apart by colour-blind readers: teal and amber.
TRAINING_COLOUR = "#0D9488"
VALIDATION_COLOUR = "#D97706"
MARGIN = {"l": 8, "r": 8, "t": 36, "b": 8}


def training_curves(
    batches: Sequence[BatchEvent], epochs: Sequence[EpochEvent], epoch_count: int
) -> go.Figure:
    """Loss above, accuracy below, against epochs from 0 to `epoch_count`.

    Faint dots are single batches; the lines join epoch means, the training line solid, the
    validation line dashed, so that they differ without colour too. Axes are fixed from the start,
    so nothing jumps while points arrive, except the loss axis, which follows the data.
    """
    figure = make_subplots(
        rows=2,
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.12,
        subplot_titles=("Loss", "Accuracy"),
    )
    at = [batch.epoch - 1 + batch.batch / batch.batches for batch in batches]
    for row, name in ((1, "loss"), (2, "accuracy")):
        figure.add_scatter(
            x=at,
            y=[getattr(batch, name) for batch in batches],
            name="each batch",
            mode="markers",
            marker={"color": TRAINING_COLOUR, "size": 4, "opacity": 0.35},
            row=row,
            col=1,
            showlegend=row == 1,
            legendgroup="batch",
        )
        for prefix, title, colour, dash in (
            ("", "training, epoch mean", TRAINING_COLOUR, "solid"),
            ("validation_", "validation", VALIDATION_COLOUR, "dash"),
        ):
            figure.add_scatter(
                x=[epoch.epoch for epoch in epochs],
                y=[getattr(epoch, prefix + name) for epoch in epochs],
                name=title,
                mode="lines+markers",
                line={"color": colour, "dash": dash, "width": 2},
                marker={"size": 7, "symbol": "circle" if not prefix else "diamond"},
                row=row,
                col=1,
                showlegend=row == 1,
                legendgroup=prefix or "mean",
            )
    figure.update_xaxes(range=[0, epoch_count + 0.02 * epoch_count])
    figure.update_xaxes(title_text="Epoch", row=2, col=1)
    figure.update_yaxes(title_text="cross-entropy", rangemode="tozero", row=1, col=1)
    figure.update_yaxes(title_text="share right", range=[0, 1.02], tickformat=".0%", row=2, col=1)
    figure.update_layout(
        height=460,
        margin=MARGIN,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": -0.16, "x": 0},
        uirevision="training",  # a reader's zoom survives the next second's points
    )
    return figure
