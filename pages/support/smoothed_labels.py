"""Label smoothing: what a network is told, and what an answer costs then."""

from __future__ import annotations

import math

import streamlit as st

from cnnlib.losses import least_cost, targets
from cnnlib.verdict import percent
from pages.support.bars import draw_shares
from pages.support.chart import draw_chart
from pages.support.page import PageText

CLASSES, RIGHT = 10, 3
NAMES = tuple(str(digit) for digit in range(CLASSES))


@st.fragment
def draw_smoothing(text: PageText) -> None:
    """The targets of a 3, and the losses of one answer."""
    from cnnlib.optimization_figures import answer_cost, smoothing_figure

    text.show("smoothing")
    left, right = st.columns(2, gap="large")
    smoothing = left.slider(
        "Smoothed share, ε", 0.0, 0.5, 0.1, 0.05, key="optimization_smoothing", bind="query-params"
    )
    share = right.slider(
        "The answer: probability of the right class",
        0.05,
        0.99,
        0.98,
        0.01,
        key="optimization_answer",
        bind="query-params",
    )
    wanted = targets(CLASSES, RIGHT, smoothing)
    top, other = float(wanted[RIGHT]), float(wanted[0])
    with left:
        draw_shares("What the network is told of a 3", NAMES, wanted, key="optimization_targets")
        text.show(
            "smoothing_told",
            share=f"{smoothing:g}",
            right=percent(top),
            other=percent(other),
            answer=percent(share),
            hard=f"{answer_cost(CLASSES, share, 0.0):.3f}",
            smooth=f"{answer_cost(CLASSES, share, smoothing):.3f}",
        )
    with right:
        draw_chart(
            smoothing_figure(CLASSES, smoothing, share),
            key="optimization_losses",
            alt="Cross-entropy against the probability of the right class; the smoothed one is "
            f"least at {top:.3g}.",
        )
        if smoothing:
            text.show(
                "smoothing_least",
                least=f"{least_cost(CLASSES, smoothing):.3f}",
                right=percent(top),
                lead=f"{math.log(top / other):.2f}",
            )
        else:
            text.show("smoothing_none")
