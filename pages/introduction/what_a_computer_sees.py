"""A picture taken apart into its pixels and their numbers."""

from __future__ import annotations

import streamlit as st

from pages.support.data import load_dataset
from pages.support.lens import draw_lens
from pages.support.page import open_page

# Which test image of which set: clear shapes in clear colours.
PICTURES = {
    "frog": ("cifar10", "frog", 0),
    "ship": ("cifar10", "ship", 0),
    "horse": ("cifar10", "horse", 0),
    "digit": ("digits", "5", 0),
}
TITLES = {"frog": "A frog", "ship": "A ship", "horse": "A horse", "digit": "A handwritten 5"}


def picture(name: str):
    """One of PICTURES as uint8 (height, width, channels)."""
    source, label, number = PICTURES[name]
    dataset = load_dataset(source)
    return dataset.x_test[dataset.y_test == dataset.classes.index(label)][number]


text = open_page("what_a_computer_sees")
choice = st.segmented_control(
    "Picture",
    list(PICTURES),
    format_func=TITLES.get,
    default="frog",
    required=True,
    key="see_picture",
    bind="query-params",
)
name = choice if choice in PICTURES else "frog"
image = picture(name)
height, width, channels = image.shape
draw_lens(image, TITLES[name], key="see_lens")
text.show("notice", order=text.sections["order"] if channels == 3 else "")
text.show("channels" if channels == 3 else "grey")
text.show(
    "count",
    height=height,
    width=width,
    channels="three numbers" if channels == 3 else "one number",
    count=channels,
    total=f"{height * width * channels:,}",
)
