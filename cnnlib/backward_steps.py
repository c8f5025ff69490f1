"""One image's way back through a network: its loss, and what each number has to do with it.

Every array is of one image and has no batch axis: maps are (height, width, channels), rows
(units,). "Gradient" is always that of the image's cross-entropy. Layers act as they do after
training: dropout passes everything on, batch normalisation uses its moving statistics.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnlib.activations import BACKWARD, softmax
from cnnlib.gradients import batch_normalization_backward, softmax_cross_entropy
from cnnlib.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    PoolLayer,
    RescaleLayer,
)
from cnnlib.passes import pre_activation
from cnnlib.pooling import pool_windows
from cnnlib.spec import LayerShape
from cnnlib.windows import pad

if TYPE_CHECKING:
    from cnnlib.network import Gradients, Network
    from cnnlib.passes import Weights


class BackwardError(ValueError):
    """Something there is not: a class, a layer, a filter; the message says what there is."""


@dataclass(frozen=True, eq=False)
class LayerBackward:
    """One layer on the way back.

    Attributes:
        step: the layer, its place and its shapes.
        weights: its arrays by name.
        received: what it was given on the way forward.
        made: what it passed on; of the last layer the logits, since softmax and loss go together.
        arriving: the gradient at `made`.
        at_sums: the gradient before the layer's own activation function; `arriving` without one.
        leaving: the gradient at `received`: what it passes back.
        to_weights: the gradients of its trainable weights, by name.
    """

    step: LayerShape
    weights: Weights
    received: np.ndarray
    made: np.ndarray
    arriving: np.ndarray
    at_sums: np.ndarray
    leaving: np.ndarray
    to_weights: Weights

    @property
    def slopes(self) -> np.ndarray | None:
        """What each number of `arriving` is multiplied with, where a layer does that to each by
        itself: 0 and 1 of ReLU, a batch normalisation's scales. None where it does not.

        Of a convolution or dense layer they are those of its activation function, and lead to
        `at_sums`; of all others they lead to `leaving`.
        """
        layer, ones = self.step.layer, np.ones_like(self.arriving)
        match layer:
            case ConvLayer() | DenseLayer() | ActivationLayer():
                if layer.activation == "softmax":
                    return ones
                return BACKWARD[layer.activation](ones, self.made)
            case BatchNormLayer():
                gamma, variance = self.weights["gamma"], self.weights["moving_variance"]
                return batch_normalization_backward(ones, gamma, variance, epsilon=layer.EPSILON)
            case RescaleLayer():
                return ones * np.array(layer.scale, ones.dtype)
            case DropoutLayer():
                return ones
        return None


@dataclass(frozen=True, eq=False)
class BackwardPass:
    """An image's way through a network and back.

    `logits`, `probabilities` and `at_logits` are (classes,) float32: the scores, softmax of them,
    and the gradient at them, which is the probabilities less 1 for the label. `layers` are in
    forward order.
    """

    label: int
    logits: np.ndarray
    probabilities: np.ndarray
    loss: float
    at_logits: np.ndarray
    layers: tuple[LayerBackward, ...]

    @property
    def is_finite(self) -> bool:
        """Whether all of it are numbers; after a training that blew up they are not."""
        ends = (self.logits, self.at_logits, *(layer.leaving for layer in self.layers))
        return all(bool(np.isfinite(numbers).all()) for numbers in ends)


def backward_pass(network: Network, image: np.ndarray, label: int) -> BackwardPass:
    """Forward and back for one image, float32 (height, width, channels) in [0, 1].

    BackwardError for a label that is none of the network's classes.
    """
    classes = network.spec.classes
    if (
        isinstance(label, bool)
        or not isinstance(label, (int, np.integer))
        or label not in range(classes)
    ):
        raise BackwardError(f"a label is from 0 to {classes - 1}; it is {label!r:.40}.")
    images = image[np.newaxis]
    gradients = network.backward(images, np.array([label]))
    made = [output[0] for output in network.activations(images)]
    with np.errstate(all="ignore"):
        last = made[-2][np.newaxis]
        logits = pre_activation(network.spec.layers[-1], network.weights[-1], last)[0]
        at_logits = softmax_cross_entropy(logits[np.newaxis], np.array([label]))[1][0]
        probabilities = softmax(logits)
    arriving = [*(gradient[0] for gradient in gradients.inputs[1:]), at_logits]
    layers = tuple(
        _layer(step, network, received, output, gradient, gradients)
        for step, received, output, gradient in zip(
            network.spec.trace(), [image, *made[:-1]], [*made[:-1], logits], arriving, strict=True
        )
    )
    return BackwardPass(label, logits, probabilities, gradients.loss, at_logits, layers)


def _layer(
    step: LayerShape,
    network: Network,
    received: np.ndarray,
    made: np.ndarray,
    arriving: np.ndarray,
    gradients: Gradients,
) -> LayerBackward:
    at, layer, at_sums = step.index, step.layer, arriving
    has_own = isinstance(layer, (ConvLayer, DenseLayer)) and layer.activation != "softmax"
    if has_own:
        with np.errstate(all="ignore"):
            at_sums = BACKWARD[layer.activation](arriving, made)
    leaving, to_weights = gradients.inputs[at][0], gradients.weights[at]
    weights = network.weights[at]
    return LayerBackward(step, weights, received, made, arriving, at_sums, leaving, to_weights)


def winners(layer: LayerBackward) -> np.ndarray:
    """Which cell each window of a max pooling passes its gradient to: (rows, columns, channels)
    whole numbers, row * width + column of the map it received. Of equals it is the first.

    BackwardError for another layer.
    """
    pool = layer.step.layer
    if not isinstance(pool, PoolLayer) or pool.mode != "max":
        raise BackwardError(f"only max pooling has winners; this is {pool.title.lower()}.")
    images = layer.received[np.newaxis]
    windows = pool_windows(images, pool.size, pool.stride, pool.padding)
    padded = pad(images, windows.padding, value=-np.inf)[0]
    every = np.lib.stride_tricks.sliding_window_view(padded, windows.size, axis=(0, 1))
    every = every[:: windows.stride[0], :: windows.stride[1]]
    first = every.reshape(*every.shape[:3], -1).argmax(axis=-1)
    (top, _), (left, _) = windows.padding
    rows, columns = np.ogrid[: first.shape[0], : first.shape[1]]
    row = (rows * windows.stride[0])[..., np.newaxis] + first // windows.size[1] - top
    column = (columns * windows.stride[1])[..., np.newaxis] + first % windows.size[1] - left
    return row * layer.received.shape[1] + column
