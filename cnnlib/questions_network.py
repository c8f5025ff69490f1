"""Exercises on a whole network: what is this cell, which map fires most, where does a number come
from; made from the very network, image and layers that the page shows.

A maker takes a seed and what is shown. A network that lacks the kind of layer a question is about
gets another one, which every network can answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnlib.cells import CellSum, cell_sum
from cnnlib.exercises import Exercise, any_of
from cnnlib.explain import LayerPass, dead_maps
from cnnlib.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    FlattenLayer,
    Layer,
    PoolLayer,
)
from cnnlib.map_parts import volume_before
from cnnlib.numerals import numeral

if TYPE_CHECKING:
    from cnnlib.network import Network

MOST_WRITTEN = 9  # numbers of a window that a question lists
SIGNIFICANT = 3


@dataclass(frozen=True, eq=False)
class Shown:
    """A network at work on one image: its layers, and the names of its classes."""

    network: Network
    layers: tuple[LayerPass, ...]
    classes: tuple[str, ...]


def product_count(seed: int, *, shown: Shown) -> Exercise:
    """How many products one number takes."""
    rng = np.random.default_rng(seed)
    kinds = (ConvLayer, DenseLayer)
    layer = any_of(rng, [layer for layer in shown.layers if isinstance(layer.step.layer, kinds)])
    kind, where = layer.step.layer, f"Layer {layer.step.index + 1}"
    if isinstance(kind, DenseLayer):
        count = layer.received.size
        worked = f"Each of the {count:,} numbers that come in has a weight: {count:,} products."
        what = "a unit of it"
    else:
        size, channels = kind.kernel_size, layer.received.shape[2]
        count = size * size * channels
        worked = (
            f"{size} × {size} × {channels} = {count:,}: a slice of the kernel for each channel."
        )
        what = "one cell of one of its maps"
    return Exercise(
        f"{where} of this network is {_named(kind)}. Of how many products is {what} the sum?",
        count,
        "Every number that goes into it is multiplied by a weight of its own.",
        worked,
    )


def conv_cell(seed: int, *, shown: Shown) -> Exercise:
    """From the sum of the products to what is passed on."""
    rng = np.random.default_rng(seed)
    found = _any_cell(
        rng,
        shown,
        lambda kind: isinstance(kind, ConvLayer) and kind.activation in ("linear", "relu"),
    )
    if found is None:
        return dense_unit(seed, shown=shown)
    layer, where, worked = found
    products, bias = _rounded(worked.total - worked.bias), _rounded(worked.bias)
    total = products + bias
    relu = layer.step.layer.activation == "relu"
    answer = max(total, 0.0) if relu else total
    then = f", and ReLU makes it {_text(answer)}" if relu else ""
    return Exercise(
        f"{where}: the products of the window and the kernel add up to {_text(products)}, and the "
        f"map's bias is {_text(bias)}. What does the layer{', with ReLU,' if relu else ''} pass on "
        "in this cell?",
        round(answer, 6),
        "The bias is added to the sum; ReLU sets what is negative to 0."
        if relu
        else "The bias is added to the sum.",
        f"{_text(products)} + ({_text(bias)}) = {_text(total)}{then}",
        tolerance=_near(answer),
    )


def pool_cell(seed: int, *, shown: Shown) -> Exercise:
    """What a pooling keeps of a window."""
    rng = np.random.default_rng(seed)
    found = _any_cell(
        rng, shown, lambda kind: isinstance(kind, PoolLayer) and (1 < kind.size**2 <= MOST_WRITTEN)
    )
    if found is None:
        return product_count(seed, shown=shown)
    layer, where, worked = found
    numbers = [_rounded(float(value)) for value in worked.inputs.ravel()]
    mean = layer.step.layer.mode == "average"
    answer = sum(numbers) / len(numbers) if mean else max(numbers)
    listed = ", ".join(map(_text, numbers))
    return Exercise(
        f"{where}: the window of this {'mean' if mean else 'max'} pooling covers {listed}. "
        "What is passed on?",
        round(answer, 6),
        "The sum, divided by how many there are." if mean else "One of them is kept as it is.",
        f"({' + '.join(map(_text, numbers))}) / {len(numbers)} = {_text(answer)}"
        if mean
        else f"The largest of {listed} is {_text(answer)}.",
        tolerance=_near(answer),
    )


def normalised_cell(seed: int, *, shown: Shown) -> Exercise:
    """What batch normalisation makes of a number."""
    rng = np.random.default_rng(seed)
    found = _any_cell(rng, shown, lambda kind: isinstance(kind, BatchNormLayer))
    if found is None:
        return product_count(seed, shown=shown)
    _, where, worked = found
    value, scale = _rounded(worked.inputs.item()), _rounded(worked.weights.item())
    shift = _rounded(worked.bias)
    answer = value * scale + shift
    return Exercise(
        f"{where}: what comes in is {_text(value)}. For this map, batch normalisation multiplies "
        f"by {_text(scale)} and adds {_text(shift)}. What is passed on?",
        round(answer, 6),
        "A product, and a sum.",
        f"{_text(value)} × {_text(scale)} + ({_text(shift)}) = {_text(answer)}",
        tolerance=_near(answer),
    )


def loudest_map(seed: int, *, shown: Shown) -> Exercise:
    """Which of four maps fires most."""
    rng = np.random.default_rng(seed)
    layers = [
        layer
        for layer in shown.layers
        if layer.passed_on.ndim == 3
        and isinstance(layer.step.layer, (ConvLayer, ActivationLayer, PoolLayer))
        and np.isfinite(layer.passed_on).all()
        and np.sum(~dead_maps(layer.passed_on)) >= 4
    ]
    if not layers:
        return product_count(seed, shown=shown)
    layer = any_of(rng, layers)
    alive = np.flatnonzero(~dead_maps(layer.passed_on))
    picked = np.sort(rng.choice(alive, 4, replace=False)).tolist()
    tops = [float(layer.passed_on[:, :, at].max()) for at in picked]
    if len(set(tops)) < 4:
        return product_count(seed, shown=shown)
    names = tuple(f"map {at + 1}" for at in picked)
    best = names[int(np.argmax(tops))]
    listed = "; ".join(f"{name}: {_text(top)}" for name, top in zip(names, tops, strict=True))
    return Exercise(
        f"Look at layer {layer.step.index + 1} of the network above, for this image. In which of "
        "these maps is the largest number?",
        best,
        "Point at each of them: the line below the network says from where to where its numbers "
        "go. Colours alone do not tell as long as each map has a scale of its own.",
        f"The largest numbers are {listed}.",
        choices=names,
    )


def flat_place(seed: int, *, shown: Shown) -> Exercise:
    """Where flatten sets a cell."""
    rng = np.random.default_rng(seed)
    layers = [
        layer
        for layer in shown.layers
        if isinstance(layer.step.layer, FlattenLayer) and layer.received.ndim == 3
    ]
    if not layers:
        return product_count(seed, shown=shown)
    layer = layers[0]
    height, width, maps = layer.received.shape
    row, column, number = (int(rng.integers(size)) for size in (height, width, maps))
    answer = (row * width + column) * maps + number + 1
    return Exercise(
        f"Layer {layer.step.index + 1} flattens {maps} maps of {height} × {width}. At which place "
        f"of the row does the number in row {row + 1}, column {column + 1} of map {number + 1} "
        "come to stand? (The first place is 1.)",
        answer,
        "First all maps' numbers of one cell, then the next cell of the same row.",
        f"({row} × {width} + {column}) × {maps} + {number} = {answer - 1:,} come before it, so it "
        f"is number {answer:,}.",
    )


def dense_unit(seed: int, *, shown: Shown) -> Exercise:
    """One class's logit, from its strongest products and the rest."""
    rng = np.random.default_rng(seed)
    last = shown.layers[-1]
    unit = int(rng.integers(last.passed_on.size))
    worked = cell_sum(last, unit)
    if not np.isfinite(worked.total):
        return product_count(seed, shown=shown)
    positive = _rounded(float(worked.products[worked.products > 0].sum()))
    negative = _rounded(float(worked.products[worked.products < 0].sum()))
    bias = _rounded(worked.bias)
    answer = positive + negative + bias
    return Exercise(
        f"For this image, all products that speak for **{shown.classes[unit]}** in the last layer "
        f"add up to {_text(positive)}, all that speak against it to {_text(negative)}. The bias is "
        f"{_text(bias)}. What is the logit?",
        round(answer, 6),
        "The logit is the sum of all products and the bias.",
        f"{_text(positive)} + ({_text(negative)}) + ({_text(bias)}) = {_text(answer)}",
        tolerance=_near(answer),
    )


