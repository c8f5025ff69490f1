"""Try a network on what you draw, upload, photograph or pick."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from cnnlib import datasets
from cnnlib.inputs import STEPS, normalising_steps
from cnnlib.unknown import NONE_BELOW
from cnnlib.verdict import NONE, Verdict, VerdictError, percent, verdict
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
    least = none_below(chosen)
    try:
        answer = verdict(probabilities, known.classes, least)
    except VerdictError as error:
        show_verdict("–", "no answer", None, known)
        st.error(str(error), icon=":material/error:")
        return
    level = f"all below {percent(least)}" if answer.level == NONE else answer.level
    show_verdict(answer.headline, level, probabilities, known)
    st.markdown(answer.sentence)
    if given.truth is not None:
        text.show(judged(answer, given.truth, known), truth=given.truth)
    bits = {"most": f"{math.log2(len(known.classes)):.1f}"}
    st.caption(
        fill(text.sections["doubt"], {"bits": f"{answer.entropy:.1f}", **bits}),
        help=fill(text.sections["doubt_help"], bits),
    )


def judged(answer: Verdict, truth: str, known: datasets.DatasetInfo) -> str:
    """The section of the text on how the answer compares with the truth."""
    if truth not in known.classes:
        return "none_right" if answer.level == NONE else "neither"
    if answer.level == NONE:
        return "none_wrong"
    return "right" if truth == known.classes[answer.best] else "wrong"


def none_below(chosen: Chosen) -> float:
    """Only the shipped networks have learned to be unsure of what they do not know."""
    return 0.0 if chosen.run_id else NONE_BELOW[chosen.dataset]


def show_verdict(
    headline: str, level: str, probabilities: np.ndarray | None, known: datasets.DatasetInfo
) -> None:
    with st.container(key="classify_verdict"):
        st.metric("Its answer", headline, level, delta_color="off", delta_arrow="off")
    draw_probabilities(probabilities, known.classes, key="classify_bars")


def show_unknown(text: PageText, chosen: Chosen) -> None:
    """What this network does with what it does not know."""
    if chosen.run_id:
        text.show("limits_own")
        return
    shown, away = (text.sections[f"{part}_{chosen.dataset}"] for part in ("shown", "away"))
    text.show("limits_shipped", least=percent(none_below(chosen)), shown=shown, away=away)


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
chosen = choose_network("classify_network")
try_out(text, chosen)
text.show("limits")
show_unknown(text, chosen)
