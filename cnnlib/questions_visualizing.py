"""Exercises of "Visualizing your CNN", made from the network and the maps that a page shows.

A maker takes a seed and what is shown; `functools.partial(maker, shown=...)` is what a page draws.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnlib.exercises import Exercise, any_of
from cnnlib.firing import FilterLayer, filter_layers
from cnnlib.maximisation import Ascent, stepped
from cnnlib.numerals import numeral
from cnnlib.occlusion import Occluder
from cnnlib.presets import article_basic
from cnnlib.saliency import Attribution, cam_layers
from cnnlib.spec import NetworkSpec

if TYPE_CHECKING:
    from cnnlib.network import Network

RISES, FALLS = "It rises", "It falls"


@dataclass(frozen=True, eq=False)
class Grown:
    """What the page of grown pictures shows: the network they are grown for."""

    network: Network


@dataclass(frozen=True, eq=False)
class Importance:
    """What the page of pixel importance shows.

    `name`: the class. `gradient`: of its logit, (height, width, channels). `drops`: (height,
    width), how far covering each pixel brought its probability down, or None. `attribution`: its
    integrated gradients.
    """

    network: Network
    name: str
    gradient: np.ndarray
    drops: np.ndarray | None
    attribution: Attribution


# ------------------------------------------------------------------------------ grown pictures


def seen_rows(seed: int, *, shown: Grown) -> Exercise:
    """How large a pattern a filter can ask for."""
    spec, whose = _with_filters(shown.network.spec)
    layer = any_of(np.random.default_rng(seed), filter_layers(spec))
    rows = layer.field.rows.size
    return Exercise(
        f"One number in a map of convolution {layer.number} {whose} depends on a square of the "
        "picture. How many pixels is that square high? (Count as if the picture had no border.)",
        rows,
        "Go through the layers up to there. Each adds its window less one, times the product of "
        "the strides before it.",
        f"{_field_steps(spec, layer)}. So nothing larger than {rows} × {rows} pixels can be what "
        "one number of the filter asks for; what is larger in a grown picture is repetition.",
    )


def gradients_needed(seed: int, *, shown: Grown) -> Exercise:
    """How many gradients a layer's pictures take one by one."""
    spec, whose = _with_filters(shown.network.spec)
    rng = np.random.default_rng(seed)
    layer, steps = any_of(rng, filter_layers(spec)), int(rng.choice((20, 30, 40, 60)))
    filters = layer.shape[2]
    return Exercise(
        f"You grow a picture for each filter of convolution {layer.number} {whose}, one filter at "
        f"a time, in {steps} steps. How many gradients are calculated?",
        filters * steps,
        "How many filters has the layer, and how many gradients does one step of one picture take?",
        f"{filters} filters × {steps} steps = {filters * steps:,}. This page puts the pictures of "
        f"several filters through the network together, so it goes back {steps} times in all.",
    )


def gradient_numbers(seed: int, *, shown: Grown) -> Exercise:
    """The shape of what a step needs."""
    height, width, channels = shown.network.spec.input_shape
    count = height * width * channels
    return Exercise(
        f"This network takes pictures of {height} × {width} pixels with {channels} "
        f"channel{'s' * (channels > 1)}. Of how many numbers is the gradient that one step of one "
        "picture needs?",
        count,
        "It says for each number of the picture which way to change it.",
        f"{height} × {width} × {channels} = {count:,}: as many as the picture has.",
    )


