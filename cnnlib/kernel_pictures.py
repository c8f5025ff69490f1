"""Kernels as pictures: in colour, on the signed scale, and two side by side.

A weight of 0 is the middle of either scale: mid-grey of each colour, or white between blue and
orange. Weights of ±limit are its ends.
"""

from __future__ import annotations

import numpy as np

from cnnlib.explain import contact_sheet, map_levels, palette
from cnnlib.layer_weights import COLOUR, WeightLayer
from cnnlib.weight_statistics import WeightError

BETWEEN = 1  # cells between two kernels side by side
MOST_SLICES = 64  # of one kernel in a mosaic
SEAM = (128, 132, 140)  # between the slices of a kernel: seen on white and on near-black


def colour_pictures(kernels: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Kernels over red, green and blue as pictures: (filters, height, width, 3) uint8.

    Each weight makes its own colour lighter than mid-grey (127) if it is positive and darker if it
    is negative; `limits` (filters,) are the magnitudes of 254 and 0.

    >>> kernels = np.array([2.0, 0.0, -2.0]).reshape(1, 1, 3, 1)
    >>> colour_pictures(kernels, np.array([2.0])).tolist(), colour_pictures(kernels, [4.0]).tolist()
    ([[[[254, 127, 0]]]], [[[[190, 127, 64]]]])
    """
    height, width, channels, filters = kernels.shape
    if channels != 3:
        raise WeightError(f"Colours are red, green and blue; these kernels have {channels} slices.")
    levels = map_levels(
        kernels.reshape(height, width, 3 * filters), np.tile(limits, 3), signed=True
    )
    return np.moveaxis(levels.reshape(3, filters, height, width), 0, -1)


def mosaic(kernel: np.ndarray, limit: float) -> np.ndarray:
    """The slices of one kernel (height, width, channels) as one picture, uint8 RGB.

    They lie in about as many rows as columns, one cell apart; of many, the first `MOST_SLICES`.

    >>> mosaic(np.zeros((3, 3, 8)), 1.0).shape
    (11, 11, 3)
    """
    kernel = kernel[:, :, :MOST_SLICES]
    channels = kernel.shape[2]
    columns = int(np.ceil(np.sqrt(channels)))
    limits = np.full(channels, limit)
    return contact_sheet(
        kernel, limits, signed=True, columns=columns, gap=min(1, channels - 1), background=SEAM
    )


def kernel_picture(layer: WeightLayer, kernel: np.ndarray, limit: float) -> np.ndarray:
    """One kernel (height, width, channels) of a layer as one picture, uint8 RGB."""
    if layer.kind == COLOUR:
        return colour_pictures(kernel[..., np.newaxis], np.array([limit]))[0]
    return mosaic(kernel, limit)


def side_by_side(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Two pictures of one size as one, uint8 RGB.

    >>> side_by_side(np.zeros((3, 3, 3), np.uint8), np.zeros((3, 3, 3), np.uint8)).shape
    (3, 7, 3)
    """
    seam = np.full((len(left), BETWEEN, 3), SEAM, np.uint8)
    return np.concatenate([left, seam, right], axis=1)


def legend(layer: WeightLayer) -> np.ndarray:
    """The colours from -limit to limit that a layer's kernels are drawn in: (255, 3) uint8."""
    if layer.kind == COLOUR:
        return np.arange(255, dtype=np.uint8)[:, np.newaxis].repeat(3, axis=1)
    return palette(signed=True)
