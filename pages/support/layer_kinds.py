"""Four other kinds of convolution, each on the picture, with its numbers."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib.convolution import conv2d, window_at
from cnnlib.filter_bank import CHANNEL_MIXES
from cnnlib.filtering import grey
from cnnlib.kernels import KERNELS
from cnnlib.pixels import fit_square
from cnnlib.transposed import conv2d_transpose
from pages.support.layer_settings import within
from pages.support.maps import Sheet, draw_maps, number_text
from pages.support.page import PageText
from pages.support.stage import stage

CHANNELS = ("red", "green", "blue")
SHEET_SIDE = 96
SMALL_SIDE = 16
CORNER = 3  # rows and columns of the input of the transposed convolution
WRITTEN_SIDE = 280  # screen pixels of the output, twice those of what it is made from
LEGEND_WIDTH = 210


def draw_kinds(text: PageText, image: np.ndarray) -> None:
    """1 × 1, depthwise, dilated and transposed convolution."""
    with st.expander("1 × 1 convolution: channels mixed at every pixel"):
        _draw_one_by_one(text, image)
    with st.expander("Depthwise convolution: every channel for itself"):
        _draw_depthwise(text, image)
    with st.expander("Dilated convolution: the same weights, further apart"):
        _draw_dilated(text, image)
    with st.expander("Transposed convolution: from small to large"):
        _draw_transposed(text, image)


def _draw_one_by_one(text: PageText, image: np.ndarray) -> None:
    text.show("one_by_one")
    kernels = np.array([*CHANNEL_MIXES.values()], np.float32).T[np.newaxis, np.newaxis]
    mixed = conv2d(image[np.newaxis], kernels)[0]
    names = tuple(CHANNEL_MIXES)
    sheet = Sheet("Three 1 × 1 filters", mixed, True, side=SHEET_SIDE, names=names)
    draw_maps(sheet, key="layer_one_by_one")
    middle = len(image) // 2
    trace = window_at(image[np.newaxis], kernels, row=middle, column=middle)
    terms = " + ".join(
        f"{number_text(float(pixel))} × {number_text(float(weight))}"
        for pixel, weight in zip(trace.window.flat, trace.kernel.flat, strict=True)
    )
    text.show("one_by_one_sum", sum=f"{terms} = **{number_text(trace.total)}** ({names[0]})")


def _draw_depthwise(text: PageText, image: np.ndarray) -> None:
    text.show("depthwise")
    chosen = ("sobel_x", "sobel_y", "laplacian")
    kernels = np.stack([KERNELS[name].weights for name in chosen], axis=-1)[:, :, np.newaxis]
    apart = conv2d(image[np.newaxis], kernels, padding="same", groups=3)[0]
    names = [
        f"{channel}: {KERNELS[name].title.split(',')[0]}"
        for channel, name in zip(CHANNELS, chosen, strict=True)
    ]
    sheet = Sheet("A filter a channel", apart, True, side=SHEET_SIDE, names=names)
    draw_maps(sheet, key="layer_depthwise")
    middle = len(image) // 2
    sums = (
        f"{channel} {number_text(float(value))}"
        for channel, value in zip(CHANNELS, apart[middle, middle], strict=True)
    )
    text.show("depthwise_sum", sums=", ".join(sums))


def _draw_dilated(text: PageText, image: np.ndarray) -> None:
    dilation = st.slider("Dilation", 1, 4, 2, key="layer_dilation", bind="query-params", width=320)
    dilation = within(dilation, 1, 4)
    text.show("dilated", dilation=dilation, reach=dilation * 2 + 1)
    small = grey(fit_square(np.rint(image * 255).astype(np.uint8), SMALL_SIDE))
    stage(small, KERNELS["outline"].weights, dilation=dilation, key="layer_dilated")


def _draw_transposed(text: PageText, image: np.ndarray) -> None:
    stride = st.slider(
        "Stride of the stamps", 1, 3, 2, key="layer_stamp_stride", bind="query-params", width=320
    )
    stride = within(stride, 1, 3)
    text.show("transposed", stride=stride)
    small = grey(fit_square(np.rint(image * 255).astype(np.uint8), CORNER)).round(2)
    kernel = KERNELS["gaussian_blur"].weights * 4
    grown = conv2d_transpose(
        small[np.newaxis, :, :, np.newaxis], kernel[:, :, np.newaxis, np.newaxis], stride=stride
    )[0]
    parts = {"Input": small[..., np.newaxis], "Kernel": kernel[..., np.newaxis], "Output": grown}
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        for name, cells in parts.items():
            side = WRITTEN_SIDE if name == "Output" else WRITTEN_SIDE // 2
            sheet = Sheet(name, cells.astype(np.float32), True, side=side, written=True)
            with st.container(width=max(side, LEGEND_WIDTH)):
                st.markdown(f"**{name}**")
                draw_maps(sheet, key=f"layer_stamp_{name.lower()}")
    value, weight = float(small[0, 0]), float(kernel[0, 0])
    text.show(
        "transposed_sum",
        value=number_text(value),
        weight=number_text(weight),
        product=number_text(value * weight),
        size=CORNER,
        stride=stride,
        kernel=len(kernel),
        side=len(grown),
    )
