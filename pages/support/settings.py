"""Widgets for the fields of a spec: the spec gives their ranges, the address keeps their values.

A widget's key is a prefix and the field's name, so `settings` can read a spec back from the address
on any page, whether its widgets are drawn there or not.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import streamlit as st

from cnnlib.fields import from_text, limits_of
from cnnlib.optimization_trials import SCHEDULES
from pages.support.choices import choose

MODEL = "model_"
TRAINING = "train_"

# What a choice is called on a page, which is also what stands in the address.
TITLES = {
    "valid": "Valid",
    "same": "Same",
    "relu": "ReLU",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "linear": "Linear",
    "softmax": "Softmax",
    "max": "Max",
    "average": "Average",
    "none": "None",
    "flatten": "Flatten",
    "global_average": "Global average",
    "sgd": "SGD",
    "momentum": "Momentum",
    "nesterov": "Nesterov",
    "rmsprop": "RMSprop",
    "adam": "Adam",
    "flip": "Mirror",
    "shift": "Shift",
    "zoom": "Zoom",
    "rotate": "Turn",
    "affine": "Handwriting",
    "brightness": "Brightness",
    "noise": "Noise",
    "cutout": "Cut-out",
    "mixup": "Mixup",
    "float32": "32 bits",
    "bfloat16": "16 bits",
    "sample": "Sample",
    "full": "Full set",
    **SCHEDULES,
}
NAMES = {title: name for name, title in TITLES.items()}


def is_in_address(prefix: str) -> bool:
    """Whether this page's address says anything of the spec with this prefix."""
    return any(name.startswith(prefix) for name in st.query_params)


def settings(spec_class: type, prefix: str) -> Any:
    """The spec that this page's address describes; what is missing there takes its default."""
    params = st.query_params
    texts = {
        field.name: NAMES.get(params[prefix + field.name], params[prefix + field.name])
        for field in dataclasses.fields(spec_class)
        if prefix + field.name in params
    }
    return from_text(spec_class, texts)


def settings_now(spec_class: type, prefix: str) -> Any:
    """What this page's widgets say, before they are drawn; SpecError for what none could have sent.

    A page that draws first what it shows, and its widgets after that, shows it sooner.
    """
    values = {
        field.name: st.session_state[prefix + field.name]
        for field in dataclasses.fields(spec_class)
        if prefix + field.name in st.session_state
    }
    return dataclasses.replace(settings(spec_class, prefix), **values)


def number(
    spec_class: type,
    name: str,
    prefix: str,
    label: str,
    *,
    step: float = 1,
    low: float | None = None,
    high: float | None = None,
    default: float | None = None,
    help: str | None = None,
    format: str | None = None,
) -> float:
    """A slider over the field's range, or the part of it from `low` to `high`."""
    lowest, highest = limits_of(spec_class, name)
    return st.slider(
        label,
        lowest if low is None else low,
        highest if high is None else high,
        _default(spec_class, name) if default is None else default,
        step,
        key=prefix + name,
        bind="query-params",
        help=help,
        format=format,
    )


def stops(
    spec_class: type, name: str, prefix: str, label: str, values: Sequence, help: str | None = None
) -> Any:
    """A slider over chosen values, for ranges that grow by factors."""
    return st.select_slider(
        label,
        list(values),
        _default(spec_class, name),
        key=prefix + name,
        bind="query-params",
        help=help,
    )


def pick(spec_class: type, name: str, prefix: str, label: str, help: str | None = None) -> str:
    """A choice between the field's few words, all of them in sight."""
    return choose(
        label,
        {option: TITLES.get(option, option) for option in limits_of(spec_class, name)},
        key=prefix + name,
        default=_default(spec_class, name),
        help=help,
        wrap=True,
    )


def switch(spec_class: type, name: str, prefix: str, label: str, help: str | None = None) -> bool:
    """A toggle for a field that is true or false."""
    return st.toggle(
        label, _default(spec_class, name), key=prefix + name, bind="query-params", help=help
    )


def _default(spec_class: type, name: str) -> Any:
    return next(f.default for f in dataclasses.fields(spec_class) if f.name == name)
