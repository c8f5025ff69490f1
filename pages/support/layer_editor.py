"""Widgets for the settings of one layer, made from what its fields declare."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import streamlit as st

from cnnlib.layers import Layer
from pages.support.settings import TITLES

MOST_ON_A_SLIDER = 20
LABELS = {"use_bias": "Bias", "size": "Window size", "rate": "Share set to zero"}

Change = Callable[[str, Any], None]


def draw_settings(layer: Layer, key: str, on_change: Change) -> None:
    """Draw a widget for each setting; `on_change` is called with a field's name and its new value.

    `key` begins the widgets' keys: give each layer its own, which it keeps wherever it is moved.
    """
    if not dataclasses.fields(layer):
        st.caption("This layer has nothing to set.")
    for field in dataclasses.fields(layer):
        _draw_field(layer, field, f"{key}_{field.name}", on_change)


def _draw_field(layer: Layer, field: dataclasses.Field, key: str, on_change: Change) -> None:
    value = getattr(layer, field.name)
    label = LABELS.get(field.name, field.name.replace("_", " ").capitalize())
    (rule, allowed), *_ = field.metadata.items()

    def tell() -> None:
        on_change(field.name, st.session_state[key])

    given = {"key": key, "on_change": tell}
    match rule:
        case "whole" if allowed[1] <= MOST_ON_A_SLIDER:
            st.slider(label, *allowed, value, **given)
        case "whole":
            st.number_input(label, *allowed, value, **given)
        case "real":
            st.slider(label, *allowed, float(value), 0.05, format="percent", **given)
        case "options":
            titles = TITLES.get
            st.segmented_control(
                label,
                allowed,
                format_func=lambda option: titles(option, option.capitalize()),
                default=value,
                required=True,
                wrap=True,
                **given,
            )
        case "flag":
            st.toggle(label, value, **given)
        case "reals":
            _draw_numbers(label, value, allowed, key, on_change, field.name)


def _draw_numbers(
    label: str, value: tuple, allowed: tuple, key: str, on_change: Change, name: str
) -> None:
    """A number for each channel, or one for all of them."""

    def tell() -> None:
        numbers = (st.session_state[f"{key}_{at}"] for at in range(len(value)))
        on_change(name, tuple(numbers))

    for at, column in enumerate(st.columns(len(value))):
        which = f"{label}, channel {at + 1}" if len(value) > 1 else label
        column.number_input(
            which,
            *map(float, allowed),
            float(value[at]),
            key=f"{key}_{at}",
            on_change=tell,
            format="%g",
        )
