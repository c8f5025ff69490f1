"""One layer's step forward and back, on plain arrays. `cnnlib.network` strings them together.

`weights` are a layer's arrays by name, as `Layer.weight_shapes` lists them. Layers act as they do
after training: dropout passes everything on, batch normalisation uses its moving statistics.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from cnnlib.activations import ACTIVATIONS, BACKWARD
from cnnlib.convolution import batch_normalization, conv2d, dense
from cnnlib.gradients import (
    batch_normalization_backward,
    conv2d_backward,
    conv2d_image_gradient,
    dense_backward,
)
from cnnlib.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    Layer,
    PoolLayer,
    RescaleLayer,
)
from cnnlib.pooling import (
    average_pool2d,
    average_pool2d_backward,
    global_average_pool2d,
    global_average_pool2d_backward,
    max_pool2d,
    max_pool2d_backward,
)

Weights = dict[str, np.ndarray]
Step = Callable[[np.ndarray], np.ndarray]


def forward(layer: Layer, weights: Weights, x: np.ndarray) -> np.ndarray:
    """What `layer` makes of `x` (batch first). Never changes `x`; may return it, or a view."""
    match layer:
        case ConvLayer() | DenseLayer():
            y = pre_activation(layer, weights, x)
            return ACTIVATIONS[layer.activation](y, out=y)
        case ActivationLayer():
            return ACTIVATIONS[layer.activation](x)
        case BatchNormLayer():
            statistics = (weights["moving_mean"], weights["moving_variance"])
            return batch_normalization(
                x, weights["gamma"], weights["beta"], *statistics, epsilon=layer.EPSILON
            )
        case PoolLayer():
            pool = max_pool2d if layer.mode == "max" else average_pool2d
            return pool(x, layer.size, stride=layer.stride, padding=layer.padding)
        case GlobalAveragePoolLayer():
            return global_average_pool2d(x)
        case FlattenLayer():
            return x.reshape(len(x), -1)
        case DropoutLayer():
            return x
        case RescaleLayer():
            return x * np.array(layer.scale, x.dtype) + np.array(layer.offset, x.dtype)
    raise TypeError(f"no forward pass for {layer!r}")


def pre_activation(layer: Layer, weights: Weights, x: np.ndarray) -> np.ndarray:
    """The numbers that the layer's activation function is then applied to; a fresh array."""
    match layer:
        case ConvLayer():
            kernel, bias = weights["kernel"], weights.get("bias")
            return conv2d(x, kernel, bias, stride=layer.stride, padding=layer.padding)
        case DenseLayer():
            return dense(x, weights["kernel"], weights.get("bias"))
        case ActivationLayer():
            return x.copy()
    return forward(layer, weights, x)


def backward(
    layer: Layer,
    weights: Weights,
    grad: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    *,
    with_weights: bool = True,
) -> tuple[np.ndarray, Weights]:
    """Gradients with respect to the layer's input `x` and its trainable weights, by name.

    `grad` is the gradient with respect to the layer's output `y`. The second result is empty
    without `with_weights`.
    """
    match layer:
        case ConvLayer() | DenseLayer():
            grad = BACKWARD[layer.activation](grad, y)
            return _weighted_backward(layer, weights, grad, x, with_weights)
        case ActivationLayer():
            return BACKWARD[layer.activation](grad, y), {}
        case BatchNormLayer():
            return _normalization_backward(layer, weights, grad, x, with_weights)
        case PoolLayer():
            back = max_pool2d_backward if layer.mode == "max" else average_pool2d_backward
            return back(grad, x, layer.size, stride=layer.stride, padding=layer.padding), {}
        case GlobalAveragePoolLayer():
            return global_average_pool2d_backward(grad, x), {}
        case FlattenLayer():
            return grad.reshape(x.shape), {}
        case DropoutLayer():
            return grad, {}
        case RescaleLayer():
            return grad * np.array(layer.scale, grad.dtype), {}
    raise TypeError(f"no backward pass for {layer!r}")


def _weighted_backward(
    layer: ConvLayer | DenseLayer,
    weights: Weights,
    grad: np.ndarray,
    x: np.ndarray,
    with_weights: bool,
) -> tuple[np.ndarray, Weights]:
    kernel = weights["kernel"]
    if isinstance(layer, ConvLayer):
        setting = {"stride": layer.stride, "padding": layer.padding}
        if not with_weights:
            return conv2d_image_gradient(grad, x, kernel, **setting), {}
        to_x, *to_weights = conv2d_backward(grad, x, kernel, **setting)
    elif with_weights:
        to_x, *to_weights = dense_backward(grad, x, kernel)
    else:
        return grad @ kernel.T, {}
    return to_x, dict(zip(weights, to_weights, strict=False))  # no bias, no gradient of it


def _normalization_backward(
    layer: BatchNormLayer, weights: Weights, grad: np.ndarray, x: np.ndarray, with_weights: bool
) -> tuple[np.ndarray, Weights]:
    gamma, variance = weights["gamma"], weights["moving_variance"]
    to_x = batch_normalization_backward(grad, gamma, variance, epsilon=layer.EPSILON)
    if not with_weights:
        return to_x, {}
    axes = tuple(range(x.ndim - 1))
    normal = (x - weights["moving_mean"]) / np.sqrt(variance + layer.EPSILON)
    return to_x, {"gamma": (grad * normal).sum(axis=axes), "beta": grad.sum(axis=axes)}


def steps(layers: Sequence[Layer], weights: Sequence[Weights]) -> tuple[Step, ...]:
    """Functions that do what `layers` do one after another, with less work: see `merged`."""
    return tuple(_step(layer, arrays) for layer, arrays in merged(layers, weights))


def merged(layers: Sequence[Layer], weights: Sequence[Weights]) -> list[tuple[Layer, Weights]]:
    """Fewer layers with weights of their own that do what `layers` do one after another.

    A batch normalisation right after a convolution or dense layer becomes part of its kernel and
    bias, an activation layer part of the layer before it; dropout falls away.
    """
    merged: list[tuple[Layer, Weights]] = []
    for layer, arrays in zip(layers, weights, strict=True):
        last, its_arrays = merged[-1] if merged else (None, {})
        open_end = isinstance(last, (ConvLayer, DenseLayer)) and last.activation == "linear"
        if isinstance(layer, DropoutLayer):
            continue
        if open_end and isinstance(layer, BatchNormLayer):
            merged[-1] = (last, _normalized(its_arrays, arrays, layer.EPSILON))
        elif open_end and isinstance(layer, ActivationLayer):
            merged[-1] = (dataclasses.replace(last, activation=layer.activation), its_arrays)
        else:
            merged.append((layer, arrays))
    return merged


def _step(layer: Layer, weights: Weights) -> Step:
    return lambda x: forward(layer, weights, x)


def _normalized(weights: Weights, statistics: Weights, epsilon: float) -> Weights:
    """A kernel and bias that do what the layer and the batch normalisation after it do."""
    scale = statistics["gamma"] / np.sqrt(statistics["moving_variance"] + epsilon)
    shift = statistics["beta"] - statistics["moving_mean"] * scale
    return {
        "kernel": weights["kernel"] * scale,
        "bias": weights["bias"] * scale + shift if "bias" in weights else shift,
    }
