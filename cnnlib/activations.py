"""Activation functions, each with its derivative: ReLU, tanh, sigmoid, softmax, linear."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnlib.windows import ConvolutionError


def linear(x: np.ndarray, *, out: np.ndarray | None = None) -> np.ndarray:
    """`x` itself, which is what a layer without an activation does."""
    if out is None or out is x:
        return x
    out[...] = x
    return out


def relu(x: np.ndarray, *, out: np.ndarray | None = None) -> np.ndarray:
    """max(x, 0) for each number: what speaks against the feature is cut off.

    `out`, here and below, receives the result; it may be `x`.

    >>> relu(np.array([-1.5, 0.0, 2.0])).tolist()
    [0.0, 0.0, 2.0]
    """
    return np.maximum(x, 0, out=out)


def tanh(x: np.ndarray, *, out: np.ndarray | None = None) -> np.ndarray:
    """Hyperbolic tangent, from -1 to 1."""
    return np.tanh(x, out=out)


def sigmoid(x: np.ndarray, *, out: np.ndarray | None = None) -> np.ndarray:
    """1 / (1 + exp(-x)), from 0 to 1; written with tanh, which does not overflow.

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    out = np.multiply(x, 0.5, out=out)
    np.tanh(out, out=out)
    np.add(out, 1, out=out)
    return np.multiply(out, 0.5, out=out)


def softmax(
    x: np.ndarray, *, temperature: float = 1.0, out: np.ndarray | None = None
) -> np.ndarray:
    """Scores (logits) to probabilities along the last axis: exp(x / temperature), shared out to 1.

    A temperature over 1 evens the probabilities out, one under 1 sharpens them; 0 and less raise
    ConvolutionError. The largest score is subtracted first, which changes nothing but keeps exp
    from overflowing.

    >>> softmax(np.array([1000.0, 1000.0, -1000.0])).tolist()
    [0.5, 0.5, 0.0]
    """
    if not temperature > 0:
        raise ConvolutionError(f"temperature must be over 0; it is {temperature!r:.80}.")
    out = np.subtract(x, x.max(axis=-1, keepdims=True), out=out)
    if temperature != 1:
        out /= temperature
    np.exp(out, out=out)
    out /= out.sum(axis=-1, keepdims=True)
    return out


def linear_backward(grad: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """The gradient itself."""
    return grad


def relu_backward(grad: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """Gradient with respect to x; passes where x > 0. `outputs` are relu(x), or x itself."""
    return grad * (outputs > 0)


def tanh_backward(grad: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """Gradient with respect to x, where `outputs` are tanh(x)."""
    return grad * (1 - outputs * outputs)


def sigmoid_backward(grad: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """Gradient with respect to x, where `outputs` are sigmoid(x)."""
    return grad * outputs * (1 - outputs)


def softmax_backward(grad: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """Gradient with respect to the scores, where `outputs` are their probabilities."""
    weighted = (grad * outputs).sum(axis=-1, keepdims=True)
    return outputs * (grad - weighted)


ACTIVATIONS: dict[str, Callable[..., np.ndarray]] = {
    "linear": linear,
    "relu": relu,
    "tanh": tanh,
    "sigmoid": sigmoid,
    "softmax": softmax,
}
BACKWARD: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "linear": linear_backward,
    "relu": relu_backward,
    "tanh": tanh_backward,
    "sigmoid": sigmoid_backward,
    "softmax": softmax_backward,
}
