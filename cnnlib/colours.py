"""Numbers as colours: one diverging scale for signed values, one sequential scale for magnitudes.

Blue is positive, orange negative, white zero; a magnitude goes along cividis, which readers with
any kind of colour vision see rise evenly (Nunez, Anderton and Renslow 2018, PLoS ONE 13(7)).
"""

from __future__ import annotations

import numpy as np

# Ends and middle of ColorBrewer's PuOr and RdBu scales, zero in the middle.
_DIVERGING = ("#8C510A", "#D19E58", "#F7F7F7", "#77B0D7", "#14599D")
_CIVIDIS = (
    "#00224D",
    "#233B6C",
    "#414D6B",
    "#5C6272",
    "#777777",
    "#918C77",
    "#AEA371",
    "#C9B96E",
    "#E3D27F",
    "#F6EC99",
)


def signed(values: np.ndarray, limit: float) -> np.ndarray:
    """Colours of values from -limit to limit: (...) floats to (..., 3) uint8; beyond, the ends.

    >>> signed(np.array([-2.0, 0.0, 2.0]), 2.0).tolist()
    [[140, 81, 10], [247, 247, 247], [20, 89, 157]]
    """
    return _along(_DIVERGING, (values / max(limit, 1e-12) + 1) / 2)


def magnitude(values: np.ndarray, limit: float) -> np.ndarray:
    """Colours of values from 0 to limit: (...) floats to (..., 3) uint8; beyond, the ends.

    >>> magnitude(np.array([0.0, 9.0]), 9.0).tolist()
    [[0, 34, 77], [246, 236, 153]]
    """
    return _along(_CIVIDIS, values / max(limit, 1e-12))


def _along(scale: tuple[str, ...], shares: np.ndarray) -> np.ndarray:
    stops = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in scale])
    positions = np.linspace(0, 1, len(scale))
    channels = [np.interp(shares, positions, stops[:, channel]) for channel in range(3)]
    return np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
