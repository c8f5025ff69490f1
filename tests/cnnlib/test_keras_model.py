"""The Keras model is the one the spec describes: its layers, its weights, its numbers."""

from __future__ import annotations

import os
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlib.keras_model import build, get_weights, import_keras, optimizer, set_weights
from cnnlib.presets import BlockSettings, article_basic, block_network
from cnnlib.spec import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    NetworkSpec,
    PoolLayer,
    RescaleLayer,
    SpecError,
    TrainingSpec,
)

# Every kind of layer, and every setting away from its default once.
EVERY_KIND = NetworkSpec(
    (12, 10, 3),
    (
        ConvLayer(4, 3, 1, "same", "linear", use_bias=False),
        BatchNormLayer(),
        ActivationLayer("tanh"),
        ConvLayer(5, 2, 2, "same", "sigmoid"),
        RescaleLayer((2.0, 3.0, 4.0, 5.0, 6.0), (-1.0,)),
        PoolLayer("average", 3, 2, "same"),
        DropoutLayer(0.5),
        ConvLayer(6, 2),
        PoolLayer("max", 2, 1, "valid"),
        FlattenLayer(),
        DenseLayer(7, "tanh", use_bias=False),
        DenseLayer(3, "softmax"),
    ),
)


@pytest.fixture(scope="module")
def every_kind(keras):
    """The model of EVERY_KIND with random weights, so that none of them is a plain 0 or 1."""
    model = build(EVERY_KIND)
    rng = np.random.default_rng(1)
    for weight in model.weights:
        low = 0.1 if weight.name == "moving_variance" else -0.5
        weight.assign(rng.uniform(low, 0.5, weight.shape))
    return model


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).random((6, 12, 10, 3), dtype=np.float32)


def by_hand(keras):
    """EVERY_KIND as anybody would write it in Keras."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((12, 10, 3)),
            layers.Conv2D(4, 3, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.Activation("tanh"),
            layers.Conv2D(5, 2, strides=2, padding="same", activation="sigmoid"),
            layers.Rescaling([2.0, 3.0, 4.0, 5.0, 6.0], -1.0),
            layers.AveragePooling2D(3, strides=2, padding="same"),
            layers.Dropout(0.5),
            layers.Conv2D(6, 2, activation="relu"),
            layers.MaxPooling2D(2, strides=1),
            layers.Flatten(),
            layers.Dense(7, activation="tanh", use_bias=False),
            layers.Dense(3, activation="softmax"),
        ]
    )


def test_the_model_calculates_what_a_handwritten_one_does(keras, every_kind, images):
    twin = by_hand(keras)
    twin.set_weights(every_kind.get_weights())
    np.testing.assert_array_equal(every_kind(images), twin(images))
    np.testing.assert_array_equal(every_kind(images).numpy().sum(axis=1).round(5), np.ones(6))
    assert np.ptp(every_kind(images), axis=0).min() > 1e-5


def configured(layer) -> dict[str, object]:
    """A Keras layer's settings, without its name and its seeds, which differ from copy to copy."""
    config = layer.get_config()
    del config["name"]
    config.pop("seed", None)
    if "kernel_initializer" in config:
        config["kernel_initializer"]["config"].pop("seed", None)
    return config


def test_its_layers_are_configured_as_in_a_handwritten_one(keras, every_kind):
    for ours, theirs in zip(every_kind.layers, by_hand(keras).layers, strict=True):
        assert type(ours) is type(theirs)
        assert configured(ours) == configured(theirs)


def test_the_articles_basic_model_is_the_articles(keras):
    model = build(article_basic())
    assert model.count_params() == 477_994
    assert model.input_shape == (None, 32, 32, 3)
    assert model.output_shape == (None, 10)
    assert [type(layer).__name__ for layer in model.layers] == [
        *("Conv2D", "Conv2D", "MaxPooling2D", "Dropout"),
        *("Conv2D", "Conv2D", "MaxPooling2D", "Dropout"),
        *("Flatten", "Dense", "Dropout", "Dense"),
    ]


