"""One feature map large, beside the image and what it was made from."""

from __future__ import annotations

import streamlit as st

from cnnlib.explain import LayerPass, batch_norm_line, dead_maps, strongest_first
from cnnlib.layers import ActivationLayer, BatchNormLayer, ConvLayer, PoolLayer
from pages.support.image_choice import ChosenImage
from pages.support.maps import Sheet, draw_maps, number_text
from pages.support.page import LINE_WIDTH, PageText, fill
from pages.support.pictures import picture

SIDE = 224  # screen pixels of the large pictures: 8 to a pixel of a digit, 7 to one of a photo
COLUMN = SIDE + 10
SLICE_SIDE = 36
KERNEL_COLUMN = 360
COLOUR_SIDE = 108  # of each of three slices: room for the numbers in a 3 x 3 kernel
FEW_SLICES = 3
MANY_SLICES = 32  # of more, only so many are shown, the strongest


def draw_detail(text: PageText, image: ChosenImage, layer: LayerPass, number: int) -> None:
    """Draw map `number`, from 0, of a layer whose maps are pictures."""
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=COLUMN):
            st.markdown("**The image**")
            picture(image.shown, alt=image.name, scale=SIDE // image.shown.shape[1])
        if isinstance(layer.step.layer, ConvLayer):
            _draw_kernel(layer, number)
        elif layer.step.index:
            with st.container(width=COLUMN):
                st.markdown(f"**Map {number + 1}, one layer before**")
                values, signed = layer.received, layer.received_signed
                draw_maps(_large(f"Map {number + 1} before", values, number, signed), key="before")
        with st.container(width=COLUMN):
            st.markdown(f"**Map {number + 1}**")
            values = layer.passed_on
            draw_maps(_large(f"Map {number + 1}", values, number, layer.signed), key="large")
    st.markdown(_how_made(text, layer, number), width=LINE_WIDTH)
    if dead_maps(layer.passed_on)[number]:
        text.show("dead")


def _large(title: str, maps, number: int, signed: bool) -> Sheet:
    return Sheet(f"{title}, large", maps, signed, order=[number], side=SIDE)


def _draw_kernel(layer: LayerPass, number: int) -> None:
    kernel = layer.weights["kernel"][:, :, :, number]
    count = kernel.shape[2]
    few = count <= FEW_SLICES
    sheet = Sheet(
        f"The kernel of map {number + 1}",
        kernel,
        signed=True,
        order=strongest_first(kernel)[:MANY_SLICES].tolist() if count > MANY_SLICES else None,
        side=SIDE if count == 1 else COLOUR_SIDE if few else SLICE_SIDE,
        noun="slice",
        names=("red", "green", "blue") if not layer.step.index and count == 3 else None,
        written=few and len(kernel) <= FEW_SLICES,
    )
    with st.container(width=COLUMN if count == 1 else KERNEL_COLUMN):
        st.markdown("**Its kernel**")
        draw_maps(sheet, key="kernel")


def _how_made(text: PageText, layer: LayerPass, number: int) -> str:
    """In a sentence, how each number of the map came about."""
    made, kind = text.sections, layer.step.layer
    match kind:
        case ConvLayer():
            bias = float(layer.weights["bias"][number]) if kind.use_bias else 0.0
            slices = made["kernel" if layer.step.index else "first_kernel"]
            return f"{slices} {fill(made['made_conv'], {'bias': number_text(bias)})}"
        case BatchNormLayer():
            scale, shift = (float(numbers[number]) for numbers in batch_norm_line(layer.weights))
            return fill(
                made["made_batch_norm"], {"scale": number_text(scale), "shift": number_text(shift)}
            )
        case PoolLayer():
            return fill(made[f"made_{kind.mode}"], {"size": kind.size})
        case ActivationLayer(activation="relu"):
            return made["made_relu"]
        case ActivationLayer():
            return fill(made["made_other"], {"name": kind.activation})
    return ""
