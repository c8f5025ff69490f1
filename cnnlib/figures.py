"""Arrays in, Plotly figures out. Colours of text and background are the page's theme's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

# Plotly looks into pandas wherever it is loaded, and fails while another thread is half way through
# loading it, as the one that starts the cluster may be: so it is here, whole, before any figure is.
import pandas  # noqa: F401
import plotly.graph_objects as go
from plotly.subplots import make_subplots

if TYPE_CHECKING:
    from cnnlib.events import BatchEvent, EpochEvent, RateEvent

# Readable on white and on near-black, and told apart by colour-blind readers: teal and amber.
TRAINING_COLOUR = "#0D9488"
VALIDATION_COLOUR = "#D97706"
CHANGE_COLOUR = "#7C7C85"
WRITTEN_CHANGES = 6
MARGIN = {"l": 8, "r": 8, "t": 36, "b": 8}
CURVES_HEIGHT = 460  # pixels; fixed, so that nothing below a figure moves when it is drawn


def training_curves(
    batches: Sequence[BatchEvent],
    epochs: Sequence[EpochEvent],
    epoch_count: int,
    changes: Sequence[RateEvent] = (),
) -> go.Figure:
    """Loss above, accuracy below, against epochs from 0 to `epoch_count`.

    Faint dots are single batches; the lines join epoch means, the training line solid, the
    validation line dashed, so that they differ without colour too. A change of the learning rate is
    a dotted line with the new rate beside it. Axes are fixed from the start, so nothing jumps while
    points arrive, except the loss axis, which follows the data.
    """
    figure = make_subplots(
        rows=2,
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.12,
        subplot_titles=("Loss", "Accuracy"),
    )
    for row, name in ((1, "loss"), (2, "accuracy")):
        _draw_batches(figure, batches, name, row)
        _draw_epochs(figure, epochs, name, row)
    _mark_changes(figure, changes, max((batch.batches for batch in batches), default=1))
    figure.update_xaxes(range=[0, 1.02 * epoch_count])
    figure.update_xaxes(title_text="Epoch", row=2, col=1)
    figure.update_yaxes(title_text="cross-entropy", rangemode="tozero", row=1, col=1)
    figure.update_yaxes(title_text="share right", range=[0, 1.02], tickformat=".0%", row=2, col=1)
    legend = {"orientation": "h", "y": -0.16, "x": 0}
    # A reader's zoom survives the next second's points.
    figure.update_layout(**_layout(CURVES_HEIGHT), legend=legend, uirevision="training")
    return figure


def _draw_batches(figure: go.Figure, batches: Sequence[BatchEvent], name: str, row: int) -> None:
    figure.add_scatter(
        x=[batch.epoch - 1 + batch.batch / batch.batches for batch in batches],
        y=[getattr(batch, name) for batch in batches],
        name="each batch",
        mode="markers",
        marker={"color": TRAINING_COLOUR, "size": 4, "opacity": 0.6},
        row=row,
        col=1,
        showlegend=row == 1,
        legendgroup="batch",
    )


def _draw_epochs(figure: go.Figure, epochs: Sequence[EpochEvent], name: str, row: int) -> None:
    for prefix, title, group, colour, dash, symbol in (
        ("", "training, epoch mean", "mean", TRAINING_COLOUR, "solid", "circle"),
        ("validation_", "validation", "validation", VALIDATION_COLOUR, "dash", "diamond"),
    ):
        figure.add_scatter(
            x=[epoch.epoch for epoch in epochs],
            y=[getattr(epoch, prefix + name) for epoch in epochs],
            name=title,
            mode="lines+markers",
            line={"color": colour, "dash": dash, "width": 2},
            marker={"size": 7, "symbol": symbol},
            row=row,
            col=1,
            showlegend=row == 1,
            legendgroup=group,
        )


def _mark_changes(figure: go.Figure, changes: Sequence[RateEvent], batches: int) -> None:
    """A dotted line in both plots where the learning rate changed; in the upper one its value.

    `batches` are those of an epoch. Of many changes only the last ones are written beside theirs.
    """
    for left, change in zip(range(len(changes), 0, -1), changes, strict=True):
        place = change.epoch - 1 + (change.batch - 1) / batches
        line = {"color": CHANGE_COLOUR, "dash": "dot", "width": 1.5}
        figure.add_vline(x=place, line=line, row=2, col=1)
        text = f"rate {change.learning_rate:g}" if left <= WRITTEN_CHANGES else ""
        look = {"font": {"size": 11}, "textangle": -90, "xanchor": "left", "yanchor": "top"}
        figure.add_vline(x=place, line=line, row=1, col=1, annotation={"text": text, **look})


def _layout(height: int) -> dict:
    clear = "rgba(0,0,0,0)"
    return {"height": height, "margin": MARGIN, "paper_bgcolor": clear, "plot_bgcolor": clear}
