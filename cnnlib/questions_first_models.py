"""Exercises of "Building your first models": data, preprocessing, and the reader's own network."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnlib.arithmetic import layer_text, multiply_add_sum, parameter_sum, shape_text
from cnnlib.exercises import Exercise, Maker
from cnnlib.layers import ConvLayer, DenseLayer, PoolLayer
from cnnlib.numerals import numeral
from cnnlib.preprocessing import level_shares, one_hot
from cnnlib.presets import BlockSettings, block_network
from cnnlib.scaling import LEVELS
from cnnlib.spec import LayerShape, NetworkSpec, SpecError


def held_back_count(seed: int) -> Exercise:
    """How many images are left to learn from."""
    rng = np.random.default_rng(seed)
    images, percent = 100 * int(rng.integers(10, 90)), 5 * int(rng.integers(1, 9))
    answer = images - images * percent // 100
    return Exercise(
        f"You take {images:,} images and hold {percent} % of them back for validation. How many "
        "does the network learn from?",
        answer,
        "What is not held back is learned from. The test images are not among these.",
        f"{images:,} × (100 − {percent}) / 100 = {answer:,}",
    )


def wrong_labels(seed: int) -> Exercise:
    """How many labels are wrong with noise."""
    rng = np.random.default_rng(seed)
    images, held_back = 1_000 * int(rng.integers(2, 10)), 10 * int(rng.integers(1, 4))
    noise = 10 * int(rng.integers(1, 6))
    training = images * (100 - held_back) // 100
    answer = training * noise // 100
    return Exercise(
        f"Of {images:,} images {held_back} % are held back, and {noise} % of the labels of the "
        "others are replaced by wrong ones. How many wrong labels does the network see?",
        answer,
        "First find how many images are trained on. Held back ones keep their labels.",
        f"{images:,} − {images - training:,} = {training:,}; {noise} % of that is {answer:,}",
    )


def ceiling(seed: int) -> Exercise:
    """The training accuracy of a network that is always right, against labels that are not."""
    rng = np.random.default_rng(seed)
    images, noise = 100 * int(rng.integers(5, 60)), 5 * int(rng.integers(1, 11))
    return Exercise(
        f"A network names the true class of every one of {images:,} training images, but {noise} % "
        "of their labels are wrong. What training accuracy is shown for it, in percent?",
        100 - noise,
        "Accuracy is the share of answers that agree with the labels it was given.",
        f"It agrees with the right labels only: 100 − {noise} = {100 - noise} %. "
        "A higher figure would mean that it has learned wrong labels by heart.",
    )


def distance(seed: int) -> Exercise:
    """The Euclidean distance of two tiny images."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 10, 4)
    steps = rng.choice([(3, 4, 0, 0), (1, 2, 2, 0), (2, 3, 6, 0), (1, 1, 1, 1), (2, 4, 4, 0)])
    second = first + rng.permutation(steps) * rng.choice((-1, 1), 4)
    squares = (first - second) ** 2
    answer = float(np.sqrt(squares.sum()))
    terms = " + ".join(str(square) for square in squares)
    return Exercise(
        f"Two images of 2 × 2 pixels have the numbers {_list(first)} and {_list(second)}. What is "
        "their Euclidean distance?",
        answer,
        "Subtract place by place, square, add, and take the root.",
        f"√({terms}) = √{squares.sum()} = {answer:g}",
        tolerance=0.005,
    )


def scaled_value(seed: int) -> Exercise:
    """A level on the scale from 0 to 1."""
    rng = np.random.default_rng(seed)
    level = 51 * int(rng.integers(1, 6)) if rng.random() < 0.5 else int(rng.integers(1, 255))
    answer = level / (LEVELS - 1)
    return Exercise(
        f"A pixel has the level {level} of 255. What number stands there once pixels are scaled to "
        "0 to 1? Two decimals are enough.",
        answer,
        "The largest level has to become 1.",
        f"{level} / 255 = {answer:.4f}",
        tolerance=0.006,
    )


def standardised_value(seed: int) -> Exercise:
    """A scaled pixel, standardised."""
    rng = np.random.default_rng(seed)
    mean, deviation = int(rng.integers(10, 60)) / 100, int(rng.choice((10, 20, 25, 50))) / 100
    value = int(rng.integers(0, 21)) / 20
    answer = (value - mean) / deviation
    return Exercise(
        f"Scaled to 0 to 1, a channel has the mean {mean:g} and the standard deviation "
        f"{deviation:g}. What does a pixel of {value:g} become when it is standardised?",
        round(answer, 6),
        "Take the mean off first, then divide.",
        f"({value:g} − {mean:g}) / {deviation:g} = {_signed(answer)}",
        tolerance=0.006,
    )


def one_hot_class(seed: int) -> Exercise:
    """Which class a one-hot row stands for."""
    rng = np.random.default_rng(seed)
    classes = int(rng.choice((6, 8, 10)))
    label = int(rng.integers(classes))
    row = one_hot(np.array([label]), classes)[0]
    return Exercise(
        f"Classes are numbered from 0. The label of an image is {_list(row)}. What is the number "
        "of its class?",
        label,
        "Count the zeros before the one.",
        f"There are {label} zeros before the one, so it is class {label}.",
    )