def next_pixel(seed: int, *, shown: Grown) -> Exercise:
    """A pixel after a step of gradient ascent."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(2, 10, 2) / 10
    gradient = rng.permutation([3.0, 4.0]) * rng.choice((-1, 1), 2)
    step_size = float(rng.choice((0.05, 0.1)))
    ascent = Ascent(step_size=step_size)
    moved = stepped(pixels.reshape(1, 1, 2, 1), gradient.reshape(1, 1, 2, 1), ascent).ravel()
    rms = float(np.sqrt(np.mean(gradient**2)))
    plain = pixels[0] + step_size * gradient[0] / rms
    held = f", held at {moved[0]:g}" if plain != moved[0] else ""
    return Exercise(
        f"A picture has only two pixels, {pixels[0]:g} and {pixels[1]:g}. The gradient at them is "
        f"{numeral(gradient[0])} and {numeral(gradient[1])}, the step size {step_size:g}, and "
        "there are no priors. What is the first pixel after the step? (Pixels stay from 0 to 1.)",
        round(float(moved[0]), 4),
        "First the root of the mean of the squared gradients. Then pixel + step size × gradient / "
        "that root.",
        f"rms = √((9 + 16) / 2) = {rms:.4f}; {pixels[0]:g} + {step_size:g} × "
        f"({numeral(gradient[0])}) / {rms:.4f} = {numeral(round(plain, 4))}{held}",
        tolerance=0.0015,
    )


def row_variation(seed: int, *, shown: Grown) -> Exercise:
    """The total variation of a row of pixels."""
    pixels = np.random.default_rng(seed).integers(0, 11, 5) / 10
    rises = np.abs(np.diff(pixels))
    answer = round(float(rises.sum()), 6)
    return Exercise(
        f"A row of pixels is {', '.join(f'{pixel:g}' for pixel in pixels)}. What is its total "
        "variation, the sum of the differences between neighbours, all counted as positive?",
        answer,
        "Four pairs of neighbours.",
        f"{' + '.join(f'{rise:.1f}' for rise in rises)} = {answer:g}",
        tolerance=1e-6,
    )


# --------------------------------------------------------------------------- pixel importance


def occlusion_predictions(seed: int, *, shown: Importance) -> Exercise:
    """How often occlusion asks the network."""
    height, width, _ = shown.network.spec.input_shape
    rng = np.random.default_rng(seed)
    patch = int(rng.integers(1, min(height, width, 9) + 1))
    occluder = Occluder(patch, int(rng.integers(1, 4)))
    rows, columns = (len(places) for places in occluder.places(height, width))
    return Exercise(
        f"A patch of {patch} × {patch} pixels moves over a picture of {height} × {width}, "
        f"{occluder.stride} pixel{'s' * (occluder.stride > 1)} at a time, and never leaves it. How "
        "many predictions does the map need?",
        rows * columns,
        "The patch's places are those of a convolution's window with this stride and no padding.",
        f"({height} − {patch}) / {occluder.stride}, rounded down, + 1 = {rows} rows; so many "
        f"columns: {columns}. {rows} × {columns} = {rows * columns:,}",
    )


def cam_rows(seed: int, *, shown: Importance) -> Exercise:
    """How fine Grad-CAM is."""
    spec = shown.network.spec
    layers = cam_layers(spec)
    if not layers:
        return occlusion_predictions(seed, shown=shown)
    steps = spec.trace()
    at = any_of(np.random.default_rng(seed), layers)
    rows, columns, maps = steps[at].output_shape
    way = ", ".join(f"{step.output_shape[0]}" for step in steps[: at + 1])
    return Exercise(
        f"Grad-CAM is taken at layer {at + 1} of this network, {spec.layers[at].title.lower()}. "
        "How many rows has the map before it is enlarged to the picture's size?",
        rows,
        "As many as the layer's own maps: they are only weighted and added up.",
        f"Rows from the picture's {spec.input_shape[0]} on, layer by layer: {way}. The {maps} maps "
        f"of {rows} × {columns} become one of {rows} × {columns}.",
    )


def score_change(seed: int, *, shown: Importance) -> Exercise:
    """What a number of the gradient says about the score."""
    if not np.isfinite(shown.gradient).all():
        return occlusion_predictions(seed, shown=shown)
    rng = np.random.default_rng(seed)
    place, slope = _pixel(rng, shown.gradient)
    change = float(rng.choice((-0.2, -0.1, 0.1, 0.2)))
    answer = slope * change
    return Exercise(
        f"For this picture the gradient of the score of **{shown.name}** is {numeral(slope)} at "
        f"{place}. That number of the picture, from 0 to 1, is changed by {numeral(change)}. By "
        "about how much does the score change?",
        round(answer, 6),
        "A gradient is the change of the score for a change of 1, as long as nothing bends.",
        f"{numeral(slope)} × ({numeral(change)}) = {numeral(round(answer, 6))}",
        tolerance=max(0.01 * abs(answer), 1e-6),
    )


def score_direction(seed: int, *, shown: Importance) -> Exercise:
    """What the sign of a saliency value says."""
    if not np.isfinite(shown.gradient).all():
        return occlusion_predictions(seed, shown=shown)
    rng = np.random.default_rng(seed)
    place, slope = _pixel(rng, shown.gradient)
    brighter = bool(rng.integers(2))
    rises = (slope > 0) == brighter
    return Exercise(
        f"For this picture the gradient of the score of **{shown.name}** is {numeral(slope)} at "
        f"{place}. You make that spot a little {'brighter' if brighter else 'darker'}. What does "
        "the score do?",
        RISES if rises else FALLS,
        "Where the gradient is positive, the score goes the pixel's way.",
        f"The slope is {'positive' if slope > 0 else 'negative'} and the pixel goes "
        f"{'up' if brighter else 'down'}, so the score goes {'up' if rises else 'down'}. A map of "
        "magnitudes hides this.",
        choices=(RISES, FALLS),
    )


def heaviest_pixel(seed: int, *, shown: Importance) -> Exercise:
    """Reading the occlusion map."""
    if shown.drops is None or np.unique(shown.drops[np.isfinite(shown.drops)]).size < 4:
        return occlusion_predictions(seed, shown=shown)
    rng = np.random.default_rng(seed)
    known = np.argwhere(np.isfinite(shown.drops))
    order = known[np.argsort(shown.drops[tuple(known.T)])]
    # From the four quarters of the order, so that they are well apart.
    picked = [any_of(rng, part) for part in np.array_split(order, 4)]
    names = [f"row {row + 1}, column {column + 1}" for row, column in picked]
    values = [float(shown.drops[tuple(place)]) for place in picked]
    best = int(np.argmax(values))
    listed = "; ".join(
        f"{name}: {numeral(value)}" for name, value in zip(names, values, strict=True)
    )
    return Exercise(
        f"Point at these four pixels in the map of occlusion, measured in probability. Covering "
        f"which of them takes most from **{shown.name}**?",
        names[best],
        "Most taken is the largest fall, so the largest positive number: blue. Orange means that "
        "covering helped.",
        f"{listed}. The largest is at {names[best]}.",
        choices=tuple(names[at] for at in rng.permutation(4)),
    )


def negative_share(seed: int, *, shown: Importance) -> Exercise:
    """The completeness of integrated gradients."""
    found = shown.attribution
    if not np.isfinite(found.values).all():
        return occlusion_predictions(seed, shown=shown)
    positive = float(found.values[found.values > 0].sum(dtype=np.float64))
    score, before = round(found.logit, 2), round(found.baseline_logit, 2)
    given = round(positive, 2)
    answer = round(score - before - given, 2)
    return Exercise(
        f"The score of **{shown.name}** is {numeral(score)} for this picture and {numeral(before)} "
        f"for the baseline. All positive numbers of integrated gradients add up to {numeral(given)}"
        ". What do all negative ones add up to?",
        answer,
        "All numbers together are what the score gained from the baseline to the picture.",
        f"{numeral(score)} − ({numeral(before)}) = {numeral(round(score - before, 2))} in all, and "
        f"{numeral(round(score - before, 2))} − {numeral(given)} = {numeral(answer)}",
        tolerance=0.011,
    )


QUESTIONS: dict[str, tuple[Callable[..., Exercise], ...]] = {
    "activation_based": (
        seen_rows,
        next_pixel,
        gradients_needed,
        row_variation,
        gradient_numbers,
    ),
    "pixel_importance": (
        heaviest_pixel,
        occlusion_predictions,
        score_direction,
        cam_rows,
        negative_share,
        score_change,
    ),
}


def _with_filters(spec: NetworkSpec) -> tuple[NetworkSpec, str]:
    """The network asked about: the one shown, if it has filters at all."""
    if filter_layers(spec):
        return spec, "of this network"
    return article_basic(), "of the article's basic model"


def _field_steps(spec: NetworkSpec, layer: FilterLayer) -> str:
    field, jump, steps = 1, 1, ["1"]
    for each in spec.layers[: layer.last + 1]:
        kernel = getattr(each, "kernel_size", getattr(each, "size", 1))
        if kernel > 1:
            field += (kernel - 1) * jump
            steps.append(f"+ {kernel - 1} × {jump} = {field}")
        jump *= getattr(each, "stride", 1)
    return ", ".join(steps)


def _pixel(rng: np.random.Generator, gradient: np.ndarray) -> tuple[str, float]:
    """One of the numbers that the gradient is largest at: where it is, and its slope."""
    count = min(40, gradient.size)
    order = np.argsort(-np.abs(gradient), axis=None)[:count]
    row, column, channel = np.unravel_index(int(any_of(rng, order)), gradient.shape)
    colour = f", {('red', 'green', 'blue')[channel]}" if gradient.shape[2] == 3 else ""
    slope = float(f"{gradient[row, column, channel]:.3g}")
    return f"row {row + 1}, column {column + 1}{colour}", slope
