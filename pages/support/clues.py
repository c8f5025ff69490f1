"""The filters of one layer that fire most in an image, with what else fires them."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import streamlit as st

from cnnlib.firing import strongest_filters, strongest_places
from cnnlib.patches import patch_picture
from pages.support.components import component
from pages.support.image_choice import ChosenImage
from pages.support.maps import number_text
from pages.support.page import PageText
from pages.support.scans import PATCH_SIDE, Scan, drawn, patches

IMAGE_SIDE = 112  # screen pixels
_clues = component("clues")


def draw_clues(
    text: PageText, scan: Scan, at: int, maps: np.ndarray, image: ChosenImage, *, most: int
) -> None:
    """Draw `most` filters of `scan.layers[at]`, whose maps of the image are `maps`."""
    layer = scan.layers[at]
    sees = f"{layer.field.rows.size} × {layer.field.columns.size}"
    numbers, shares = strongest_filters(maps, scan.found.filters[at].record)
    st.subheader(f"Convolution {layer.number} :small[each number sees {sees} pixels]", anchor=False)
    st.caption(_silent_text(scan, at, fired=len(numbers)))
    if not len(numbers):
        text.show("nothing_fires")
        return
    shown = drawn(image.shown, IMAGE_SIDE, f"{image.name}, with the places marked")
    filters = [
        _filter(scan, at, maps[:, :, number], int(number), float(share), image)
        for number, share in zip(numbers[:most], shares[:most], strict=True)
    ]
    title = f"The filters of convolution {layer.number} that fire most"
    _clues(data={"title": title, "image": shown, "filters": filters}, key=f"clues_{layer.number}")


def _silent_text(scan: Scan, at: int, *, fired: int) -> str:
    count, dead = scan.layers[at].shape[2], int(scan.found.filters[at].dead.sum())
    said = f"{fired} of {count} filters fire somewhere in this image."
    if dead:
        are = "filter is" if dead == 1 else "filters are"
        said += f" {dead} {are} dead: no firing in any of the {len(scan.images):,} images scanned."
    return said


def _filter(
    scan: Scan, at: int, feature_map: np.ndarray, number: int, share: float, image: ChosenImage
) -> dict[str, object]:
    """One filter as `assets/components/clues.js` draws it."""
    field = scan.layers[at].field
    windows = [field.window(*place) for place in strongest_places(feature_map, field)]
    here = drawn(patch_picture(image.shown, windows[0]), PATCH_SIDE, "Its strongest place here")
    return {
        "name": f"Filter {number + 1}",
        "text": f"fires up to {number_text(float(feature_map.max()))}, {_record_text(share)}",
        "boxes": [asdict(window.within(*image.shown.shape[:2])) for window in windows],
        "here": {**here, "caption": "here"},
        "patches": patches(scan, at, number),
    }


def _record_text(share: float) -> str:
    if not np.isfinite(share):
        return "and for no image scanned"
    return f"{share * 100:.0f} % of its record"
