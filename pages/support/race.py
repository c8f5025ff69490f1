"""Optimizers racing down a surface: settings, the race, and the formulas of one step."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnnlib.descent import TITLES, Path, all_optimizers, race
from cnnlib.descent_formulas import number, step_formulas
from cnnlib.surfaces import SURFACES, Surface
from pages.support.choices import choose
from pages.support.components import component
from pages.support.encoded import array_text
from pages.support.page import PageText, fill

KEY = "optimizer_race"
GRID = 97  # heights to a side of the map; what lies between is filled in by the browser
RATES = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1, 0.11, 0.12),
    *(0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 1.9, 2.0, 2.1, 2.5, 3.0),
)
_race = component("descent", shared=["canvas", "descent_draw", "descent_pictures"])


@dataclass(frozen=True)
class Settings:
    """What a reader sets of a race."""

    surface: str
    start: tuple[float, float]
    learning_rate: float
    momentum: float
    noise: float
    steps: int
    seed: int


@st.fragment
def draw_race(text: PageText) -> None:
    """The race, and what one step of it computes."""
    text.show("race")
    settings = _choose()
    surface, paths = SURFACES[settings.surface], _paths(settings)
    step = _mount(settings, surface)
    _say_who_leads(text, settings, surface, paths)
    st.caption(text.sections["race_keys"])
    with st.expander("Try these"):
        st.markdown(text.sections["race_try"])
    _draw_formulas(text, settings, paths, step)


def _choose() -> Settings:
    titles = {name: surface.title for name, surface in SURFACES.items()}
    # In a ravine they differ most at first sight.
    name = choose("Surface", titles, key="optimizer_surface", default="ravine", wrap=True)
    surface = SURFACES[name]
    st.markdown(f"${surface.formula}$  \n{surface.says}")
    columns = st.columns(3, gap="medium")
    with columns[0]:
        # A key for each surface: each opens with a rate that shows something.
        rate = st.select_slider(
            "Learning rate",
            RATES,
            surface.learning_rate,
            key=f"optimizer_{surface.name}_rate",
            bind="query-params",
        )
    with columns[1]:
        momentum = st.slider(
            "Momentum",
            0.0,
            0.99,
            0.9,
            0.01,
            key="optimizer_momentum",
            bind="query-params",
            help="Of Momentum and Nesterov; the others have none.",
        )
    with columns[2]:
        noise = st.slider(
            "Noise of the gradient",
            0.0,
            3.0,
            0.0,
            0.05,
            key="optimizer_noise",
            bind="query-params",
            help="Its standard deviation. A network's gradient is noisy, too: each batch shows a "
            "little of the data. All five get the same noise.",
        )
    with st.container(horizontal=True, gap="medium"):
        start = _choose_start(surface)
        steps = st.number_input(
            "Steps", 10, 400, 100, 10, key="optimizer_steps", bind="query-params", width=130
        )
        seed = st.number_input(
            "Seed of the noise", 0, 9999, 0, key="optimizer_seed", bind="query-params", width=150
        )
    rate = rate if rate in RATES else surface.learning_rate
    return Settings(surface.name, start, rate, momentum, noise, int(steps), int(seed))


def _choose_start(surface: Surface) -> tuple[float, float]:
    """Where the race starts: typed here, or clicked in the map."""
    left, right, bottom, top = surface.bounds
    places = (("x", left, right, surface.start[0]), ("y", bottom, top, surface.start[1]))
    x, y = (
        st.number_input(
            f"Start, {axis}",
            low,
            high,
            default,
            0.1,
            "%.2f",
            key=_start_key(surface, axis),
            bind="query-params",
            width=130,
        )
        for axis, low, high, default in places
    )
    return surface.nearest_inside(x, y)


def _start_key(surface: Surface, axis: str) -> str:
    return f"optimizer_{surface.name}_{axis}"


@st.cache_data(max_entries=32, show_spinner=False)
def _packed(settings: Settings) -> tuple[dict[str, object], ...]:
    return tuple(
        {
            "name": name,
            "title": TITLES[name],
            "points": array_text(path.points, "<f8"),
            "values": array_text(path.values, "<f8"),
            "diverged": path.diverged,
        }
        for name, path in _paths(settings).items()
    )


@st.cache_resource(max_entries=32, show_spinner=False)
def _paths(settings: Settings) -> dict[str, Path]:
    """The race itself. Nobody changes what comes out."""
    return race(
        SURFACES[settings.surface],
        settings.start,
        all_optimizers(settings.learning_rate, settings.momentum),
        steps=settings.steps,
        noise=settings.noise,
        seed=settings.seed,
    )


@st.cache_data(max_entries=len(SURFACES), show_spinner=False)
def _levels(name: str) -> str:
    return array_text(np.rint(SURFACES[name].levels(GRID) * 65_535).astype("<u2"))


def _mount(settings: Settings, surface: Surface) -> int:
    """Draw the race; the step at which the reader looks."""
    left, right, bottom, top = surface.bounds
    data = {
        "surface": {
            "name": surface.name,
            "title": surface.title,
            "left": left,
            "right": right,
            "bottom": bottom,
            "top": top,
            "lowest": surface.lowest,
        },
        "levels": _levels(surface.name),
        "minima": tuple({"x": x, "y": y} for x, y in surface.minima),
        "start": {"x": settings.start[0], "y": settings.start[1]},
        "steps": settings.steps,
        "paths": _packed(settings),
    }

    def move_start() -> None:
        given = st.session_state[KEY].start
        place = (given.get("x"), given.get("y")) if isinstance(given, dict) else ()
        # Clients can send anything.
        if place and all(type(n) in (int, float) and math.isfinite(n) for n in place):
            for axis, value in zip("xy", surface.nearest_inside(*place), strict=True):
                st.session_state[_start_key(surface, axis)] = round(value, 2)

    result = _race(key=KEY, data=data, on_start_change=move_start, on_step_change=lambda: None)
    step = result.step
    known = type(step) in (int, float) and math.isfinite(step)
    return min(max(int(step), 0), settings.steps) if known else settings.steps


def _say_who_leads(
    text: PageText, settings: Settings, surface: Surface, paths: dict[str, Path]
) -> None:
    """What came of it, in one or two sentences."""
    gone = [TITLES[name] for name, path in paths.items() if path.diverged is not None]
    if gone:
        text.show("diverged", names=_listed(gone))
    left = {name: path for name, path in paths.items() if path.diverged is None}
    if not left:
        text.show("none_left")
        return
    name = min(left, key=lambda name: left[name].values[-1])
    height = f"${number(max(float(left[name].values[-1]) - surface.lowest, 0))}$"
    text.show("lowest", steps=settings.steps, name=TITLES[name], height=height)


def _listed(words: list[str]) -> str:
    """Words as in a sentence.

    >>> _listed(["SGD"]), _listed(["SGD", "Adam", "RMSprop"])
    ('SGD', 'SGD, Adam and RMSprop')
    """
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def _draw_formulas(text: PageText, settings: Settings, paths: dict[str, Path], step: int) -> None:
    """The chosen optimizer's equations with the numbers of the step that is looked at."""
    text.show("formulas")
    name = choose("Optimizer", TITLES, key="optimizer_formulas", default="momentum", wrap=True)
    path = paths[name]
    text.show(f"rule_{name}")
    if step == 0:
        text.show("formulas_start")
    taken = min(max(step, 1), path.steps)
    noisy = ", noise included," if settings.noise else ""
    st.markdown(
        fill(text.sections["formulas_step"], {"title": TITLES[name], "step": taken, "noisy": noisy})
    )
    formulas = step_formulas(path, taken)
    for start in range(0, len(formulas), 2):
        pair = formulas[start : start + 2]
        for column, formula in zip(st.columns(2), pair, strict=False):
            column.latex(formula)
