"""A data set's numbers before and after preprocessing, and one image followed through it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnnlib import explain
from cnnlib.preprocessing import TITLES, Affine, channel_maps, level_shares
from cnnlib.scaling import channel_statistics
from pages.support.chart import draw_chart
from pages.support.choices import choose
from pages.support.components import component
from pages.support.data import load_dataset
from pages.support.encoded import array_text
from pages.support.image_choice import ChosenImage

CHANNELS = ("Red", "Green", "Blue")
_rescale = component("rescale", shared="canvas")


@dataclass(frozen=True, eq=False)
class PixelFigures:
    """What there is to say of a data set's training pixels; a row or an entry a channel.

    `mean` and `deviation` are on the scale from 0 to 1; `maps` are those of each scaling.
    """

    mean: np.ndarray
    deviation: np.ndarray
    shares: np.ndarray
    maps: dict[str, tuple[Affine, ...]]


@st.cache_resource(max_entries=4, show_spinner=False)
def pixel_figures(name: str) -> PixelFigures:
    """Of the bundled sample, which everyone has."""
    images = load_dataset(name).x_train
    mean, deviation = channel_statistics(images)
    maps = {scaling: channel_maps(scaling, images) for scaling in TITLES}
    return PixelFigures(mean, deviation, level_shares(images), maps)


def draw_histograms(figures: PixelFigures, *, key: str) -> None:
    """One for each scaling, side by side; below each other on a phone."""
    from cnnlib.preprocessing_figures import level_histogram

    for column, (scaling, title) in zip(st.columns(len(TITLES)), TITLES.items(), strict=True):
        maps = figures.maps[scaling]
        ends = f"{min(m(0) for m in maps):.3g} to {max(m(255) for m in maps):.3g}"
        with column:
            draw_chart(
                level_histogram(figures.shares, 255 * figures.mean, maps, title),
                key=f"{key}_{scaling}",
                alt=f"Histogram of all training pixels, {title.lower()}: from {ends}.",
            )


def draw_rescaling(chosen: ChosenImage, figures: PixelFigures, *, key: str) -> None:
    """One channel of the image, raw, scaled and standardised; pointing stays in the browser."""
    channels = chosen.shown.shape[2]
    channel = 0
    if channels > 1:
        channel = CHANNELS.index(choose("Channel", CHANNELS, key=f"{key}_channel"))
    plane = np.ascontiguousarray(chosen.shown[..., channel])
    row, column = np.unravel_index(int(plane.argmax()), plane.shape)
    _rescale(
        data={
            "title": chosen.name,
            "channel": CHANNELS[channel].lower() if channels > 1 else "",
            "height": plane.shape[0],
            "width": plane.shape[1],
            "levels": array_text(plane),
            "mean": float(figures.mean[channel]),
            "deviation": max(float(figures.deviation[channel]), 1 / 255),
            "palette": array_text(explain.palette(signed=True)),
            "row": int(row),
            "column": int(column),
        },
        key=f"{key}_{channel}",
    )
