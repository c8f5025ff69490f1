"""A confusion matrix as a small table: quick to draw again and again, and read out as a table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from cnnlib.evaluation import right_and_wrong

SHORT = 2  # characters: of names up to this length, a column is wide enough
CELL = "min-width:1.75rem;height:1.75rem;padding:0 .15rem;text-align:center;border:1px solid #8883"


def draw_confusion_table(matrix: np.ndarray, classes: Sequence[str]) -> None:
    """Counts (classes, classes): rows are true classes, columns answers.

    Right answers are blue by their share of the row, mistakes orange by the largest of them.
    """
    shares = right_and_wrong(matrix)
    upright = all(len(name) <= SHORT for name in classes)
    turn = "" if upright else "writing-mode:vertical-rl;transform:rotate(180deg);"
    heads = "".join(
        f'<th scope="col" style="padding:.2rem;font-weight:400"><span style="{turn}">'
        f"{escape(name)}</span></th>"
        for name in classes
    )
    rows = "".join(
        f'<tr><th scope="row" style="padding-right:.5rem;text-align:right;font-weight:400">'
        f"{escape(name)}</th>{_cells(matrix[at], shares[at])}</tr>"
        for at, name in enumerate(classes)
    )
    st.html(
        '<div style="overflow-x:auto" tabindex="0" role="region" aria-label="Confusion matrix">'
        '<table style="border-collapse:collapse;font-size:.8125rem;'
        'font-variant-numeric:tabular-nums"><caption style="caption-side:bottom;text-align:left;'
        'padding-top:.3rem">Rows: the true class. Columns: the answer.</caption>'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _cells(counts: np.ndarray, shares: np.ndarray) -> str:
    return "".join(
        f'<td style="{CELL};{_look(share)}">{count or ""}</td>'
        for count, share in zip(counts.tolist(), shares.tolist(), strict=True)
    )


def _look(share: float) -> str:
    """A wash of colour that leaves the page's own ink readable."""
    if not np.isfinite(share):
        return ""
    tint = "20,89,157" if share > 0 else "200,110,20"
    return f"background:rgba({tint},{0.08 + 0.37 * abs(share):.3f})"
