"""The two colour scales of maps, as components' scripts are sent them."""

from __future__ import annotations

from functools import cache

from cnnlib.explain import palette
from pages.support.encoded import array_text


def palette_texts() -> dict[str, str]:
    """The colours for "signed" values and for a "magnitude", level by level: `explain.palette`."""
    return {"signed": _text(signed=True), "magnitude": _text(signed=False)}


@cache
def _text(*, signed: bool) -> str:
    return array_text(palette(signed=signed))
