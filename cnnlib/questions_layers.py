"""Exercises of "Keras, deep learning simplified": stacks of layers, and what one layer does."""

from __future__ import annotations

import numpy as np

from cnnlib.arithmetic import layer_text, parameter_sum, shape_text
from cnnlib.convolution import batch_normalization
from cnnlib.exercises import Exercise, Maker
from cnnlib.fields import SpecError
from cnnlib.layers import (
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    Layer,
    PoolLayer,
)
from cnnlib.spec import LayerShape, NetworkSpec


def random_stack(rng: np.random.Generator) -> NetworkSpec:
    """A small network that fits together: two pairs of convolution and pooling, then dense."""
    shape = (28, 28, 1) if rng.integers(2) else (32, 32, 3)
    layers: list[Layer] = []
    for _ in range(2):
        size = int(rng.choice((3, 5)))
        padding = str(rng.choice(("valid", "same")))
        layers += [ConvLayer(int(rng.choice((4, 6, 8, 10))), size, 1, padding), PoolLayer()]
    layers += [FlattenLayer(), DenseLayer(int(rng.choice((16, 20, 32)))), DenseLayer(10, "softmax")]
    return NetworkSpec(shape, tuple(layers))


def listed(network: NetworkSpec) -> str:
    """The stack as a numbered list in Markdown."""
    lines = [f"{at}. {layer_text(layer)}" for at, layer in enumerate(network.layers, start=1)]
    return f"Images of {shape_text(network.input_shape)}, then\n\n" + "\n".join(lines)


def rows_out(seed: int) -> Exercise:
    """Rows of the second convolution's maps."""
    network = random_stack(np.random.default_rng(seed))
    steps = network.trace()[:3]
    way = ", ".join(f"{shape_text(s.output_shape)} after layer {s.index + 1}" for s in steps)
    return Exercise(
        f"{listed(network)}\n\nHow many rows has each map that comes out of layer 3?",
        steps[-1].output_shape[0],
        "Go down layer by layer. A k × k kernel without padding takes k − 1 rows away; “same” "
        "takes none; pooling halves, rounded down.",
        f"{way}.",
    )


def long_row(seed: int) -> Exercise:
    """Numbers after flattening."""
    step = _step_of(random_stack(np.random.default_rng(seed + 1)), FlattenLayer)
    return Exercise(
        f"Maps of {shape_text(step.input_shape)} arrive at a flatten layer. How many numbers are "
        "in the row that it puts out?",
        step.output_shape[0],
        "Nothing is left out: every number of every map goes into the row.",
        f"{shape_text(step.input_shape)} = {step.output_shape[0]:,}",
    )


def parameters_within(seed: int) -> Exercise:
    """Parameters of the second convolution or the first dense layer."""
    rng = np.random.default_rng(seed)
    network = random_stack(rng)
    step = network.trace()[2 if rng.integers(2) else 5]
    what = "kernels as deep as what arrives has channels" if step.index == 2 else "a weight a pair"
    return Exercise(
        f"{listed(network)}\n\nWhat arrives at layer {step.index + 1} is "
        f"{shape_text(step.input_shape)}. How many parameters has layer {step.index + 1}, biases "
        "included?",
        step.parameters,
        f"It has {what} of input and output, and one bias for each output channel or unit.",
        parameter_sum(step),
    )


def layer_at_fault(seed: int) -> Exercise:
    """A stack with one layer that cannot be."""
    rng = np.random.default_rng(seed)
    network = _spoilt(random_stack(rng), int(rng.integers(3)))
    try:
        network.trace()
    except SpecError as error:
        fault, reason = error.layer, str(error)
    choices = tuple(f"Layer {at}" for at in range(1, len(network.layers) + 1))
    return Exercise(
        f"{listed(network)}\n\nWhich layer does not fit what arrives there?",
        choices[fault],
        "Follow the shape from the top: height × width × channels until it is flattened, one row "
        "of numbers from then on. Which layer needs the other, or something larger?",
        f"Layer {fault + 1}. {reason}",
        choices=choices,
    )


def _spoilt(network: NetworkSpec, how: int) -> NetworkSpec:
    """The stack without its flatten layer, with that too early, or with a window too large."""
    layers = list(network.layers)
    if how == 0:
        del layers[4]
    elif how == 1:
        layers.insert(2, layers.pop(4))
    else:
        layers.insert(4, ConvLayer(8, 9))
    return NetworkSpec(network.input_shape, tuple(layers))


def _step_of(network: NetworkSpec, kind: type[Layer]) -> LayerShape:
    return next(step for step in network.trace() if isinstance(step.layer, kind))