def map_of_number(seed: int, *, shown: Shown) -> Exercise:
    """Which map a number of a flattened row comes from."""
    rng = np.random.default_rng(seed)
    dense = [n for n in range(len(shown.layers)) if volume_before(shown.layers, n) is not None]
    if not dense:
        return product_count(seed, shown=shown)
    height, width, maps = volume_before(shown.layers, dense[0])
    position = int(rng.integers(height * width * maps))
    return Exercise(
        f"Layer {dense[0] + 1} takes {maps} maps of {height} × {width}, flattened. From which map "
        f"does number {position + 1:,} of the row come? (Write its number; the first is map 1.)",
        position % maps + 1,
        "In the row, the numbers of one cell stand together, one from each map.",
        f"{position:,} numbers come before it; {position:,} = {position // maps:,} × {maps} + "
        f"{position % maps}, so it is from map {position % maps + 1}.",
    )


QUESTIONS: tuple[Callable[..., Exercise], ...] = (
    conv_cell,
    loudest_map,
    pool_cell,
    product_count,
    dense_unit,
    normalised_cell,
    flat_place,
    map_of_number,
)


def _any_cell(
    rng: np.random.Generator, shown: Shown, fits: Callable[[Layer], bool]
) -> tuple[LayerPass, str, CellSum] | None:
    """A cell, with what it is called, of a layer of the wanted kind that has pictures."""
    layers = [
        layer
        for layer in shown.layers
        if layer.passed_on.ndim == 3
        and fits(layer.step.layer)
        and np.isfinite(layer.passed_on).all()
        and np.isfinite(layer.received).all()
    ]
    if not layers:
        return None
    layer = any_of(rng, layers)
    row, column, number = (int(rng.integers(size)) for size in layer.passed_on.shape)
    where = (
        f"Layer {layer.step.index + 1}, map {number + 1}, row {row + 1}, column {column + 1}, for "
        "this image"
    )
    return layer, where, cell_sum(layer, number, (row, column))


def _named(layer: Layer) -> str:
    if isinstance(layer, ConvLayer):
        return f"a convolution with kernels of {layer.kernel_size} × {layer.kernel_size}"
    return f"a dense layer of {layer.units} units"


def _rounded(number: float) -> float:
    """Three significant digits, as a question writes them."""
    return float(f"{number:.{SIGNIFICANT}g}")


def _near(answer: float) -> float:
    return max(0.006 * abs(answer), 0.0006)


def _text(number: float) -> str:
    return numeral(round(number, 6))
