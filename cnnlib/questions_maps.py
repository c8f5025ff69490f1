"""Exercises on feature maps: how many numbers they are, how they are coloured, and how many of them
say nothing; made from the very maps that the page shows.

A maker takes a seed and what is shown, `questions_network.Shown`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnlib.exercises import Exercise, any_of
from cnnlib.explain import LayerPass, changes_nothing, dead_maps, map_limits
from cnnlib.numerals import numeral
from cnnlib.questions_network import Shown, product_count

LEAST_SHARE = 0.02  # of the layer's scale: a map below it has hardly a colour to speak of


def numbers_passed_on(seed: int, *, shown: Shown) -> Exercise:
    """How many numbers a layer's maps are."""
    rng = np.random.default_rng(seed)
    layers = [layer for layer in _with_maps(shown) if not changes_nothing(layer.step.layer)]
    if not layers:
        return product_count(seed, shown=shown)
    layer = any_of(rng, layers)
    height, width, maps = layer.passed_on.shape
    return Exercise(
        f"Layer {layer.step.index + 1} makes {maps} maps of this image, each {height} × {width}. "
        "How many numbers does it pass on?",
        layer.passed_on.size,
        "One number for every cell of every map.",
        f"{height} × {width} × {maps} = {layer.passed_on.size:,}. The image itself is "
        f"{shown.layers[0].received.size:,} numbers.",
    )


def share_of_scale(seed: int, *, shown: Shown) -> Exercise:
    """Where a map's largest number stands on the scale of its whole layer."""
    rng = np.random.default_rng(seed)
    layers = [layer for layer in _with_maps(shown) if len(_faint_and_loudest(layer)[0])]
    if not layers:
        return numbers_passed_on(seed, shown=shown)
    layer = any_of(rng, layers)
    fainter, loudest = _faint_and_loudest(layer)
    limits = map_limits(layer.passed_on, per_map=True)
    number = int(rng.choice(fainter))
    largest, top = (float(f"{limits[at]:.3g}") for at in (number, loudest))
    share = 100 * largest / top
    return Exercise(
        f"In layer {layer.step.index + 1}, the number furthest from 0 is {numeral(top)} in map "
        f"{loudest + 1} and {numeral(largest)} in map {number + 1} (without their signs). With one "
        "colour scale per map, both get its last colour. With one scale per layer, at what percent "
        f"of the scale does map {number + 1}'s stand? (A whole percent will do.)",
        share,
        f"The layer's scale ends where its largest number is, at {numeral(top)}.",
        f"{numeral(largest)} / {numeral(top)} = {numeral(share, '.1f')}%. So a map that looks "
        "strong on its own scale may be faint beside the others.",
        tolerance=max(0.6, 0.01 * share),
    )


def silent_maps(seed: int, *, shown: Shown) -> Exercise:
    """How many of a layer's maps are 0 everywhere."""
    rng = np.random.default_rng(seed)
    layers = [
        layer
        for layer in _with_maps(shown)
        if not layer.signed and np.isfinite(layer.passed_on).all()
    ]
    if not layers:
        return numbers_passed_on(seed, shown=shown)
    some = [layer for layer in layers if dead_maps(layer.passed_on).any()]
    options = some or layers
    layer = any_of(rng, options)
    dead = np.flatnonzero(dead_maps(layer.passed_on))
    named = ", ".join(str(at + 1) for at in dead)
    return Exercise(
        f"For this image, how many of the {layer.passed_on.shape[2]} maps of layer "
        f"{layer.step.index + 1} are 0 in every cell?",
        len(dead),
        "Such a map has no colour at all, whichever scale you choose. Point at one to be sure.",
        f"These: {named}. What they look for is nowhere in this image."
        if len(dead)
        else "None: each of them found something of what it looks for.",
    )


QUESTIONS: tuple[Callable[..., Exercise], ...] = (numbers_passed_on, silent_maps, share_of_scale)


def _with_maps(shown: Shown) -> list[LayerPass]:
    return [layer for layer in shown.layers if layer.passed_on.ndim == 3]


def _faint_and_loudest(layer: LayerPass) -> tuple[np.ndarray, int]:
    """The maps, from 0, that are visibly fainter than the loudest, and that one."""
    limits = map_limits(layer.passed_on, per_map=True)
    top = limits.max()
    fainter = np.flatnonzero((limits < 0.95 * top) & (limits > LEAST_SHARE * top))
    return fainter if np.isfinite(layer.passed_on).all() else fainter[:0], int(limits.argmax())
