"""The last layers worked out number by number: flatten, a dense unit's sum, softmax.

Everything here is float64, so that the numbers shown add up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnlib.activations import softmax
from cnnlib.windows import ConvolutionError, check_shape


@dataclass(frozen=True)
class FlatCell:
    """One number of a volume in its place in the row that flatten makes; all count from 0."""

    position: int
    row: int
    column: int
    channel: int
    value: float


def flatten_order(volume: np.ndarray) -> tuple[FlatCell, ...]:
    """Every number of a (height, width, channels) volume in the order that flatten gives.

    Row by row, in a row column by column, in a cell channel by channel, as Keras does:
    position = (row * width + column) * channels + channel.

    >>> [cell.value for cell in flatten_order(np.array([[[1.0, 2.0], [3.0, 4.0]]]))]
    [1.0, 2.0, 3.0, 4.0]
    """
    if volume.ndim != 3:
        raise ConvolutionError(f"a volume has three axes; this has the shape {volume.shape}.")
    return tuple(
        FlatCell(position, *place, float(volume[place]))
        for position, place in enumerate(np.ndindex(volume.shape))
    )


@dataclass(frozen=True, eq=False)
class DenseSum:
    """How one unit of a dense layer comes to its number.

    Attributes:
        inputs, weights, products: (inputs,) each; products = inputs * weights.
        strongest: the inputs whose products are furthest from 0, in falling order.
        rest: the sum of all other products.
        bias: the unit's.
        total: the sum of all products and the bias.
    """

    inputs: np.ndarray
    weights: np.ndarray
    products: np.ndarray
    strongest: tuple[int, ...]
    rest: float
    bias: float
    total: float


def dense_sum(
    inputs: np.ndarray, kernel: np.ndarray, bias: np.ndarray | None, unit: int, *, top: int = 5
) -> DenseSum:
    """Unit `unit`, from 0, of dense(inputs, kernel, bias): `inputs` (n,), `kernel` (n, units).

    >>> worked = dense_sum(np.array([1.0, 2.0]), np.array([[3.0], [-4.0]]), None, 0, top=1)
    >>> worked.strongest, worked.rest, worked.total
    ((1,), 3.0, -5.0)
    """
    check_shape(kernel, "kernel", (len(inputs), kernel.shape[-1]), "a row for each input")
    if not 0 <= unit < kernel.shape[1]:
        raise ConvolutionError(f"unit must be from 0 to {kernel.shape[1] - 1}; it is {unit!r}.")
    values, weights = inputs.astype(np.float64), kernel[:, unit].astype(np.float64)
    products = values * weights
    strongest = tuple(int(i) for i in np.argsort(-np.abs(products), kind="stable")[:top])
    its_bias = 0.0 if bias is None else float(bias[unit])
    rest = float(np.delete(products, strongest).sum())
    total = float(products.sum()) + its_bias
    return DenseSum(values, weights, products, strongest, rest, its_bias, total)


@dataclass(frozen=True, eq=False)
class SoftmaxSteps:
    """Scores on their way to probabilities, (classes,) each.

    Attributes:
        logits: the scores.
        scaled: divided by the temperature.
        shifted: less the largest of them, so that no power can overflow.
        powers: e to each of these.
        total: the sum of the powers.
        shares: powers / total, which add up to 1.
    """

    logits: np.ndarray
    scaled: np.ndarray
    shifted: np.ndarray
    powers: np.ndarray
    total: float
    shares: np.ndarray


def softmax_steps(logits: np.ndarray, temperature: float = 1.0) -> SoftmaxSteps:
    """What softmax(logits / temperature) does, step by step; `logits` is (classes,).

    Raises ConvolutionError for a temperature that is not above 0.

    >>> steps = softmax_steps(np.array([2.0, 0.0]), temperature=2.0)
    >>> steps.shifted.tolist(), steps.powers.round(3).tolist(), steps.shares.round(3).tolist()
    ([0.0, -1.0], [1.0, 0.368], [0.731, 0.269])
    """
    logits = np.asarray(logits, np.float64)
    shares = softmax(logits, temperature=temperature)
    scaled = logits / temperature
    shifted = scaled - scaled.max()
    powers = np.exp(shifted)
    return SoftmaxSteps(logits, scaled, shifted, powers, float(powers.sum()), shares)
