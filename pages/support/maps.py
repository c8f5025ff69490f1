"""The maps of one layer as pictures that can be read, and chosen, in the browser."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnnlib import explain
from cnnlib.numerals import numeral
from cnnlib.pixels import to_png
from pages.support.components import component
from pages.support.encoded import array_text
from pages.support.tables import hundredths

MAP_SIDE = 72  # screen pixels: a dozen maps side by side on a desktop, four on a phone
SAVED_COLUMNS, SAVED_GAP = 16, 4  # of a sheet that is saved as a picture
GROWTH = 1.5  # as much larger maps may get where there is room
UNIT_SIDE = 26  # of a layer's units, which are a single number each
_maps = component("maps")


@dataclass(frozen=True, eq=False)
class Sheet:
    """What to draw.

    Attributes:
        title: what the maps are, for a screen reader.
        values: (height, width, maps), or (units,) of a layer without pictures.
        signed: the diverging scale, otherwise that of magnitudes.
        per_map: every map has a scale of its own, otherwise all have the same.
        order: the maps to show, by their numbers from 0; all of them without it.
        side: screen pixels that a map may take along its longer side.
        noun: what one of them is called.
        names: their names; without them, their numbers from 1.
        written: whether numbers are written in the cells.
        limit: the magnitude with the last colour, where it is not to be that of these values.
        limits: the same for each of the maps, by their numbers.
        texts: what is read out of each map, where it is not to be its smallest and largest number.
        colours: (maps, height, width, 3) uint8, where the maps are pictures already.
        legend: (colours, 3) uint8: what the colours stand for then, from minus the limit on.
        marks_dead: whether a map that is zero everywhere is called dead.
    """

    title: str
    values: np.ndarray
    signed: bool
    per_map: bool = False
    order: Sequence[int] | None = None
    side: int = MAP_SIDE
    noun: str = "map"
    names: Sequence[str] | None = None
    written: bool = False
    limit: float | None = None
    limits: np.ndarray | None = None
    texts: Sequence[str] | None = None
    colours: np.ndarray | None = None
    legend: np.ndarray | None = None
    marks_dead: bool = True


def draw_maps(
    sheet: Sheet,
    *,
    key: str,
    chosen: int | None = None,
    on_choose: Callable[[int], None] | None = None,
) -> None:
    """Draw the maps. `chosen` is marked, and `on_choose` is told which one was clicked, both by
    numbers from 0; without `on_choose` there is nothing to click."""
    count = sheet.values.shape[-1]
    data = {
        **sheet_data(sheet),
        "chosen": None if chosen is None else chosen + 1,
        "clickable": on_choose is not None,
    }

    def tell() -> None:
        number = st.session_state[key].map
        # Clients can send anything.
        if on_choose is not None and type(number) is int and 1 <= number <= count:
            on_choose(number - 1)

    _maps(data=data, key=key, on_map_change=tell)


def sheet_data(sheet: Sheet) -> dict[str, object]:
    """What the browser draws: see `assets/components/maps.js`."""
    flat = sheet.values.ndim == 1
    maps = sheet.values[np.newaxis, np.newaxis] if flat else sheet.values
    order = range(maps.shape[2]) if sheet.order is None else sheet.order
    maps = maps[:, :, list(order)]
    height, width, count = maps.shape
    limits = explain.map_limits(maps, per_map=sheet.per_map)
    if sheet.limit is not None:
        limits = np.full_like(limits, sheet.limit)
    if sheet.limits is not None:
        limits = sheet.limits[list(order)]
    marked = sheet.marks_dead and not flat
    dead = explain.dead_maps(maps) if marked else np.zeros(count, bool)
    names = sheet.names or [str(number + 1) for number in range(sheet.values.shape[-1])]
    scale = UNIT_SIDE if flat else max(1, sheet.side // max(height, width))
    return {
        "title": sheet.title,
        "noun": sheet.noun.capitalize(),
        "height": height,
        "width": width,
        "scale": scale,
        "most": scale if flat or count == 1 else int(GROWTH * scale),
        **_colouring(sheet, maps, limits, list(order)),
        "maps": [
            {
                "number": number + 1,
                "name": names[number],
                "text": sheet.texts[number]
                if sheet.texts
                else _range_text(maps[:, :, at], dead=bool(dead[at])),
                "dead": bool(dead[at]),
                "limit": number_text(float(limits[at])),
                "cells": _cells(maps[:, :, at]) if sheet.written else [],
            }
            for at, number in enumerate(order)
        ],
        "labels": not flat and (count > 1 or sheet.texts is not None),
        "signed": sheet.signed,
        "per_map": sheet.per_map,
        "hint": _hint(sheet, maps, int(dead.sum())),
    }


def _colouring(
    sheet: Sheet, maps: np.ndarray, limits: np.ndarray, order: list[int]
) -> dict[str, object]:
    palette = explain.palette(signed=sheet.signed) if sheet.legend is None else sheet.legend
    if sheet.colours is not None:
        levels = sheet.colours[order]
    else:
        levels = explain.map_levels(maps, limits, signed=sheet.signed)
    coloured = sheet.colours is not None
    return {"levels": array_text(levels), "palette": array_text(palette), "coloured": coloured}


def sheet_png(sheet: Sheet) -> bytes:
    """All maps of a sheet that has pictures as one PNG, in the colours of the page."""
    picture = explain.contact_sheet(
        sheet.values,
        explain.map_limits(sheet.values, per_map=sheet.per_map),
        signed=sheet.signed,
        columns=SAVED_COLUMNS,
        scale=max(1, sheet.side // max(sheet.values.shape[:2])),
        gap=SAVED_GAP,
    )
    return to_png(picture)


def number_text(number: float) -> str:
    """Three significant digits, with a minus sign as people write it.

    >>> number_text(-0.51234), number_text(12345.6), number_text(0.0)
    ('−0.512', '12,346', '0')
    """
    if not math.isfinite(number):
        return "no number"
    return numeral(number, ",.0f" if abs(number) >= 1000 else ".3g")


def _range_text(cells: np.ndarray, *, dead: bool) -> str:
    if cells.size == 1:
        return number_text(float(cells.item()))
    if dead:
        return "0 everywhere"
    return f"from {number_text(float(cells.min()))} to {number_text(float(cells.max()))}"


def _cells(cells: np.ndarray) -> list[str]:
    return list(map(hundredths, cells.ravel().tolist()))


def _hint(sheet: Sheet, maps: np.ndarray, dead: int) -> str:
    count, in_all = maps.shape[2], sheet.values.shape[-1]
    if count == 1 and sheet.texts:
        return sheet.texts[0].capitalize()
    if count == 1:
        return _range_text(maps[:, :, 0], dead=bool(dead)).capitalize()
    shown = f"{count} {sheet.noun}s" if count == in_all else f"The {count} strongest of {in_all}"
    of_them = f", {dead} of them 0 everywhere" if dead else ""
    return f"{shown}{of_them}. Point at one to read its numbers."
