"""How long a training will take and how much memory, from what a worker has measured of itself.

A step's time is taken to be a sum: so much for each layer, each multiply-add of a convolution or
dense layer, each number passed on, and each parameter. Small trainings are measured and the five
prices fitted to them; twelve networks from 8,000 to 1.9 million parameters then came out between
0.86 and 1.17 of their measured times (two cores with AVX-512).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cnnlib import datasets
from cnnlib.layers import ConvLayer, DenseLayer, DropoutLayer, PoolLayer
from cnnlib.spec import FLOAT_BYTES, LayerShape, NetworkSpec, RunSpec, TrainingSpec

# What the numbers cost that a layer passes on, beside its multiply-adds, relative to an activation:
# a convolution adds the bias and applies the activation, dropout draws a random number for each.
CELL_PRICES = {ConvLayer: 2.0, DropoutLayer: 4.0}
POOL_PRICE = 0.5  # of each number that is pooled
# Vector units are as good as idle below so many input channels and filters.
LEAST_CHANNELS, LEAST_FILTERS = 4, 16
VALIDATION_SHARE = 1 / 3  # of a step's work: the way forward without the two of the gradients
VALIDATION_LAYERS = 0.4
MOST_VALIDATED = 500  # images at a time
VALIDATION_BYTES = 110e6  # of those and of what the widest layer makes of them
GRAPH_BYTES = 100e6  # what TensorFlow keeps for itself of a training
SLOTS = {"sgd": 0, "momentum": 1, "nesterov": 1, "rmsprop": 1, "adam": 2}


@dataclass(frozen=True)
class Speed:
    """What things cost on a worker: seconds each, and bytes.

    `layer`: a layer in one batch. `conv`, `conv_16`, `dense`: one multiply-add for one image,
    forward and back, with 32 and 16-bit numbers. `cell`: one number passed on. `parameter`: one
    parameter in one batch. `build`: a layer built and compiled. `pixel`: one value of an image
    scaled; `varied`: by the name of an augmentation, the same varied. `save`: one parameter saved
    at an epoch's end, and `epoch`: the rest of that. `memory`: bytes of the process before a
    training.
    """

    layer: float
    conv: float
    conv_16: float
    dense: float
    cell: float
    parameter: float
    build: float
    pixel: float
    varied: dict[str, float]
    save: float
    epoch: float
    memory: float


@dataclass(frozen=True)
class Forecast:
    """Of a training: seconds from its start to its end, and the bytes its process takes at most."""

    seconds: float
    bytes: float


def step_work(network: NetworkSpec, batch: int) -> np.ndarray:
    """What a step has to do: (5,) counts of layers, convolution and dense multiply-adds, numbers
    passed on, and parameters, in the order of the prices that `fitted_prices` gives.

    >>> from cnnlib.presets import article_basic
    >>> step_work(article_basic(), 1).round(1).tolist()
    [12.0, 14602752.0, 412160.0, 187530.0, 477994.0]
    """
    steps = network.trace()
    conv = dense = cells = 0.0
    for step in steps:
        if isinstance(step.layer, ConvLayer):
            conv += _conv_work(step)
        elif isinstance(step.layer, DenseLayer):
            dense += step.multiply_adds
        cells += _cell_work(step)
    return np.array([len(steps), batch * conv, batch * dense, batch * cells, network.parameters])


def _conv_work(step: LayerShape) -> float:
    channels, filters = step.input_shape[2], step.layer.filters
    idle = max(channels, LEAST_CHANNELS) / channels * max(filters, LEAST_FILTERS) / filters
    return step.multiply_adds * idle


def _cell_work(step: LayerShape) -> float:
    if isinstance(step.layer, PoolLayer):
        return POOL_PRICE * math.prod(step.input_shape)
    if not step.parameters and type(step.layer) not in CELL_PRICES:
        return math.prod(step.output_shape) * (step.layer.kind == "activation")
    return CELL_PRICES.get(type(step.layer), 1.0) * math.prod(step.output_shape)


def fitted_prices(work: Sequence[np.ndarray], seconds: Sequence[float]) -> np.ndarray:
    """The prices, 0 or more, that explain measured times best by their relative error.

    `work` are rows as `step_work` gives them, one for each of `seconds`.
    """
    relative = np.array(work) / np.array(seconds)[:, np.newaxis]
    scale = relative.max(axis=0)
    prices, used = np.zeros(len(scale)), np.flatnonzero(scale)
    while len(used):
        found = np.linalg.lstsq(relative[:, used] / scale[used], np.ones(len(relative)))[0]
        if found.min() >= 0:
            prices[used] = found / scale[used]
            break
        used = np.delete(used, found.argmin())
    return prices


def forecast(spec: RunSpec, speed: Speed) -> Forecast:
    """What a run of `spec` will take on a worker of that speed; SpecError for a stack that is none.

    With early stopping the time is that of all epochs.
    """
    network, training = spec.network, spec.training
    held_back = datasets.held_back_count(training.image_count, training.validation_share)
    trained = training.image_count - held_back
    conv = speed.conv if training.precision == "float32" else speed.conv_16
    prices = np.array([speed.layer, conv, speed.dense, speed.cell, speed.parameter])
    full, rest = divmod(trained, training.batch_size)
    train = full * (step_work(network, training.batch_size) @ prices)
    train += step_work(network, rest) @ prices if rest else 0.0
    pixels = math.prod(network.input_shape)
    varied = sum(speed.varied.get(name, 0.0) for name in training.augmentation)
    train += trained * pixels * (speed.pixel + varied)
    layers, *per_image = step_work(network, held_back) * prices
    validate = -(-held_back // validation_batch(network)) * VALIDATION_LAYERS * layers
    validate += VALIDATION_SHARE * sum(per_image[:3]) + held_back * pixels * speed.pixel
    saved = (2 + SLOTS[training.optimizer]) * network.parameters * speed.save + speed.epoch
    build = speed.build * (len(network.layers) + 1)
    return Forecast(
        float(build + training.epochs * (train + validate + saved)),
        float(speed.memory + _bytes(network, training)),
    )


def validation_batch(network: NetworkSpec) -> int:
    """How many held-back images go through a network at a time: 500, or fewer of large ones.

    >>> from cnnlib.presets import article_basic
    >>> validation_batch(article_basic())
    500
    """
    per_image = FLOAT_BYTES * _widest(network)
    return int(min(MOST_VALIDATED, max(1, VALIDATION_BYTES // per_image)))


def _widest(network: NetworkSpec) -> int:
    """The most numbers of one image that a layer takes in and passes on."""
    sizes = [math.prod(step.output_shape) for step in network.trace()]
    return max(map(sum, pairwise([math.prod(network.input_shape), *sizes])))


def _bytes(network: NetworkSpec, training: TrainingSpec) -> float:
    """What a training adds to a worker: images, one batch's or validation's numbers, weights."""
    known = datasets.info(training.dataset)
    counts = known.full_counts if training.source == "full" else known.sample_counts
    on_disk = training.is_on_disk
    images = 0 if on_disk else sum(counts) * math.prod(network.input_shape)  # a byte each
    sizes = [math.prod(shape.output_shape) for shape in network.trace()]
    batch = 2 * training.batch_size * (sum(sizes) + math.prod(network.input_shape))
    held_back = datasets.held_back_count(training.image_count, training.validation_share)
    validation = min(validation_batch(network), held_back) * _widest(network)
    # Weights, gradients, the optimizer's; and at an epoch's end copies of them, and their file.
    copies = 3 * (2 + SLOTS[training.optimizer])
    numbers = max(batch, validation) + copies * network.parameters
    return GRAPH_BYTES + images + FLOAT_BYTES * numbers
