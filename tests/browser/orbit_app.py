"""A page with nothing but the shipped digits network in space, for the browser tests and the
benchmark: `?per=` names the colour scale. It counts the runs of this script."""

from __future__ import annotations

import streamlit as st

from cnnlib import datasets
from cnnlib.explain import layer_passes
from pages.support.networks import shipped_network
from pages.support.orbit import draw_orbit


def show() -> None:
    """The network at work on the first test image."""
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    digits = datasets.load("digits")
    layers = layer_passes(shipped_network("digits"), datasets.scale(digits.x_test[0]))
    draw_orbit(layers, per=st.query_params.get("per", "map"), key="orbit", classes=digits.classes)
    st.text(f"Runs: {st.session_state['runs']}")


if __name__ == "__main__":
    st.set_page_config(page_title="Orbit", layout="wide")
    show()
