"""One image, changed at random again and again: a grid for one augmentation, a row of all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnnlib.augmentation import AUGMENT
from cnnlib.augmentation_sweep import usual_strength
from pages.support.choices import choose
from pages.support.image_choice import ChosenImage
from pages.support.page import PageText
from pages.support.pictures import picture_row
from pages.support.settings import TITLES

VARIANTS = 12
ROW_SEED = 0
GRID_SIDE = 112  # screen pixels: four pictures a row beside the chosen image
SCALE = 3  # screen pixels to a pixel, in the row


@dataclass(frozen=True)
class Control:
    """The slider of an augmentation's strength: from `low` to `high`, far beyond what helps."""

    label: str
    low: float
    high: float
    step: float
    format: str | None = None


CONTROLS = {
    "flip": Control("Share that is mirrored", 0.0, 1.0, 0.05, "percent"),
    "shift": Control("Furthest move, share of the side", 0.025, 1.0, 0.025, "percent"),
    "zoom": Control("Largest magnification", 1.0, 5.0, 0.1, "%.1f ×"),
    "rotate": Control("Largest turn", 0.0, 180.0, 5.0, "%.0f°"),
    "affine": Control("Strength, 1 as in training", 0.0, 4.0, 0.25),
    "brightness": Control("Largest change of the light", 0.0, 2.0, 0.05, "percent"),
    "noise": Control("Standard deviation, white is 1", 0.0, 0.8, 0.01),
    "cutout": Control("Side of the square, share of the image's", 0.05, 1.0, 0.05, "percent"),
}


@st.fragment
def draw_grid(text: PageText, image: ChosenImage, *, key: str) -> None:
    """Twelve variants of an image by one augmentation, as strong as the slider says."""
    titles = {name: TITLES[name] for name in CONTROLS}
    name = choose("Augmentation", titles, key=f"{key}_kind", default="rotate", wrap=True)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        strength = _strength(name, key)
        draw = st.number_input(
            "Throw of the dice", 1, 9999, 1, key=f"{key}_draw", bind="query-params", width=150
        )
    drawn = variants(name, image.pixels, strength, int(draw))
    titled = titles[name].lower()
    picture_row(
        _bytes(drawn),
        alts=[f"{image.name}, {titled}, variant {at}" for at in range(1, VARIANTS + 1)],
        scale=GRID_SIDE // image.pixels.shape[1],
    )
    text.show(f"about_{name}")


def draw_row(image: ChosenImage, mixed: np.ndarray) -> None:
    """The image as it is, and once by each augmentation as strong as in training; `mixed` last."""
    drawn = [variants(name, image.pixels, usual_strength(name), ROW_SEED)[3] for name in AUGMENT]
    names = ["As it is", *(TITLES[name] for name in AUGMENT), TITLES["mixup"]]
    picture_row(
        _bytes(np.stack([image.pixels, *drawn, mixed])),
        captions=names,
        alts=[f"{image.name}: {name.lower()}" for name in names],
        scale=SCALE,
    )


def variants(name: str, image: np.ndarray, strength: float, seed: int) -> np.ndarray:
    """Twelve (height, width, channels) variants of one image."""
    copies = np.repeat(image[np.newaxis], VARIANTS, axis=0)
    return AUGMENT[name](copies, np.random.default_rng(seed), strength)


def _strength(name: str, key: str) -> float:
    control, usual = CONTROLS[name], usual_strength(name)
    picked = st.slider(
        control.label,
        control.low,
        control.high,
        usual,
        control.step,
        format=control.format,
        key=f"{key}_{name}",
        bind="query-params",
        width=380,
    )
    return picked if control.low <= picked <= control.high else usual


def _bytes(images: np.ndarray) -> np.ndarray:
    return np.rint(images * 255).astype(np.uint8)
