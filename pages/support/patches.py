"""A few small pictures with their names."""

from __future__ import annotations

from collections.abc import Sequence

from pages.support.components import component

SIDE = 96  # screen pixels, at most, unless a picture has more pixels of its own
_patches = component("patches")


def draw_patches(patches: Sequence[dict[str, object]], *, title: str, key: str) -> None:
    """Draw pictures as `scans.drawn` makes them, with a caption each; nothing if there are none."""
    if not patches:
        return
    larger = [
        {**patch, "scale": max(1, SIDE // max(patch["width"], patch["height"], 1))}
        for patch in patches
    ]
    _patches(data={"title": title, "patches": tuple(larger)}, key=key)
