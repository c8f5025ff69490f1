"""A picture taken apart into its pixels and their numbers."""

from __future__ import annotations

import numpy as np
import streamlit as st

from pages.support.data import load_dataset
from pages.support.lens import draw_lens
from pages.support.page import PageText, open_page

# Title, and which test image of which set it is: clear shapes in clear colours.
PICTURES = {
    "A frog": ("cifar10", "frog", 16),
    "A ship": ("cifar10", "ship", 12),
    "A horse": ("cifar10", "horse", 13),
    "A handwritten 5": ("digits", "5", 7),
}
OWN = "Your own"


def choose_picture(text: PageText) -> tuple[np.ndarray, str] | None:
    """The picture to look into, uint8 (height, width, channels), and its title."""
    choice = st.segmented_control(
        "Picture",
        [*PICTURES, OWN],
        default=next(iter(PICTURES)),
        required=True,
        key="see_picture",
        bind="query-params",
        wrap=True,
    )
    if choice == OWN:
        return own_picture(text)
    title = choice if choice in PICTURES else next(iter(PICTURES))
    source, label, number = PICTURES[title]
    dataset = load_dataset(source)
    of_class = dataset.x_test[dataset.y_test == dataset.classes.index(label)]
    return of_class[number], title


def look_into(text: PageText, image: np.ndarray, title: str) -> None:
    """The lens, what to notice under it, and the numbers counted."""
    height, width, channels = image.shape
    colour = channels == 3
    draw_lens(image, title, key="see_lens")
    text.show("notice", order=text.sections["order"] if colour else "")
    text.show("channels" if colour else "grey")
    text.show(
        "count",
        height=height,
        width=width,
        channels="three numbers" if colour else "one number",
        count=channels,
        total=f"{height * width * channels:,}".replace(",", "{,}"),  # as a formula has it
    )


def own_picture(text: PageText) -> tuple[np.ndarray, str] | None:
    """The middle square of an uploaded picture; None, and why, while there is none."""
    from cnnlib.pixels import ImageError, decode_image, fit_square

    left, right = st.columns(2)
    file = left.file_uploader(
        "PNG, JPEG or WebP", type=["png", "jpg", "jpeg", "webp"], key="see_file"
    )
    side = right.slider("Pixels to a side", 8, 128, 32, step=8, key="see_side", bind="query-params")
    if file is None:
        text.show("own")
        return None
    try:
        square = fit_square(decode_image(file.getvalue()), side)
    except ImageError as error:
        st.error(str(error), icon=":material/image_not_supported:")
        return None
    return np.rint(255 * square).astype(np.uint8), "Your picture"


text = open_page("what_a_computer_sees")
chosen = choose_picture(text)
if chosen:
    look_into(text, *chosen)
