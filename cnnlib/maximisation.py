"""Pictures grown to make a filter fire, or a class's score rise, as much as can be.

Gradient ascent on the pixels: D. Erhan, Y. Bengio, A. Courville and P. Vincent, "Visualizing
Higher-Layer Features of a Deep Network", 2009. What keeps such pictures from being mere noise,
jitter, blur and total variation: C. Olah, A. Mordvintsev and L. Schubert, "Feature Visualization",
Distill 2017.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnlib.activations import ACTIVATIONS, BACKWARD
from cnnlib.fields import check_fields, real, whole
from cnnlib.section import Section
from cnnlib.threads import share

if TYPE_CHECKING:
    from cnnlib.network import Network

CHUNK = 4  # pictures that go through the layers together: their maps stay in the caches
NOISE = 0.1  # how far from middle grey the noise goes that a picture starts from
SOFTNESS = 0.1  # differences of pixels well below this count little as variation


@dataclass(frozen=True)
class Ascent:
    """How a picture is grown.

    Each step shifts the picture by up to `jitter` pixels at random, round its edges, takes the
    gradient g there, and shifts back. Then with s = `step_size`, rms the root of the mean square,
    and TV the sum of the differences of neighbouring pixels,

        pixels + s * (g / rms(g) - `total_variation` * dTV/dpixels),

    smoothed by a Gaussian of `blur` pixels and held in [0, 1]. Raises SpecError for settings out
    of range.
    """

    steps: int = whole(40, 1, 200)
    step_size: float = real(0.03, 0.001, 0.5)
    jitter: int = whole(0, 0, 8)
    blur: float = real(0.0, 0.0, 2.0)
    total_variation: float = real(0.0, 0.0, 2.0)
    seed: int = whole(0, 0, 2**31 - 1)

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, eq=False)
class Frame:
    """The pictures after so many steps.

    `images`: (pictures, height, width, channels) float32 in [0, 1]. `values`: (pictures,), what
    each of them makes of its filter or class: the mean of the filter's map, a unit's number, or a
    class's logit.
    """

    step: int
    images: np.ndarray
    values: np.ndarray


def maximise(
    network: Network,
    layer: int,
    units: Sequence[int],
    ascent: Ascent,
    *,
    start: np.ndarray | None = None,
) -> Iterator[Frame]:
    """Grow one picture for each of a layer's filters or units: the frames 0 to `ascent.steps`.

    Args:
        network: any network.
        layer: from 0. Of a convolution its maps after the activation; where a normalisation and an
            activation follow, `cnnlib.firing.filter_layers` says which layer ends them. The last
            layer's units are the classes.
        units: numbers from 0. A picture comes out the same whichever others grow beside it.
        ascent: the settings.
        start: (height, width, channels) in [0, 1]; without it, noise about middle grey.

    While a filter fires nowhere ReLU lets no gradient through; until it does, the cell that is
    nearest to firing is raised. Raises NetworkError for what the network has not.
    """
    rng = np.random.default_rng(ascent.seed)
    shape = network.spec.input_shape
    if start is None:
        start = 0.5 + rng.uniform(-NOISE, NOISE, shape)
    images = np.repeat(np.asarray(start, np.float32)[np.newaxis], len(units), axis=0)
    climbers = [
        _Climber(network, layer, slice(first, first + CHUNK), units[first : first + CHUNK])
        for first in range(0, len(units), CHUNK)
    ]
    for step in range(ascent.steps + 1):
        shift = rng.integers(-ascent.jitter, ascent.jitter + 1, 2)
        values, gradients = _climb(climbers, images, shift)
        yield Frame(step, images, values)
        images = stepped(images, gradients, ascent)


def stepped(images: np.ndarray, gradients: np.ndarray, ascent: Ascent) -> np.ndarray:
    """The pictures one step on: the formula of `Ascent`, for (pictures, height, width, channels).

    >>> images, gradients = np.full((1, 1, 2, 1), 0.5), np.array([[[[3.0], [4.0]]]])
    >>> stepped(images, gradients, Ascent(step_size=0.1)).ravel().round(4).tolist()
    [0.5849, 0.6131]
    """
    finite = np.where(np.isfinite(gradients), gradients, 0)
    largest = np.abs(finite).max(axis=(1, 2, 3), keepdims=True)
    # By their largest first: squares of what is very large or very small are no numbers.
    move = finite / np.where(largest > 0, largest, 1)
    rms = np.sqrt(np.mean(np.square(move), axis=(1, 2, 3), keepdims=True))
    move /= np.where(rms > 0, rms, 1)
    if ascent.total_variation:
        move -= np.float32(ascent.total_variation) * variation_gradient(images)
    moved = images + np.asarray(ascent.step_size, images.dtype) * move
    if ascent.blur:
        moved = blurred(moved, ascent.blur)
    return np.clip(moved, 0, 1)


def variation(images: np.ndarray) -> np.ndarray:
    """Total variation of each picture: the sum over neighbours of their difference, (pictures,).

    A difference d counts sqrt(d * d + SOFTNESS * SOFTNESS) - SOFTNESS, so that it has a slope at 0
    (L. Rudin, S. Osher and E. Fatemi 1992, with the usual smoothing).
    """
    total = np.zeros(len(images))
    for axis in (1, 2):
        rise = np.diff(images, axis=axis)
        total += (np.sqrt(rise * rise + SOFTNESS**2) - SOFTNESS).sum(axis=(1, 2, 3))
    return total


def variation_gradient(images: np.ndarray) -> np.ndarray:
    """The gradient of `variation` with respect to the pixels: an array like `images`."""
    gradient = np.zeros_like(images)
    for axis in (1, 2):
        rise = np.diff(images, axis=axis)
        slope = rise / np.sqrt(rise * rise + np.asarray(SOFTNESS**2, images.dtype))
        low, high = ((slice(None),) * axis + (part,) for part in (slice(-1), slice(1, None)))
        gradient[low] -= slope
        gradient[high] += slope
    return gradient


def blurred(images: np.ndarray, sigma: float) -> np.ndarray:
    """Each picture smoothed by a Gaussian of `sigma` pixels; beyond an edge its pixels go on."""
    reach = max(1, int(np.ceil(3 * sigma)))
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    taps = (taps / taps.sum()).astype(images.dtype)
    for axis in (1, 2):
        border = [(reach, reach) if at == axis else (0, 0) for at in range(images.ndim)]
        padded, size = np.pad(images, border, "edge"), images.shape[axis]
        images = np.zeros_like(images)
        for at, tap in enumerate(taps):
            images += tap * padded[(slice(None),) * axis + (slice(at, at + size),)]
    return images


class _Climber:
    """A few of the pictures, each with its filter."""

    def __init__(self, network: Network, layer: int, part: slice, units: Sequence[int]):
        self.part = part
        self.section = Section(network, layer, units=units, before_activation=True)
        last = layer == len(network.spec.layers) - 1
        self.activation = "linear" if last else self.section.activation

    def values(self, images: np.ndarray) -> np.ndarray:
        """What each picture makes of its filter: (pictures,)."""
        return self._outputs(self.section(images)).mean(axis=1)

    def climb(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The same, and the gradient of each with respect to its picture."""
        run = self.section.run(images)
        cells, outputs = self._cells(run.outputs), self._outputs(run.outputs)
        slopes = BACKWARD[self.activation](np.full_like(cells, 1 / cells.shape[1]), outputs)
        silent = ~slopes.any(axis=1)
        slopes[silent, cells[silent].argmax(axis=1)] = 1
        grad, own = np.zeros_like(run.outputs), np.arange(len(images))
        grad[own, ..., own] = slopes.reshape(grad[own, ..., own].shape)
        return outputs.mean(axis=1), run.backward(grad)

    def _outputs(self, outputs: np.ndarray) -> np.ndarray:
        return ACTIVATIONS[self.activation](self._cells(outputs))

    def _cells(self, outputs: np.ndarray) -> np.ndarray:
        """Of each picture its own filter's map alone: (pictures, cells)."""
        own = np.arange(len(outputs))
        return outputs[own, ..., own].reshape(len(outputs), -1)


def _climb(
    climbers: Sequence[_Climber], images: np.ndarray, shift: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Values and gradients of all pictures, the chunks shared out over the cores."""
    values, gradients = np.empty(len(images), np.float32), np.empty_like(images)
    moved = np.roll(images, tuple(shift), (1, 2)) if shift.any() else images

    def work(queue: Iterator[_Climber]) -> None:
        for climber in queue:
            part = climber.part
            values[part], gradients[part] = climber.climb(moved[part])
            if shift.any():
                values[part] = climber.values(images[part])

    share(work, climbers, multiply_adds=1e9)
    if shift.any():
        gradients = np.roll(gradients, tuple(-shift), (1, 2))
    return values, gradients
