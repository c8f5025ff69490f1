"""Lines, dots and bars between axes, drawn by a script of our own instead of Plotly's 4.7 MB."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cnnlib.chart import chart
from pages.support.components import component

if TYPE_CHECKING:
    import plotly.graph_objects as go

_chart = component("chart", shared="chart_panel")


def draw_chart(figure: go.Figure, *, key: str, alt: str) -> None:
    """Draw a figure that `cnnlib.chart` can read; `alt` says what it shows.

    Its points are read by pointing at them or with the arrow keys.
    """
    _chart(data={"figure": json.dumps(chart(figure)), "alt": alt}, key=key)
