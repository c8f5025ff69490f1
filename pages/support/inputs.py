"""The ways to hand a network a picture: draw it, upload it, take it, or pick one of ours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnnlib import datasets
from cnnlib.inputs import drawing_input, photo_input, preview
from cnnlib.pixels import MAX_PIXELS, ImageError, decode_image, to_png
from pages.support.choices import choose
from pages.support.data import load_dataset
from pages.support.drawing import SIDE, draw_canvas
from pages.support.image_choice import number_or_random
from pages.support.page import PageText, fill
from pages.support.photos import OWN_WAYS, ask_camera, ask_file, shipped_photos

PHOTO = " (photo)"  # tells the sample photo of a cat from the class of cats
WAYS = {**OWN_WAYS, "sample": "Sample"}


@dataclass(frozen=True)
class Given:
    """What a reader hands to a network.

    Attributes:
        seen: (height, width, channels) float32 in [0, 1], as the network takes it.
        name: what it is, for a sentence: "your drawing".
        truth: what it really shows, if known; a name that may be none of the network's classes.
        drawing: (height, width, 4) uint8, if it was drawn.
    """

    seen: np.ndarray
    name: str
    truth: str | None = None
    drawing: np.ndarray | None = None


def choose_way(known: datasets.DatasetInfo, *, key: str) -> str:
    """Draw the choice of a way and return it: one of WAYS. What fits the network comes first."""
    digits = known.image_shape[2] == 1
    options = WAYS if digits else dict(reversed(WAYS.items()))
    return choose("Picture", options, key=f"{key}_way" if digits else f"{key}_photo_way")


def take_picture(
    way: str, text: PageText, known: datasets.DatasetInfo, *, key: str
) -> Given | None:
    """Draw one of WAYS; None while there is no picture, with the reason if it was refused.

    Only the chosen way runs: nobody is asked for their camera who did not ask for it.
    """
    take = {"draw": _drawn, "upload": _uploaded, "camera": _taken, "sample": _picked}
    try:
        return take[way](text, known, key)
    except ImageError as error:
        st.error(str(error), icon=":material/image_not_supported:")
        return None


def _drawn(text: PageText, known: datasets.DatasetInfo, key: str) -> Given | None:
    digits = known.image_shape[2] == 1
    drawing = draw_canvas(text.sections["paper" if digits else "paper_photo"], key=f"{key}_draw")
    st.caption(text.sections["by_keyboard"])  # above, the canvas's toolbar would open over it
    if not digits:
        st.caption(text.sections["drawn_photo"])
    if drawing is None:
        return None
    return Given(drawing_input(drawing, known.image_shape), "your drawing", drawing=drawing)


def _uploaded(text: PageText, known: datasets.DatasetInfo, key: str) -> Given | None:
    label = text.sections["upload" if known.image_shape[2] == 1 else "upload_photo"]
    data = ask_file(label, key=key)
    limit = {"megapixels": MAX_PIXELS // 1_000_000}
    st.caption(fill(text.sections["upload_limits"], limit))
    return None if data is None else _photo(data, known, "your picture")


def _taken(text: PageText, known: datasets.DatasetInfo, key: str) -> Given | None:
    label = text.sections["camera" if known.image_shape[2] == 1 else "camera_photo"]
    data = ask_camera(label, key=key)
    return None if data is None else _photo(data, known, "your photo")


def _photo(data: bytes, known: datasets.DatasetInfo, name: str, truth: str | None = None) -> Given:
    """A file as a network's input, with the picture itself drawn above."""
    small, seen = _read_photo(data, known.image_shape)
    st.image(to_png(small), alt=f"{name.capitalize()} as it was given", width=small.shape[1])
    return Given(seen, name, truth)


@st.cache_data(max_entries=64, show_spinner=False)
def _read_photo(data: bytes, image_shape: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A small uint8 RGB copy to show, and the input: a photo is decoded once."""
    rgb = decode_image(data)
    return preview(rgb, SIDE, square=image_shape[2] == 3), photo_input(rgb, image_shape)


def _picked(text: PageText, known: datasets.DatasetInfo, key: str) -> Given | None:
    photos = {}
    if known.image_shape[2] == 3:
        photos = {f"{title.lower()}{PHOTO}": file for title, file in shipped_photos().items()}
    names = [*known.classes, *photos]
    class_key, number_key = f"{key}_{known.name}_class", f"{key}_{known.name}_number"
    chosen = st.selectbox("Sample of", names, key=class_key, bind="query-params")
    if chosen in photos:
        truth = chosen.removesuffix(PHOTO)
        return _photo(photos[chosen].read_bytes(), known, f"the photo of {truth}", truth)
    dataset = load_dataset(known.name)
    counts = np.bincount(dataset.y_test, minlength=len(known.classes))
    most = int(counts.min())  # the same for each class, so that a number stays when it changes
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = number_or_random(known.classes, most, class_key, number_key, f"{key}_random")
    label = known.classes.index(chosen) if chosen in known.classes else 0
    image = dataset.x_test[dataset.y_test == label][number - 1]
    st.caption(fill(text.sections["sample"], {"count": f"{len(dataset.x_test):,}"}))
    truth = known.classes[label]
    return Given(datasets.scale(image), f"test image {number} of class {truth}", truth)
