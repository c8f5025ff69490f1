"""A stretch of a network, forward and back: from any layer's input to chosen maps of a later layer.

Pictures that maximise a filter, Grad-CAM and the like need a gradient that starts in the middle of
a network, and only the layers on its way.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cnnlib.archive import NetworkError
from cnnlib.layers import ActivationLayer, ConvLayer, DenseLayer, Layer
from cnnlib.passes import Weights, backward, forward, merged

if TYPE_CHECKING:
    from cnnlib.network import Network


class Section:
    """The layers `first` to `last` of a network, counted from 0, the last one included.

    Args:
        network: any network; its layers act as they do after training.
        last: the layer whose output is wanted. `first` - 1 makes a section that changes nothing.
        first: the layer whose input is given; 0 takes images.
        units: which of the last layer's maps or units to compute, in this order; all without it.
            A convolution or dense layer at the end then computes no others.
        before_activation: leave out the activation function at the section's end, if it has one.
            `activation` names what was left out, "linear" if nothing.

    Raises NetworkError for layers or units that the network has not.
    """

    def __init__(
        self,
        network: Network,
        last: int,
        *,
        first: int = 0,
        units: Sequence[int] | None = None,
        before_activation: bool = False,
    ):
        count = len(network.spec.layers)
        if not (0 <= first <= count and first - 1 <= last < count):
            raise NetworkError(
                f"a section goes from a layer to a later one, from 0 to {count - 1}; asked for "
                f"{first!r:.40} to {last!r:.40}."
            )
        shapes = [network.spec.input_shape, *(step.output_shape for step in network.spec.trace())]
        self.input_shape, self.output_shape = shapes[first], shapes[last + 1]
        self._layers = merged(
            network.spec.layers[first : last + 1], network.weights[first : last + 1]
        )
        self.activation = "linear"
        if before_activation:
            self._open_end()
        self._picked: list[int] | None = None
        if units is not None:
            self._pick(units)

    def _open_end(self) -> None:
        layer, arrays = self._layers[-1] if self._layers else (None, {})
        if isinstance(layer, (ConvLayer, DenseLayer, ActivationLayer)):
            self.activation = layer.activation
            self._layers[-1] = (dataclasses.replace(layer, activation="linear"), arrays)

    def _pick(self, units: Sequence[int]) -> None:
        most, picked = self.output_shape[-1], [int(unit) for unit in units]
        if not picked or not all(0 <= unit < most for unit in picked):
            raise NetworkError(
                f"units are numbers from 0 to {most - 1}, at least one; got {list(units)!r:.60}."
            )
        self.output_shape = (*self.output_shape[:-1], len(picked))
        layer, arrays = self._layers[-1] if self._layers else (None, {})
        # Softmax needs all units.
        if isinstance(layer, (ConvLayer, DenseLayer)) and layer.activation != "softmax":
            self._layers[-1] = _only(layer, arrays, picked)
        else:
            self._picked = picked

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """What the section makes of `x`, batch first."""
        return self.run(x).outputs

    def run(self, x: np.ndarray) -> Run:
        """The same, with what it takes to go back."""
        if x.shape[1:] != self.input_shape:
            raise NetworkError(
                f"this section takes (batch, {', '.join(map(str, self.input_shape))}); got "
                f"{x.shape}."
            )
        passed = [np.ascontiguousarray(x, np.float32)]
        with np.errstate(all="ignore"):  # weights that are not finite speak for themselves
            for layer, arrays in self._layers:
                passed.append(forward(layer, arrays, passed[-1]))
        return Run(self._layers, self._picked, passed)


class Run:
    """One pass through a section. `outputs` is (batch, ...) as its `output_shape` says."""

    def __init__(
        self,
        layers: Sequence[tuple[Layer, Weights]],
        picked: Sequence[int] | None,
        passed: Sequence[np.ndarray],
    ):
        self._layers, self._picked, self._passed = layers, picked, passed
        self.outputs = passed[-1] if picked is None else passed[-1][..., picked]

    def backward(self, grad: np.ndarray) -> np.ndarray:
        """The gradient with respect to the input, given that with respect to `outputs`."""
        grad = np.asarray(grad, np.float32)
        if grad.shape != self.outputs.shape:
            raise NetworkError(f"grad must be {self.outputs.shape}; got {grad.shape}.")
        if self._picked is not None:
            whole = np.zeros_like(self._passed[-1])
            np.add.at(whole, (..., self._picked), grad)
            grad = whole
        with np.errstate(all="ignore"):
            for at in range(len(self._layers) - 1, -1, -1):
                x, y = self._passed[at], self._passed[at + 1]
                grad, _ = backward(*self._layers[at], grad, x, y, with_weights=False)
        return grad


def _only(
    layer: ConvLayer | DenseLayer, arrays: Weights, units: list[int]
) -> tuple[Layer, Weights]:
    """The layer with these of its filters or units alone."""
    size = {"filters" if isinstance(layer, ConvLayer) else "units": len(units)}
    # The last axis is that of the filters in a kernel and in a bias.
    cut = {name: np.ascontiguousarray(array[..., units]) for name, array in arrays.items()}
    return dataclasses.replace(layer, **size), cut
