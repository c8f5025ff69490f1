"""The choice of one image for a network: a test image by class and number, or the reader's own."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnnlib import datasets
from cnnlib.inputs import drawing_input, photo_input
from cnnlib.pixels import ImageError, decode_image
from pages.support.choices import choose
from pages.support.data import load_dataset
from pages.support.drawing import draw_canvas
from pages.support.photos import ask_file
from pages.support.pictures import picture

LARGE = 256  # screen pixels
WAYS = {"test": "Test image", "own": "Your picture", "draw": "Your drawing"}


@dataclass(frozen=True, eq=False)
class ChosenImage:
    """One image as a network takes it.

    Attributes:
        pixels: (height, width, channels) float32 in [0, 1].
        name: what it is, for a sentence: "test image 3 of class frog".
        label: the index of its true class; None for the reader's own picture.
    """

    pixels: np.ndarray
    name: str
    label: int | None

    @property
    def shown(self) -> np.ndarray:
        """The image as uint8, for drawing."""
        return np.rint(self.pixels * 255).astype(np.uint8)


def choose_image(dataset: str, *, key: str, drawing: bool = False) -> ChosenImage:
    """Draw the choice and return the chosen image of the size that `dataset` has.

    While there is no usable picture of the reader's own, and it is said why, the test image stays.
    With `drawing` the reader may draw one too.
    """
    known = datasets.info(dataset)
    ways = {way: title for way, title in WAYS.items() if drawing or way != "draw"}
    way = choose("Picture", ways, key=f"{key}_way", default="test")
    own = None
    if way == "own":
        own = _own_picture(known, key)
    elif way == "draw":
        own = _own_drawing(known, key)
    return own or _test_image(known, key, hidden=way != "test")


def choose_and_show(dataset: str, *, key: str, drawing: bool = False) -> ChosenImage:
    """`choose_image`, with the image below, large, and its name."""
    image = choose_image(dataset, key=key, drawing=drawing)
    picture(image.shown, alt=image.name, scale=LARGE // image.shown.shape[1])
    st.caption(image.name.capitalize())
    return image


def image_address(dataset: str, label: int, number: int, *, key: str) -> dict[str, str]:
    """The query that makes `choose_image` of the same key open with this test image."""
    name = datasets.info(dataset).classes[label]
    return {_class_key(key, dataset): name, _number_key(key, dataset): str(number)}


def number_in_class(labels: np.ndarray, index: int) -> int:
    """What `choose_image` calls the test image at `index`: its place in its class, from 1.

    >>> number_in_class(np.array([7, 2, 7, 7]), 3)
    3
    """
    return int(np.sum(labels[: index + 1] == labels[index]))


def _test_image(known: datasets.DatasetInfo, key: str, *, hidden: bool) -> ChosenImage:
    dataset = load_dataset(known.name)
    # The same for each class, so that a number stays when the class changes.
    most = int(np.bincount(dataset.y_test).max())
    class_key, number_key = _class_key(key, known.name), _number_key(key, known.name)
    if hidden:
        name, number = known.classes[0], 1
    else:
        name, number = _class_and_number(known.classes, most, class_key, number_key)
    label = known.classes.index(name) if name in known.classes else 0
    images = dataset.x_test[dataset.y_test == label]
    number = min(number, len(images))
    title = f"test image {number} of class {known.classes[label]}"
    return ChosenImage(datasets.scale(images[number - 1]), title, label)


def _class_and_number(
    classes: Sequence[str], most: int, class_key: str, number_key: str
) -> tuple[str, int]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Class", classes, key=class_key, bind="query-params", width=150)
        number = number_or_random(classes, most, class_key, number_key, f"{number_key}_random")
    return name, number


def number_or_random(
    classes: Sequence[str], most: int, class_key: str, number_key: str, random_key: str
) -> int:
    """Draw the number of an image in its class, from 1 to `most`, and a button that picks any image
    of any class; returns the number."""
    number = st.number_input("Number", 1, most, key=number_key, bind="query-params", width=140)
    icon = ":material/shuffle:"
    given = (classes, most, class_key, number_key)
    st.button("Random", icon=icon, key=random_key, on_click=_pick_any, args=given)
    return number


def _pick_any(classes: Sequence[str], most: int, class_key: str, number_key: str) -> None:
    st.session_state[class_key] = random.choice(classes)
    st.session_state[number_key] = random.randint(1, most)


def _own_picture(known: datasets.DatasetInfo, key: str) -> ChosenImage | None:
    digits = known.image_shape[2] == 1
    data = ask_file("A photo of one digit on paper" if digits else "A photo", key=key)
    if data is None:
        return None
    try:
        pixels = _read_picture(data, known.image_shape)
    except ImageError as error:
        st.error(str(error), icon=":material/image_not_supported:")
        return None
    return ChosenImage(pixels, "your picture", None)


def _own_drawing(known: datasets.DatasetInfo, key: str) -> ChosenImage | None:
    what = "one digit" if known.image_shape[2] == 1 else "something"
    try:
        drawn = draw_canvas(f"**Draw {what}**", key=f"{key}_draw")
        if drawn is None:
            return None
        return ChosenImage(drawing_input(drawn, known.image_shape), "your drawing", None)
    except ImageError as error:
        st.error(str(error), icon=":material/image_not_supported:")
        return None


@st.cache_data(max_entries=32, show_spinner=False)
def _read_picture(data: bytes, image_shape: tuple[int, int, int]) -> np.ndarray:
    """A file as a network's input: a photo is decoded once."""
    return photo_input(decode_image(data), image_shape)


def _class_key(key: str, dataset: str) -> str:
    return f"{key}_{dataset}_class"


def _number_key(key: str, dataset: str) -> str:
    return f"{key}_{dataset}_number"
