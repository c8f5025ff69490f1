"""Exercises of the introduction and of "Convolution neural networks, the game changer"."""

from __future__ import annotations

import numpy as np

from cnnlib.activations import softmax
from cnnlib.challenge import relative_drop
from cnnlib.convolution import conv2d
from cnnlib.exercises import Exercise, Maker
from cnnlib.kernels import KERNELS
from cnnlib.questions_detective import DETECTIVE
from cnnlib.questions_pixels import (
    bit_levels,
    changed_numbers,
    colour_name,
    image_numbers,
    rounded_level,
)
from cnnlib.shapes import (
    conv_multiply_adds,
    conv_parameters,
    output_size,
    receptive_field,
    unused_cells,
)


def window_sum(seed: int) -> Exercise:
    """One number of a filtered image: nine products and their sum."""
    rng = np.random.default_rng(seed)
    names = ("sobel_x", "sobel_y", "prewitt_x", "prewitt_y", "laplacian", "sharpen")
    kernel = KERNELS[str(rng.choice(names))]
    window = rng.integers(0, 10, (3, 3))
    total = conv2d(window[None, :, :, None] * 1.0, kernel.weights[:, :, None, None] * 1.0)
    answer = round(float(total.item()), 6)
    products = " + ".join(
        f"{pixel} × ({weight:g})"
        for pixel, weight in zip(window.flat, kernel.weights.flat, strict=True)
        if weight
    )
    return Exercise(
        f"The window shows\n\n{_grid(window)}\n\nand the kernel ({kernel.title}) is\n\n"
        f"{_grid(kernel.weights)}\n\nThe bias is 0. What number comes out?",
        answer,
        "Multiply each pixel by the weight at the same place, then add all nine. Zeros drop out.",
        f"{products} = {answer:g}",
        tolerance=1e-6,
    )


def output_side(seed: int) -> Exercise:
    """The side of a filtered image."""
    rng = np.random.default_rng(seed)
    size, kernel = int(rng.integers(12, 65)), int(rng.choice((3, 5, 7)))
    stride, padding = int(rng.integers(1, 4)), int(rng.integers(0, 3))
    side = output_size(size, kernel, stride=stride, padding=padding)
    return Exercise(
        f"An image of {size} × {size} is filtered with a {kernel} × {kernel} kernel, stride "
        f"{stride}, and {padding} rows and columns of zeros on each side. How many rows come out?",
        side,
        "How many places can the first corner of the window take?",
        f"({size} + 2 × {padding} − {kernel}) / {stride}, rounded down, + 1 = {side}",
    )


def left_out(seed: int) -> Exercise:
    """Columns that no window reaches."""
    rng = np.random.default_rng(seed)
    kernel, stride = int(rng.choice((3, 5))), int(rng.integers(2, 5))
    size = int(rng.integers(20, 50))
    unused = unused_cells(size, kernel, stride=stride)
    return Exercise(
        f"A row of {size} pixels, a kernel {kernel} wide, stride {stride}, no padding. How many "
        "pixels at the end does no window reach?",
        unused,
        "Find the last window that still fits. Where does it end?",
        f"({size} − {kernel}) divided by {stride} leaves {unused}",
    )


def layer_parameters(seed: int) -> Exercise:
    """Weights of a convolution layer."""
    rng = np.random.default_rng(seed)
    kernel, channels = int(rng.choice((1, 3, 5))), int(rng.choice((1, 3, 16, 32)))
    filters = int(rng.choice((8, 16, 32, 64)))
    total = conv_parameters(kernel, channels, filters)
    return Exercise(
        f"A convolution layer has {filters} filters of {kernel} × {kernel} on an input with "
        f"{channels} channel{'s' * (channels > 1)}. How many parameters does it learn, biases "
        "included?",
        total,
        "One filter reaches through all channels of its input, and has one bias.",
        f"({kernel} × {kernel} × {channels} + 1) × {filters} = {total:,}",
    )


def layer_work(seed: int) -> Exercise:
    """Multiply-adds of a convolution layer."""
    rng = np.random.default_rng(seed)
    size, channels = int(rng.choice((10, 12, 22, 32))), int(rng.choice((1, 3)))
    filters = int(rng.choice((4, 8, 10)))
    side = output_size(size, 3)
    total = conv_multiply_adds(3, channels, (side, side, filters))
    return Exercise(
        f"{filters} filters of 3 × 3 slide over an image of {size} × {size} × {channels}, stride "
        "1, no padding. How many multiplications is that?",
        total,
        f"The output has {side} × {side} places for each filter. How many products make one of "
        "its numbers?",
        f"3 × 3 × {channels} × {side} × {side} × {filters} = {total:,}",
    )


def pooled_value(seed: int) -> Exercise:
    """One number of a pooled map."""
    rng = np.random.default_rng(seed)
    window = rng.integers(-9, 10, (2, 2))
    mode, word = (("max", "largest"), ("average", "mean"))[int(rng.integers(2))]
    rectified = np.maximum(window, 0)
    answer = float(rectified.max() if mode == "max" else rectified.mean())
    return Exercise(
        f"ReLU, then {mode} pooling over a 2 × 2 window that shows\n\n{_grid(window)}\n\n"
        "What comes out?",
        answer,
        "ReLU comes first: every negative number becomes 0.",
        f"After ReLU: {', '.join(map(str, rectified.flat))}. Their {word} is {answer:g}.",
    )


