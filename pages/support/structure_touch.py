"""What a decision about a network's structure does, counted for numbers that a reader sets."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import numpy as np
import streamlit as st

from cnnlib import datasets, structure_counts
from pages.support.data import load_dataset
from pages.support.page import PageText
from pages.support.tables import draw_table, hundredths

KEY = "structure_touch"
KERNELS = (3, 5, 7, 9, 11)
CHANNELS = (8, 16, 32, 64, 128)
SIDES = (4, 8, 16, 32, 64)
SCALES = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0)
RATES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
STACK_LAYERS = 8
IMAGES = 8
UNITS = 60
CELL = 22  # screen pixels of a square of the nested fields


def draw_touch(text: PageText, question: str, dataset: str) -> None:
    """The part that belongs to one of `structure_trials.QUESTIONS`."""
    text.show(f"{question}_touch")
    TOUCHES[question](dataset)


def _pick(label: str, options: tuple, usual: float, name: str, **given: object) -> float:
    """A slider over chosen values, kept in the address."""
    picked = st.select_slider(
        label, options, usual, key=f"{KEY}_{name}", bind="query-params", width=340, **given
    )
    return picked if picked in options else usual


@st.fragment
def _touch_depth(dataset: str) -> None:
    with st.container(horizontal=True, gap="large"):
        layers = _pick("Convolutions of 3 × 3 in a row", tuple(range(1, 7)), 3, "layers")
        channels = _pick("Channels in and out of each", CHANNELS, 16, "channels")
    stacks = [structure_counts.stack(3, count, channels) for count in range(1, layers + 1)]
    _draw_fields([stack.field for stack in stacks])
    draw_table(
        ("Layers", "Sees", "Weights", "Bends"),
        [(s.layers, f"{s.field} × {s.field}", f"{s.weights:,}", s.curves) for s in stacks],
    )


@st.fragment
def _touch_width(dataset: str) -> None:
    filters = _pick("Filters of each of two layers", CHANNELS, 16, "filters")
    rows = []
    for count in (filters, 2 * filters, 4 * filters):
        stack = structure_counts.stack(3, 1, count)
        rows.append((f"{count}", f"9 × {count} × {count}", f"{stack.weights:,}"))
    draw_table(("Filters", "Kernels of 3 × 3 between them", "Weights"), rows)


@st.fragment
def _touch_kernel(dataset: str) -> None:
    with st.container(horizontal=True, gap="large"):
        kernel = _pick("Side of the large kernel", KERNELS, 5, "kernel")
        channels = _pick("Channels in and out", CHANNELS, 16, "channels")
    count = structure_counts.small_kernels_instead(kernel)
    large = structure_counts.stack(kernel, 1, channels)
    small = structure_counts.stack(3, count, channels)
    _draw_fields([3 + 2 * n for n in range(count)])
    heads = ("", "Sees", "Weights a channel pair", f"With {channels} channels", "Bends")
    draw_table(
        heads,
        [
            (
                f"{s.kernel} × {s.kernel}, {'once' if s.layers == 1 else f'{s.layers} times'}",
                f"{s.field} × {s.field}",
                f"{s.layers} × {s.kernel * s.kernel} = {s.pair_weights}",
                f"{s.weights:,}",
                s.curves,
            )
            for s in (large, small)
        ],
    )


@st.fragment
def _touch_norm(dataset: str) -> None:
    from cnnlib.board_figures import spread_figure

    scale = _pick("First weights, times what is usual", SCALES, 0.5, "scale")
    plain, normalised = _spreads(dataset, scale)
    st.plotly_chart(
        spread_figure(plain, normalised),
        key=f"{KEY}_spread",
        config={"displayModeBar": False},
        alt=f"Standard deviation after each of {STACK_LAYERS} convolutions: "
        f"{', '.join(f'{value:.3g}' for value in plain)} as they come, 1 normalised.",
    )


@st.cache_data(max_entries=32, show_spinner="Sending images through")
def _spreads(dataset: str, scale: float) -> tuple[np.ndarray, np.ndarray]:
    images = load_dataset(dataset).x_train
    chosen = datasets.scale(images[np.linspace(0, len(images) - 1, IMAGES).astype(int)])
    plain, normalised = (
        structure_counts.spreads(chosen, scale, STACK_LAYERS, normalise=normalise)
        for normalise in (False, True)
    )
    return plain, normalised


@st.fragment
def _touch_dropout(dataset: str) -> None:
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        rate = _pick("Share that is dropped", RATES, 0.3, "rate", format_func=lambda x: f"{x:.0%}")
        draw = st.number_input(
            "Batch", 1, 999, 1, key=f"{KEY}_draw", bind="query-params", format="%d", width=140
        )
    values = np.random.default_rng(7).uniform(0.1, 2, UNITS).round(1)
    after = structure_counts.dropped(values, rate, int(draw))
    st.html(_units(values, after))
    draw_table(
        (f"{UNITS} values", "Not zero", "Sum"),
        [
            ("Before", UNITS, hundredths(values.sum())),
            ("This batch", int(np.count_nonzero(after)), hundredths(after.sum())),
            ("Once trained", UNITS, hundredths(values.sum())),
        ],
    )


def _units(before: np.ndarray, after: np.ndarray) -> str:
    """The values as squares: what stays is written as it is passed on, what is dropped is empty."""
    cells = "".join(
        '<span style="width:2.4rem;height:1.7rem;display:grid;place-items:center;'
        f"border:1px {'dashed' if dropped else 'solid'} #0D9488;border-radius:4px;"
        f'{"" if dropped else "background:#0D948826;"}">{"" if dropped else f"{value:.1f}"}</span>'
        for value, dropped in zip(after, after == 0, strict=True)
    )
    kept = int(np.count_nonzero(after))
    return (
        f'<div role="img" aria-label="{kept} of {len(before)} values are passed on" '
        'style="display:flex;flex-wrap:wrap;gap:4px;font-size:.75rem;'
        f'font-variant-numeric:tabular-nums;max-width:680px">{cells}</div>'
    )


@st.fragment
def _touch_shrinking(dataset: str) -> None:
    with st.container(horizontal=True, gap="large"):
        side = _pick("Side of the map", SIDES, 32, "side")
        channels = _pick("Channels in and filters", CHANNELS, 16, "channels")
    ways = {
        "3 × 3 everywhere, then max of 2 × 2": structure_counts.pooled(side, channels, channels),
        "3 × 3 at every other place": structure_counts.strided(side, channels, channels),
    }
    draw_table(
        ("", "Gives out", "Parameters", "Multiply-adds"),
        [
            (name, f"{x.side} × {x.side} × {channels}", f"{x.weights:,}", f"{x.multiply_adds:,}")
            for name, x in ways.items()
        ],
    )


@st.fragment
def _touch_head(dataset: str) -> None:
    with st.container(horizontal=True, gap="large"):
        side = _pick("Side of the last maps", SIDES[:-1], 8, "maps")
        channels = _pick("Channels", CHANNELS, 32, "features")
    flat = structure_counts.flatten_head(side, channels)
    average = structure_counts.average_head(channels)
    numbers = side * side * channels
    draw_table(
        ("", "Numbers for the last layer", "Its parameters"),
        [
            (
                "Flatten",
                f"{side} × {side} × {channels} = {numbers:,}",
                f"({numbers:,} + 1) × 10 = {flat:,}",
            ),
            ("Global average", f"{channels}", f"({channels} + 1) × 10 = {average:,}"),
        ],
    )


def _draw_fields(sides: list[int]) -> None:
    """The squares that one output sees, layer by layer, one around the other on the pixels."""
    most = sides[-1]
    cells = "".join(
        f'<rect x="{column * CELL}" y="{row * CELL}" width="{CELL}" height="{CELL}" fill="none" '
        'stroke="#8A8F98" stroke-opacity=".5"/>'
        for row in range(most)
        for column in range(most)
    )
    squares = "".join(
        f'<rect x="{(most - side) / 2 * CELL}" y="{(most - side) / 2 * CELL}" '
        f'width="{side * CELL}" height="{side * CELL}" fill="#0D9488" fill-opacity=".14" '
        'stroke="#0D9488" stroke-width="2"/>'
        for side in (*sides, 1)
    )
    size = most * CELL
    seen = ", ".join(f"{side} × {side}" for side in sides)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -2 {size + 4} {size + 4}" '
        f'width="{size + 4}" height="{size + 4}">{cells}{squares}</svg>'
    )
    st.html(
        f'<img alt="One output sees {seen} pixels, layer by layer" style="max-width:100%" '
        f'src="data:image/svg+xml,{quote(svg)}">'
    )


TOUCHES: dict[str, Callable[[str], None]] = {
    "depth": _touch_depth,
    "width": _touch_width,
    "kernel": _touch_kernel,
    "batch_norm": _touch_norm,
    "dropout": _touch_dropout,
    "shrinking": _touch_shrinking,
    "head": _touch_head,
}
