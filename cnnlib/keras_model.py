"""A network spec as a `keras.Sequential` model, and its weights as plain arrays. Worker only.

Keras is imported inside the functions: importing this module costs nothing, calling it does.
"""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnlib.events import Weights
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
from cnnlib.spec import NOT_DECAYED, NetworkSpec, TrainingSpec

if TYPE_CHECKING:
    import keras

MOST_SEED = 10**9  # Keras's own


def import_keras() -> Any:
    """Import Keras on TensorFlow without TensorFlow's start-up messages."""
    os.environ["KERAS_BACKEND"] = "tensorflow"  # training calls it by name
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    return keras


def build(
    spec: NetworkSpec, precision: str = "float32", seed: int | None = None
) -> keras.Sequential:
    """The Keras model of a spec, with fresh weights (Glorot uniform, zero biases).

    The same `seed` gives the same weights again, and the same dropout: those that Keras gives after
    `keras.utils.set_random_seed(seed)`. With `precision` "bfloat16"
    all layers but the last calculate with 16-bit numbers. Raises SpecError for a stack that cannot
    be.
    """
    spec.trace()
    keras = import_keras()
    dtype = "float32" if precision == "float32" else "mixed_bfloat16"
    *hidden, last = spec.layers
    # Keras itself draws layers' seeds from Python's own random numbers, which the whole process
    # shares: a thread of Dask's that drew one meanwhile changed the weights that a run began with.
    seeds = random.Random(seed)
    layers = [keras_layer(layer, dtype, seeds) for layer in hidden]
    # A loss of 16-bit probabilities would be too coarse to learn from.
    layers.append(keras_layer(last, seeds=seeds))
    return keras.Sequential([keras.Input(spec.input_shape), *layers])


def optimizer(spec: TrainingSpec) -> keras.optimizers.Optimizer:
    """The optimizer a training asks for, with Keras's defaults but the learning rate and decay.

    "momentum" is stochastic gradient descent with momentum 0.9, "nesterov" that with Nesterov's.
    Weight decay is decoupled (I. Loshchilov and F. Hutter 2019, arXiv:1711.05101): each step also
    makes every kernel smaller by rate x decay of itself. What a bias or a normalisation is at does
    not decay.
    """
    optimizers = import_keras().optimizers
    rate = spec.learning_rate
    decay = {"weight_decay": spec.weight_decay or None}
    made = {
        "sgd": lambda: optimizers.SGD(rate, **decay),
        "momentum": lambda: optimizers.SGD(rate, momentum=0.9, **decay),
        "nesterov": lambda: optimizers.SGD(rate, momentum=0.9, nesterov=True, **decay),
        "rmsprop": lambda: optimizers.RMSprop(rate, **decay),
        "adam": lambda: optimizers.Adam(rate, **decay),
    }[spec.optimizer]()
    if spec.weight_decay:
        made.exclude_from_weight_decay(var_names=list(NOT_DECAYED))
    return made


def compiled(
    model: keras.Sequential, optimizer: Any, *, soft: bool = False, label_smoothing: float = 0.0
) -> tuple[Callable, Callable]:
    """The training step and the evaluation of one batch, as TensorFlow graphs.

    step(images, labels) -> (loss, how many right, probabilities, gradients), all before the step;
    evaluate(images, labels) -> (loss, answers). Labels are int32 (batch,); with `soft`, a step's
    are float32 (batch, classes), shares that add up to 1, of which `label_smoothing` is dealt out
    evenly (C. Szegedy et al. 2016, arXiv:1512.00567, section 7). The batch axis is left open, so
    that the shorter last batch needs no second graph. A step always gives all there is to show of
    it: another graph for that would take seconds to compile when somebody wants to see one.
    """
    import tensorflow as tf

    losses = import_keras().losses
    loss_of = losses.SparseCategoricalCrossentropy()
    step_loss = losses.CategoricalCrossentropy(label_smoothing=label_smoothing)
    images_spec = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
    labels_spec = tf.TensorSpec((None,), tf.int32)
    shares_spec = tf.TensorSpec((None, model.output_shape[-1]), tf.float32)

    def answers(probabilities):
        return tf.argmax(probabilities, axis=-1, output_type=tf.int32)

    @tf.function(input_signature=[images_spec, shares_spec if soft else labels_spec])
    def step(images, labels):
        with tf.GradientTape() as tape:
            probabilities = model(images, training=True)
            loss = (step_loss if soft else loss_of)(labels, probabilities)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        wanted = answers(labels) if soft else labels
        correct = tf.reduce_sum(tf.cast(answers(probabilities) == wanted, tf.int32))
        return loss, correct, probabilities, gradients

    @tf.function(input_signature=[images_spec, labels_spec])
    def evaluate(images, labels):
        probabilities = model(images, training=False)
        return loss_of(labels, probabilities), answers(probabilities)

    return step, evaluate


