"""From a cat's cortex to AlexNet and on, with the oldest experiment of the story to repeat."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib import challenge, colours, filtering, simple_cell
from cnnlib.challenge_figures import error_bars
from cnnlib.kernels import SOBEL_X
from cnnlib.pixels import to_png
from cnnlib.questions_game_changer import QUESTIONS
from pages.support.chart import draw_chart
from pages.support.choices import choose
from pages.support.exercise import draw_exercise
from pages.support.page import open_page
from pages.support.photos import choose_photo
from pages.support.pictures import picture
from pages.support.simple_cell import Cell, draw_cell
from pages.support.tables import hundredths
from pages.support.timeline import draw_timeline

PHOTO_SIDE = 400  # pixels
PICTURE_SIDE = 123  # screen pixels of a kernel
SIZES = (11, 5, 3)
# What a cell looks for, and the phase of its wave.
KINDS = {"A bright line": 0, "An edge": 90, "A dark line": 180}
LIGHTS = {"Light bar": "light", "Dark bar": "dark"}


def draw_challenge() -> None:
    """The contest's winners, and the finalists of 2012."""
    text.show("challenge")
    winners, finalists = st.columns(2, gap="large")
    with winners:
        st.markdown("**The winner of each year**")
        figure = error_bars(challenge.WINNERS, with_years=True, human=challenge.HUMAN_ERROR)
        draw_chart(figure, key="history_winners", alt=spoken(challenge.WINNERS))
    with finalists:
        st.markdown("**The finalists of 2012**")
        figure = error_bars(challenge.FINALISTS_2012)
        alt = spoken(challenge.FINALISTS_2012)
        draw_chart(figure, key="history_finalists", alt=alt)
    first, runner_up, *_, last = (result.error for result in challenge.FINALISTS_2012)
    text.show(
        "finalists",
        first=challenge.WINNERS[0].error,
        second=challenge.WINNERS[1].error,
        runner_up=f"{runner_up:.1f}",
        last=f"{last:.1f}",
        drop=f"{challenge.relative_drop(runner_up, first):.0f}",
    )
    text.show("human", human=challenge.HUMAN_ERROR)
    with st.expander("Every figure and where it is from"):
        st.markdown("\n".join(map(line, [*challenge.WINNERS, *challenge.FINALISTS_2012])))
        st.markdown(
            f"- **One trained person**, {challenge.HUMAN_ERROR} %: {challenge.HUMAN_SOURCE}"
        )


def spoken(results: tuple[challenge.Result, ...]) -> str:
    """A figure in words."""
    bars = ", ".join(f"{result.team} {result.year} {result.error} %" for result in results)
    return f"Top-5 test errors as bars: {bars}."


def line(result: challenge.Result) -> str:
    """A result as an entry of a list, with its source."""
    remark = f" ({result.remark})" if result.remark else ""
    what = f"{result.error} %: {result.method}{remark}."
    return f"- **{result.year} {result.team}**, {what} [{result.source}]({result.address})"


def cell_controls() -> Cell:
    """Draw what can be set of the cell and of its bar."""
    cell, bar = st.columns([3, 2], gap="large")
    with cell:
        left, right = st.columns(2)
        orientation = left.slider(
            "The cell prefers", 0, 175, 60, 5, "%d°", key="history_orientation", bind="query-params"
        )
        wavelength = right.slider(
            "Wavelength of its field, pixels", 8, 24, 14, key="history_wave", bind="query-params"
        )
        kind = choose("It looks for", list(KINDS), key="history_kind", wrap=True)
    with bar:
        width = st.slider(
            "Width of the bar, pixels", 1, 12, 5, key="history_width", bind="query-params"
        )
        light = choose("Bar", list(LIGHTS), key="history_light", wrap=True)
    return Cell(orientation, wavelength, KINDS[kind], width, LIGHTS[light])


@st.fragment
def experiment() -> None:
    """The cell and its bar, and what the cell's field has to do with a kernel."""
    cell = cell_controls()
    draw_cell(cell, key="history_cell")
    text.show("experiment_keys")
    text.show("experiment_notice")
    with st.expander("The model, and what it leaves out"):
        text.show("model", peak=f"{simple_cell.PEAK_RATE:g}")
    draw_kin(cell.orientation)


def draw_kin(orientation: int) -> None:
    """An edge cell's field at fewer and fewer places, beside Sobel's kernel, and on a photo."""
    text.show("kin", orientation=orientation)
    field = simple_cell.gabor(simple_cell.SIDE, 24, orientation, phase=90)
    sobel = simple_cell.turned_sobel(orientation)
    kernels = {size: simple_cell.edge_kernel(size, orientation) for size in SIZES}
    with st.container(horizontal=True, gap="medium"):
        draw_weights(field, "The cell's field")
        for size, kernel in kernels.items():
            draw_weights(kernel, f"{size} × {size} places")
        turned = "Sobel" if orientation == 90 else f"Sobel, turned to {orientation}°"
        draw_weights(sobel, turned)
    alike = simple_cell.correlation(kernels[len(SOBEL_X.weights)], sobel)
    text.show("kin_answer", orientation=orientation, correlation=f"{alike:.2f}")
    draw_edges(kernels, orientation)


def draw_weights(weights: np.ndarray, caption: str) -> None:
    drawn = colours.signed(weights, float(np.abs(weights).max()))
    alt = f"{caption}: weights, blue positive, orange negative"
    picture(drawn, alt=alt, scale=PICTURE_SIDE // len(weights), caption=caption)


def draw_edges(kernels: dict[int, np.ndarray], orientation: int) -> None:
    """One of the kernels on a photo."""
    title, rgb = choose_photo("history_photo")
    sizes = {f"{size} × {size}": size for size in SIZES[::-1]}
    size = sizes[choose("Kernel", list(sizes), key="history_size", wrap=True)]
    text.show(
        "kin_photo", size=size, orientation=orientation, side=simple_cell.bright_side(orientation)
    )
    image = filtering.grey(filtering.shrink_to(rgb, PHOTO_SIDE))
    if min(image.shape) < size:
        st.error(f"The photo is too small for {size} × {size} weights.", icon=":material/error:")
        return
    answers = filtering.response(image, kernels[size], filtering.Settings())
    before, after = st.columns(2)
    before.image(
        to_png(filtering.grey_picture(image)), caption="Brightness, 0 to 1", alt=f"{title}, in grey"
    )
    after.image(
        to_png(filtering.signed_picture(answers)),
        caption=f"Answers, {hundredths(answers.min())} to {hundredths(answers.max())}; "
        "orange negative, blue positive",
        alt=f"Edges at {orientation} degrees in {title.lower()}",
    )


text = open_page("brief_history")
draw_challenge()
text.show("timeline")
draw_timeline(text)
text.show("experiment")
experiment()
draw_exercise("brief_history", QUESTIONS["brief_history"])
