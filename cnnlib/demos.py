"""Single layers to be run by Keras in a worker: what is to be run, and how far each is.

A demonstration is a frozen spec of validated numbers, so it is its own key: whoever asks for the
same one again, or for one that somebody else asked for, gets the same result.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cnnlib.fields import SpecError
from cnnlib.layers import DenseLayer, Layer
from cnnlib.own_layers import OwnLayer
from cnnlib.passes import forward

RESULT_SECONDS = 10.0
FORGET_SECONDS = 10.0  # after which what failed may be asked for again
MOST_WAITING = 100
MOST_KEPT = 300
MOST_SIDE = 32
Pixels = tuple[tuple[tuple[float, ...], ...], ...]


def pixels_of(image: np.ndarray) -> Pixels:
    """An array (height, width, channels) as tuples, rounded so that equal pictures are equal."""
    return tuple(tuple(tuple(round(float(x), 4) for x in pixel) for pixel in row) for row in image)


@dataclass(frozen=True)
class Demo:
    """A layer and the image it is run on: rows of pixels of 1 or 3 channels, sides up to 32."""

    layer: Layer | OwnLayer
    pixels: Pixels

    def __post_init__(self) -> None:
        self.layer.__post_init__()  # again, since it may have come from another process
        try:
            image = np.array(self.pixels, np.float32)
        except (ValueError, TypeError):
            image = np.zeros(0)
        fits = image.ndim == 3 and 1 <= min(image.shape) <= max(image.shape) <= MOST_SIDE
        if not fits or not np.isfinite(image).all():
            raise SpecError(
                f"an image here has 1 to {MOST_SIDE} rows and columns of finite numbers."
            )

    @property
    def inputs(self) -> np.ndarray:
        """What goes into the layer: (1, height, width, channels), or one row for a dense layer."""
        image = np.array(self.pixels, np.float32)[np.newaxis]
        return image.reshape(1, -1) if isinstance(self.layer, DenseLayer) else image


@dataclass(frozen=True)
class LayerDemo(Demo):
    """One of our layers, with made-up weights that `seed` draws."""

    seed: int = 0

    def weights(self) -> dict[str, np.ndarray]:
        """The layer's weights by name: few decimals, so that they can be read."""
        shapes = self.layer.weight_shapes(self.inputs.shape[1:])
        return {name: _readable(name, shape, self.seed) for name, shape in shapes.items()}

    def output(self) -> np.ndarray:
        """What our NumPy makes of the inputs, batch first. SpecError for a layer that cannot be."""
        self.layer.output_shape(self.inputs.shape[1:])
        return forward(self.layer, self.weights(), self.inputs)


@dataclass(frozen=True)
class OwnLayerDemo(Demo):
    """A layer of one's own."""


@dataclass(frozen=True, eq=False)
class DemoResult:
    """What Keras made of a demonstration.

    Attributes:
        name: the class of the Keras layer.
        output: its output, batch first.
        before: how many weight arrays it had before `build`.
        weights: those it had afterwards, by name.
        trainable: the names of those that training would change.
    """

    name: str
    output: np.ndarray
    before: int
    weights: dict[str, np.ndarray]
    trainable: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class DemoStatus:
    """Where a demonstration stands: queued, done with a result, or failed with a sentence."""

    state: str
    message: str = ""
    result: DemoResult | None = None

    @property
    def is_active(self) -> bool:
        return self.state == "queued"


@dataclass
class _Asked:
    status: DemoStatus = field(default_factory=lambda: DemoStatus("queued"))
    future: Any = None
    ended_at: float = 0.0


class Demos:
    """The demonstrations of one engine. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: OrderedDict[Demo, _Asked] = OrderedDict()  # the last one asked for at the end

    def ask(self, demo: Demo) -> DemoStatus:
        """Where it stands; it is queued unless it has been already."""
        with self._lock:
            asked = self._asked.get(demo)
            if asked is None or _is_over(asked):
                if self._waiting() >= MOST_WAITING:
                    return DemoStatus("failed", "Many people ask for this now. Try again soon.")
                asked = self._asked[demo] = _Asked()
            self._asked.move_to_end(demo)
            self._trim()
            return asked.status

    @property
    def are_active(self) -> bool:
        with self._lock:
            return self._waiting() > 0

    def step(self, send: Callable[[str, Demo], Any]) -> None:
        """Give new ones to the cluster by `send(key, demo)`, and take the results of the others."""
        with self._lock:
            active = [(d, asked) for d, asked in self._asked.items() if asked.status.is_active]
        for demo, asked in active:
            if asked.future is None:
                asked.future = send(f"demo-{secrets.token_hex(8)}", demo)
            elif asked.future.done():
                status = _outcome(asked.future)
                with self._lock:
                    asked.status, asked.future = status, None
                    asked.ended_at = time.monotonic()

    def lose(self) -> None:
        """The cluster is gone: what it was running is to be run again."""
        with self._lock:
            for asked in self._asked.values():
                asked.future = None

    def _waiting(self) -> int:
        return sum(asked.status.is_active for asked in self._asked.values())

    def _trim(self) -> None:
        ended = [demo for demo, asked in self._asked.items() if not asked.status.is_active]
        for demo in ended[: max(0, len(self._asked) - MOST_KEPT)]:
            del self._asked[demo]


def _is_over(asked: _Asked) -> bool:
    failed = asked.status.state == "failed"
    return failed and time.monotonic() - asked.ended_at > FORGET_SECONDS


def _outcome(future: Any) -> DemoStatus:
    if future.status == "finished":
        return DemoStatus("done", result=future.result(timeout=RESULT_SECONDS))
    if future.status == "error":
        error = str(future.exception(timeout=RESULT_SECONDS))[:200]
        return DemoStatus("failed", f"Keras could not run this: {error}")
    return DemoStatus("failed", "The worker that ran it was ended. Try again in a moment.")


def _readable(name: str, shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Made-up weights with one decimal; variances and gammas are positive."""
    rng = np.random.default_rng((seed, len(name)))
    if name in ("gamma", "moving_variance"):
        tenths = rng.integers(3, 20, shape)
    else:
        tenths = rng.integers(-10, 11, shape)
    return (tenths / 10).astype(np.float32)