class MovingAverage:
    """The average of all weights, and of the statistics of normalisations, over a model's steps.

    Each step leaves `kept` of the average before it, at first less, so that the weights of the very
    start count little (B. T. Polyak and A. B. Juditsky, "Acceleration of stochastic approximation
    by averaging", SIAM Journal on Control and Optimization 30, 1992; here with exponential shares).
    """

    def __init__(self, model: keras.Sequential, kept: float):
        import tensorflow as tf

        self.kept = kept
        # Dropout's seeds are among the model's variables, but no layer's weights.
        self._variables = [x for layer in model.layers for x in layer.weights]
        self.averages = [tf.Variable(variable.value) for variable in self._variables]

        @tf.function(input_signature=[tf.TensorSpec((), tf.float32)])
        def move(kept):
            for mean, variable in zip(self.averages, self._variables, strict=True):
                mean.assign(kept * mean + (1 - kept) * variable.value)

        self._move = move

    def step(self, number: int) -> None:
        """Take the weights after step `number`, counted from 0, into the average."""
        self._move(np.float32(kept_share(self.kept, number)))

    def begin(self) -> None:
        """Make the average what the weights are now."""
        for mean, variable in zip(self.averages, self._variables, strict=True):
            mean.assign(variable.value)

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        """Within it, the model has the average for its weights."""
        own = [variable.numpy() for variable in self._variables]
        for mean, variable in zip(self.averages, self._variables, strict=True):
            variable.assign(mean.value())
        try:
            yield
        finally:
            for variable, value in zip(self._variables, own, strict=True):
                variable.assign(value)


def kept_share(kept: float, step: int) -> float:
    """How much of an average step number `step`, from 0, leaves: at first less than `kept`.

    >>> [round(kept_share(0.99, step), 3) for step in (0, 10, 10_000)]
    [0.1, 0.55, 0.99]
    """
    return min(kept, (1 + step) / (10 + step))


def get_weights(model: keras.Sequential, spec: NetworkSpec) -> Weights:
    """Each layer's weights as float32 arrays by name, in the order of the spec's layers."""
    names = [list(step.layer.weight_shapes(step.input_shape)) for step in spec.steps()]
    return tuple(
        dict(zip(layer_names, map(np.array, layer.get_weights()), strict=True))
        for layer_names, layer in zip(names, model.layers, strict=True)
    )


def set_weights(model: keras.Sequential, weights: Weights) -> None:
    """Put arrays from `get_weights` back into a model of the same spec."""
    for layer, arrays in zip(model.layers, weights, strict=True):
        layer.set_weights(list(arrays.values()))


def keras_layer(
    layer: Layer, dtype: str = "float32", seeds: random.Random | None = None
) -> keras.layers.Layer:
    """The Keras layer that does what `layer` says; `dtype` is a Keras dtype policy's name.

    What it draws, weights or dropout, depends on the next of `seeds`, drawn as Keras draws them.
    """
    keras = import_keras()
    layers = keras.layers
    seeds = seeds or random.Random()

    def kernel_initializer():
        return keras.initializers.GlorotUniform(seeds.randint(1, MOST_SEED))

    match layer:
        case RescaleLayer():
            # Not in 16 bits, where 1 / 255 of a pixel's range would be lost.
            return layers.Rescaling(_plain(layer.scale), _plain(layer.offset), dtype="float32")
        case ConvLayer():
            return layers.Conv2D(
                layer.filters,
                layer.kernel_size,
                strides=layer.stride,
                padding=layer.padding,
                activation=layer.activation,
                use_bias=layer.use_bias,
                kernel_initializer=kernel_initializer(),
                dtype=dtype,
            )
        case PoolLayer():
            pool = layers.MaxPooling2D if layer.mode == "max" else layers.AveragePooling2D
            return pool(layer.size, strides=layer.stride, padding=layer.padding, dtype=dtype)
        case BatchNormLayer():
            return layers.BatchNormalization(
                momentum=layer.MOMENTUM, epsilon=layer.EPSILON, dtype=dtype
            )
        case ActivationLayer():
            return layers.Activation(layer.activation, dtype=dtype)
        case DropoutLayer():
            seed = seeds.randint(1, MOST_SEED) if layer.rate else None
            return layers.Dropout(layer.rate, seed=seed, dtype=dtype)
        case FlattenLayer():
            return layers.Flatten(dtype=dtype)
        case GlobalAveragePoolLayer():
            return layers.GlobalAveragePooling2D(dtype=dtype)
        case DenseLayer():
            return layers.Dense(
                layer.units,
                activation=layer.activation,
                use_bias=layer.use_bias,
                kernel_initializer=kernel_initializer(),
                dtype=dtype,
            )
    raise TypeError(f"no Keras layer for {layer!r}")


def _plain(numbers: tuple[float, ...]) -> float | list[float]:
    return numbers[0] if len(numbers) == 1 else list(numbers)
