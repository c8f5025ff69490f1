"""The way back, its beginning: the answer, the label, the loss, and the gradient at the scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from cnnlib.backward_steps import BackwardPass
from cnnlib.descent_formulas import number
from cnnlib.verdict import percent
from pages.support.account import draw_signed_bars
from pages.support.image_choice import ChosenImage
from pages.support.page import LINE_WIDTH, PageText


def choose_label(
    text: PageText, image: ChosenImage, probabilities: np.ndarray, classes: Sequence[str]
) -> int:
    """The image's label, which the reader gives where it has none: at first the likeliest class."""
    if image.label is not None:
        return image.label
    text.show("asked")
    likeliest = int(np.argmax(probabilities)) if np.isfinite(probabilities).all() else 0
    name = st.selectbox(
        "Its label",
        classes,
        index=likeliest,
        key=f"back_label_{len(classes)}_{classes[0]}",
        bind="query-params",
        width=200,
    )
    return classes.index(name) if name in classes else likeliest


def draw_loss(text: PageText, taken: BackwardPass, classes: Sequence[str]) -> None:
    """Minus the logarithm of the right class's probability, with its numbers."""
    share = float(taken.probabilities[taken.label])
    text.show("loss", truth=classes[taken.label], share=percent(share))
    # Where the probability itself is rounded to 0 the loss still is a number.
    p = number(share, 6) if share > 0 else "p"
    lines = r" \\ &= ".join((r"-\ln p", rf"-\ln {p}", number(taken.loss, 6)))
    st.latex(rf"\begin{{aligned}} L &= {lines} \end{{aligned}}")


def draw_logit_gradient(text: PageText, taken: BackwardPass, classes: Sequence[str]) -> None:
    """The gradient at the scores as bars: probability less 1 for the label."""
    text.show("logits")
    rows = [
        (name, f"{share:.4f}{' − 1' if at == taken.label else ' − 0'}", float(gradient))
        for at, (name, share, gradient) in enumerate(
            zip(classes, taken.probabilities, taken.at_logits, strict=True)
        )
    ]
    with st.container(width=LINE_WIDTH):
        draw_signed_bars(
            "The gradient at the scores",
            rows,
            sides=("a higher score would help", "a lower score would help"),
            limit=1.0,
            key="back_logits",
        )
