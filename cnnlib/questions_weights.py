"""Exercises on weights, made from the network that the page shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnlib.exercises import Exercise, any_of
from cnnlib.filter_health import similarities
from cnnlib.layer_weights import COLOUR, GREY, WeightLayer, weight_layers
from cnnlib.layers import ConvLayer
from cnnlib.numerals import numeral

if TYPE_CHECKING:
    from cnnlib.network import Network

MOST_NUMBERS = 9  # weights that a question lists
CAN, CANNOT = "Yes, for some image", "No, for no image"


@dataclass(frozen=True, eq=False)
class Shown:
    """What the page of weights shows: a network and what it is called."""

    network: Network
    title: str


def weight_count(seed: int, *, shown: Shown) -> Exercise:
    """How many weights a kernel has."""
    layer = _any_layer(np.random.default_rng(seed), shown)
    height, width, channels, filters = layer.shape
    count = height * width * channels
    return Exercise(
        f"How many weights has the kernel of one {layer.noun} of {layer.name} of this network "
        "(biases not counted)?",
        count,
        "Rows times columns times slices."
        if isinstance(layer.layer, ConvLayer)
        else "A dense layer has a weight for each number that comes in.",
        f"{height} × {width} × {channels} = {count:,}; with {filters} {layer.noun}s the layer has "
        f"{count:,} × {filters} = {count * filters:,}.",
    )


def kernel_norm(seed: int, *, shown: Shown) -> Exercise:
    """The L2 norm of a kernel, or of one of its rows."""
    rng = np.random.default_rng(seed)
    layer, kernels = _finite_layer(rng, shown)
    if layer is None:
        return weight_count(seed, shown=shown)
    number = int(rng.integers(layer.shape[3]))
    channel = int(rng.integers(layer.shape[2]))
    values, what = _few(rng, kernels[:, :, channel, number])
    norm = float(np.sqrt((values**2).sum()))
    squares = " + ".join(f"{value**2:.4f}" for value in values)
    return Exercise(
        f"{what.capitalize()} of {layer.noun} {number + 1} of {layer.name}, slice {channel + 1}, "
        f"rounded ({shown.title}): {_listed(values)}. What is the L2 norm of these numbers?",
        round(norm, 4),
        "Square each, add up, take the root.",
        f"√({squares}) = √{(values**2).sum():.4f} = {norm:.4f}",
        tolerance=max(0.005, 0.01 * norm),
    )


def cosine(seed: int, *, shown: Shown) -> Exercise:
    """The cosine similarity of two short rows of weights."""
    rng = np.random.default_rng(seed)
    layer, kernels = _finite_layer(rng, shown, filters=2)
    if layer is None:
        return weight_count(seed, shown=shown)
    first, second = rng.choice(layer.shape[3], 2, replace=False)
    flat = kernels.reshape(-1, layer.shape[3])
    start = int(rng.integers(max(1, len(flat) - 2)))
    one, other = (np.round(flat[start : start + 3, at], 2) for at in (first, second))
    lengths = [float(np.sqrt((each**2).sum())) for each in (one, other)]
    if min(lengths) == 0:
        return kernel_norm(seed, shown=shown)
    product = float(one @ other)
    answer = product / (lengths[0] * lengths[1])
    terms = " + ".join(
        f"({numeral(a)}) × ({numeral(b)})"
        for a, b in zip(one.tolist(), other.tolist(), strict=True)
    )
    return Exercise(
        f"The same few weights of two {layer.noun}s of {layer.name} ({shown.title}): "
        f"{_listed(one)} in {layer.noun} {first + 1} and {_listed(other)} in {layer.noun} "
        f"{second + 1}. What is the cosine similarity of these two short rows?",
        round(answer, 4),
        "The sum of the products, divided by the product of the two L2 norms.",
        f"{terms} = {numeral(round(product, 4))}; the norms are {lengths[0]:.4f} and "
        f"{lengths[1]:.4f}; {numeral(round(product, 4))} / ({lengths[0]:.4f} × {lengths[1]:.4f}) = "
        f"{numeral(round(answer, 3))}",
        tolerance=0.02,
    )


def closest_pair(seed: int, *, shown: Shown) -> Exercise:
    """Which of four pairs of filters are the most alike."""
    rng = np.random.default_rng(seed)
    layer, kernels = _finite_layer(rng, shown, filters=4)
    if layer is None:
        return weight_count(seed, shown=shown)
    found = similarities(kernels)
    rows, columns = np.triu_indices(layer.shape[3], 1)
    known = np.isfinite(found[rows, columns])
    pairs = np.stack([rows, columns], axis=1)[known]
    pairs = pairs[np.argsort(-found[tuple(pairs.T)], kind="stable")]
    if len(pairs) < 4:
        return kernel_norm(seed, shown=shown)
    # The most alike of all, and three from the less alike: it is found among the twins.
    others = pairs[1:][rng.choice(len(pairs) - 1, 3, replace=False)]
    picked = [pairs[0], *others]
    names = [f"{layer.noun.capitalize()}s {one + 1} and {other + 1}" for one, other in picked]
    values = [float(found[tuple(pair)]) for pair in picked]
    if values[0] - max(values[1:]) < 1e-6:
        return kernel_norm(seed, shown=shown)
    listed = "; ".join(
        f"{name}: {numeral(round(value, 3))}" for name, value in zip(names, values, strict=True)
    )
    return Exercise(
        f"Which of these {layer.noun}s of {layer.name} are the most alike ({shown.title})? "
        "Look them up on this page.",
        names[0],
        "Choose the layer, and lower the threshold of the twins until a pair appears.",
        f"{listed}.",
        choices=tuple(names[at] for at in rng.permutation(4)),
    )


def largest_answer(seed: int, *, shown: Shown) -> Exercise:
    """The largest sum a filter of the first layer can come to."""
    rng = np.random.default_rng(seed)
    found = _first_layer(shown)
    if found is None:
        return kernel_norm(seed, shown=shown)
    layer, positive, negative, bias = found
    number = int(rng.integers(layer.shape[3]))
    high, low, plus = (round(float(part[number]), 2) for part in (positive, negative, bias))
    answer = round(high + plus, 4)
    return Exercise(
        f"The positive weights of {layer.noun} {number + 1} of {layer.name} add up to "
        f"{numeral(high)}, the negative ones to {numeral(low)}, and its bias is {numeral(plus)} "
        f"({shown.title}). Pixels go from 0 to 1. What is the largest number that it can give for "
        "any image, before its activation?",
        answer,
        "Which pixels would you make white, and which black?",
        f"White under every positive weight, black under every negative one: {numeral(high)} + 0 + "
        f"({numeral(plus)}) = {numeral(answer)}",
        tolerance=0.005,
    )


def can_fire(seed: int, *, shown: Shown) -> Exercise:
    """Whether a filter of the first layer can fire at all with another bias."""
    rng = np.random.default_rng(seed)
    found = _first_layer(shown)
    if found is None:
        return weight_count(seed, shown=shown)
    layer, positive, _, _ = found
    number = int(rng.integers(layer.shape[3]))
    high = round(float(positive[number]), 2)
    bias = -round(high + (1 if rng.integers(2) else -1) * float(rng.integers(5, 40)) / 100, 2)
    fires = high + bias > 0
    total = round(high + bias, 2)
    return Exercise(
        f"The positive weights of {layer.noun} {number + 1} of {layer.name} add up to "
        f"{numeral(high)} ({shown.title}). Suppose its bias were {numeral(bias)}, and ReLU "
        "followed at once. Pixels go from 0 to 1. Could it fire?",
        CAN if fires else CANNOT,
        "How large can its sum become at most?",
        f"At most {numeral(high)} + ({numeral(bias)}) = {numeral(total)}, which is "
        f"{'above 0' if fires else 'not above 0, so ReLU gives 0 for every image: it is dead'}.",
        choices=(CAN, CANNOT),
    )


QUESTIONS: dict[str, tuple[Callable[..., Exercise], ...]] = {
    "weight_based": (
        kernel_norm,
        closest_pair,
        weight_count,
        largest_answer,
        cosine,
        can_fire,
    ),
}


def _any_layer(rng: np.random.Generator, shown: Shown) -> WeightLayer:
    layers = weight_layers(shown.network.spec)
    return any_of(rng, layers)


def _finite_layer(
    rng: np.random.Generator, shown: Shown, *, filters: int = 1
) -> tuple[WeightLayer | None, np.ndarray]:
    """A layer whose weights are numbers, with so many filters at least, and its kernels."""
    found = []
    for layer in weight_layers(shown.network.spec):
        kernels = layer.kernels(shown.network.weights[layer.index])
        if layer.shape[3] >= filters and np.abs(kernels).max() < 1e6:  # nan is not
            found.append((layer, kernels.astype(np.float64)))
    return any_of(rng, found) if found else (None, np.empty(0))


def _first_layer(
    shown: Shown,
) -> tuple[WeightLayer, np.ndarray, np.ndarray, np.ndarray] | None:
    """The layer that meets the pixels, if one does, and its positive, negative sums and biases."""
    layer = weight_layers(shown.network.spec)[0]
    if layer.kind not in (COLOUR, GREY) or any(
        each.kind != "flatten" for each in shown.network.spec.layers[: layer.index]
    ):
        return None
    weights = shown.network.weights[layer.index]
    kernels = layer.kernels(weights).astype(np.float64)
    bias = weights.get("bias", np.zeros(layer.shape[3], np.float32)).astype(np.float64)
    if not (np.abs(kernels).max() < 1e6 and np.abs(bias).max() < 1e6):
        return None
    positive, negative = np.maximum(kernels, 0), np.minimum(kernels, 0)
    return layer, positive.sum(axis=(0, 1, 2)), negative.sum(axis=(0, 1, 2)), bias


def _few(rng: np.random.Generator, grid: np.ndarray) -> tuple[np.ndarray, str]:
    """A few weights of a slice, rounded: all if they are not many, otherwise one of its rows."""
    if grid.size <= MOST_NUMBERS:
        return np.round(grid.ravel(), 2), "the weights"
    row = int(rng.integers(len(grid)))
    part = grid[row][:MOST_NUMBERS]
    many = "" if part.size == grid.shape[1] else f"the first {MOST_NUMBERS} weights of "
    return np.round(part, 2), f"{many}row {row + 1} of the kernel"


def _listed(values: np.ndarray) -> str:
    return ", ".join(numeral(value) for value in values.tolist())
