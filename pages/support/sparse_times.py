"""Sparse coding and a convolution layer, timed side by side: in a thread of its own, for everyone.

What has been measured since the server started is kept, and every visitor sees it.
"""

from __future__ import annotations

from concurrent.futures import Future
from threading import Event, Lock

import streamlit as st

from cnnlib import datasets, variants
from cnnlib.sparse_cost import (
    FAR_SIDE,
    FILTERS,
    IMAGES,
    PASS_IMAGES,
    SIDES,
    STEPS,
    SideTimes,
    extrapolated,
    laws,
    measured_times,
)
from pages.support.chart import draw_chart
from pages.support.data import load_dataset
from pages.support.kept_work import modest_thread
from pages.support.page import PageText
from pages.support.side_costs import KEY
from pages.support.tables import draw_table

POLL_SECONDS = 1.0
SPREAD = 100  # of the training photos, every so many


class Measurement:
    """The times at one side after another, smallest first. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ended = Event()
        self._thread = modest_thread("sparse")
        self._work: Future[None] | None = None
        self._found: dict[int, SideTimes] = {}

    @property
    def found(self) -> list[SideTimes]:
        """What has been measured so far, by rising side."""
        with self._lock:
            return [self._found[side] for side in sorted(self._found)]

    @property
    def is_running(self) -> bool:
        return self._work is not None and not self._work.done()

    def start(self, sides: tuple[int, ...]) -> None:
        """Measure those of the sides that have not been yet; nothing if it is under way."""
        with self._lock:
            if not self.is_running:
                self._ended.clear()
                missing = [side for side in sides if side not in self._found]
                self._work = self._thread.submit(self._measure, missing)

    def stop(self) -> None:
        """End it after the side that is being measured."""
        self._ended.set()

    def _measure(self, sides: list[int]) -> None:
        photos = load_dataset("cifar10").x_train[::SPREAD]
        for side in sides:
            if self._ended.is_set():
                return
            times = measured_times(datasets.scale(variants.resized(photos, side)))
            with self._lock:
                self._found[side] = times


@st.cache_resource(max_entries=1, show_spinner=False)
def measurement() -> Measurement:
    """The one of this server."""
    return Measurement()


def draw_sparse_times(text: PageText) -> None:
    """The button that starts it, and figure and tables that grow with each side."""
    text.show("sparse", images=IMAGES, steps=STEPS, filters=FILTERS)
    running = measurement().is_running
    st.fragment(_draw, run_every=POLL_SECONDS if running else None)(text, running)
    text.show("sparse_notice")


def _draw(text: PageText, was_running: bool) -> None:
    work = measurement()
    found, running = work.found, work.is_running
    if was_running and not running:
        st.rerun()  # of the whole page, which then asks no more
    idle = running or len(found) == len(SIDES)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Measure",
            type="secondary" if idle else "primary",
            icon=":material/timer:",
            key=f"{KEY}_sparse_start",
            disabled=idle,
            on_click=work.start,
            args=(SIDES,),
        )
        st.button(
            "Stop",
            icon=":material/stop:",
            key=f"{KEY}_sparse_stop",
            disabled=not running,
            on_click=work.stop,
        )
    if not was_running and work.is_running:
        st.rerun()  # of the whole page, which then asks every second
    st.progress(len(found) / len(SIDES), text=_where(found, running))
    if found:
        _draw_found(text, found)


def _where(found: list[SideTimes], running: bool) -> str:
    if running:
        side = SIDES[min(len(found), len(SIDES) - 1)]
        return f"Measuring photos of {side} × {side}"
    if not found:
        return f"Sides {', '.join(map(str, SIDES))}: some ten seconds, the last takes most of them"
    if len(found) < len(SIDES):
        return f"Stopped after side {found[-1].side}"
    return "All sides are measured"


def _draw_found(text: PageText, found: list[SideTimes]) -> None:
    from cnnlib.side_figures import sparse_figure

    left, right = st.columns([3, 2], gap="large")
    with left:
        draw_chart(
            sparse_figure(found),
            key=f"{KEY}_sparse",
            alt="Seconds against the side, on logarithmic axes: encoding, update and convolution; "
            "numbers in the tables beside it.",
        )
    with right:
        _draw_tables(found)
    if len(found) > 1:
        _draw_far(text, found)


def _draw_tables(found: list[SideTimes]) -> None:
    far = [extrapolated(found)] if len(found) > 1 else []
    shown = [(str(times.side), times) for times in found]
    shown += [(f"{times.side}*", times) for times in far]
    draw_table(
        ("Side", "Encoding", "Update", "Convolution", "Ratio"),
        [
            (
                name,
                *map(time_text, (times.encoding, times.update, times.convolution)),
                f"× {times.encoding / times.convolution:,.0f}",
            )
            for name, times in shown
        ],
    )
    st.caption("Ratio: encoding to convolution." + " * Extrapolated, not measured." * bool(far))
    draw_table(
        ("Side", "Numbers in an image", "Atoms", "Numbers in the dictionary"),
        [
            (times.side, f"{times.inputs:,}", f"{times.atoms:,}", f"{times.weights:,}")
            for _, times in shown
        ],
    )


def _draw_far(text: PageText, found: list[SideTimes]) -> None:
    """In words, what the laws through the measured times say."""
    powers = {name: f"{law.exponent:.1f}" for name, law in laws(found).items()}
    far = extrapolated(found)
    text.show(
        "sparse_far",
        **powers,
        side=FAR_SIDE,
        images=f"{PASS_IMAGES:,}",
        sparse=time_text(far.learning_pass),
        layer=time_text(far.convolution_pass),
        times=f"{far.learning_pass / far.convolution_pass:,.0f}",
    )


def time_text(seconds: float) -> str:
    """Three figures and a unit that suits them.

    >>> [time_text(s) for s in (0.0000153, 0.0487, 2.75, 95.2, 6467)]
    ['15.3 µs', '48.7 ms', '2.75 s', '95.2 s', '1.8 h']
    """
    for size, unit in ((1e-3, "µs"), (1.0, "ms")):
        if seconds < size:
            return f"{seconds / size * 1e3:.3g} {unit}"
    if seconds < 100:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.1f} min" if seconds < 6_000 else f"{seconds / 3_600:.1f} h"
