"""The choice of a photo: one of those that the app ships, or the reader's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from cnnlib.pixels import MAX_BYTES, ImageError, decode_image

FOLDER = Path(__file__).resolve().parent.parent.parent / "assets" / "photos"
KINDS = (".png", ".jpg", ".jpeg", ".webp")
OWN = "Your own"


@st.cache_data(max_entries=24, show_spinner=False)
def read_photo(data: bytes) -> np.ndarray:
    """A file's bytes as uint8 (height, width, 3), decoded once."""
    return decode_image(data)


def shipped_photos() -> dict[str, Path]:
    """The sample photos by what they show, which is their file's name."""
    files = (path for path in sorted(FOLDER.iterdir()) if path.suffix in KINDS)
    return {path.stem.replace("_", " ").capitalize(): path for path in files}


def choose_photo(key: str) -> tuple[str, np.ndarray]:
    """Draw the choice and return the photo's title and its uint8 (height, width, 3) pixels.

    Until a reader's own file is there, or when it cannot be read, the first photo stands in.
    """
    photos = shipped_photos()
    picked = st.segmented_control(
        "Picture",
        [*photos, OWN],
        default=next(iter(photos)),
        required=True,
        key=key,
        bind="query-params",
        wrap=True,
    )
    first = next(iter(photos))
    if picked == OWN:
        file = st.file_uploader(
            "A photo: PNG, JPEG or WebP",
            type=[kind[1:] for kind in KINDS],
            max_upload_size=MAX_BYTES // 1_000_000,
            key=f"{key}_file",
        )
        if file is not None:
            try:
                return "Your photo", read_photo(file.getvalue())
            except ImageError as error:
                st.error(str(error), icon=":material/image_not_supported:")
    title = picked if picked in photos else first
    return title, read_photo(photos[title].read_bytes())
