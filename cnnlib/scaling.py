"""Preprocessing as part of the network: raw, scaled and standardised pixels.

Everywhere in this project a network is given images scaled to [0, 1]. What a network wants to see
instead is its own first layer, a `RescaleLayer`, so that it goes wherever the network goes: into
predictions, explanations, files and exports.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from cnnlib.datasets import Dataset, training_split
from cnnlib.fields import SpecError, quote
from cnnlib.layers import RescaleLayer
from cnnlib.spec import RunSpec

SCALINGS = ("scaled", "raw", "standardised")
LEVELS = 256
DIGITS = 6


def channel_statistics(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each channel of bytes, on the scale from 0 to 1.

    `images` is uint8 (count, height, width, channels); the results are (channels,) float64. They
    are worked out from how often each of the 256 levels occurs, so they are exact.

    >>> mean, deviation = channel_statistics(np.array([0, 255], np.uint8).reshape(2, 1, 1, 1))
    >>> mean.tolist(), deviation.tolist()
    ([0.5], [0.5])
    """
    levels = np.arange(LEVELS) / (LEVELS - 1)
    means, deviations = [], []
    for channel in range(images.shape[-1]):
        counts = np.bincount(images[..., channel].ravel(), minlength=LEVELS)
        means.append(np.average(levels, weights=counts))
        deviations.append(np.sqrt(np.average((levels - means[-1]) ** 2, weights=counts)))
    return np.array(means), np.array(deviations)


def input_layer(scaling: str, images: np.ndarray) -> RescaleLayer | None:
    """The layer that makes `scaling` out of images scaled to [0, 1]; None where it is nothing.

    "raw" gives the bytes 0 to 255 back, "scaled" leaves the images as they are, "standardised"
    takes the mean of `images` (uint8, those that are trained on) off and divides by their standard
    deviation, each channel by itself.

    >>> input_layer("raw", np.zeros((1, 1, 1, 1), np.uint8))
    RescaleLayer(scale=(255.0,), offset=(0.0,))
    """
    if scaling == "scaled":
        return None
    if scaling == "raw":
        return RescaleLayer((float(LEVELS - 1),), (0.0,))
    if scaling != "standardised":
        raise SpecError(f"pixels are {', '.join(SCALINGS)}; they cannot be {quote(scaling)}.")
    mean, deviation = channel_statistics(images)
    # A channel that is the same everywhere is left at 0 rather than divided by nothing.
    scale = 1 / np.maximum(deviation, 1 / (LEVELS - 1))
    return RescaleLayer(_rounded(scale), _rounded(-mean * scale))


def with_scaling(spec: RunSpec, scaling: str, dataset: Dataset) -> RunSpec:
    """`spec` with its pixels scaled as `scaling` says, by the images that it will train on.

    A rescaling that its network begins with already is replaced. SpecError for an unknown scaling,
    DatasetError when the data set has too few images.
    """
    training = spec.training
    chosen, _ = training_split(
        dataset.y_train, training.image_count, training.seed, training.validation_share
    )
    first = input_layer(scaling, dataset.x_train[chosen])
    layers = spec.network.layers
    if layers and isinstance(layers[0], RescaleLayer):
        layers = layers[1:]
    layers = layers if first is None else (first, *layers)
    return dataclasses.replace(spec, network=dataclasses.replace(spec.network, layers=layers))


def _rounded(values: np.ndarray) -> tuple[float, ...]:
    """Short enough to be read, exact enough to make no difference."""
    return tuple(round(float(value), DIGITS) for value in values)