@settings(max_examples=8)
@given(
    st.builds(
        BlockSettings,
        blocks=st.integers(1, 3),
        convolutions=st.integers(1, 2),
        filters=st.integers(1, 6),
        kernel_size=st.integers(1, 5),
        stride=st.integers(1, 2),
        padding=st.sampled_from(("same", "valid")),
        activation=st.sampled_from(("relu", "tanh")),
        pooling=st.sampled_from(("max", "average", "none")),
        batch_norm=st.booleans(),
        head=st.sampled_from(("flatten", "global_average")),
        dense_units=st.sampled_from((0, 9)),
    ),
    st.sampled_from(((28, 28, 1), (32, 32, 3), (40, 17, 3))),
)
def test_a_random_networks_summary_is_that_of_keras(keras, block_settings, shape):
    spec = block_network(shape, 4, block_settings)
    try:
        steps = spec.trace()
    except SpecError:
        with pytest.raises(SpecError):
            build(spec)
        return
    model = build(spec)
    assert model.count_params() == spec.parameters
    trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert sum(step.trainable_parameters for step in steps) == trainable
    outputs = [tuple(layer.output.shape[1:]) for layer in model.layers]
    assert [step.output_shape for step in steps] == outputs
    named = [(weight.name, tuple(weight.shape)) for weight in model.weights]
    assert [
        item for step in steps for item in step.layer.weight_shapes(step.input_shape).items()
    ] == named


def test_weights_come_out_by_name_in_the_specs_order_as_copies(every_kind):
    weights = get_weights(every_kind, EVERY_KIND)
    assert [tuple(arrays) for arrays in weights] == [
        ("kernel",),
        ("gamma", "beta", "moving_mean", "moving_variance"),
        (),
        ("kernel", "bias"),
        (),
        (),
        (),
        ("kernel", "bias"),
        (),
        (),
        ("kernel",),
        ("kernel", "bias"),
    ]
    for step, arrays in zip(EVERY_KIND.trace(), weights, strict=True):
        shapes = {name: array.shape for name, array in arrays.items()}
        assert shapes == step.layer.weight_shapes(step.input_shape)
        assert all(array.dtype == np.float32 for array in arrays.values())
    convolution = every_kind.layers[3]
    np.testing.assert_array_equal(weights[3]["bias"], convolution.bias.numpy())
    batch_norm = every_kind.layers[1]
    np.testing.assert_array_equal(weights[1]["moving_mean"], batch_norm.moving_mean.numpy())
    before = convolution.bias.numpy().copy()
    weights[3]["bias"][:] = 99.0
    np.testing.assert_array_equal(convolution.bias.numpy(), before)


def test_weights_go_back_in(every_kind, images):
    twin = build(EVERY_KIND)
    assert not np.allclose(twin(images), every_kind(images))
    set_weights(twin, get_weights(every_kind, EVERY_KIND))
    np.testing.assert_array_equal(twin(images), every_kind(images))


def test_weights_of_another_network_do_not_go_in(every_kind):
    weights = get_weights(every_kind, EVERY_KIND)
    turned = (*weights[:-1], {"kernel": weights[-1]["kernel"].T, "bias": weights[-1]["bias"]})
    for wrong in (weights[:-1], (*weights, {}), turned):
        with pytest.raises(ValueError, match=r"shorter|longer|shape"):
            set_weights(build(EVERY_KIND), wrong)


def test_fresh_weights_are_glorot_uniform_and_zero(keras):
    spec = NetworkSpec(
        (28, 28, 1),
        (
            ConvLayer(64, 5),
            BatchNormLayer(),
            GlobalAveragePoolLayer(),
            DenseLayer(100),
            DenseLayer(10, "softmax"),
        ),
    )
    convolution, batch_norm, _, dense, _ = get_weights(build(spec, seed=0), spec)
    # Uniform within sqrt(6 / (fan in + fan out)): Glorot and Bengio 2010, equation 16.
    for kernel, fans in ((convolution["kernel"], 25 * (1 + 64)), (dense["kernel"], 64 + 100)):
        bound = np.sqrt(6 / fans)
        assert np.abs(kernel).max() <= bound
        assert np.abs(kernel).max() > 0.98 * bound
        assert kernel.std() == pytest.approx(bound / np.sqrt(3), rel=0.05)
    for zeros in (convolution["bias"], dense["bias"], batch_norm["beta"]):
        assert not zeros.any()
    assert (batch_norm["gamma"] == 1).all()
    assert (batch_norm["moving_variance"] == 1).all()


