"""A Plotly figure as what a small script in the browser needs to draw it: places, ticks and words.

Plotly's own script is 4.7 MB and holds a page up while it starts. Most figures here are lines, dots
and bars between two axes: `chart` works out where everything lies and what it says, and
`assets/components/chart.js` draws it. What it does not know it refuses.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import TYPE_CHECKING, Any

from cnnlib.chart_axis import Axis, numbers

if TYPE_CHECKING:
    import plotly.graph_objects as go

WIDTH = 2  # of a line that says none, in pixels
COLOUR = "#7C7C85"
DASHES = {"dash": (4.5, 9), "dot": (1.5, 3)}  # times the line's width, and the least, in pixels
SYMBOLS = frozenset(
    (
        *("circle", "diamond", "square", "triangle-up", "triangle-down"),
        *("x", "cross", "star", "hexagon", "pentagon"),
    )
)


def chart(figure: go.Figure) -> dict[str, Any]:
    """Title, height in pixels, panels, and the entries of the legend of a figure.

    A panel is a pair of axes, each with its range and ticks, and what is drawn between them. On a
    logarithmic axis all places are logarithms to base 10, on one of names they count from 0.
    Raises ValueError for a kind of trace, of marker or of axis that it cannot draw.
    """
    layout = figure.layout.to_plotly_json()
    traces = [{**trace.to_plotly_json(), "type": trace.type} for trace in figure.data]
    for trace in traces:
        if trace["type"] not in ("scatter", "bar"):
            raise ValueError(f"A chart has lines, dots and bars, and no {trace['type']!r}.")
    pairs = list(dict.fromkeys((t.get("xaxis", "x"), t.get("yaxis", "y")) for t in traces))
    title = layout.get("title", {})
    headings = [a["text"] for a in layout.get("annotations", []) if a.get("yref") == "paper"]
    return {
        "title": unescape(title.get("text") or ""),
        "subtitle": unescape(title.get("subtitle", {}).get("text") or ""),
        "height": layout.get("height", 400),
        "panels": [
            _panel(pair, traces, layout, headings[at] if at < len(headings) else "")
            for at, pair in enumerate(pairs or [("x", "y")])
        ],
        "legend": _legend(traces, layout),
        "legendFirst": layout.get("legend", {}).get("y") == 1,
    }


def _panel(
    pair: tuple[str, str], traces: Sequence[Mapping], layout: Mapping, heading: str
) -> dict[str, Any]:
    inside = [t for t in traces if (t.get("xaxis", "x"), t.get("yaxis", "y")) == pair]
    x, y = (Axis(name, inside, layout) for name in pair)
    bars = [trace for trace in inside if trace["type"] == "bar"]
    grouped = layout.get("barmode", "group") == "group"
    series = []
    for trace in inside:
        if trace["type"] == "bar":
            place = (bars.index(trace), len(bars)) if grouped else (0, 1)
            series.append(_bars(trace, x, y, place, layout.get("bargap", 0.2)))
        else:
            series.append(_scatter(trace, x, y))
    shapes = [
        _shape(shape, x, y) for shape in layout.get("shapes", []) if _axes_of(shape) == set(pair)
    ]
    notes = [
        {"y": y.place(note["y"]), "text": unescape(note["text"])}
        for note in layout.get("annotations", [])
        if _axes_of(note) == set(pair)
    ]
    return {
        "heading": unescape(heading),
        "square": "scaleanchor" in y.look,
        "x": x.plan(),
        "y": y.plan(),
        "series": series,
        "shapes": shapes,
        "notes": notes,
    }


def _axes_of(part: Mapping) -> set[str]:
    """The axes that a shape or a note belongs to, by its length or by its breadth."""
    return {str(part.get(ref, "")).removesuffix(" domain") for ref in ("xref", "yref")}


def _scatter(trace: Mapping, x: Axis, y: Axis) -> dict[str, Any]:
    mode = trace.get("mode", "lines")
    line, marker = trace.get("line", {}), trace.get("marker", {})
    points = _points(trace, x, y)
    found: dict[str, Any] = {
        "points": points,
        "opacity": trace.get("opacity", 1),
        "said": _said(trace),
    }
    if "lines" in mode:
        found["line"] = _line(line) | {"steps": line.get("shape") == "hv"}
        if trace.get("fill") == "toself":
            found["fill"] = line.get("color", COLOUR)
        elif trace.get("fill"):
            raise ValueError(f"A chart is not filled {trace['fill']!r}.")
    if "markers" in mode:
        found["marker"] = _marker(marker, line)
        most = marker.get("maxdisplayed", 0)
        found["every"] = math.ceil(len(points) / most) if most else 1
    if "text" in mode.split("+"):
        found["texts"] = [str(text).strip() for text in numbers(trace.get("text"))]
    return found


def _line(line: Mapping) -> dict[str, Any]:
    width = line.get("width", WIDTH)
    dash = line.get("dash", "solid")
    if dash in DASHES:
        times, least = DASHES[dash]
        dash = f"{max(times * width, least):g},{max(times * width, least):g}"
    dashes = "" if dash == "solid" else dash.replace("px", "")
    return {"colour": line.get("color", COLOUR), "width": width, "dash": dashes}


def _marker(marker: Mapping, line: Mapping) -> dict[str, Any]:
    symbol = marker.get("symbol", "circle")
    if symbol.removesuffix("-open") not in SYMBOLS:
        raise ValueError(f"A chart has no marker {symbol!r}.")
    return {
        "symbol": symbol.removesuffix("-open"),
        "open": symbol.endswith("-open"),
        "size": marker.get("size", 6),
        "colour": marker.get("color", line.get("color", COLOUR)),
        "opacity": marker.get("opacity", 1),
        "width": marker.get("line", {}).get("width", 2 if symbol.endswith("-open") else 0),
    }


def _bars(trace: Mapping, x: Axis, y: Axis, place: tuple[int, int], gap: float) -> dict[str, Any]:
    """Bars from zero; `place` says which of how many beside each other these are."""
    level = trace.get("orientation") == "h"
    at, count = place
    breadth = (1 - gap) / count
    shift = (at - (count - 1) / 2) * breadth * (-1 if level else 1)
    return {
        "points": _points(trace, x, y),
        "opacity": trace.get("marker", {}).get("opacity", 1),
        "said": _said(trace),
        "bars": {"level": level, "breadth": breadth, "shift": shift, **_bar_look(trace)},
    }


def _bar_look(trace: Mapping) -> dict[str, Any]:
    marker = trace.get("marker", {})
    return {
        "colour": marker.get("color", COLOUR),
        "hatched": bool(marker.get("pattern", {}).get("shape")),
    }


def _points(trace: Mapping, x: Axis, y: Axis) -> list[tuple[float, float] | None]:
    """Where each pair of values lies; None where one of them is nowhere."""
    points = [(x.place(a), y.place(b)) for a, b in _values(trace)]
    return [None if None in point else point for point in points]


def _values(trace: Mapping) -> list[tuple[Any, Any]]:
    return list(zip(numbers(trace.get("x")), numbers(trace.get("y")), strict=True))


def _said(trace: Mapping) -> list[str] | None:
    """What is said of each point: as the trace has it, or its name and both numbers."""
    if trace.get("hoverinfo") == "skip":
        return None
    name = unescape(trace.get("name") or "")
    pairs = _values(trace)
    template = trace.get("hovertemplate")
    if template is None:
        before = f"{name}: " if name else ""
        return [f"{before}{_short(a)}, {_short(b)}" for a, b in pairs]
    template, _, extra = template.partition("<extra>")
    extra = extra.removesuffix("</extra>") if _ else name
    before = f"{unescape(extra)}: " if extra else ""
    datas = numbers(trace.get("customdata")) or [""] * len(pairs)
    return [
        before + _filled(template, {"x": a, "y": b, "customdata": data})
        for (a, b), data in zip(pairs, datas, strict=True)
    ]


def _filled(template: str, values: Mapping[str, Any]) -> str:
    """
    >>> _filled("side %{x}: %{y:.1%}<br>all", {"x": 8, "y": 0.25})
    'side 8: 25.0%; all'
    """

    def value(match: re.Match) -> str:
        found = values[match[1]]
        if not isinstance(found, (int, float)):
            return str(found if found is not None else "none")
        return (format(found, match[2]) if match[2] else _short(found)).replace("-", "−")

    parts = re.sub(r"%\{(\w+):?([^}]*)\}", value, template).split("<br>")
    return unescape("; ".join(filter(None, parts)))


def _short(value: object) -> str:
    if not isinstance(value, (int, float)):
        return str(value)
    return (f"{value:,}" if float(value).is_integer() else f"{value:.4g}").replace("-", "−")


def _shape(shape: Mapping, x: Axis, y: Axis) -> dict[str, Any]:
    """A line or a ground; one that goes all along an axis has no ends on it."""
    ends = {}
    for axis in (x, y):
        along = str(shape.get(f"{axis.letter}ref", "")).endswith(" domain")
        values = (shape[f"{axis.letter}0"], shape[f"{axis.letter}1"])
        ends[axis.letter] = None if along else [axis.place(value) for value in values]
    return {**ends, **_line(shape.get("line", {})), "fill": shape.get("fillcolor", "")}


def _legend(traces: Sequence[Mapping], layout: Mapping) -> list[dict[str, Any]]:
    """The names of what is drawn, each once, with a sample of its look."""
    shown = [
        trace for trace in traces if trace.get("showlegend") is not False and trace.get("name")
    ]
    default = len(traces) > 1 or any(trace.get("showlegend") for trace in traces)
    if not layout.get("showlegend", default):
        return []
    entries = []
    for trace in shown:
        entry: dict[str, Any] = {"name": unescape(trace["name"])}
        if trace["type"] == "bar":
            entry["bar"] = _bar_look(trace)
        else:
            mode = trace.get("mode", "lines")
            if "lines" in mode:
                entry["line"] = _line(trace.get("line", {}))
            if "markers" in mode:
                entry["marker"] = _marker(trace.get("marker", {}), trace.get("line", {}))
        entries.append(entry)
    return entries
