"""Banks of filters for colour pictures: a trained network's first layer, presets, untrained ones.

A bank is what a convolution layer holds: a kernel through all three channels and a bias for each of
its filters, as `cnnlib.convolution.conv2d` takes them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnlib.explain import batch_norm_line
from cnnlib.kernels import KERNELS, kernel_of_size
from cnnlib.layers import BatchNormLayer, ConvLayer, Layer, RescaleLayer
from cnnlib.network import Network

MOST_FILTERS = 32
SMALLEST_SIZE, LARGEST_SIZE = 3, 7
# How much of each channel a preset looks at. Brightness: ITU-R Recommendation BT.601-7, 2.5.1; the
# two others are the opponent colours that E. Hering described (1878), each adding up to 0.
CHANNEL_MIXES = {
    "brightness": (0.299, 0.587, 0.114),
    "red against green": (1.0, -1.0, 0.0),
    "blue against yellow": (-0.5, -0.5, 1.0),
}


class FilterBankError(ValueError):
    """A bank that cannot be had; the message says what was asked for and what there is."""


@dataclass(frozen=True, eq=False)
class FilterBank:
    """`kernels` (size, size, 3, filters) and `bias` (filters,) float32, and a name for each."""

    kernels: np.ndarray
    bias: np.ndarray
    names: tuple[str, ...]

    @property
    def size(self) -> int:
        """Rows and columns of a kernel."""
        return self.kernels.shape[0]

    @property
    def count(self) -> int:
        """How many filters there are."""
        return self.kernels.shape[3]

    def first(self, count: int) -> FilterBank:
        """The first `count` filters; all if there are not so many, one at least."""
        kept = min(max(count, 1), self.count)
        return FilterBank(self.kernels[..., :kept], self.bias[:kept], self.names[:kept])


def learned_filters(network: Network) -> FilterBank:
    """The filters of a network's first convolution, for pictures from 0 to 1.

    A batch normalisation right behind it multiplies each map by one number and adds another; that
    is done to the kernels and biases here, and so is what rescaling layers in front of it do to the
    picture, so that one convolution gives what these layers give. (Where the convolution is padded
    and something is added to the picture, the border differs: the layers pad what was rescaled.)

    Raises FilterBankError for a network that does not start with a convolution of colour pictures.
    """
    layers, channels = network.spec.layers, network.spec.input_shape[-1]
    first = next((at for at, one in enumerate(layers) if not isinstance(one, RescaleLayer)), 0)
    layer = layers[first]
    if not isinstance(layer, ConvLayer) or channels != 3:
        raise FilterBankError(
            "the filters are those of a network that starts with a convolution of three channels; "
            f"this one starts with {layer.title.lower()} of {channels}."
        )
    kernels = network.weights[first]["kernel"]
    bias = network.weights[first].get("bias", np.zeros(layer.filters, np.float32))
    kernels, bias = _rescaled(layers[:first], kernels, bias)
    follows = layers[first + 1] if len(layers) > first + 1 else None
    if isinstance(follows, BatchNormLayer) and layer.activation == "linear":
        scale, shift = batch_norm_line(network.weights[first + 1])
        kernels, bias = kernels * scale, bias * scale + shift
    names = tuple(f"learned filter {number + 1}" for number in range(layer.filters))
    kept = np.asarray(kernels, np.float32), np.asarray(bias, np.float32), names
    return FilterBank(*kept).first(MOST_FILTERS)


def _rescaled(
    before: tuple[Layer, ...], kernels: np.ndarray, bias: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Kernels and biases that do to a picture what the given ones do to the rescaled picture."""
    for layer in reversed(before):
        bias = bias + (kernels * np.array(layer.offset)[:, np.newaxis]).sum(axis=(0, 1, 2))
        kernels = kernels * np.array(layer.scale)[:, np.newaxis]
    return kernels, bias


def preset_filters(size: int) -> FilterBank:
    """Each teaching kernel on brightness, then on red against green, then on blue against yellow.

    >>> bank = preset_filters(3)
    >>> bank.names[4], bank.kernels[1, :, 0, 4].astype(float).round(3).tolist()
    ('Sobel, left to right, on brightness', [-0.598, 0.0, 0.598])
    """
    _check_size(size)
    filters, names = [], []
    for title, shares in CHANNEL_MIXES.items():
        for name, kernel in KERNELS.items():
            flat = kernel_of_size(name, size)
            filters.append(flat[:, :, np.newaxis] * np.array(shares, np.float32))
            names.append(f"{kernel.title}, on {title}")
    kernels = np.stack(filters, axis=-1)
    bank = FilterBank(kernels, np.zeros(len(names), np.float32), tuple(names))
    return bank.first(MOST_FILTERS)


def untrained_filters(size: int, seed: int = 0) -> FilterBank:
    """What a layer of 32 filters starts its training from, as Keras draws it: Glorot-uniform.

    Weights are uniform within ±sqrt(6 / (fan in + fan out)) (X. Glorot and Y. Bengio,
    "Understanding the difficulty of training deep feedforward neural networks", 2010), biases 0.
    """
    _check_size(size)
    limit = np.sqrt(6 / (size * size * (3 + MOST_FILTERS)))
    shape = (size, size, 3, MOST_FILTERS)
    kernels = np.random.default_rng(seed).uniform(-limit, limit, shape).astype(np.float32)
    names = tuple(f"untrained filter {number + 1}" for number in range(MOST_FILTERS))
    return FilterBank(kernels, np.zeros(MOST_FILTERS, np.float32), names)


def _check_size(size: int) -> None:
    is_whole = isinstance(size, int) and not isinstance(size, bool)
    if not is_whole or not SMALLEST_SIZE <= size <= LARGEST_SIZE:
        raise FilterBankError(
            f"kernels here have {SMALLEST_SIZE} to {LARGEST_SIZE} rows and columns; the size asked "
            f"for is {size!r}."
        )
