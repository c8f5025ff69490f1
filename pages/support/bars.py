"""A network's answer as one bar a class, moving in the browser when the answer changes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cnnlib.verdict import percent
from pages.support.components import component

_bars = component("bars")


def draw_probabilities(
    probabilities: np.ndarray | None,
    classes: Sequence[str],
    *,
    key: str,
    top: int | None = None,
) -> None:
    """Draw (classes,) probabilities in [0, 1]; None draws empty bars that keep the place.

    The classes stay in their order, so that a bar never changes places; with `top`, the likeliest
    so many come in falling order.
    """
    count = len(classes) if top is None else min(top, len(classes))
    if probabilities is None:
        names = classes if top is None else [""] * count
        rows = [_row(name, None, best=False) for name in names]
        _bars(data={"title": "Probabilities", "rows": rows, "spoken": ""}, key=key)
        return
    shares = [float(share) for share in probabilities]
    falling = sorted(range(len(shares)), key=lambda index: -shares[index])
    shown = range(count) if top is None else falling[:count]
    best = falling[0]
    rows = [_row(classes[index], shares[index], best=index == best) for index in shown]
    spoken = f"{classes[best]}, {percent(shares[best])}"
    _bars(data={"title": "Probabilities", "rows": rows, "spoken": spoken}, key=key)


def draw_shares(title: str, names: Sequence[str], shares: Sequence[float], *, key: str) -> None:
    """Draw a share from 0 to 1 for each of `names`; one that is no number has an empty bar."""
    rows = [
        _row(name, share if math.isfinite(share) else None, best=False)
        for name, share in zip(names, shares, strict=True)
    ]
    _bars(data={"title": title, "rows": rows, "spoken": ""}, key=key)


def _row(name: str, share: float | None, *, best: bool) -> dict[str, object]:
    if share is None:
        return {"name": name, "share": 0, "text": "", "best": False}
    width = min(max(share, 0.0), 1.0) if math.isfinite(share) else 0.0
    return {"name": name, "share": width, "text": percent(share), "best": best}
