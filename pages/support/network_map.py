"""All layers of a network on one image, drawn and linked in the reader's browser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import streamlit as st

from cnnlib.network_map import Column
from cnnlib.places import NetworkPlace
from pages.support.components import component
from pages.support.encoded import array_text
from pages.support.palettes import palette_texts

Scale = Literal["map", "layer", "net"]

SCRIPTS = ("canvas", "network_board", "network_edges", "network_items")
_map = component("network_map", shared=SCRIPTS)
CHANNELS = ("red channel", "green channel", "blue channel")
TINTS = ((255, 60, 50), (60, 205, 90), (80, 145, 255))  # of the channels, at full light
WHITE = ((255, 255, 255),)


def draw_network_map(
    columns: Sequence[Column],
    classes: Sequence[str],
    *,
    scale: Scale,
    rows: int,
    strongest: bool,
    chosen: NetworkPlace | None,
    on_choose: Callable[[NetworkPlace], None],
    key: str,
) -> None:
    """Draw the columns of `cnnlib.network_map.network_map`.

    Args:
        classes: the names of the last layer's units.
        scale: whether a colour means the same in each map, each layer, or the whole net.
        rows: maps to a column; the others are leafed to.
        strongest: whether the maps with the largest numbers come first.
        chosen: the map that is marked.
        on_choose: told of a click on a map or unit, before the page runs again.
    """
    data = {
        "title": "The network's layers and their feature maps",
        "columns": [_column(column) for column in columns],
        "palettes": palette_texts(),
        "scale": scale,
        "rows": rows,
        "strongest": strongest,
        "chosen": None if chosen is None else {"layer": chosen.layer, "number": chosen.number},
    }
    data["columns"][-1]["captions"] = list(classes)

    def tell() -> None:
        place = _place(st.session_state[key].place, columns)
        if place is not None:
            on_choose(place)

    _map(data=data, key=key, on_place_change=tell)


def _column(column: Column) -> dict[str, object]:
    is_image = column.kind == "image"
    colour = column.shape[-1] == 3
    links = column.links
    return {
        "index": column.index,
        "title": column.title,
        "kind": column.kind,
        "activation": column.activation,
        "shape": list(column.shape),
        "group": column.group,
        "numbers": array_text(column.numbers, "<u4"),
        "order": array_text(column.order, "<u4"),
        "levels": array_text(column.levels, "u1"),
        "limits": array_text(column.limits, "<f4"),
        "low": array_text(column.low, "<f4"),
        "high": array_text(column.high, "<f4"),
        "signed": column.signed,
        "names": list(CHANNELS if colour else ("the picture",)) if is_image else None,
        "tints": [list(tint) for tint in (TINTS if colour else WHITE)] if is_image else None,
        "captions": None,
        "links": links
        and {
            "kind": links.kind,
            "inputs": array_text(links.inputs, "<u4"),
            "shares": array_text(links.shares, "i1"),
            "largest": array_text(links.largest, "<f4"),
        },
    }


def _place(value: object, columns: Sequence[Column]) -> NetworkPlace | None:
    """What the browser sent, if there is such a map: clients can send anything."""
    if not isinstance(value, dict):
        return None
    layer, number = value.get("layer"), value.get("number")
    if type(layer) is not int or type(number) is not int or not 0 <= layer < len(columns) - 1:
        return None
    count = columns[layer + 1].shape[-1]
    return NetworkPlace(layer, number) if 0 <= number < count else None
