"""An axis of a chart: where values lie on it, where its ticks are, and what stands beside them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any

WANTED = 5  # ticks of an axis, about
STEPS = (1, 2, 5, 10)
SMALL, LARGE = 1e-3, 1e4  # between them a number stands as it is
ABOVE = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Axis:
    """One axis: where a number or a name lies on it, how far it goes, and what stands beside it."""

    def __init__(self, name: str, traces: Sequence[Mapping], layout: Mapping) -> None:
        self.letter = name[0]
        self.look = layout.get(f"{self.letter}axis{name[1:]}", {})
        found = [
            value for trace in traces for value in numbers(trace.get(self.letter)) if value != ""
        ]
        names = self.look.get("categoryarray")
        if names is None and any(isinstance(value, str) for value in found):
            names = dict.fromkeys(found)
        self.names = None if names is None else [str(name) for name in names]
        self.is_log = self.look.get("type") == "log"
        found = found or list(self.look.get("tickvals", ()))
        places = [place for place in map(self.place, found) if place is not None]
        has_bars = any(trace["type"] == "bar" for trace in traces)
        has_dots = any("markers" in (trace.get("mode") or "") for trace in traces)
        self.range = self._range(places, has_bars, has_dots)

    def place(self, value: object) -> float | None:
        """Where a value lies; None is nowhere."""
        if self.names is not None:
            return float(self.names.index(str(value)))
        if value is None or not math.isfinite(value):
            return None
        if self.is_log:
            return math.log10(value) if value > 0 else None
        return float(value)

    def _range(self, places: Sequence[float], has_bars: bool, has_dots: bool) -> tuple:
        if self.names is not None:
            return (-0.5, len(self.names) - 0.5)
        if "range" in self.look:
            return tuple(map(float, self.look["range"]))
        low, high = (min(places), max(places)) if places else (0.0, 1.0)
        if high == low:
            low, high = low - 0.5, high + 0.5
        room = 0.05 * (high - low) if has_dots or self.letter == "y" else 0.0
        to_zero = not self.is_log and (self.look.get("rangemode") == "tozero" or has_bars)
        if to_zero and low >= 0:
            return (0.0, high + room)
        return (low - room, high + room)

    def _ticks(self) -> list[tuple[float, str]]:
        form = self.look.get("tickformat")
        if self.names is not None:
            return [(float(at), unescape(name)) for at, name in enumerate(self.names)]
        if "tickvals" in self.look:
            values = list(self.look["tickvals"])
            texts = self.look.get("ticktext") or [written(value, form) for value in values]
            return [
                (self.place(value), str(text)) for value, text in zip(values, texts, strict=True)
            ]
        if self.is_log:
            if self.look.get("dtick", 1) != 1:
                raise ValueError(f"A chart has no ticks of every {self.look['dtick']!r}.")
            return [(at, written(10.0**at, form)) for at in decades(*self.range)]
        return [(at, written(at, form)) for at in round_steps(*self.range)]

    def plan(self) -> dict[str, Any]:
        """As the browser needs it."""
        low, high = self.range
        ticks = self._ticks() if self.look.get("showticklabels", True) else []
        return {
            "range": self.range,
            "ticks": [tick for tick in ticks if low <= tick[0] <= high],
            "title": unescape(self.look.get("title", {}).get("text") or ""),
            "isNames": self.names is not None,
            "zero": bool(self.look.get("zeroline", True)) and not self.is_log,
        }


def numbers(values: object) -> list:
    """Values of a trace as plain numbers, names and None."""
    return [] if values is None else values.tolist() if hasattr(values, "tolist") else list(values)


def round_steps(low: float, high: float, wanted: int = WANTED) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten between two numbers, about `wanted` of them.

    >>> round_steps(0, 1.02)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    >>> round_steps(-1.0, 3.0)
    [-1.0, 0.0, 1.0, 2.0, 3.0]
    """
    rough = (high - low) / wanted
    if not rough > 0 or not math.isfinite(rough):
        return [low]
    power = math.floor(math.log10(rough))
    step = min((times * 10.0**power for times in STEPS), key=lambda s: abs(math.log(s / rough)))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    digits = max(0, 1 - math.floor(math.log10(step)))
    return [round(number * step, digits) + 0.0 for number in range(first, last + 1)]


def decades(low: float, high: float) -> list[float]:
    """Whole powers of ten between two, both powers.

    >>> decades(-1.2, 2)
    [-1.0, 0.0, 1.0, 2.0]
    """
    return [float(power) for power in range(math.ceil(low), math.floor(high) + 1)]


def written(value: float, form: str | None = None) -> str:
    """A number beside a tick, by Python's format where there is one.

    >>> written(0.2, ".0%"), written(-2.5), written(20_000), written(5e6), written(1e-5)
    ('20%', '−2.5', '20k', '5M', '10⁻⁵')
    >>> written(0.0002), written(2000.0, ",")
    ('2·10⁻⁴', '2,000')
    """
    if form:
        whole = int(value) if form == "," and float(value).is_integer() else value
        return format(whole, form).replace("-", "−")
    size = abs(value)
    if size == 0 or SMALL <= size < LARGE:
        text = f"{value:.6g}"
    elif size >= LARGE:
        unit, letter = next(
            pair for pair in ((1e9, "G"), (1e6, "M"), (1e3, "k")) if size >= pair[0]
        )
        text = f"{value / unit:g}{letter}"
    else:
        power = math.floor(math.log10(size) + 1e-9)
        times = f"{value / 10.0**power:g}"
        ten = f"10{str(power).translate(ABOVE)}"
        text = ten if times == "1" else f"{times}·{ten}"
    return text.replace("-", "−")