def test_with_bfloat16_all_but_the_last_layer_calculate_in_16_bits(keras, images):
    model = build(EVERY_KIND, "bfloat16")
    *hidden, last = model.layers
    rescaling = hidden.pop(4)
    assert {layer.compute_dtype for layer in hidden} == {"bfloat16"}
    assert rescaling.compute_dtype == "float32"
    assert last.compute_dtype == "float32"
    assert {weight.dtype for weight in model.weights} == {"float32"}
    assert model(images).dtype == "float32"
    twin = build(EVERY_KIND)
    set_weights(twin, get_weights(model, EVERY_KIND))
    # Eight bits of mantissa: alike to a few thousandths, but not the same.
    np.testing.assert_allclose(model(images), twin(images), atol=0.02)
    assert not np.array_equal(model(images), twin(images))


def test_a_stack_that_cannot_be_is_refused_before_keras_sees_it():
    for layers in ((), (FlattenLayer(), DenseLayer(2)), (DenseLayer(2, "softmax"),)):
        with pytest.raises(SpecError):
            build(NetworkSpec((8, 8, 1), layers))


@pytest.mark.parametrize(
    ("name", "kind", "settings"),
    [
        ("sgd", "SGD", {"momentum": 0.0, "nesterov": False}),
        ("momentum", "SGD", {"momentum": 0.9, "nesterov": False}),
        ("nesterov", "SGD", {"momentum": 0.9, "nesterov": True}),
        ("rmsprop", "RMSprop", {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-7}),
        ("adam", "Adam", {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False}),
    ],
)
def test_optimizers_are_kerass_with_its_defaults(keras, name, kind, settings):
    made = optimizer(TrainingSpec(optimizer=name, learning_rate=0.02))
    config = made.get_config()
    assert type(made) is getattr(keras.optimizers, kind)
    assert config["learning_rate"] == pytest.approx(0.02)
    assert {key: config[key] for key in settings} == settings
    assert not config["weight_decay"]
    assert config["clipnorm"] is None


def test_keras_runs_on_tensorflow_whatever_the_environment_says(keras, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert import_keras() is keras
    assert os.environ["KERAS_BACKEND"] == "tensorflow"
    assert keras.backend.backend() == "tensorflow"


def test_a_seed_gives_the_weights_and_the_dropout_that_keras_gives(keras):
    spec = NetworkSpec(
        (6, 6, 3),
        (
            *(ConvLayer(3, 2), BatchNormLayer(), DropoutLayer(0.0), DropoutLayer(0.5)),
            *(FlattenLayer(), DenseLayer(4), DropoutLayer(0.3), DenseLayer(3, "softmax")),
        ),
    )
    keras.utils.set_random_seed(3)
    layers = keras.layers
    plain = keras.Sequential(
        [
            *(keras.Input((6, 6, 3)), layers.Conv2D(3, 2, activation="relu")),
            *(layers.BatchNormalization(), layers.Dropout(0.0), layers.Dropout(0.5)),
            *(layers.Flatten(), layers.Dense(4, activation="relu"), layers.Dropout(0.3)),
            layers.Dense(3, activation="softmax"),
        ]
    )
    ours = build(spec, seed=3)
    for mine, theirs in zip(ours.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    images = np.ones((4, 6, 6, 3), np.float32)
    for place in (3, 6):
        there = np.ones((4, *ours.layers[place].output.shape[1:]), np.float32)
        dropped = ours.layers[place](there, training=True)
        np.testing.assert_array_equal(dropped, plain.layers[place](there, training=True))
        assert (dropped.numpy() == 0).any()
    other = build(spec, seed=4)
    assert not np.array_equal(other(images), ours(images))


def test_nobody_elses_random_numbers_are_drawn(keras):
    """Dask's threads draw some at any moment: a run would begin with other weights."""
    before = random.getstate()
    build(EVERY_KIND, seed=3)
    assert random.getstate() == before
