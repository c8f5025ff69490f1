"""Try a network on what you draw, upload, photograph or pick."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from cnnlib import datasets
from cnnlib.inputs import STEPS, normalising_steps
from cnnlib.verdict import VerdictError, verdict
from pages.support.bars import draw_probabilities
from pages.support.drawing import SIDE
from pages.support.inputs import Given, choose_way, take_picture
from pages.support.networks import Chosen, choose_network
from pages.support.page import PageText, fill, open_page
from pages.support.pictures import picture

SEEN_WIDTH = 256  # pixels: 8 to a pixel of a photo, 9 to one of a digit
# Room for what the browser loads later. Where the parts stack, the answer comes right below the
# drawing, so that both are in view.
STYLE = f"""<style>
[class*="st-key-classify_draw_canvas"] {{ min-height: {SIDE}px; }}
.st-key-classify_verdict {{ min-height: 6.8rem; }}
.st-key-classify_bars {{ min-height: 16.9rem; }}
@media (max-width: 640px) {{ div:has(> .st-key-classify_seen) {{ order: 1; }} }}
</style>"""


@st.fragment
def try_out(text: PageText, chosen: Chosen) -> None:
    """Picture, input and answer side by side; a stroke runs this part of the page alone."""
    known = datasets.info(chosen.dataset)
    way = choose_way(known, key="classify")
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=SIDE):
            given = take_picture(way, text, known, key="classify")
        with st.container(width=SEEN_WIDTH, key="classify_seen"):
            show_input(text, known, given)
        with st.container(width="stretch"):
            show_answer(text.sections[f"nothing_{way}"], text, chosen, known, given)
    if way == "draw" and known.image_shape[2] == 1:
        show_steps(text, given)


def show_input(text: PageText, known: datasets.DatasetInfo, given: Given | None) -> None:
    """The numbers that the network gets, as a picture, or the place where it will be."""
    height, width, channels = known.image_shape
    scale = SEEN_WIDTH // width
    text.show("seen")
    if given is None:
        st.container(width=scale * width, height=scale * height, border=True)
    else:
        pixels = np.rint(given.seen * 255).astype(np.uint8)
        picture(pixels, alt=f"{given.name} as {height} × {width} pixels", scale=scale)
    size = {"height": height, "width": width, "channels": channels}
    st.caption(fill(text.sections["size"], size))


def show_answer(
    nothing: str, text: PageText, chosen: Chosen, known: datasets.DatasetInfo, given: Given | None
) -> None:
    """The verdict and its bars; both have their place before there is an answer."""
    if given is None:
        show_verdict("–", "waiting", None, known)
        st.markdown(nothing)
        return
    probabilities = chosen.network.predict(given.seen[np.newaxis])[0]
    try:
        answer = verdict(probabilities, known.classes)
    except VerdictError as error:
        show_verdict("–", "no answer", None, known)
        st.error(str(error), icon=":material/error:")
        return
    show_verdict(answer.headline, answer.level, probabilities, known)
    st.markdown(answer.sentence)
    if given.truth is not None:
        right = given.truth == known.classes[answer.best]
        judged = "right" if right else "wrong" if given.truth in known.classes else "neither"
        text.show(judged, truth=given.truth)
    bits = {"most": f"{math.log2(len(known.classes)):.1f}"}
    st.caption(
        fill(text.sections["doubt"], {"bits": f"{answer.entropy:.1f}", **bits}),
        help=fill(text.sections["doubt_help"], bits),
    )


def show_verdict(
    headline: str, level: str, probabilities: np.ndarray | None, known: datasets.DatasetInfo
) -> None:
    with st.container(key="classify_verdict"):
        st.metric("Its answer", headline, level, delta_color="off", delta_arrow="off")
    draw_probabilities(probabilities, known.classes, key="classify_bars")


def show_steps(text: PageText, given: Given | None) -> None:
    """How a drawing becomes the input: in words, and on the one that is there."""
    title = "What happens to your drawing"
    expander = st.expander(title, key="classify_steps", on_change="rerun")
    if not expander.open:
        return
    with expander:
        text.show("steps")
        if given is None:
            return
        with st.container(horizontal=True):
            steps = normalising_steps(given.drawing, given.seen[:, :, 0])
            for number, (name, step) in enumerate(zip(STEPS, steps, strict=True), start=1):
                picture(step, alt=name, scale=1, caption=str(number))


text = open_page("classify")
st.html(STYLE)
try_out(text, choose_network("classify_network"))
text.show("limits")
