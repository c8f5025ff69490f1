"""A picture taken apart into its pixels and their numbers."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib.filtering import shrink_to
from cnnlib.quantisation import count
from cnnlib.questions_game_changer import QUESTIONS
from pages.support.exercise import draw_exercise
from pages.support.lens import draw_lens
from pages.support.page import PageText, open_page
from pages.support.photos import choose_photo

# Where the lens opens, shares of height and width: on an eye. Elsewhere, in the middle.
EYES = {"Astronaut": (0.198, 0.396), "Cat": (0.33, 0.388)}
SIDES = (16, 32, 64, 128, 256, 512)  # the last: 1.05 MB for the browser


def choose_fineness(rgb: np.ndarray) -> np.ndarray:
    """The picture with as many pixels as the reader asks for; a small one stays as it is."""
    if max(rgb.shape) <= SIDES[1]:
        return rgb
    side = st.select_slider(
        "Longest side, in pixels", SIDES, SIDES[-1], key="see_side", bind="query-params", width=360
    )
    return shrink_to(rgb, side if side in SIDES else SIDES[-1])


def look_into(text: PageText, image: np.ndarray, title: str) -> None:
    """The lens, what to notice under it, and the numbers counted."""
    height, width, channels = image.shape
    colour = channels == 3
    draw_lens(image, title, key="see_lens", start=EYES.get(title, (0.5, 0.5)))
    text.show("notice", order=text.sections["order"] if colour else "")
    text.show("channels" if colour else "grey")
    text.show(
        "count",
        height=height,
        width=width,
        channels="three numbers" if colour else "one number",
        count=channels,
        total=f"{count(image.shape).numbers:,}".replace(",", "{,}"),  # as a formula has it
    )


text = open_page("what_a_computer_sees")
title, picture = choose_photo("see_picture", small=True)
look_into(text, choose_fineness(picture), title)
draw_exercise("what_a_computer_sees", QUESTIONS["what_a_computer_sees"])
