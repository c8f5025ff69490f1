"""Cross-entropy beside squared error: what a wrong but sure answer costs, and how hard it pulls."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib.activations import softmax
from cnnlib.descent_formulas import number
from cnnlib.losses import cross_entropy, squared_error
from cnnlib.numerals import numeral
from cnnlib.verdict import percent
from pages.support.chart import draw_chart
from pages.support.page import PageText
from pages.support.tables import draw_table

REACH = 8.0
HEADS = ("Loss", "Its value", "Its slope with the right score")


@st.fragment
def draw_charges(text: PageText) -> None:
    """Two losses of one answer between two classes."""
    from cnnlib.descent_figures import charges_figure

    text.show("entropy")
    lead = st.slider(
        "Lead of the right score",
        -REACH,
        REACH,
        -6.0,
        0.5,
        key="optimizer_lead",
        bind="query-params",
        width=680,
    )
    scores = np.array([lead, 0.0])
    share = float(softmax(scores)[0])
    charges = {"Cross-entropy": cross_entropy(scores, 0), "Squared error": squared_error(scores, 0)}
    picture, numbers = st.columns([6, 5], gap="large")
    with picture:
        alt = "Cross-entropy and squared error, and their pull, against the lead of the right score"
        draw_chart(charges_figure(lead), key="optimizer_losses", alt=alt)
    with numbers:
        st.latex(
            rf"\begin{{aligned}} p &= \frac{{e^{{{lead:g}}}}}{{e^{{{lead:g}}} + e^0}} "
            rf"= {number(share)} \\[8pt] "
            rf"-\ln p &= {number(charges['Cross-entropy'].cost)} \end{{aligned}}"
        )
        rows = [
            (name, f"{charge.cost:.4f}", numeral(charge.slopes[0], ".4f"))
            for name, charge in charges.items()
        ]
        draw_table(HEADS, rows)
        entropy, square = (-float(charge.slopes[0]) for charge in charges.values())
        pulls = {"entropy": f"{entropy:.4f}", "square": f"{square:.4f}"}
        if lead <= -2:
            times = f"{float(f'{entropy / square:.2g}'):,.0f}"
            shown = percent(share).replace(" ", "\N{NO-BREAK SPACE}")
            text.show("entropy_wrong", times=times, share=shown, **pulls)
        else:
            text.show("entropy_fair", **pulls)
