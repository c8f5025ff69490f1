"""A layer's maps as a stack to leaf through in the browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import streamlit as st

from cnnlib import explain
from cnnlib.filter_bank import FilterBank
from pages.support.components import component
from pages.support.encoded import array_text

_stack = component("stack", shared="canvas")
CHANNELS = ("Red slice", "Green slice", "Blue slice")


def draw_stack(
    panels: Mapping[str, np.ndarray],
    bank: FilterBank,
    *,
    number: int,
    key: str,
    on_leaf: Callable[[int], None],
    with_kernels: bool = False,
) -> None:
    """Draw (height, width, filters) maps, a panel for each title, open at filter `number`, from 0.

    `on_leaf` is told, before the page runs again, of the filter, from 0, that a reader stays at;
    leafing and pointing send nothing. With `with_kernels` the filter's slices stand beside it.
    """
    limit = max(float(np.abs(maps).max()) for maps in panels.values())
    data = {
        "names": [f"{name[0].upper()}{name[1:]}" for name in bank.names],
        "panels": [
            {
                "title": title,
                "height": maps.shape[0],
                "width": maps.shape[1],
                "values": array_text(np.moveaxis(maps, 2, 0), "<f4"),
            }
            for title, maps in panels.items()
        ],
        "limit": limit or 1.0,
        "palette": array_text(explain.palette(signed=True)),
        "kernels": _kernels(bank) if with_kernels else None,
        "number": number + 1,
    }

    def tell() -> None:
        leaf = st.session_state[key].filter
        # Clients can send anything.
        if type(leaf) is int and 1 <= leaf <= bank.count:
            on_leaf(leaf - 1)

    _stack(data=data, key=key, on_filter_change=tell)


def _kernels(bank: FilterBank) -> dict[str, object]:
    return {
        "size": bank.size,
        "channels": list(CHANNELS),
        "values": array_text(bank.kernels.transpose(3, 2, 0, 1), "<f4"),
        "limit": float(np.abs(bank.kernels).max()) or 1.0,
    }
