"""Several runs side by side: one row of figures a run, and their curves in one figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

# Pandas first, whole: see cnnlib.figures.
import pandas  # noqa: F401
import plotly.graph_objects as go

from cnnlib.events import BatchEvent, EpochEvent

# Readable on white and on near-black; each run has a marker of its own besides.
COLOURS = ("#0D9488", "#D97706", "#3B82F6", "#A855F7", "#DB2777", "#65A30D", "#64748B", "#B45309")
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "cross", "star", "hexagon")
HEIGHT = 380  # pixels; fixed, so that nothing below the figure moves while points arrive
ROW = 26  # pixels a further row of the legend takes
FEW = 3  # runs whose legend has room in that
LONGEST = 32  # letters of a name in the legend: what a phone has room for
MEASURES = {"loss": "Loss", "accuracy": "Accuracy"}


@dataclass(frozen=True)
class Row:
    """What one run has come to after its last whole epoch; None before the first.

    Accuracies go from 0 to 1. `seconds` is the time spent training and validating.
    """

    epoch: int = 0
    accuracy: float | None = None
    validation_accuracy: float | None = None
    validation_loss: float | None = None
    seconds: float | None = None
    images_per_second: float | None = None


def row_of(events: Sequence[BatchEvent | EpochEvent]) -> Row:
    """The figures of a run from its events.

    A run that was taken up again counts its seconds anew; they are added to those before.
    """
    epochs = [event for event in events if isinstance(event, EpochEvent)]
    if not epochs:
        return Row()
    last = epochs[-1]
    seconds, before = 0.0, 0.0
    for epoch in epochs:
        seconds += epoch.seconds - before if epoch.seconds >= before else epoch.seconds
        before = epoch.seconds
    return Row(
        last.epoch,
        last.accuracy,
        last.validation_accuracy,
        last.validation_loss,
        seconds,
        sum(epoch.images_per_second for epoch in epochs) / len(epochs),
    )


def overlaid_curves(
    runs: Mapping[str, Sequence[BatchEvent | EpochEvent]],
    measure: str,
    epoch_count: int,
    *,
    most: float | None = None,
) -> go.Figure:
    """One of `MEASURES` of several runs against epochs from 0 to `epoch_count`.

    A run has one colour, one marker and one line in the legend: its training curve is solid, its
    validation curve dashed. Names are anybody's words, and are written as they are. Without a fixed
    end (`most`) the loss axis follows the data. A loss that is no number any more is not drawn. One
    figure a measure, so that a page can set them side by side or below each other.
    """
    figure = go.Figure()
    for number, (name, events) in enumerate(runs.items()):
        epochs = [event for event in events if isinstance(event, EpochEvent)]
        _draw_run(figure, name, epochs, measure, number)
    figure.update_xaxes(range=[0, 1.02 * epoch_count], title_text="Epoch")
    if measure == "accuracy":
        figure.update_yaxes(range=[0, most or 1.02], tickformat=".0%", title_text="share right")
    elif most is None:
        figure.update_yaxes(rangemode="tozero", title_text="cross-entropy")
    else:
        figure.update_yaxes(range=[0, most], title_text="cross-entropy")
    clear = "rgba(0,0,0,0)"
    figure.update_layout(
        title={
            "text": MEASURES[measure],
            "subtitle": {"text": "solid in training, dashed in validation"},
        },
        height=HEIGHT + ROW * max(0, len(runs) - FEW),
        margin={"l": 8, "r": 8, "t": 68, "b": 8},
        paper_bgcolor=clear,
        plot_bgcolor=clear,
        legend={"orientation": "h", "yref": "container", "yanchor": "bottom", "y": 0, "x": 0},
        uirevision=measure,  # a reader's zoom survives the next second's points
    )
    return figure


def shortened(name: str) -> str:
    """A name of at most `LONGEST` letters, of a longer one the beginning and the end.

    >>> shortened("Adam 0.001"), shortened("A rather long name that somebody gave to a run (2)")
    ('Adam 0.001', 'A rather long name tha… a run (2)')
    """
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 10]}…{name[-10:]}"


def _draw_run(
    figure: go.Figure, name: str, epochs: Sequence[EpochEvent], measure: str, number: int
) -> None:
    """One run's training and validation curve."""
    colour, symbol = COLOURS[number % len(COLOURS)], SYMBOLS[number % len(SYMBOLS)]
    form = ".1%" if measure == "accuracy" else ".3f"
    for part, field, dash in (
        ("training", measure, "solid"),
        ("validation", f"validation_{measure}", "dash"),
    ):
        figure.add_scatter(
            x=[epoch.epoch for epoch in epochs],
            y=[getattr(epoch, field) for epoch in epochs],
            # Plotly reads a little HTML in names.
            name=escape(shortened(name)),
            legendgroup=str(number),
            showlegend=part == "training",
            mode="lines+markers",
            line={"color": colour, "dash": dash, "width": 2},
            marker={"size": 7, "symbol": symbol},
            hovertemplate=f"epoch %{{x}}: %{{y:{form}}}<extra>{escape(name)}, {part}</extra>",
        )
