"""One number of a layer's output taken apart: what went in, the weights, the products, the sum.

It works for every kind of layer, on what `cnnlib.explain.layer_passes` gives. Everything is
float64, so that the numbers shown add up; they are those of the forward pass within 1e-4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnlib.convolution import window_at
from cnnlib.explain import ExplainError, LayerPass, batch_norm_line
from cnnlib.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    PoolLayer,
    RescaleLayer,
)
from cnnlib.windows import Windows, plan

Cell = tuple[int, int]  # row and column, from 0


@dataclass(frozen=True, eq=False)
class CellSum:
    """How one number of a layer's output came about.

    Attributes:
        inputs: the numbers that went into it, float64: (kernel height, kernel width, channels) of a
            convolution, zeros in its padding; (n,) of a dense unit; (rows, columns) of a pooling's
            window within the map, or of the whole map; (1,) where one number becomes one.
        weights: what each is multiplied by, in the same shape; None where nothing is.
        bias: what is added to the sum of the products; 0 where nothing is.
        total: the number before the activation function.
        value: the number that is passed on.
    """

    inputs: np.ndarray
    weights: np.ndarray | None
    bias: float
    total: float
    value: float

    @property
    def products(self) -> np.ndarray:
        """Inputs times weights; the inputs themselves where there are no weights."""
        return self.inputs if self.weights is None else self.inputs * self.weights


def cell_sum(layer: LayerPass, number: int, cell: Cell | None = None) -> CellSum:
    """The arithmetic of one number of what `layer` passed on.

    Args:
        layer: the layer at work on an image.
        number: its map or unit, from 0.
        cell: row and column in the map, from 0; None for a layer whose output is a row.

    Raises:
        ExplainError: there is no such number; the message says which there are.
    """
    check_place(layer, number, cell)
    with np.errstate(all="ignore"):
        inputs, weights, bias, total = _sum(layer, number, cell)
    value = float(layer.passed_on[number if cell is None else (*cell, number)])
    return CellSum(np.asarray(inputs, np.float64), weights, bias, total, value)


def check_place(layer: LayerPass, number: int, cell: Cell | None) -> None:
    """ExplainError unless the layer's output has this map or unit, and in it this cell."""
    *sizes, count = layer.passed_on.shape
    place = (number, *(cell or ()))
    limits = (count, *sizes)
    if len(place) != len(limits) or not all(
        0 <= at < size for at, size in zip(place, limits, strict=True)
    ):
        what = f"{count} maps of {sizes[0]} x {sizes[1]} cells" if sizes else f"{count} units"
        raise ExplainError(
            f"Layer {layer.step.index + 1} passes on {what}, all counted from 0; asked for was "
            f"number {number!r:.40}, cell {cell!r:.80}."
        )


def line_of(layer: LayerPass, number: int) -> tuple[float, float] | None:
    """The scale and the shift of a layer that is a straight line for each map; None for others."""
    kind = layer.step.layer
    if isinstance(kind, BatchNormLayer):
        scale, shift = batch_norm_line(layer.weights)
        return float(scale[number]), float(shift[number])
    if isinstance(kind, RescaleLayer):
        scales, offsets = kind.scale, kind.offset
        return scales[number % len(scales)], offsets[number % len(offsets)]
    return None


def pool_windows(layer: LayerPass) -> Windows:
    """Where the windows of a pooling layer lie on its input."""
    kind = layer.step.layer
    size = (kind.size, kind.size)
    return plan(layer.received.shape[:2], size, kind.stride, kind.padding)


def _sum(
    layer: LayerPass, number: int, cell: Cell | None
) -> tuple[np.ndarray, np.ndarray | None, float, float]:
    """Inputs, weights, bias and total, as in `CellSum`."""
    kind, received = layer.step.layer, layer.received
    match kind:
        case ConvLayer():
            trace = window_at(
                received[np.newaxis],
                layer.weights["kernel"],
                layer.weights.get("bias"),
                row=cell[0],
                column=cell[1],
                filter=number,
                stride=kind.stride,
                padding=kind.padding,
            )
            return trace.window, trace.kernel, trace.bias, trace.total
        case DenseLayer():
            inputs = received.astype(np.float64)
            weights = layer.weights["kernel"][:, number].astype(np.float64)
            bias = float(layer.weights["bias"][number]) if kind.use_bias else 0.0
            return inputs, weights, bias, float(inputs @ weights) + bias
        case PoolLayer():
            window = _pool_window(layer, number, cell)
            total = window.max() if kind.mode == "max" else window.mean()
            return window, None, 0.0, float(total)
        case GlobalAveragePoolLayer():
            own = received[:, :, number].astype(np.float64)
            return own, None, 0.0, float(own.mean())
    return _one_to_one(layer, number, cell)


def _one_to_one(
    layer: LayerPass, number: int, cell: Cell | None
) -> tuple[np.ndarray, np.ndarray | None, float, float]:
    """The same of a layer that makes one number of one number."""
    if isinstance(layer.step.layer, FlattenLayer):
        value = float(layer.received.reshape(-1)[number])
    else:
        value = float(layer.received[number if cell is None else (*cell, number)])
    line = line_of(layer, number)
    if line is None:
        return np.array([value]), None, 0.0, value
    scale, shift = line
    return np.array([value]), np.array([scale]), shift, scale * value + shift


def _pool_window(layer: LayerPass, number: int, cell: Cell) -> np.ndarray:
    """The part of a pooling's window that lies on the map: padding takes no part in it."""
    windows = pool_windows(layer)
    parts = []
    for axis, at in enumerate(cell):
        first = at * windows.stride[axis] - windows.padding[axis][0]
        parts.append(slice(max(first, 0), first + windows.size[axis]))
    return layer.received[(*parts, number)].astype(np.float64)


def activation_of(layer: LayerPass) -> str:
    """The function that comes after the sum: "linear" where there is none."""
    kind = layer.step.layer
    has_one = isinstance(kind, (ConvLayer, DenseLayer, ActivationLayer))
    return kind.activation if has_one else "linear"
