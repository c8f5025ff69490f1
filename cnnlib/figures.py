"""Arrays in, Plotly figures out. Colours of text and background are the page's theme's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

# Plotly looks into pandas wherever it is loaded, and fails while another thread is half way through
# loading it, as the one that starts the cluster may be: so it is here, whole, before any figure is.
import pandas  # noqa: F401
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from cnnlib.colours import signed
from cnnlib.evaluation import right_and_wrong

if TYPE_CHECKING:
    from cnnlib.events import BatchEvent, EpochEvent, RateEvent

# Readable on white and on near-black, and told apart by colour-blind readers: teal and amber.
TRAINING_COLOUR = "#0D9488"
VALIDATION_COLOUR = "#D97706"
CHANGE_COLOUR = "#7C7C85"
WRITTEN_CHANGES = 6
MARGIN = {"l": 8, "r": 8, "t": 36, "b": 8}
CURVES_HEIGHT = 460  # pixels; fixed, so that nothing below a figure moves when it is drawn
MATRIX_HEIGHT = 520
SHORT_NAME = 2  # characters: of names up to this length, ten fit side by side on a phone


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
        marker={"color": TRAINING_COLOUR, "size": 4, "opacity": 0.35},
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


def confusion_matrix(counts: np.ndarray, classes: Sequence[str]) -> go.Figure:
    """How many images of each class (a row) were taken for each class (a column).

    `counts` is (classes, classes), whole numbers from 0. Right answers are blue, the darker the
    larger their share of the row, so a rare class is judged like a common one. Mistakes are orange
    on a scale of their own, up to the most frequent one: beside the right answers they could not be
    seen. A click on a cell selects a point whose x is the answer's name and whose y is the truth's.
    """
    figure = go.Figure(
        go.Heatmap(
            z=right_and_wrong(counts),
            x=list(classes),
            y=list(classes),
            zmin=-1,
            zmax=1,
            colorscale=_signed_scale(),
            showscale=False,
            text=np.where(counts > 0, counts.astype(str), ""),
            texttemplate="%{text}",
            hoverinfo="skip",
            xgap=1,
            ygap=1,
        )
    )
    _make_cells_clickable(figure, counts, classes)
    edges = (-0.5, len(classes) - 0.5)
    axis = {"type": "category", "tickson": "boundaries", "title_standoff": 8, "fixedrange": True}
    slant = -45 if max(map(len, classes), default=0) > SHORT_NAME else 0
    figure.update_xaxes(title_text="Answer", side="top", range=edges, tickangle=slant, **axis)
    figure.update_yaxes(title_text="True class", range=edges[::-1], **axis)
    figure.update_layout(**_layout(MATRIX_HEIGHT), showlegend=False, dragmode=False)
    return figure


def _make_cells_clickable(figure: go.Figure, counts: np.ndarray, classes: Sequence[str]) -> None:
    """Lay an unseen point on every cell: clicks on a heatmap itself never reach Python."""
    size = len(classes)
    figure.add_scatter(
        x=[answer for _ in range(size) for answer in classes],
        y=[truth for truth in classes for _ in range(size)],
        mode="markers",
        marker={"symbol": "square", "size": 24, "opacity": 0},
        unselected={"marker": {"opacity": 0}},
        customdata=counts.ravel(),
        # Only points that say something when pointed at can be clicked.
        hovertemplate="%{y} taken for %{x}: %{customdata}<extra></extra>",
    )


def _signed_scale() -> list[tuple[float, str]]:
    places = np.linspace(0, 1, 9)
    return [
        (float(place), f"rgb({red},{green},{blue})")
        for place, (red, green, blue) in zip(places, signed(2 * places - 1, 1.0), strict=True)
    ]


def _layout(height: int) -> dict:
    clear = "rgba(0,0,0,0)"
    return {"height": height, "margin": MARGIN, "paper_bgcolor": clear, "plot_bgcolor": clear}
