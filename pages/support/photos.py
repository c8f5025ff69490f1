"""The choice of a picture: one of those that the app ships, or the reader's own.

A reader's own comes from a file, from the camera or from a drawing. The parts that ask for a file
or a camera picture are here once, for every page that takes one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import streamlit as st

from cnnlib.filtering import shrink_to
from cnnlib.inputs import on_white
from cnnlib.pixels import MAX_BYTES, ImageError, decode_image
from pages.support.choices import choose
from pages.support.data import load_dataset
from pages.support.drawing import draw_canvas

FOLDER = Path(__file__).resolve().parent.parent.parent / "assets" / "photos"
KINDS = (".png", ".jpg", ".jpeg", ".webp")
OWN = "Your own"
OWN_WAYS = {"draw": "Draw", "upload": "Upload", "camera": "Camera"}
MOST_SIDE = 1024  # pixels: as much as any page shows, and little enough to be kept
# Title, and which test image of which set it is: clear shapes in clear colours.
SMALL = {
    "A frog": ("cifar10", "frog", 16),
    "A ship": ("cifar10", "ship", 12),
    "A horse": ("cifar10", "horse", 13),
    "A handwritten 5": ("digits", "5", 7),
}


@st.cache_data(max_entries=24, show_spinner=False)
def read_photo(data: bytes) -> np.ndarray:
    """A file's bytes as uint8 (height, width, 3), no side above MOST_SIDE, decoded once."""
    return shrink_to(decode_image(data), MOST_SIDE)


def shipped_photos() -> dict[str, Path]:
    """The sample photos by what they show, which is their file's name."""
    files = (path for path in sorted(FOLDER.iterdir()) if path.suffix in KINDS)
    return {path.stem.replace("_", " ").capitalize(): path for path in files}


def small_picture(title: str) -> np.ndarray:
    """One of SMALL: uint8 (height, width, channels) as its data set has it."""
    source, label, number = SMALL[title]
    dataset = load_dataset(source)
    return dataset.x_test[dataset.y_test == dataset.classes.index(label)][number]


def ask_file(label: str, *, key: str, on_change: Callable[[], None] | None = None) -> bytes | None:
    """Draw the place for a picture file; the file's bytes, None while there is none."""
    file = st.file_uploader(
        label,
        type=[kind[1:] for kind in KINDS],
        max_upload_size=MAX_BYTES // 1_000_000,
        key=f"{key}_file",
        on_change=on_change,
    )
    return None if file is None else file.getvalue()


def ask_camera(
    label: str, *, key: str, on_change: Callable[[], None] | None = None
) -> bytes | None:
    """Draw the camera; the bytes of the picture that was taken, None while there is none."""
    file = st.camera_input(label, key=f"{key}_camera", on_change=on_change)
    return None if file is None else file.getvalue()


def choose_photo(
    key: str,
    *,
    small: bool = False,
    first: str | None = None,
    on_change: Callable[[], None] | None = None,
) -> tuple[str, np.ndarray]:
    """Draw the choice and return the picture's title and its uint8 (height, width, 3) pixels.

    With `small`, the pictures of SMALL can be chosen too, and may have one channel. `first` is the
    title of the one that is chosen at first, and that stands in until a reader's own picture is
    there, or when it cannot be read; the first photo without it.
    `on_change` is called before the page runs again with another picture.
    """
    photos = shipped_photos()
    extra = list(SMALL) if small else []
    first = first if first in [*photos, *extra] else next(iter(photos))
    picked = choose(
        "Picture",
        [*photos, *extra, OWN],
        key=key,
        default=first,
        wrap=True,
        on_change=on_change,
    )
    if picked == OWN:
        own = _own_photo(key, on_change)
        if own is not None:
            return own
        st.caption(f"Until there is one of yours, a sample stands in: {first.lower()}.")
    title = first if picked == OWN else picked
    if title in extra:
        return title, small_picture(title)
    return title, read_photo(photos[title].read_bytes())


def _own_photo(key: str, on_change: Callable[[], None] | None) -> tuple[str, np.ndarray] | None:
    """The reader's own picture, by the way they choose; only that way runs."""
    way = choose(
        "Where from",
        OWN_WAYS,
        key=f"{key}_way",
        default="upload",
        help="It goes to this server only, and is written to no file.",
        on_change=on_change,
    )
    try:
        if way == "draw":
            drawing = draw_canvas("**Draw something**", key=f"{key}_draw")
            return None if drawing is None else ("Your drawing", on_white(drawing))
        if way == "camera":
            data = ask_camera("Take a photo", key=key, on_change=on_change)
        else:
            data = ask_file("A photo: PNG, JPEG or WebP", key=key, on_change=on_change)
        return None if data is None else ("Your photo", read_photo(data))
    except ImageError as error:
        st.error(str(error), icon=":material/image_not_supported:")
        return None
