"""A picture as a volume of numbers: its planes, how finely they are kept, and each of them open to
change."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib import edits as changes
from cnnlib.edits import Edit, EditError, Place
from cnnlib.pixels import fit_square
from cnnlib.quantisation import FEWEST_BITS, MOST_BITS, count, quantise
from cnnlib.questions_game_changer import QUESTIONS
from pages.support.exercise import draw_exercise
from pages.support.page import PageText, fill, open_page
from pages.support.photos import choose_photo
from pages.support.planes import draw_planes

SIDES = (4, 64)  # pixels
USUAL_SIDE = 32  # the article's
PIXEL, EDITS = "pixels_at", "pixels_edits"  # in the address
CHANNELS = ("Red", "Green", "Blue")
# Settings, planes and editor: side by side where there is room, with the editor under the settings;
# below each other on a phone, where the editor belongs under what it changes.
STYLE = """<style>
@media (min-width: 1000px) {
  .st-key-pixels_bench { display: grid; grid-template: auto 1fr / min(17.5rem, 40%) minmax(0, 1fr);
    gap: 1rem 2rem; }
  .st-key-pixels_bench > :nth-child(2) { grid-column: 2; grid-row: 1 / span 2; }
}
</style>"""


def settings(text: PageText) -> tuple[int, int]:
    """Draw the two sliders: pixels a side, and bits a channel."""
    side = st.slider(
        "Resolution: pixels a side",
        *SIDES,
        USUAL_SIDE,
        key="pixels_side",
        bind="query-params",
        on_change=forget,
    )
    bits = st.slider(
        "Bit depth: bits a channel",
        FEWEST_BITS,
        MOST_BITS,
        MOST_BITS,
        key="pixels_bits",
        bind="query-params",
    )
    found = count((side, side, 3), bits)
    values = {"levels": found.levels, "colours": f"{found.colours:,}", "bytes": f"{found.bytes:,}"}
    st.caption(fill(text.sections["depth"], values))
    return side, bits


def forget() -> None:
    """Another picture or size starts with its own pixels."""
    st.query_params.pop(EDITS, None)
    st.query_params.pop(PIXEL, None)


def chosen_place(side: int) -> Place:
    """The pixel that the address names, or the middle one."""
    try:
        return changes.place_from_text(st.query_params[PIXEL], side, side)
    except (KeyError, EditError):
        return Place(side // 2, side // 2)


def choose(place: Place) -> None:
    st.query_params[PIXEL] = changes.place_to_text(place)


def edits_from_address(side: int) -> tuple[Edit, ...]:
    """The changed pixels that the address names; none, and why, if they cannot be."""
    try:
        return changes.edits_from_text(st.query_params.get(EDITS, ""), side, side)
    except EditError as error:
        st.warning(f"The picture is shown unchanged. {error}", icon=":material/edit_off:")
        return ()


def keep(edits: tuple[Edit, ...]) -> None:
    if edits:
        st.query_params[EDITS] = changes.edits_to_text(edits)
    else:
        st.query_params.pop(EDITS, None)


def change(edits: tuple[Edit, ...], place: Place) -> None:
    """Take the three numbers over into the picture."""
    colour = tuple(int(st.session_state[f"pixels_{name}"]) for name in CHANNELS)
    try:
        keep(changes.with_edit(edits, Edit(place, colour)))
    except EditError as error:
        st.session_state["pixels_refused"] = str(error)


def edit_pixel(
    text: PageText, image: np.ndarray, kept: np.ndarray, place: Place, edits: tuple[Edit, ...]
) -> None:
    """The chosen pixel's numbers, to change and to take back."""
    st.markdown(f"**Pixel in row {place.row + 1}, column {place.column + 1}**")
    with st.container(horizontal=True, gap="small"):
        for name, value in zip(CHANNELS, image[place].tolist(), strict=True):
            st.session_state[f"pixels_{name}"] = value
            st.number_input(
                name,
                0,
                255,
                key=f"pixels_{name}",
                on_change=change,
                args=(edits, place),
                width=82,
            )
    st.caption(fill(text.sections["kept"], {"kept": ", ".join(map(str, kept[place].tolist()))}))
    if "pixels_refused" in st.session_state:
        st.warning(st.session_state.pop("pixels_refused"), icon=":material/edit_off:")
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Undo",
            icon=":material/undo:",
            key="pixels_undo",
            disabled=not edits,
            on_click=keep,
            args=(edits[:-1],),
        )
        st.button(
            "Undo all",
            icon=":material/restart_alt:",
            key="pixels_restore",
            disabled=not edits,
            on_click=keep,
            args=((),),
        )
    st.caption(f"Changed pixels: {len(edits)}.")


text = open_page("pixels")
st.html(STYLE)
title, picture = choose_photo("pixels_picture", on_change=forget)
with st.container(key="pixels_bench"):
    with st.container():
        side, bits = settings(text)
    place, edits = chosen_place(side), edits_from_address(side)
    small = np.rint(255 * fit_square(picture, side)).astype(np.uint8)
    image = changes.apply_edits(small, edits)
    kept = quantise(image, bits)
    with st.container():
        draw_planes(kept, title, bits=bits, chosen=place, on_choice=choose, key="pixels_planes")
    with st.container():
        edit_pixel(text, image, kept, place, edits)
text.show("notice")
text.show("volume")
if side != USUAL_SIDE:
    total = f"{count(image.shape).numbers:,}".replace(",", "{,}")  # as a formula has it
    text.show("count", side=side, total=total)
text.show("fewer")
text.show("bits")
draw_exercise("pixels", QUESTIONS["pixels"])
