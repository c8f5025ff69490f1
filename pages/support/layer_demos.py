"""Single layers shown at work: the widgets that set one, and what Keras makes of it in a worker."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import numpy as np
import streamlit as st

from cnnlib.demos import Demo, DemoResult, DemoStatus
from cnnlib.layers import DenseLayer, Layer
from cnnlib.own_layers import OwnLayer
from pages.support import jobs, settings
from pages.support.numbers import Grid, draw_grids, grids_of
from pages.support.page import sentence

POLL_SECONDS = 0.3
PATIENCE_SECONDS = 0.2
MOST = {"filters": 3, "kernel_size": 5, "units": 4, "size": 4, "stride": 3}
USUAL = {"filters": 2, "units": 3, "scale": 2.0, "offset": -1.0}
REALS = (-3.0, 3.0)
LABELS = {"use_bias": "Bias", "stddev": "Standard deviation", "start": "Factor at the start"}
STEPS = {"angle": 5.0, "strength": 0.1, "start": 0.1, "rate": 0.05, "stddev": 0.05}


def draw_settings(spec_class: type[Layer] | type[OwnLayer], prefix: str) -> Any:
    """Draw the settings of a layer, kept in the address, and return it; SpecError for a value that
    no widget could have sent."""
    fields = dataclasses.fields(spec_class)
    if not fields:
        st.caption("This layer has nothing to set.")
    values = {field.name: _draw_field(spec_class, field, prefix) for field in fields}
    return spec_class(**values)


def _draw_field(spec_class: type, field: dataclasses.Field, prefix: str) -> Any:
    label = LABELS.get(field.name, field.name.replace("_", " ").capitalize())
    (rule,) = field.metadata
    match rule:
        case "options":
            return settings.pick(spec_class, field.name, prefix, label)
        case "flag":
            return settings.switch(spec_class, field.name, prefix, label)
        case "reals":
            return (_draw_real(field.name, prefix, label),)
    high, usual = MOST.get(field.name), USUAL.get(field.name)
    step = STEPS.get(field.name, 1)
    return settings.number(
        spec_class, field.name, prefix, label, step=step, high=high, default=usual
    )


def _draw_real(name: str, prefix: str, label: str) -> float:
    return st.slider(label, *REALS, USUAL[name], 0.1, key=prefix + name, bind="query-params")


def keras_status(demo: Demo) -> DemoStatus:
    """Where Keras's run stands. It is queued even before there is a training process, so that the
    first who comes after that finds its result. Mostly it takes a tenth of a second; that long is
    waited, so that nothing flickers."""
    engine = jobs.engine()
    patience = PATIENCE_SECONDS if engine.is_warm else 0.0
    give_up = time.monotonic() + patience
    while (status := engine.demo(demo)).is_active and time.monotonic() < give_up:
        time.sleep(PATIENCE_SECONDS / 20)
    return status


def draw_waiting(demo: Demo, status: DemoStatus) -> None:
    """Say why there is no result yet; look again until there is one."""
    if status.is_active:
        _wait(demo)
    else:
        st.warning(sentence(status.message), icon=":material/error:")


@st.fragment(run_every=POLL_SECONDS)
def _wait(demo: Demo) -> None:
    status = keras_status(demo)
    if not status.is_active:
        st.rerun()  # the whole page: it now has a result to show
    st.caption(f":material/hourglass_top: {status.message or 'Keras is at it.'}")


def weight_grids(
    layer: Layer, weights: dict[str, np.ndarray], shape: tuple[int, ...]
) -> list[Grid]:
    """A layer's weights as grids: kernels one by one, a dense unit's weights where its inputs are.

    `shape` is the image's (height, width, channels).
    """
    grids: list[Grid] = []
    for name, array in weights.items():
        title = name.replace("_", " ").capitalize()
        if isinstance(layer, DenseLayer) and name == "kernel":
            units = array.T.reshape(-1, *shape)
            for unit, values in enumerate(units, start=1):
                grids += grids_of(values, f"Weights of unit {unit}")
        elif array.ndim == 4:
            for number in range(array.shape[3]):
                grids += grids_of(array[..., number], f"Kernel of filter {number + 1}")
        else:
            grids += grids_of(array, title)
    return grids


def draw_weights(result: DemoResult | None) -> None:
    """What Keras's class had before and after `build`, in a sentence."""
    if result is None:
        st.markdown("Weights before and after `build`: …")
        return
    after = ", ".join(
        f"`{name}` {_shape_text(array)}" + ("" if name in result.trainable else " (not trained)")
        for name, array in result.weights.items()
    )
    st.markdown(
        f"Weights of `{result.name}` before `build`: {result.before or 'none'}. "
        f"After it: {after or 'none'}."
    )


def _shape_text(array: np.ndarray) -> str:
    return " × ".join(map(str, array.shape)) or "one number"


def draw_numbers(title: str, array: np.ndarray, name: str) -> None:
    """An input or output, batch first, under a heading."""
    st.markdown(f"**{title}** :small[{' × '.join(map(str, array.shape[1:]))}]")
    draw_grids(grids_of(array[0], name))
