"""Test images drawn at random, each with the three classes that its network thinks likeliest."""

from __future__ import annotations

import base64
import random
from html import escape

import numpy as np
import streamlit as st

from cnnlib.datasets import Dataset
from cnnlib.evaluation import drawn_images
from cnnlib.pixels import to_png, upscale
from pages.support.answered import unbroken

SHOWN, TOP, SCALE = 8, 3, 3
MOST_DRAWS = 9_999
KEY = "results_draw"
RIGHT, OTHER = "#0D9488", "#8A8F98"  # seen on white and on near-black
ROW = "display:grid;gap:.5rem;align-items:center;grid-template-columns:"


@st.fragment
def draw_random_answers(dataset: Dataset, probabilities: np.ndarray) -> None:
    """Draw a few images, and a button for others; which ones they are stands in the address."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input("Draw", 1, MOST_DRAWS, 1, key=KEY, bind="query-params", width=140)
        st.button(
            "Show me others", icon=":material/casino:", key="results_others", on_click=_draw_others
        )
    number = min(max(int(number), 1), MOST_DRAWS)
    members = drawn_images(len(dataset.y_test), SHOWN, number)
    cards = "".join(_card(dataset, probabilities[at], at) for at in members.tolist())
    st.html(
        '<div style="display:grid;gap:1.2rem 1.6rem;grid-template-columns:'
        f'repeat(auto-fill,minmax(min(17rem,100%),1fr))">{cards}</div>'
    )


def _draw_others() -> None:
    st.session_state[KEY] = random.randint(1, MOST_DRAWS)


def _card(dataset: Dataset, shares: np.ndarray, index: int) -> str:
    image, true = dataset.x_test[index], int(dataset.y_test[index])
    png = base64.b64encode(to_png(upscale(image, SCALE))).decode("ascii")
    best = np.argsort(-shares, kind="stable")[:TOP].tolist()
    name = escape(dataset.classes[true])
    verdict = "right" if best[0] == true else f"wrong, is <strong>{name}</strong>"
    columns = f"{max(map(len, dataset.classes)) + 1}ch 1fr 3.6rem"
    rows = "".join(_row(dataset.classes[at], float(shares[at]), at == true, columns) for at in best)
    return (
        '<figure style="display:flex;gap:.8rem;margin:0;align-items:center">'
        f'<img src="data:image/png;base64,{png}" width="{SCALE * image.shape[1]}" '
        f'height="{SCALE * image.shape[0]}" alt="Test image of class {name}" '
        'style="image-rendering:pixelated;flex:none">'
        '<figcaption style="flex:1;min-width:0;font-size:.875rem;line-height:1.45">'
        f"{rows}{verdict}</figcaption></figure>"
    )


def _row(name: str, share: float, true: bool, columns: str) -> str:
    weight = "600" if true else "400"
    return (
        f'<div style="{ROW}{columns}"><span style="font-weight:{weight}">{escape(name)}</span>'
        '<span style="height:.7rem;border-radius:3px;background:#8883">'
        f'<span style="display:block;height:100%;border-radius:3px;width:{100 * share:.1f}%;'
        f'background:{RIGHT if true else OTHER}"></span></span>'
        f'<span style="text-align:right;font-variant-numeric:tabular-nums;font-weight:{weight}">'
        f"{unbroken(share)}</span></div>"
    )
