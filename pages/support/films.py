"""Pictures grown step by step: made once for each network and setting, kept, and drawn to scrub."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnnlib.maximisation import Ascent, Frame, maximise
from cnnlib.pixels import to_png, upscale
from cnnlib.spec import NetworkSpec
from pages.support.components import component
from pages.support.kept_work import QUIET_SECONDS, KeptWork, Patience
from pages.support.networks import Chosen

WORK = 6e10  # multiply-adds of a film: two or three seconds on two cores
FEWEST, MOST = 4, 32  # pictures that grow together
FILM_BYTES = 800_000  # of a film's frames before they are packed; the others are left out
FEWEST_FRAMES = 6
LARGE, SMALL = 320, 96  # screen pixels that one picture, or one of many, may take
PREVIEW_SIDE = 64
PREVIEW_SECONDS = 0.25  # between two previews of a film that grows
_filmstrip = component("filmstrip", shared="canvas")


@dataclass(frozen=True, eq=False)
class Film:
    """What became of some pictures.

    `steps`: those that are kept. `frames`: (steps kept, pictures, height, width, channels) uint8.
    `values`: (all steps and the start, pictures).
    """

    steps: tuple[int, ...]
    frames: np.ndarray
    values: np.ndarray


_kept: KeptWork[Film] = KeptWork(most=32)


def most_pictures(spec: NetworkSpec, layer: int, steps: int) -> int:
    """How many pictures may grow together: fewer for a large network, so that nobody waits long."""
    passes = sum(step.multiply_adds for step in spec.trace()[: layer + 1])
    affordable = int(WORK / max(2 * passes * steps, 1))
    return min(MOST, max(FEWEST, affordable))


def film_of(
    chosen: Chosen,
    layer: int,
    units: Sequence[int],
    ascent: Ascent,
    start: np.ndarray | None,
    place: DeltaGenerator,
) -> Film:
    """The film of a layer's filters, made on the first call; `place` shows it grow.

    `start` is the picture to start from, float32 in [0, 1]; noise without it.
    """
    digest = "noise" if start is None else hashlib.sha256(start.tobytes()).hexdigest()

    def make() -> Film:
        frames = maximise(chosen.network, layer, units, ascent, start=start)
        return _film(frames, ascent.steps, place)

    return _kept.get(repr((chosen.identity, layer, tuple(units), ascent, digest)), make)


def kept_steps(steps: int, picture_bytes: int) -> tuple[int, ...]:
    """The steps whose frames are shown: all, or as many as may be sent, more of the first ones.

    >>> kept_steps(3, 3072), kept_steps(40, 32 * 3072)
    ((0, 1, 2, 3), (0, 2, 6, 11, 17, 24, 32, 40))
    """
    count = min(steps + 1, max(FEWEST_FRAMES, FILM_BYTES // picture_bytes))
    shares = np.linspace(0, 1, count) ** (1.0 if count == steps + 1 else 1.5)
    return tuple(sorted(set(np.rint(steps * shares).astype(int).tolist())))


def _film(frames: Iterator[Frame], steps: int, place: DeltaGenerator) -> Film:
    kept, values, wanted = [], [], ()
    show = _preview(place, steps)
    for frame in frames:
        wanted = wanted or kept_steps(steps, frame.images.size)
        if frame.step in wanted:
            kept.append(np.rint(frame.images * 255).astype(np.uint8))
        values.append(frame.values)
        show(frame)
    place.empty()
    return Film(wanted, np.stack(kept), np.stack(values))


def _preview(place: DeltaGenerator, steps: int) -> Callable[[Frame], None]:
    """A function that shows a frame now and then, if the film takes long enough to be watched."""
    patience, last = Patience(QUIET_SECONDS), 0.0

    def show(frame: Frame) -> None:
        nonlocal last
        now = time.monotonic()
        if not patience.is_over or now - last < PREVIEW_SECONDS:
            return
        last = now
        box = place.container()
        box.progress(frame.step / steps, f"Step {frame.step} of {steps}")
        sheet = np.concatenate(list(frame.images[:8]), axis=1)
        crisp = upscale(sheet, max(1, PREVIEW_SIDE // sheet.shape[0]))
        words = f"The first pictures after step {frame.step}"
        box.image(to_png(crisp), width=crisp.shape[1], alt=words)

    return show


def draw_film(
    film: Film,
    names: Sequence[str],
    *,
    title: str,
    curve: str,
    key: str,
    on_choose: Callable[[int], None] | None = None,
) -> None:
    """Draw a film to play and scrub, a name for each picture.

    `on_choose` is told of a click on a picture by its place among them; without it there is
    nothing to click.
    """
    pictures = film.frames.shape[1]
    values = np.where(np.isfinite(film.values), film.values, np.nan).astype(float)
    draw_frames(
        film.frames,
        [{"at": step, "text": str(step)} for step in film.steps],
        [
            {
                "name": name,
                "number": at,
                "values": [None if np.isnan(x) else float(f"{x:.4g}") for x in values[:, at]],
            }
            for at, name in enumerate(names)
        ],
        title=title,
        unit="Step",
        curve=curve,
        side=LARGE if pictures == 1 else SMALL,
        key=key,
        on_choose=on_choose,
    )


def draw_frames(
    frames: np.ndarray,
    labels: Sequence[dict[str, object]],
    pictures: Sequence[dict[str, object]],
    *,
    title: str,
    unit: str,
    curve: str,
    side: int,
    key: str,
    on_choose: Callable[[int], None] | None = None,
) -> None:
    """Draw (frames, pictures, height, width, channels) uint8: see `filmstrip.js`."""
    data = {
        "title": title,
        "film": base64.b64encode(film_png(frames)).decode("ascii"),
        "width": frames.shape[3],
        "height": frames.shape[2],
        "side": side,
        "unit": unit,
        "frames": tuple(labels),
        "pictures": tuple(pictures),
        "curve": curve,
        "clickable": on_choose is not None,
    }

    def tell() -> None:
        number = st.session_state[key].picture
        # Clients can send anything.
        if on_choose is not None and type(number) is int and 0 <= number < len(pictures):
            on_choose(number)

    _filmstrip(data=data, key=key, on_picture_change=tell)


def film_png(frames: np.ndarray) -> bytes:
    """All frames in one PNG: a column for each frame, a row for each picture."""
    count, pictures, height, width, channels = frames.shape
    sheet = frames.transpose(1, 2, 0, 3, 4).reshape(pictures * height, count * width, channels)
    return to_png(sheet)
