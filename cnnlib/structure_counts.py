"""What decisions about a network's structure cost and bring, counted before anything is trained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnlib.convolution import conv2d
from cnnlib.shapes import (
    conv_multiply_adds,
    conv_parameters,
    dense_parameters,
    output_size,
    receptive_field,
)

CLASSES = 10


@dataclass(frozen=True)
class Stack:
    """Convolutions one behind the other, stride 1, and what they take.

    `field`: the side of the square that one output sees. `pair_weights`: of the kernels between one
    channel and one filter, all layers together. `weights`: between `channels` channels, with no
    biases. `curves`: how many times an activation function bends what goes through.
    """

    kernel: int
    layers: int
    field: int
    pair_weights: int
    weights: int
    curves: int


def stack(kernel: int, layers: int, channels: int) -> Stack:
    """`layers` convolutions of kernel x kernel, each with `channels` channels in and out.

    >>> stack(5, 1, 16).pair_weights, stack(3, 2, 16).pair_weights
    (25, 18)
    >>> stack(5, 1, 16).field == stack(3, 2, 16).field
    True
    """
    weights = layers * conv_parameters(kernel, channels, channels, bias=False)
    field, _ = receptive_field([(kernel, 1)] * layers)
    return Stack(kernel, layers, field, layers * kernel * kernel, weights, layers)


def small_kernels_instead(kernel: int) -> int:
    """How many 3 x 3 convolutions see what one with an odd kernel of that size sees.

    >>> [small_kernels_instead(size) for size in (3, 5, 7, 11)]
    [1, 2, 3, 5]
    """
    if kernel < 3 or kernel % 2 == 0:
        raise ValueError(f"3 x 3 kernels add up to odd sizes from 3; {kernel} is none.")
    return (kernel - 1) // 2


@dataclass(frozen=True)
class Shrinking:
    """A way to half the side of a map: its side after that, weights, and work for one image."""

    side: int
    weights: int
    multiply_adds: int


def pooled(side: int, channels: int, filters: int) -> Shrinking:
    """A 3 x 3 convolution at every place, then pooling of 2 x 2; "same" padding.

    >>> pooled(32, 16, 32)
    Shrinking(side=16, weights=4640, multiply_adds=4718592)
    """
    work = conv_multiply_adds(3, channels, (side, side, filters))
    return Shrinking(output_size(side, 2, stride=2), conv_parameters(3, channels, filters), work)


def strided(side: int, channels: int, filters: int) -> Shrinking:
    """A 3 x 3 convolution at every other place; "same" padding.

    >>> strided(32, 16, 32)
    Shrinking(side=16, weights=4640, multiply_adds=1179648)
    """
    after = output_size(side, 3, stride=2, padding="same")
    work = conv_multiply_adds(3, channels, (after, after, filters))
    return Shrinking(after, conv_parameters(3, channels, filters), work)


def flatten_head(side: int, channels: int, classes: int = CLASSES) -> int:
    """Parameters of the last dense layer behind flattened maps.

    >>> flatten_head(8, 32)
    20490
    """
    return dense_parameters(side * side * channels, classes)


def average_head(channels: int, classes: int = CLASSES) -> int:
    """Parameters of the last dense layer behind global average pooling.

    >>> average_head(32)
    330
    """
    return dense_parameters(channels, classes)


def dropped(values: np.ndarray, rate: float, seed: int) -> np.ndarray:
    """What dropout makes of values while training: each is zero with probability `rate`, and the
    others are divided by 1 - rate, so that the sum stays the same on average.

    The way that Keras does it ("inverted" dropout). `rate` is from 0 and below 1 (ValueError).

    >>> dropped(np.ones(6), 0.5, seed=1).tolist()
    [2.0, 2.0, 0.0, 2.0, 0.0, 0.0]
    """
    if not 0 <= rate < 1:
        raise ValueError(f"a rate is from 0 and below 1; it is {rate}.")
    kept = np.random.default_rng(seed).random(values.shape) >= rate
    return np.where(kept, values / (1 - rate), 0.0)


def spreads(
    images: np.ndarray, scale: float, layers: int, *, normalise: bool, filters: int = 16
) -> np.ndarray:
    """How widely a deep stack's numbers spread before each activation: (layers,) deviations.

    `images` are float32 (batch, height, width, channels). 3 x 3 kernels are drawn as He et al. draw
    them for ReLU (2015, arXiv:1502.01852, eq. 10) from a fixed seed, and multiplied by `scale`.
    With `normalise` each channel is brought to mean 0 and deviation 1 over the batch first, as
    batch normalisation does while training.
    """
    rng = np.random.default_rng(0)
    x, found = images.astype(np.float32), []
    for _ in range(layers):
        channels = x.shape[-1]
        deviation = scale * np.sqrt(2 / (9 * channels))
        kernels = rng.normal(0, deviation, (3, 3, channels, filters)).astype(np.float32)
        x = conv2d(x, kernels, padding="same")
        if normalise:
            x = (x - x.mean((0, 1, 2))) / np.maximum(x.std((0, 1, 2)), 1e-12)
        found.append(float(x.std()))
        x = np.maximum(x, 0)
    return np.array(found)