def pooled_number(seed: int) -> Exercise:
    """One number of a pooling layer."""
    rng = np.random.default_rng(seed)
    window = rng.integers(0, 10, (2, 2))
    mode = str(rng.choice(("max", "average")))
    answer = float(window.max() if mode == "max" else window.mean())
    numbers = ", ".join(map(str, window.ravel()))
    how = f"the largest of {numbers}" if mode == "max" else f"({' + '.join(numbers.split(', '))})"
    return Exercise(
        f"A pooling layer with “{mode}” and a window of 2 × 2 looks at the numbers {numbers}. What "
        "does it put out for this window?",
        answer,
        "One number comes out of each window: the largest of the four, or their mean.",
        f"{how} = {answer:g}" if mode == "max" else f"{how} / 4 = {answer:g}",
        tolerance=0.005,
    )


def dense_number(seed: int) -> Exercise:
    """One unit of a dense layer with ReLU."""
    rng = np.random.default_rng(seed)
    inputs, weights = rng.integers(0, 6, 3), rng.integers(-4, 5, 3)
    bias = int(rng.integers(-3, 4))
    total = int(inputs @ weights) + bias
    products = " + ".join(f"{x} × ({w})" for x, w in zip(inputs, weights, strict=True))
    after = f", which ReLU makes {max(total, 0)}" if total < 0 else ", which ReLU lets pass"
    return Exercise(
        f"The row {', '.join(map(str, inputs))} arrives at a dense layer with ReLU. One of its "
        f"units has the weights {', '.join(map(str, weights))} and the bias {bias}. What does this "
        "unit put out?",
        max(total, 0),
        "Multiply each input by its weight, add the products and the bias, and then apply ReLU.",
        f"{products} + ({bias}) = {total}{after}",
    )


def normalised_number(seed: int) -> Exercise:
    """One number after batch normalisation."""
    rng = np.random.default_rng(seed)
    x, mean = int(rng.integers(-5, 10)), int(rng.integers(0, 5))
    deviation, gamma = int(rng.choice((1, 2, 4))), int(rng.integers(1, 4))
    beta = int(rng.integers(3))
    arrays = (np.full(1, value, np.float32) for value in (gamma, beta, mean, deviation**2))
    answer = float(batch_normalization(np.full((1, 1), x, np.float32), *arrays, epsilon=0.0)[0, 0])
    return Exercise(
        f"A batch normalisation has, for one channel, the mean {mean}, the variance "
        f"{deviation**2}, gamma {gamma} and beta {beta}. What does it make of a {x} in this "
        "channel, after training? Leave epsilon out.",
        round(answer, 4),
        "Subtract the mean, divide by the square root of the variance, multiply by gamma, add "
        "beta.",
        f"{gamma} × ({x} − {mean}) / {deviation} + {beta} = {answer:g}",
        tolerance=0.005,
    )


def numbers_built(seed: int) -> Exercise:
    """How many numbers `build` makes for a layer."""
    rng = np.random.default_rng(seed)
    channels = int(rng.choice((3, 8, 16, 32)))
    layer = [
        ConvLayer(int(rng.choice((4, 8, 16))), int(rng.choice((1, 3, 5))), activation="linear"),
        BatchNormLayer(),
        PoolLayer(),
        GlobalAveragePoolLayer(),
    ][int(rng.integers(4))]
    shape = (8, 8, channels)
    step = LayerShape(0, layer, shape, layer.output_shape(shape), layer.parameters(shape), 0, 0)
    return Exercise(
        f"**{layer_text(layer)}** is built for an input of {shape_text(shape)}. How many numbers "
        "do all its weight arrays hold together?",
        step.parameters,
        "Which of its settings and sizes does a weight belong to? A layer that only picks or "
        "averages has none; batch normalisation has four for each channel.",
        parameter_sum(step) or "It has no weights: 0",
    )


WHERE = ("`__init__`", "`build`", "`call`")
_PLACES = (
    ("a setting such as the number of filters is stored", 0, "It is known before any image is."),
    ("weights are made that fit the input's number of channels", 1, "The input's shape is known."),
    ("the output is computed from the input", 2, "It happens for every batch."),
    ("a random number is drawn anew for every batch", 2, "What happens every time is in the call."),
    (
        "it is decided which weights training may change",
        1,
        "A weight is marked as trainable, or not, when it is made.",
    ),
    (
        "the layer learns whether it is being trained or used",
        2,
        "The same layer does both, so it is told every time, by `training`.",
    ),
)


def which_method(seed: int) -> Exercise:
    """What belongs into which of a layer's three methods."""
    what, place, why = _PLACES[seed % len(_PLACES)]
    return Exercise(
        f"You write a layer of your own. In which method is it that {what}?",
        WHERE[place],
        "`__init__` runs once, without an input; `build` runs once, when the input's shape is "
        "known; `call` runs for every batch.",
        f"{WHERE[place]}. {why}",
        choices=WHERE,
    )


QUESTIONS: dict[str, tuple[Maker, ...]] = {
    "sequential_model": (rows_out, layer_at_fault, parameters_within, long_row),
    "layer_class": (
        pooled_number,
        which_method,
        dense_number,
        numbers_built,
        normalised_number,
    ),
}
