"""Figures of the page on scale: costs and times against an image's side, on logarithmic axes.

On these axes what grows with a power of the side is a straight line, and the power is its slope.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# Pandas first, whole: see cnnlib.figures.
import pandas  # noqa: F401
import plotly.graph_objects as go

from cnnlib.figure_layout import lay_out
from cnnlib.image_sides import SIDES, SideCost
from cnnlib.sparse_cost import FAR_SIDE, PowerLaw, SideTimes, extrapolated, laws
from cnnlib.sparse_cost import SIDES as SPARSE_SIDES

# Readable on white and on near-black, and told apart by colour-blind readers.
COLOURS = ("#0D9488", "#D97706", "#A855F7")
SYMBOLS = ("circle", "square", "diamond")
GUIDE_COLOUR = "#64748B"
HEIGHT, TALL = 330, 430  # pixels; fixed, so that nothing below a figure moves when it is drawn
PARTS = {
    "encoding": "encode one image",
    "update": "update the dictionary once",
    "convolution": "convolution layer, one image",
}


def parameters_figure(costs: Sequence[SideCost]) -> go.Figure:
    """Parameters of the convolutions and of the dense layers against the side."""
    figure = go.Figure()
    sides = [cost.side for cost in costs]
    for number, (name, values) in enumerate(
        {
            "convolutions": [cost.convolution_parameters for cost in costs],
            "dense layers": [cost.dense_parameters for cost in costs],
        }.items()
    ):
        _draw_line(figure, sides, values, name, number, "%{y:,}")
    return _finished(figure, "Parameters", "number")


def work_figure(costs: Sequence[SideCost]) -> go.Figure:
    """Multiply-adds of one image against the side, with the square of the side beside it."""
    sides, values = [x.side for x in costs], [x.multiply_adds for x in costs]
    figure = go.Figure()
    _draw_line(figure, sides, values, "multiply-adds", 0, "%{y:,}")
    _draw_square(figure, sides, values)
    return _finished(figure, "Multiply-adds, one image", "number")


def memory_figure(costs: Sequence[SideCost]) -> go.Figure:
    """Bytes of all activations of one image against the side, with the square of the side."""
    sides, values = [x.side for x in costs], [x.activation_bytes for x in costs]
    figure = go.Figure()
    _draw_line(figure, sides, values, "activations", 0, "%{y:,} bytes")
    _draw_square(figure, sides, values)
    return _finished(figure, "Activations, one image", "bytes")


def times_figure(measured: Mapping[int, float], predicted: Mapping[int, float]) -> go.Figure:
    """Milliseconds of one image forward against the side, and what multiply-adds would say."""
    figure = go.Figure()
    for number, (name, seconds) in enumerate(
        {"measured": measured, "in proportion to multiply-adds": predicted}.items()
    ):
        values = [1e3 * value for value in seconds.values()]
        _draw_line(figure, list(seconds), values, name, number, "%{y:.3g} ms")
    figure.data[1].update(line={"dash": "dot"})
    return _finished(figure, "One image through the network", "milliseconds")


def trial_figure(
    names: Sequence[str],
    forecasts: Sequence[float | None],
    measured: Sequence[float | None],
) -> go.Figure:
    """Seconds of trainings, forecast and measured, as pairs of bars; None is not drawn."""
    figure = go.Figure()
    for number, (name, values) in enumerate({"forecast": forecasts, "measured": measured}.items()):
        figure.add_bar(
            x=list(names),
            y=list(values),
            name=name,
            marker={"color": COLOURS[1 - number], "opacity": 0.55 if number == 0 else 1.0},
            text=["" if value is None else f"{value:.1f}" for value in values],
            textposition="outside",
            cliponaxis=False,
            hovertemplate=f"%{{x}}: %{{y:.1f}} s<extra>{name}</extra>",
        )
    figure.update_xaxes(type="category", title_text="side of the images", fixedrange=True)
    most = max([value for value in (*forecasts, *measured) if value is not None], default=1.0)
    figure.update_yaxes(title_text="seconds", range=[0, 1.15 * most], fixedrange=True)
    return _laid_out(figure, "Seconds of each training", HEIGHT)


def accuracy_figure(names: Sequence[str], accuracies: Sequence[float | None]) -> go.Figure:
    """Validation accuracy after the last epoch so far at each side; None is not drawn."""
    figure = go.Figure()
    figure.add_bar(
        x=list(names),
        y=list(accuracies),
        marker={"color": COLOURS[0]},
        text=["" if value is None else f"{value:.1%}" for value in accuracies],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{x}: %{y:.1%}<extra></extra>",
    )
    figure.update_xaxes(type="category", title_text="side of the images", fixedrange=True)
    most = max([value for value in accuracies if value is not None], default=0.5)
    figure.update_yaxes(
        title_text="share right", tickformat=".0%", range=[0, 1.2 * most], fixedrange=True
    )
    return _laid_out(figure, "Validation accuracy", HEIGHT)


def sparse_figure(measured: Sequence[SideTimes]) -> go.Figure:
    """The three times against the side; the laws through the last ones lead on to FAR_SIDE.

    With fewer than two sides measured there are no laws yet.
    """
    figure = go.Figure()
    found = laws(measured) if len(measured) > 1 else {}
    far = extrapolated(measured) if found else None
    for number, (name, title) in enumerate(PARTS.items()):
        sides = [times.side for times in measured]
        values = [getattr(times, name) for times in measured]
        _draw_line(figure, sides, values, title, number, "%{y:.3g} s", mode="markers")
        if far is not None:
            _draw_law(figure, found[name], min(sides), number, getattr(far, name))
    _finished(figure, "Seconds of one core", "seconds", sides=(*SPARSE_SIDES, FAR_SIDE))
    figure.update_yaxes(range=[-5.3, 3.3], dtick=1)
    return _laid_out(figure, "Seconds of one core", TALL)


def _draw_law(figure: go.Figure, law: PowerLaw, first: float, number: int, far: float) -> None:
    """A fitted law as a dotted line, and where it leads as a hollow marker."""
    colour = COLOURS[number]
    figure.add_scatter(
        x=[first, FAR_SIDE],
        y=[law.at(first), far],
        mode="lines",
        line={"color": colour, "dash": "dot", "width": 1.5},
        showlegend=False,
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=[FAR_SIDE],
        y=[far],
        mode="markers",
        marker={"color": colour, "symbol": f"{SYMBOLS[number]}-open", "size": 10},
        showlegend=False,
        hovertemplate=f"extrapolated: %{{y:.3g}} s<extra>{list(PARTS.values())[number]}</extra>",
    )


def _draw_line(
    figure: go.Figure,
    sides: Sequence[int],
    values: Sequence[float],
    name: str,
    number: int,
    form: str,
    mode: str = "lines+markers",
) -> None:
    figure.add_scatter(
        x=list(sides),
        y=list(values),
        name=name,
        mode=mode,
        line={"color": COLOURS[number], "width": 2},
        marker={"symbol": SYMBOLS[number], "size": 8},
        hovertemplate=f"side %{{x}}: {form}<extra>{name}</extra>",
    )


def _draw_square(figure: go.Figure, sides: Sequence[int], values: Sequence[float]) -> None:
    """What would grow exactly with the square of the side, from the largest one down."""
    if not sides:
        return
    figure.add_scatter(
        x=list(sides),
        y=[values[-1] * (side / sides[-1]) ** 2 for side in sides],
        name="square of the side",
        mode="lines",
        line={"color": GUIDE_COLOUR, "dash": "dot", "width": 1.5},
        hoverinfo="skip",
    )


def _finished(figure: go.Figure, title: str, unit: str, sides: Sequence[int] = SIDES) -> go.Figure:
    ticks = [side for side in sides if side not in (24, 48, 96)]
    figure.update_xaxes(
        type="log",
        title_text="side of the image, pixels",
        tickvals=ticks,
        ticktext=[str(side) for side in ticks],
        fixedrange=True,
    )
    figure.update_yaxes(type="log", title_text=unit, dtick=1, fixedrange=True)
    return _laid_out(figure, title, HEIGHT)


def _laid_out(figure: go.Figure, title: str, height: int) -> go.Figure:
    return lay_out(figure, height, {"l": 8, "r": 8, "t": 36, "b": 8}, title=title)