def one_hot_zeros(seed: int) -> Exercise:
    """How many zeros one-hot labels have."""
    rng = np.random.default_rng(seed)
    images, classes = int(rng.integers(2, 65)), int(rng.choice((2, 5, 10, 100)))
    rows = one_hot(rng.integers(0, classes, images), classes)
    answer = int(np.sum(rows == 0))
    return Exercise(
        f"The labels of a batch of {images} images, {classes} classes, are written one-hot. How "
        "many zeros does that table have?",
        answer,
        "Each row has a single one.",
        f"{images} × ({classes} − 1) = {answer:,}",
    )


def histogram_bar(seed: int) -> Exercise:
    """One bar of a histogram."""
    rng = np.random.default_rng(seed)
    levels = rng.choice((0, 0, 12, 60, 64, 100, 127, 128, 190, 200, 255), 8)
    shares = level_shares(levels.astype(np.uint8).reshape(1, 2, 4, 1), bins=4)[0]
    bar = int(rng.integers(4))
    first, last = 64 * bar, 64 * bar + 63
    answer = round(8 * float(shares[bar]))
    return Exercise(
        f"An image has the levels {_list(levels)}. Its histogram has four bars of 64 levels each. "
        f"How many pixels are in the bar from {first} to {last}?",
        answer,
        "Both ends belong to the bar.",
        f"From {first} to {last} lie "
        + (", ".join(str(n) for n in levels if first <= n <= last) or "none")
        + f": {answer}",
    )


def network_questions(network: NetworkSpec) -> tuple[Maker, ...]:
    """Makers on a reader's own network, which must be whole."""
    steps = network.trace()
    return (
        lambda seed: own_parameters(seed, steps),
        lambda seed: own_shape(seed, steps),
        lambda seed: own_work(seed, steps),
    )


def own_parameters(seed: int, steps: tuple[LayerShape, ...]) -> Exercise:
    """Parameters of one layer that has some."""
    step = _any(seed, [s for s in steps if isinstance(s.layer, (ConvLayer, DenseLayer))])
    what = "units" if isinstance(step.layer, DenseLayer) else "filters"
    bias = "biases included" if step.layer.use_bias else "it has no biases"
    return Exercise(
        f"Layer {step.index + 1} of the network, {layer_text(step.layer)}, takes "
        f"{shape_text(step.input_shape)}. How many parameters has it ({bias})?",
        step.parameters,
        f"How many numbers does each of its {what} look at, and how many {what} are there?",
        parameter_sum(step),
    )


def own_shape(seed: int, steps: tuple[LayerShape, ...]) -> Exercise:
    """The numbers that come out of one layer that changes the shape."""
    step = _any(seed, [s for s in steps if s.output_shape != s.input_shape])
    count = int(np.prod(step.output_shape))
    return Exercise(
        f"Layer {step.index + 1} of the network, {layer_text(step.layer)}, takes "
        f"{shape_text(step.input_shape)}. How many numbers does it give out?",
        count,
        "Find height, width and channels of what comes out, and multiply."
        if isinstance(step.layer, (ConvLayer, PoolLayer))
        else "What is the shape of what comes out?",
        f"{shape_text(step.output_shape)}{f' = {count:,}' * (len(step.output_shape) > 1)}",
    )


def own_work(seed: int, steps: tuple[LayerShape, ...]) -> Exercise:
    """Multiply-adds of one layer."""
    step = _any(seed, [s for s in steps if isinstance(s.layer, (ConvLayer, DenseLayer))])
    return Exercise(
        f"Layer {step.index + 1} of the network, {layer_text(step.layer)}, makes "
        f"{shape_text(step.output_shape)} out of {shape_text(step.input_shape)}. How many "
        "multiplications is that for one image?",
        step.multiply_adds,
        "How many numbers come out, and how many products make one of them?",
        multiply_add_sum(step),
    )


def _drawn(maker: Callable[[int, tuple[LayerShape, ...]], Exercise]) -> Maker:
    """A maker that asks of a network drawn by the seed."""

    def make(seed: int) -> Exercise:
        return maker(seed, _any_network(seed).trace())

    return make


def _any_network(seed: int) -> NetworkSpec:
    rng = np.random.default_rng((seed, 1))
    settings = BlockSettings(
        blocks=int(rng.integers(1, 3)),
        convolutions=int(rng.integers(1, 3)),
        filters=int(rng.choice((8, 16, 32))),
        dense_units=int(rng.choice((0, 32, 64))),
    )
    return block_network(((28, 28, 1), (32, 32, 3))[int(rng.integers(2))], 10, settings)


QUESTIONS: dict[str, tuple[Maker, ...]] = {
    "dataset": (held_back_count, distance, wrong_labels, ceiling),
    "preprocessing": (
        scaled_value,
        one_hot_class,
        standardised_value,
        histogram_bar,
        one_hot_zeros,
    ),
    "model_building": tuple(_drawn(maker) for maker in (own_parameters, own_shape, own_work)),
}


def questions_on(network: NetworkSpec) -> tuple[Maker, ...]:
    """`network_questions`, or those on any network while this one is not whole."""
    try:
        return network_questions(network)
    except SpecError:
        return QUESTIONS["model_building"]


def _any(seed: int, steps: list[LayerShape]) -> LayerShape:
    return steps[int(np.random.default_rng(seed).integers(len(steps)))]


def _list(numbers: np.ndarray) -> str:
    return f"({', '.join(str(int(number)) for number in numbers)})"


def _signed(number: float) -> str:
    return numeral(round(number, 4))
