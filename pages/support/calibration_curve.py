"""A reliability diagram with its settings, and the pictures of one of its bins."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib.datasets import Dataset
from cnnlib.reliability import (
    BINS,
    Bin,
    Reliability,
    chance_error,
    in_bin,
    reliability,
    tempered,
)
from pages.support.answered import draw_answered, unbroken
from pages.support.components import component
from pages.support.page import PageText
from pages.support.tables import draw_table

FEWEST, MOST = 5, 20  # bins
IN_A_BIN = 12  # pictures shown
COLDEST, HOTTEST = 0.3, 3.0
PARAMETER = "results_bin"
DIAGRAM = "results_diagram"
HEADS = ("Confidence", "Answers", "Right", "Accuracy", "Mean confidence")
_diagram = component("reliability")


@st.fragment
def draw_calibration(text: PageText, dataset: Dataset, probabilities: np.ndarray) -> None:
    """Draw the diagram of `probabilities` (images, classes), and what can be changed about it."""
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        bins = st.slider(
            "Bins", FEWEST, MOST, BINS, key="results_bins", bind="query-params", width=220
        )
        temperature = st.slider(
            "Temperature",
            COLDEST,
            HOTTEST,
            1.0,
            0.1,
            key="results_temperature",
            bind="query-params",
            width=220,
        )
    shares = tempered(probabilities, temperature)
    found = reliability(dataset.y_test, shares, bins)
    left, right = st.columns([6, 5], gap="large")
    chosen = _chosen_bin(found)
    with left:
        _draw_diagram(found, chosen)
        with st.expander("The same as a table"):
            draw_table(HEADS, _rows(found))
    with right:
        _say(text, found, shares, bins, temperature)
        if chosen >= 0:
            members = in_bin(dataset.y_test, shares, chosen, bins)
            text.show("of_bin", **_bin_words(found.bins[chosen]))
            draw_answered(dataset, shares, members[:IN_A_BIN])
            if len(members) > IN_A_BIN:
                text.show("first_of_bin", shown=IN_A_BIN)


def diagram_data(found: Reliability, chosen: int) -> dict[str, object]:
    """What `reliability.js` draws."""
    return {
        "title": f"Reliability diagram of {found.images:,} answers in {len(found.bins)} bins",
        "bins": tuple(_bin_data(each) for each in found.bins),
        "chosen": chosen,
        "rest": "Point at a bin to read its numbers; choose it to see its pictures.",
    }


def _bin_data(each: Bin) -> dict[str, object]:
    low, high = each.interval or (None, None)
    return {
        "count": each.count,
        "accuracy": each.accuracy,
        "confidence": each.confidence if each.count else None,
        "low": low,
        "high": high,
        "text": _bin_text(each),
    }


def _bin_text(each: Bin) -> str:
    between = f"Confidence above {100 * each.low:.1f} to {100 * each.high:.1f} %"
    if not each.count:
        return f"{between}: no answers."
    low, high = each.interval
    side = "too sure" if each.gap > 0 else "not sure enough"
    said = f", {side} by {100 * abs(each.gap):.1f} points" if round(each.gap, 3) else ""
    inside = "; chance can explain that" if low <= each.confidence <= high else ""
    return (
        f"{between}: {each.right:,} of {each.count:,} answers right, {unbroken(each.accuracy)} "
        f"({unbroken(low)} to {unbroken(high)}). Mean confidence {unbroken(each.confidence)}{said}"
        f"{inside if said else ''}."
    )


def _draw_diagram(found: Reliability, chosen: int) -> None:
    def take() -> None:
        number = st.session_state[DIAGRAM].bin
        # Clients can send anything.
        if type(number) is int and 0 <= number < len(found.bins):
            st.query_params[PARAMETER] = str(number + 1)
        else:
            st.query_params.pop(PARAMETER, None)

    _diagram(data=diagram_data(found, chosen), key=DIAGRAM, on_bin_change=take)


def _chosen_bin(found: Reliability) -> int:
    """The bin that the address names, from 0; -1 if it names none with answers."""
    named = st.query_params.get(PARAMETER, "")
    known = {str(at + 1): at for at, each in enumerate(found.bins) if each.count}
    return known.get(named, -1)


def _say(
    text: PageText, found: Reliability, shares: np.ndarray, bins: int, temperature: float
) -> None:
    """The diagram in one number, and what that number would be by chance."""
    mean, most = chance_error(shares, bins)
    with st.grid(2, min_column_width=130):
        st.metric("Expected calibration error", f"{100 * found.expected_error:.2f} points")
        st.metric("By chance alone", f"{100 * mean:.2f} points")
    excess = found.excess
    if found.expected_error <= most:
        verdict = "calibrated"
    else:
        verdict = "too_sure" if excess > 0 else "too_modest"
    text.show(
        "calibration_verdict",
        verdict=text.sections[verdict],
        most=f"{100 * most:.2f}",
        excess=_compared(excess),
    )
    if temperature != 1:
        text.show("tempered", temperature=f"{temperature:g}")


def _compared(excess: float) -> str:
    """How the mean confidence lies to the accuracy.

    >>> _compared(0.0213), _compared(-0.004), _compared(-0.0001)
    ('is 2.1 points above', 'is 0.4 points below', 'equals')
    """
    points = round(100 * excess, 1)
    side = "above" if points > 0 else "below"
    return f"is {abs(points):.1f} points {side}" if points else "equals"


def _bin_words(each: Bin) -> dict[str, object]:
    return {
        "low": f"{100 * each.low:.1f}",
        "high": f"{100 * each.high:.1f}",
        "count": f"{each.count:,}",
        "right": f"{each.right:,}",
    }


def _rows(found: Reliability) -> list[tuple[str, ...]]:
    return [
        (
            f"{100 * each.low:.1f} to {100 * each.high:.1f} %",
            f"{each.count:,}",
            f"{each.right:,}",
            unbroken(each.accuracy),
            unbroken(each.confidence),
        )
        for each in found.bins
        if each.count
    ]
