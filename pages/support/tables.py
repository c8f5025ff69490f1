"""Small tables of numbers that fit on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from cnnlib.numerals import numeral

_CELL = "padding:0.15rem 0.6rem 0.15rem 0;white-space:nowrap;font-weight:"


def hundredths(number: float) -> str:
    """Two decimals, with a true minus sign and none before a zero.

    >>> hundredths(-0.256), hundredths(-0.001)
    ('−0.26', '0.00')
    """
    return numeral(number, ".2f")


def draw_table(
    heads: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    numbers: bool = True,
    sums: bool = False,
) -> None:
    """Draw rows under their heads; the first column names them.

    With `numbers` the other columns stand to the right, and no line is broken; without, they may
    be. With `sums` the last row is what the others add up to, under a line.
    """
    side = "right" if numbers else "left"
    wrap = "" if numbers else "white-space:normal;"
    head = "".join(
        f'<th scope="col" style="{_CELL}600;text-align:{side if at else "left"};'
        f'white-space:normal;vertical-align:bottom">{escape(name)}</th>'
        for at, name in enumerate(heads)
    )
    body = ""
    for number, (name, *cells) in enumerate(rows):
        is_sum = sums and number == len(rows) - 1
        look = f"{_CELL}{600 if is_sum else 400};{wrap}"
        look += "border-top:1px solid currentColor;" if is_sum else ""
        body += f'<tr><th scope="row" style="{look}text-align:left">{escape(str(name))}</th>'
        body += "".join(
            f'<td style="{look}text-align:{side}">{escape(str(cell))}</td>' for cell in cells
        )
        body += "</tr>"
    st.html(
        '<table style="border-collapse:collapse;font-size:0.875rem;'
        f'font-variant-numeric:tabular-nums"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )
