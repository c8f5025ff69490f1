"""The square of the image that a cell of a layer sees, outlined in the browser."""

from __future__ import annotations

import numpy as np

from cnnlib import explain
from cnnlib.receptive import Field
from pages.support.components import component
from pages.support.encoded import array_text

_field = component("field", shared="canvas")


def draw_field(
    image: np.ndarray, cells: np.ndarray, field: Field, *, title: str, name: str, key: str
) -> None:
    """Draw an image, (height, width, 3) uint8 called `title`, beside a map of the layer `name`.

    `cells` is one of its maps, (height, width) floats, or (1, 1) for a layer that pools it all.
    """
    limit = explain.map_limits(cells[..., np.newaxis], per_map=True)
    levels = explain.map_levels(cells[..., np.newaxis], limit, signed=True)
    _field(
        data={
            "input": title,
            "layer": name,
            "image": {
                "height": image.shape[0],
                "width": image.shape[1],
                "pixels": array_text(image),
            },
            "map": {
                "height": cells.shape[0],
                "width": cells.shape[1],
                "levels": array_text(levels),
            },
            "palette": array_text(explain.palette(signed=True)),
            "side": field.side,
            "jump": field.jump,
            "start": list(field.start),
        },
        key=key,
    )
