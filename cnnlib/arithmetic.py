"""The sums behind a network's summary, written out for people."""

from __future__ import annotations

from math import prod

from cnnlib.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    Layer,
    PoolLayer,
    Shape,
)
from cnnlib.shapes import axis_padding, dense_parameters
from cnnlib.spec import LayerShape


def shape_text(shape: Shape) -> str:
    """A shape as people write it.

    >>> shape_text((28, 28, 16)), shape_text((1600,))
    ('28 × 28 × 16', '1,600')
    """
    return " × ".join(f"{size:,}" for size in shape)


def layer_text(layer: Layer) -> str:
    """A layer's name with the settings that matter.

    >>> layer_text(ConvLayer(16)), layer_text(PoolLayer("max"))
    ('Convolution 16 of 3 × 3, relu', 'Max pooling 2 × 2')
    """
    match layer:
        case ConvLayer():
            size = f"{layer.filters} of {layer.kernel_size} × {layer.kernel_size}"
            stride = f", stride {layer.stride}" if layer.stride > 1 else ""
            same = ", same padding" if layer.padding == "same" else ""
            return f"Convolution {size}{stride}{same}{_activation(layer.activation)}"
        case PoolLayer():
            stride = f", stride {layer.stride}" if layer.stride != layer.size else ""
            return f"{layer.mode.capitalize()} pooling {layer.size} × {layer.size}{stride}"
        case DenseLayer():
            return f"Dense {layer.units}{_activation(layer.activation)}"
        case ActivationLayer():
            return f"Activation {layer.activation}"
        case DropoutLayer():
            return f"Dropout {layer.rate:.0%}"
    return layer.title


def parameter_sum(step: LayerShape) -> str:
    """How a layer's parameters come about; empty where it has none.

    >>> from cnnlib.presets import article_basic
    >>> [parameter_sum(step) for step in article_basic().trace()][:3]
    ['(3 × 3 × 3 + 1) × 32 = 896', '(3 × 3 × 32 + 1) × 32 = 9,248', '']
    """
    layer, total = step.layer, f"{step.parameters:,}"
    match layer:
        case ConvLayer():
            taps = f"{layer.kernel_size} × {layer.kernel_size} × {step.input_shape[2]}"
            return f"{_with_bias(taps, layer.use_bias)} × {layer.filters} = {total}"
        case DenseLayer():
            inputs = _with_bias(f"{step.input_shape[0]:,}", layer.use_bias)
            return f"{inputs} × {layer.units} = {total}"
        case BatchNormLayer():
            return f"4 × {step.input_shape[-1]:,} = {total}"
    return ""


def multiply_add_sum(step: LayerShape) -> str:
    """How a layer's multiply-adds for one image come about; empty where it has none.

    >>> from cnnlib.presets import article_basic
    >>> multiply_add_sum(article_basic().trace()[0])
    '3 × 3 × 3 × 30 × 30 × 32 = 777,600'
    """
    layer, total = step.layer, f"{step.multiply_adds:,}"
    match layer:
        case ConvLayer():
            taps = f"{layer.kernel_size} × {layer.kernel_size} × {step.input_shape[2]}"
            return f"{taps} × {shape_text(step.output_shape)} = {total}"
        case DenseLayer():
            return f"{step.input_shape[0]:,} × {layer.units} = {total}"
    return ""


def side_sum(step: LayerShape) -> str:
    """How many rows a convolution's maps have, and why.

    >>> from cnnlib.presets import article_basic
    >>> side_sum(article_basic().trace()[0])
    '(32 + 0 − 3) / 1 + 1 = 30'
    """
    layer, size = step.layer, step.input_shape[0]
    zeros = sum(axis_padding(layer.padding, 0, size, layer.kernel_size, layer.stride))
    room = size + zeros - layer.kernel_size
    down = ", rounded down," if room % layer.stride else ""
    return f"({size} + {zeros} − {layer.kernel_size}) / {layer.stride}{down} + 1 = " + (
        f"{step.output_shape[0]}"
    )


def dense_instead_sum(step: LayerShape) -> str:
    """The parameters of a dense layer that makes as many numbers from the same input.

    >>> from cnnlib.presets import article_basic
    >>> dense_instead_sum(article_basic().trace()[0])
    '(3,072 + 1) × 28,800 = 88,502,400'
    """
    inputs, units = prod(step.input_shape), prod(step.output_shape)
    return f"({inputs:,} + 1) × {units:,} = {dense_parameters(inputs, units):,}"


def short_count(count: float) -> str:
    """A large count in three figures.

    >>> short_count(83_322), short_count(2_541_888), short_count(950)
    ('83.3 thousand', '2.54 million', '950')
    """
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        if count >= size:
            return f"{count / size:.3g} {word}"
    return f"{count:.0f}"


def _with_bias(taps: str, use_bias: bool) -> str:
    return f"({taps} + 1)" if use_bias else taps


def _activation(name: str) -> str:
    return "" if name == "linear" else f", {name}"
