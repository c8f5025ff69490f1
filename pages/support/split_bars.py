"""How images are shared out between training, validation and test, as bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

# The colours of the curves: training and validation are the same everywhere.
COLOURS = {"Training": "#0D9488", "Validation": "#D97706", "Test": "#64748B", "Left out": ""}
_HATCHED = "repeating-linear-gradient(45deg,#8886 0 3px,transparent 3px 7px)"


def draw_split(parts: Mapping[str, int]) -> None:
    """One bar as wide as the page; `parts` are image counts by the names in COLOURS."""
    st.html(
        f'<div style="font-size:.875rem;font-variant-numeric:tabular-nums">{_bar(parts, "1.75rem")}'
        f'<div style="display:flex;flex-wrap:wrap;gap:.15rem 1.25rem;margin-top:.4rem">'
        f"{''.join(_legend(name, count) for name, count in parts.items())}</div></div>"
    )


def draw_class_split(classes: Sequence[str], parts: Mapping[str, Sequence[int]]) -> None:
    """A row a class: a bar to the scale of the largest class, and the counts."""
    totals = [sum(counts) for counts in zip(*parts.values(), strict=True)]
    largest = max(totals, default=0) or 1
    cell = "padding:.15rem .6rem .15rem 0;text-align:"
    heads = "".join(
        f'<th scope="col" style="{cell}right;font-weight:600">{escape(name)}</th>' for name in parts
    )
    rows = ""
    for number, name in enumerate(classes):
        counts = {part: numbers[number] for part, numbers in parts.items()}
        width = 100 * totals[number] / largest
        rows += (
            f'<tr><th scope="row" style="{cell}left;font-weight:400">{escape(name)}</th>'
            f'<td style="width:100%;padding-right:.75rem"><div style="width:{width:.1f}%">'
            f"{_bar(counts, '.8rem')}</div></td>"
            + "".join(f'<td style="{cell}right">{count:,}</td>' for count in counts.values())
            + "</tr>"
        )
    st.html(
        '<table style="border-collapse:collapse;font-size:.875rem;width:100%;'
        'font-variant-numeric:tabular-nums"><thead><tr>'
        f'<th scope="col" style="{cell}left;font-weight:600">Class</th><td></td>{heads}'
        "</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _bar(parts: Mapping[str, int], height: str) -> str:
    total = sum(parts.values()) or 1
    pieces = "".join(
        f'<div style="width:{100 * count / total:.3f}%;background:{_fill(name)}"></div>'
        for name, count in parts.items()
        if count
    )
    words = ", ".join(f"{name.lower()} {count:,}" for name, count in parts.items())
    return (
        f'<div role="img" aria-label="{escape(words)}" style="display:flex;gap:1px;height:{height};'
        f'border-radius:3px;overflow:hidden">{pieces}</div>'
    )


def _legend(name: str, count: int) -> str:
    square = (
        f'<span aria-hidden="true" style="display:inline-block;width:.8em;height:.8em;'
        f'border-radius:2px;margin-right:.4em;background:{_fill(name)}"></span>'
    )
    return f"<span>{square}{escape(name)} <b>{count:,}</b></span>"


def _fill(name: str) -> str:
    return COLOURS[name] or _HATCHED
