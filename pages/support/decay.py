"""Weight decay of one weight, with its numbers; and what Adam makes of it, written in two ways."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib.descent import SGD, Adam
from cnnlib.descent_formulas import number
from cnnlib.numerals import numeral
from cnnlib.weight_decay import decayed_step, half_life, swung_weight
from pages.support.page import PageText
from pages.support.tables import draw_table

RATES = (0.01, 0.03, 0.1, 0.3, 1.0)
DECAYS = (0.0, 0.001, 0.01, 0.03, 0.1, 0.3, 1.0)
SWINGS = (10.0, 3.0, 1.0, 0.3, 0.1)
ADAM_RATE, ADAM_DECAY, ADAM_STEPS = 0.001, 0.1, 2_000
HEADS = ("Gradient swings by", "L2: left of it", "Decoupled: left of it")


@st.fragment
def draw_decay(text: PageText) -> None:
    """One step of one weight without and with decay."""
    text.show("decay")
    controls, formulas = st.columns([2, 3], gap="large")
    with controls:
        look = {"bind": "query-params"}
        weight = st.slider("Weight w", -2.0, 2.0, 0.8, 0.1, key="optimization_weight", **look)
        slope = st.slider("Its gradient g", -2.0, 2.0, 0.5, 0.1, key="optimization_slope", **look)
        rate = _stop("Learning rate η", RATES, 0.1, "optimization_decay_rate")
        decay = _stop("Decay λ", DECAYS, 0.1, "optimization_decay")
    rule, weights, slopes = SGD(rate), np.array([weight]), np.array([slope])
    start = rule.start(weights)
    plain = float(rule.step(weights, slopes, start)[0][0])
    decayed = float(decayed_step(rule, weights, slopes, start, decay)[0][0])
    with formulas:
        st.latex(_formula(weight, slope, rate, decay, plain, decayed))
        half = half_life(rate, decay)
        if decay:
            text.show(
                "decay_step",
                plain=numeral(plain, ".4g"),
                decayed=numeral(decayed, ".4g"),
                half=f"{half:,.0f}",
            )
        else:
            text.show("decay_none")
        with st.expander("Two ways to decay, and why Adam needs the second"):
            text.show("decay_ways")
            text.show(
                "decay_table",
                rate=f"{ADAM_RATE:g}",
                decay=f"{ADAM_DECAY:g}",
                steps=f"{ADAM_STEPS:,}",
            )
            draw_table(HEADS, _adam_rows())


def _stop(label: str, values: tuple[float, ...], default: float, key: str) -> float:
    picked = st.select_slider(label, values, default, key=key, bind="query-params")
    return picked if picked in values else default


def _formula(
    weight: float, slope: float, rate: float, decay: float, plain: float, decayed: float
) -> str:
    """The step without decay, and below it the one with."""
    w, g = _bracketed(weight), _bracketed(slope)
    push, taken = rf"{number(rate)} \cdot {g}", rf"{number(rate)} \cdot {number(decay)} \cdot {w}"
    return (
        # The words stand above, so that the formula fits on a phone.
        r"\begin{aligned} & \text{without:} \\ w' &= w - \eta\, g \\ "
        rf"&= {number(weight)} - {push} = {number(_clean(plain))} \\[8pt] "
        r"& \text{with:} \\ w' &= w - \eta\, \lambda\, w - \eta\, g \\ "
        rf"&= {number(weight)} - {taken} \\ & \quad - {push} \\ &= {number(_clean(decayed))} "
        r"\end{aligned}"
    )


def _bracketed(value: float) -> str:
    return f"({number(value)})" if value < 0 else number(value)


def _clean(value: float) -> float:
    """Without what settings held in 32 bits add in the tail.

    >>> _clean(0.7500000149)
    0.75
    """
    return round(value, 6)


@st.cache_data(max_entries=1, show_spinner=False)
def _adam_rows() -> list[tuple[str, ...]]:
    """What is left of a weight of 1, for each size of its gradient."""
    rule, rows = Adam(ADAM_RATE), []
    for swing in SWINGS:
        ends = [
            swung_weight(rule, swing, ADAM_DECAY, ADAM_STEPS, decoupled=way)[-1]
            for way in (False, True)
        ]
        rows.append((f"± {swing:g}", *(f"{end:.3f}" for end in ends)))
    return rows
