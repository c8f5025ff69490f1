"""How figures lie on a page: clear of any ground, their legend below, and still under a finger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Pandas first, whole: see cnnlib.figures.
import pandas  # noqa: F401
import plotly.graph_objects as go

CLEAR = "rgba(0,0,0,0)"
LEGEND = {"orientation": "h", "yref": "container", "yanchor": "bottom", "y": 0, "x": 0}


def lay_out(figure: go.Figure, height: int, margin: Mapping[str, int], **more: Any) -> go.Figure:
    """The figure itself, given its size in pixels, so that nothing below it moves when it is drawn.

    `more` are further settings of Plotly's layout, such as a title.

    >>> lay_out(go.Figure(), 300, {"t": 40}, title="Loss").layout.title.text
    'Loss'
    """
    return figure.update_layout(
        height=height,
        margin=dict(margin),
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        dragmode=False,
        legend=LEGEND,
        **more,
    )
