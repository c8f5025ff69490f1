"""Figures of the augmentation page: answers against the amount of a change, and the gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

# Pandas first, whole: see cnnlib.figures.
import pandas  # noqa: F401
import plotly.graph_objects as go

from cnnlib.augmentation_sweep import Mirrored, Sweep, Swept
from cnnlib.comparison import COLOURS, SYMBOLS, shortened
from cnnlib.events import BatchEvent, EpochEvent
from cnnlib.figure_layout import lay_out

TRUE_COLOUR, RIVAL_COLOUR = "#0D9488", "#D97706"
BAND = "rgba(59, 130, 246, 0.16)"
HEIGHT = 360


def sweep_figure(kind: Sweep, swept: Swept, classes: Sequence[str]) -> go.Figure:
    """The mean probability of the images' own class and of the one that takes over, against the
    amount of the change; the band is as far as training goes. Amounts stand at equal distances."""
    means = swept.means
    figure = go.Figure()
    places = list(range(len(kind.amounts)))
    least, most = (float(np.interp(amount, kind.amounts, places)) for amount in kind.usual)
    figure.add_vrect(least, most, fillcolor=BAND, line_width=0, layer="below")
    for label, colour, symbol, dash in (
        (swept.label, TRUE_COLOUR, "circle", "solid"),
        (swept.rival, RIVAL_COLOUR, "diamond", "dash"),
    ):
        figure.add_scatter(
            x=places,
            y=means[:, label],
            customdata=[kind.written(amount) for amount in kind.amounts],
            name=escape(f"says {classes[label]}"),
            mode="lines+markers",
            line={"color": colour, "width": 2, "dash": dash},
            marker={"size": 7, "symbol": symbol},
            hovertemplate="%{customdata}: %{y:.1%}<extra></extra>",
        )
    figure.update_xaxes(
        title_text=kind.title,
        tickvals=places[::2],
        ticktext=[kind.written(amount) for amount in kind.amounts[::2]],
        range=[-0.4, places[-1] + 0.4],
        zeroline=False,
    )
    figure.update_yaxes(title_text="mean probability", range=[0, 1.03], tickformat=".0%")
    _lay_out(figure, f"{swept.probabilities.shape[1]} test images", "the band: as in training")
    return figure


def mirror_figure(found: Sequence[Mirrored], classes: Sequence[str], count: int) -> go.Figure:
    """Two bars a class: how many of its images are told right as they are, and mirrored."""
    figure = go.Figure()
    names = [escape(name) for name in classes]
    for title, shares, colour, pattern in (
        ("as they are", [one.before for one in found], TRUE_COLOUR, ""),
        ("mirrored", [one.after for one in found], RIVAL_COLOUR, "/"),
    ):
        figure.add_bar(
            x=names,
            y=shares,
            name=title,
            marker={"color": colour, "pattern": {"shape": pattern}},
            hovertemplate=f"%{{x}}, {title}: %{{y:.0%}}<extra></extra>",
        )
    figure.update_xaxes(type="category", title_text="class")
    figure.update_yaxes(title_text="told right", range=[0, 1.03], tickformat=".0%")
    _lay_out(figure, f"{count} test images of each class", "as they are, and in the mirror")
    return figure


def gaps(events: Sequence[BatchEvent | EpochEvent]) -> dict[int, float]:
    """Accuracy in training minus accuracy in validation, after each epoch.

    >>> gaps([EpochEvent(1, 0.5, 0.9, 0.6, 0.75, 1000.0, 1.0)])
    {1: 0.15}
    """
    epochs = (event for event in events if isinstance(event, EpochEvent))
    return {x.epoch: round(x.accuracy - x.validation_accuracy, 9) for x in epochs}


def gap_figure(
    runs: Mapping[str, Sequence[BatchEvent | EpochEvent]], epoch_count: int
) -> go.Figure:
    """The gap of several runs against epochs, shaded down to nothing.

    Colours and markers are those of `comparison.overlaid_curves`. Below nothing, validation is
    ahead of training.
    """
    figure = go.Figure()
    lowest, highest = 0.0, 0.1
    for number, (name, events) in enumerate(runs.items()):
        found = gaps(events)
        lowest = min([lowest, *found.values()])
        highest = max([highest, *found.values()])
        colour = COLOURS[number % len(COLOURS)]
        figure.add_scatter(
            x=list(found),
            y=list(found.values()),
            name=escape(shortened(name)),
            mode="lines+markers",
            fill="tozeroy",
            fillcolor=f"{colour}2E",
            line={"color": colour, "width": 2},
            marker={"size": 7, "symbol": SYMBOLS[number % len(SYMBOLS)]},
            hovertemplate=f"epoch %{{x}}: %{{y:+.1%}}<extra>{escape(name)}</extra>",
        )
    figure.update_xaxes(range=[0, 1.02 * epoch_count], title_text="Epoch")
    room = 0.06 * (highest - lowest)
    figure.update_yaxes(
        range=[lowest - room, highest + room],
        tickformat=".0%",
        zeroline=True,
        title_text="training − validation",
    )
    _lay_out(figure, "The gap", "accuracy in training minus accuracy in validation")
    figure.update_layout(height=380, uirevision="gap")
    return figure


def _lay_out(figure: go.Figure, title: str, subtitle: str) -> None:
    figure.update_xaxes(fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    words = {"text": title, "subtitle": {"text": subtitle}}
    lay_out(figure, HEIGHT, {"l": 8, "r": 8, "t": 68, "b": 8}, title=words)
