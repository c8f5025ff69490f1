"""What a network costs at every side of the images, and how long one image takes through it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cnnlib.arithmetic import short_count
from cnnlib.image_sides import (
    HEADS,
    NETWORKS,
    SideCost,
    costs,
    fits,
    forward_seconds,
    predicted_seconds,
)
from cnnlib.spec import LIMITS
from pages.support.chart import draw_chart
from pages.support.choices import choose
from pages.support.kept_work import KeptWork, slow_bar
from pages.support.page import PageText, sentence
from pages.support.tables import draw_table

KEY = "scale"
NETWORK_TITLES = dict(
    zip(NETWORKS, ("Default blocks", "Four blocks", "Basic model", "Improved model"), strict=True)
)
HEAD_TITLES = dict(zip(HEADS, ("Flatten", "Global average"), strict=True))
_kept: KeptWork[dict[int, float]] = KeptWork(most=32)


def choose_network() -> tuple[str, str]:
    """Draw the choice of a network and of what stands between its maps and its dense layers."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        name = choose("Network", NETWORK_TITLES, key=f"{KEY}_network", wrap=True)
        head = choose("From maps to a row", HEAD_TITLES, key=f"{KEY}_head")
    return name, head


def draw_costs(text: PageText, name: str, head: str) -> list[SideCost]:
    """Parameters, multiply-adds and memory at every side; returns those where it can be."""
    from cnnlib.side_figures import memory_figure, parameters_figure, work_figure

    found, refused = costs(name, head)
    figures = (parameters_figure, work_figure, memory_figure)
    for column, figure in zip(st.columns(3), figures, strict=True):
        with column:
            draw_chart(
                figure(found),
                key=f"{KEY}_{figure.__name__}",
                alt="Against the side of the image, on logarithmic axes; numbers in the "
                "table below.",
            )
    values, growth = st.columns([3, 2], gap="large")
    with values:
        draw_table(
            ("Side", "Parameters", "of them dense", "Multiply-adds", "Activations"),
            [_row(cost) for cost in found],
        )
    with growth:
        draw_table(("Twice the side", "Parameters", "Multiply-adds", "Activations"), _growth(found))
    _draw_refusals(found, refused)
    text.show(f"costs_{head}")
    return found


def _row(cost: SideCost) -> tuple[object, ...]:
    return (
        cost.side,
        f"{cost.parameters:,}",
        f"{cost.dense_parameters:,}",
        short_count(cost.multiply_adds),
        bytes_text(cost.activation_bytes),
    )


def bytes_text(count: float) -> str:
    """
    >>> bytes_text(155_304), bytes_text(22_938_152)
    ('155 kB', '22.9 MB')
    """
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def _growth(found: Sequence[SideCost]) -> list[tuple[str, ...]]:
    """How many times more every doubling of the side costs."""
    by_side = {cost.side: cost for cost in found}
    return [
        (
            f"{side} to {2 * side}",
            *(
                f"× {getattr(by_side[2 * side], what) / getattr(cost, what):.2f}"
                for what in ("parameters", "multiply_adds", "activation_bytes")
            ),
        )
        for side, cost in by_side.items()
        if 2 * side in by_side
    ]


def _draw_refusals(found: Sequence[SideCost], refused: dict[int, str]) -> None:
    """Where the network cannot be, and where this server would not take it."""
    if refused:
        first, why = min(refused.items())
        sides = ", ".join(map(str, refused))
        st.info(
            f"This network cannot be at {sides}. At {first}, {sentence(why)}",
            icon=":material/block:",
        )
    large = [cost for cost in found if not fits(cost)]
    if large:
        most = f"{LIMITS.parameters:,}"
        sides = " and ".join(str(cost.side) for cost in large)
        st.info(
            f"At {sides} it has more parameters than this server trains ({most}), so it is "
            "counted, but not timed or trained.",
            icon=":material/block:",
        )


def draw_times(text: PageText, name: str, head: str, found: Sequence[SideCost]) -> None:
    """One image through the network at every side, measured here, and what was to be expected."""
    from cnnlib.side_figures import times_figure

    text.show("times")
    # A number in the name, so that the next measurement is a new one.
    turn = st.session_state.setdefault(f"{KEY}_turn", 0)
    measured = _measured(name, head, turn, found)
    if not measured:
        st.info("There is no side at which this network can be timed.", icon=":material/block:")
        return
    predicted = predicted_seconds([cost for cost in found if fits(cost)], measured)
    left, right = st.columns([3, 2], gap="large")
    with left:
        draw_chart(
            times_figure(measured, predicted),
            key=f"{KEY}_times",
            alt="Milliseconds of one image against its side; numbers in the table beside it.",
        )
    with right:
        draw_table(
            ("Side", "Measured, ms", "Predicted, ms", "Ratio"),
            [
                (
                    side,
                    f"{1e3 * seconds:.2f}",
                    f"{1e3 * predicted[side]:.2f}",
                    f"{seconds / predicted[side]:.2f}",
                )
                for side, seconds in measured.items()
            ],
        )
        st.button(
            "Measure again",
            icon=":material/replay:",
            key=f"{KEY}_again",
            on_click=_measure_again,
        )
    text.show("times_notice")


def _measure_again() -> None:
    st.session_state[f"{KEY}_turn"] += 1


def _measured(name: str, head: str, turn: int, found: Sequence[SideCost]) -> dict[int, float]:
    place = st.empty()
    show = slow_bar(place, "Timing one image after another")

    def make() -> dict[int, float]:
        times = {}
        for side, seconds in forward_seconds(name, head, found):
            times[side] = seconds
            show(len(times) / len(found))
        return times

    times = _kept.get(repr((name, head, turn)), make)
    place.empty()
    return times
