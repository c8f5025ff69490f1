"""Exercises made from the convolution layer that a reader has set up on its page."""

from __future__ import annotations

import numpy as np

from cnnlib.convolution import window_at
from cnnlib.exercises import Exercise, Maker
from cnnlib.filter_bank import FilterBank
from cnnlib.layers import ConvLayer
from cnnlib.numerals import numeral
from cnnlib.shapes import axis_padding
from cnnlib.spec import LayerShape


def layer_questions(
    image: np.ndarray, bank: FilterBank, step: LayerShape
) -> tuple[Maker, Maker, Maker]:
    """Makers for one layer: `image` (height, width, 3), its filters, and its `step` in a trace."""
    return (
        lambda seed: one_number(seed, image, bank, step),
        lambda seed: own_side(step),
        lambda seed: own_parameters(step),
    )


def one_number(seed: int, image: np.ndarray, bank: FilterBank, step: LayerShape) -> Exercise:
    """Three partial sums and a bias, of a random cell of the layer's output."""
    rng = np.random.default_rng(seed)
    layer: ConvLayer = step.layer
    row, column, number = (int(rng.integers(size)) for size in step.output_shape)
    trace = window_at(
        image[np.newaxis],
        bank.kernels,
        bank.bias,
        row=row,
        column=column,
        filter=number,
        stride=layer.stride,
        padding=layer.padding,
    )
    red, green, blue = (float(total) for total in trace.channel_sums.round(2))
    bias = round(trace.bias, 2)
    answer = max(round(red + green + blue + bias, 2), 0.0)
    return Exercise(
        f"Your layer, filter {number + 1}, row {row + 1}, column {column + 1}: the products add up "
        f"to {_text(red)} in red, {_text(green)} in green and {_text(blue)} in blue; the bias is "
        f"{_text(bias)}. What is in the map there after ReLU?",
        answer,
        "Add the four numbers. What does ReLU do with a negative sum?",
        f"{_text(red)} + ({_text(green)}) + ({_text(blue)}) + ({_text(bias)}) = "
        f"{_text(red + green + blue + bias)}"
        + (", which ReLU makes 0" if red + green + blue + bias < 0 else ""),
        tolerance=0.005,
    )


def own_side(step: LayerShape) -> Exercise:
    """Rows of the layer's output."""
    layer: ConvLayer = step.layer
    size, kernel = step.input_shape[0], layer.kernel_size
    zeros = sum(axis_padding(layer.padding, 0, size, kernel, layer.stride))
    room = size + zeros - kernel
    return Exercise(
        f"Your layer slides {kernel} × {kernel} kernels over {size} rows with stride "
        f"{layer.stride} and “{layer.padding}” padding. How many rows has each of its maps?",
        step.output_shape[0],
        f"“{layer.padding.capitalize()}” padding adds {zeros} rows of zeros in all. How many "
        "places can the window's first row take?",
        f"({size} + {zeros} − {kernel}) / {layer.stride} = {room / layer.stride:g}, rounded down, "
        f"+ 1 = {step.output_shape[0]}",
    )


def own_parameters(step: LayerShape) -> Exercise:
    """Weights and biases of the layer."""
    layer: ConvLayer = step.layer
    taps = f"{layer.kernel_size} × {layer.kernel_size} × {step.input_shape[2]}"
    return Exercise(
        f"Your layer has {layer.filters} filters of {layer.kernel_size} × {layer.kernel_size} on a "
        "picture with three channels. How many numbers does training have to find for it, biases "
        "included?",
        step.parameters,
        "One filter reaches through all three channels, and has one bias.",
        f"({taps} + 1) × {layer.filters} = {step.parameters:,}",
    )


def _text(number: float) -> str:
    return numeral(round(number, 2), ".2f")