def softmax_share(seed: int) -> Exercise:
    """One probability out of three scores."""
    rng = np.random.default_rng(seed)
    scores = rng.integers(-1, 4, 3)
    shares = softmax(scores[None].astype(np.float64))[0]
    powers = " + ".join(f"e^{score}" for score in scores)
    return Exercise(
        f"Three classes have the scores {', '.join(map(str, scores))}. What probability does "
        "softmax give the first, in percent, to the nearest whole?",
        round(100 * float(shares[0])),
        "Raise e to each score, and divide the first by the sum of all three.",
        f"e^{scores[0]} / ({powers}) = {shares[0]:.4f}",
        tolerance=0.5,
    )


def field_side(seed: int) -> Exercise:
    """How much of the image one number sees."""
    rng = np.random.default_rng(seed)
    layers = [(3, 1) if rng.random() < 0.6 else (2, 2) for _ in range(int(rng.integers(2, 5)))]
    field, _ = receptive_field(layers)
    words = ", ".join("a 3 × 3 convolution" if k == 3 else "a 2 × 2 pooling" for k, _ in layers)
    return Exercise(
        f"An image goes through {words}, in this order (the convolutions with stride 1). How many "
        "rows of the image does one number at the end depend on?",
        field,
        "Each layer adds its window less one, times the product of the strides before it.",
        _field_steps(layers),
    )


def error_drop(seed: int) -> Exercise:
    """By what share an error rate fell."""
    before, after = ((26.2, 15.3), (28.2, 25.8), (11.7, 6.7))[seed % 3]
    share = relative_drop(before, after)
    return Exercise(
        f"An error rate falls from {before} % to {after} %. By how many percent did it fall, "
        "measured against where it was, to the nearest whole?",
        round(share),
        "Divide the difference by the rate it started from.",
        f"({before} − {after}) / {before} = {share:.1f} %",
        tolerance=0.5,
    )


def rectified_rate(seed: int) -> Exercise:
    """The rate of a simple cell: a weighted sum, cut off at zero."""
    rng = np.random.default_rng(seed)
    light, weights = rng.integers(0, 4, 4), rng.choice((-2, -1, 1, 2), 4)
    total = int(light @ weights)
    terms = " + ".join(f"{a} × ({b})" for a, b in zip(light, weights, strict=True))
    return Exercise(
        f"A cell adds up the light at four places, {', '.join(map(str, light))}, with the weights "
        f"{', '.join(map(str, weights))}. It cannot fire less than not at all. What is its rate?",
        max(total, 0),
        "A weighted sum, and then what ReLU does.",
        f"{terms} = {total}{', so it stays silent: 0' if total < 0 else ''}",
    )


def dot_product(seed: int) -> Exercise:
    """A product of two rows of numbers, which is what a dense layer's unit computes."""
    rng = np.random.default_rng(seed)
    left, right = rng.integers(-4, 6, 3), rng.integers(-4, 6, 3)
    terms = " + ".join(f"({a}) × ({b})" for a, b in zip(left, right, strict=True))
    return Exercise(
        f"What is the dot product of ({', '.join(map(str, left))}) and "
        f"({', '.join(map(str, right))})?",
        int(left @ right),
        "Multiply place by place, then add.",
        f"{terms} = {int(left @ right)}",
    )


def slope(seed: int) -> Exercise:
    """A derivative, which is what a gradient is made of."""
    rng = np.random.default_rng(seed)
    a, b, x = (int(n) for n in (rng.integers(1, 5), rng.integers(-5, 6), rng.integers(-3, 4)))
    return Exercise(
        f"The loss is {a} w² + ({b}) w. What is its slope at w = {x}?",
        2 * a * x + b,
        "The slope of w² is 2 w, and of w it is 1.",
        f"2 × {a} × ({x}) + ({b}) = {2 * a * x + b}",
    )


QUESTIONS: dict[str, tuple[Maker, ...]] = {
    "what_a_computer_sees": (colour_name, image_numbers, changed_numbers),
    "pixels": (image_numbers, bit_levels, rounded_level),
    "filtering": (window_sum, output_side, left_out),
    "convolution_layer": (
        layer_parameters,
        layer_work,
        pooled_value,
        softmax_share,
        field_side,
    ),
    "detective": DETECTIVE,
    "brief_history": (error_drop, rectified_rate),
    "study_materials": (dot_product, slope),
}


def _grid(numbers: np.ndarray) -> str:
    """A grid of numbers as a formula."""
    rows = (" & ".join(f"{value:g}" for value in row) for row in numbers)
    return "$$\\begin{bmatrix}" + r" \\ ".join(rows) + "\\end{bmatrix}$$"


def _field_steps(layers: list[tuple[int, int]]) -> str:
    field, jump, steps = 1, 1, ["1"]
    for kernel, stride in layers:
        field += (kernel - 1) * jump
        steps.append(f"+ {kernel - 1} × {jump} = {field}")
        jump *= stride
    return ", ".join(steps)
