"""What is done to images and labels before a network gets them, number by number.

`scaling` makes a network's first layer of the same arithmetic; here it is taken apart to be looked
at.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnlib.scaling import LEVELS, input_layer

TITLES = {"raw": "Raw", "scaled": "Scaled", "standardised": "Standardised"}


@dataclass(frozen=True)
class Affine:
    """What becomes of a level from 0 to 255 in one channel: level x `scale` + `offset`."""

    scale: float
    offset: float

    def __call__(self, level: float) -> float:
        return level * self.scale + self.offset


def channel_maps(scaling: str, images: np.ndarray) -> tuple[Affine, ...]:
    """What `scaling` makes of the levels of each channel of `images`, those that are trained on.

    `images` is uint8 (n, height, width, channels). SpecError for an unknown scaling.

    >>> images = np.array([0, 255], np.uint8).reshape(2, 1, 1, 1)
    >>> [channel_maps(name, images)[0](255) for name in ("raw", "scaled", "standardised")]
    [255.0, 1.0, 1.0]
    """
    channels = images.shape[-1]
    layer = input_layer(scaling, images)
    scales = _per_channel(layer.scale if layer else (1.0,), channels)
    offsets = _per_channel(layer.offset if layer else (0.0,), channels)
    return tuple(
        Affine(scale / (LEVELS - 1), offset) for scale, offset in zip(scales, offsets, strict=True)
    )


def level_shares(images: np.ndarray, bins: int = 32) -> np.ndarray:
    """(channels, bins): how the levels of each channel are shared out, each row adding up to 1.

    A bin holds 256 / `bins` levels next to each other.

    >>> level_shares(np.array([0, 7, 8, 255], np.uint8).reshape(4, 1, 1, 1))[0, [0, 1, 31]].tolist()
    [0.5, 0.25, 0.25]
    """
    rows = []
    for channel in range(images.shape[-1]):
        counts = np.bincount(images[..., channel].ravel(), minlength=LEVELS)
        rows.append(counts.reshape(bins, -1).sum(axis=1) / max(counts.sum(), 1))
    return np.array(rows)


def bin_edges(bins: int = 32) -> np.ndarray:
    """The `bins` + 1 levels at which the bins of `level_shares` begin and end.

    >>> bin_edges(4).tolist()
    [0, 64, 128, 192, 256]
    """
    return np.arange(bins + 1) * (LEVELS // bins)


def one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    """(n, classes) uint8: a row of zeros for each label, with a one at the label's place.

    Raises ValueError for a label that is no class.

    >>> one_hot(np.array([2, 0]), 3).tolist()
    [[0, 0, 1], [1, 0, 0]]
    """
    labels = np.asarray(labels)
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError(
            f"labels of {classes} classes go from 0 to {classes - 1}; these go from "
            f"{labels.min()} to {labels.max()}."
        )
    rows = np.zeros((len(labels), classes), np.uint8)
    rows[np.arange(len(labels)), labels] = 1
    return rows


def _per_channel(values: tuple[float, ...], channels: int) -> tuple[float, ...]:
    return values if len(values) == channels else values * channels
