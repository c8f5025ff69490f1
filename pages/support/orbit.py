"""A network as stacks of planes in space, to turn and to look into (assets/components/orbit.js)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnlib import orbit
from cnnlib.arithmetic import layer_text, shape_text
from cnnlib.explain import LayerPass
from cnnlib.layers import DropoutLayer, Shape
from cnnlib.network_map import short_title
from pages.support.components import component
from pages.support.encoded import array_text
from pages.support.maps import number_text
from pages.support.palettes import palette_texts

_orbit = component(
    "orbit", shared=["canvas", "orbit_space", "orbit_textures", "orbit_painter", "orbit_labels"]
)

WORDS = {  # for layers whose short title is still too long
    "conv": "Conv",
    "pool": "Pool",
    "batch_norm": "Norm",
    "global_average_pool": "Mean",
    "dense": "Dense",
}


def draw_orbit(
    layers: tuple[LayerPass, ...],
    *,
    per: orbit.Scale,
    key: str,
    classes: Sequence[str] = (),
) -> None:
    """Draw all layers at work on one image; turning and pointing stay in the browser.

    `per` says what shares a colour scale: every map has its own, all of a layer, or all of the net.
    `classes` are the names of the last layer's units, where they have names.
    """
    _orbit(data=orbit_data(layers, per=per, classes=classes), key=key)


def orbit_data(
    layers: Sequence[LayerPass], *, per: orbit.Scale, classes: Sequence[str] = ()
) -> dict[str, object]:
    """What the browser draws: see `assets/components/orbit.js`."""
    stacks = orbit.stacks(layers, per=per)
    image = layers[0].received
    last = stacks[-1].layer
    return {
        "image": {
            "height": image.shape[0],
            "width": image.shape[1],
            "shape": _shape(image.shape),
            "pixels": array_text(_rgb(image)),
        },
        "stacks": tuple(
            _stack_data(stack, classes if stack.layer is last else ()) for stack in stacks
        ),
        "levels": array_text(np.concatenate([stack.levels.ravel() for stack in stacks])),
        "palettes": palette_texts(),
        "note": _note(stacks, layers),
        "per": per,
    }


def _stack_data(stack: orbit.Stack, classes: Sequence[str]) -> dict[str, object]:
    layer, count = stack.layer, stack.layer.passed_on.shape[-1]
    planes, height, width = stack.levels.shape
    noun = "units" if stack.is_flat else "maps"
    drawn = len(stack.numbers)
    return {
        "layer": layer.step.index + 1,
        "title": short_title(layer.step.layer),
        "word": WORDS.get(layer.step.layer.kind, short_title(layer.step.layer)),
        "name": layer_text(layer.step.layer),
        "shape": _shape(layer.step.output_shape),
        "planes": planes,
        "height": height,
        "width": width,
        "numbers": tuple(number + 1 for number in stack.numbers),
        "count": count,
        "drawn": f"{drawn:,} of {count:,} {noun}, the strongest" if stack.is_part else "",
        "flat": stack.is_flat,
        "signed": layer.signed,
        "limits": tuple(number_text(float(limit)) for limit in stack.limits),
        "texts": _texts(stack),
        "names": tuple(classes) if len(classes) == count else (),
    }


def _texts(stack: orbit.Stack) -> tuple[str, ...]:
    """What is in each plane, or in each unit."""
    values = stack.layer.passed_on
    if stack.is_flat:
        return tuple(number_text(float(values[number])) for number in stack.numbers)
    return tuple(_range(values[:, :, number]) for number in stack.numbers)


def _range(cells: np.ndarray) -> str:
    if not np.isfinite(cells).all():
        return "with cells that have no number"
    if not cells.any():
        return "0 everywhere"
    return f"from {number_text(float(cells.min()))} to {number_text(float(cells.max()))}"


def _shape(shape: Shape) -> str:
    """A shape that stays on one line."""
    return shape_text(shape).replace(" ", "\N{NO-BREAK SPACE}")


def _note(stacks: Sequence[orbit.Stack], layers: Sequence[LayerPass]) -> str:
    """Which maps and layers are left out, if any are."""
    note = []
    most = max((len(s.numbers) for s in stacks if s.is_part and not s.is_flat), default=0)
    if most:
        maps = f"the {most} strongest are" if most > 1 else "the strongest is"
        more = f"{most} maps" if most > 1 else "one map"
        note.append(f"Of layers with more than {more} {maps} drawn, strongest in front.")
    if any(isinstance(layer.step.layer, DropoutLayer) for layer in layers):
        note.append("Dropout changes nothing in a trained network and has no stack.")
    return " ".join(note)


def _rgb(image: np.ndarray) -> np.ndarray:
    """(height, width, 3) uint8 of an image in [0, 1] with one channel or three."""
    return np.rint(np.clip(np.broadcast_to(image, (*image.shape[:2], 3)), 0, 1) * 255).astype(
        np.uint8
    )
