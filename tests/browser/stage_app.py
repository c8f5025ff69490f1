"""A page with nothing but the stage, for the browser tests and the benchmark.

`?scene=` names one of SCENES. Everything is made from a seed, so that a test can make it again.
"""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib.kernels import KERNELS
from pages.support.stage import stage


def noise(height: int, width: int, channels: int) -> np.ndarray:
    """(height, width, channels) float32 in [0, 1] with two decimals."""
    return np.random.default_rng(7).integers(0, 101, (height, width, channels)) / np.float32(100)


def weights(*shape: int) -> np.ndarray:
    """Float32 weights in [-1, 1] with one decimal."""
    return np.random.default_rng(8).integers(-10, 11, shape) / np.float32(10)


def disc(side: int) -> np.ndarray:
    """(side, side, 3) float32: a coloured disc on a dark ground, softly lit."""
    y, x = np.mgrid[:side, :side] / np.float32(side - 1) - np.float32(0.5)
    inside = np.clip((0.36 - np.hypot(x, y)) * side / 2, 0, 1)[..., np.newaxis]
    light = (0.75 - 0.5 * y + 0.25 * x)[..., np.newaxis]
    colours = np.array([0.95, 0.6, 0.2], dtype=np.float32)
    ground = np.array([0.08, 0.14, 0.3], dtype=np.float32) * (1 + y[..., np.newaxis])
    return np.clip(inside * light * colours + (1 - inside) * ground, 0, 1).astype(np.float32)


SOBEL = KERNELS["sobel_x"].weights
SCENES = {
    "small": {"images": noise(7, 7, 1), "kernel": SOBEL, "bias": 0.5, "activation": "relu"},
    "plain": {"images": disc(32)[..., :1], "kernel": SOBEL},
    "colour": {"images": disc(32), "kernel": weights(3, 3, 3), "bias": 0.25, "activation": "relu"},
    "strided": {
        "images": noise(8, 9, 1),
        "kernel": SOBEL,
        "stride": 2,
        "padding": ((1, 0), (0, 1)),
    },
    "dilated": {"images": disc(16)[..., :1], "kernel": SOBEL, "dilation": 2, "padding": "same"},
    "large": {"images": disc(32), "kernel": weights(5, 5, 3), "padding": 2},
    "eleven": {"images": disc(32)[..., :1], "kernel": weights(11, 11, 1), "padding": "same"},
    "many": {"images": noise(12, 12, 16), "kernel": weights(3, 3, 16)},
    "byte": {
        "images": np.round(disc(9)[..., 0] * 255),
        "kernel": KERNELS["outline"].weights,
        "value_range": "byte",
    },
    "max": {"images": disc(16), "mode": "max", "window": 2},
    "average": {
        "images": noise(7, 7, 1),
        "mode": "average",
        "window": 3,
        "stride": 2,
        "padding": "same",
    },
    "min": {"images": noise(6, 6, 1), "mode": "min", "window": (2, 3)},
    "photo": {"images": disc(208), "kernel": weights(3, 3, 3)},
    "named": {
        "images": noise(5, 5, 1),
        "kernel": SOBEL,
        "title": "<b>Mine</b>",
        "titles": {"input": "<i>in</i>"},
    },
    "play": {"images": noise(5, 5, 1), "kernel": SOBEL, "autoplay": True},
}


def show() -> None:
    """The chosen scene, the cell that was clicked, and a count of the runs of this script."""
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    name = st.query_params.get("scene", "small")
    scene = dict(SCENES[name])
    if scene.get("mode") is None:
        scene["bias"] = st.slider("Bias", -2.0, 2.0, scene.get("bias", 0.0), 0.25, key="bias")
        scene["stride"] = st.slider("Stride", 1, 3, scene.get("stride", 1), key="stride")
    cell = stage(**{"title": f"Scene: {name}", **scene}, key="stage")
    st.text(f"Chosen: {cell}")
    st.text(f"Runs: {st.session_state['runs']}")


if __name__ == "__main__":
    st.set_page_config(page_title="Stage", layout="wide")
    show()
