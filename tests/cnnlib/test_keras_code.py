"""The code that a page shows is executed here, and makes the model that is trained."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnnlib.keras_code import NO_FIT, layer_code, sequential_code
from cnnlib.keras_model import build
from cnnlib.layers import (
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    PoolLayer,
    RescaleLayer,
)
from cnnlib.presets import PRESETS, article_basic
from cnnlib.spec import NetworkSpec, SpecError
from tests.cnnlib.test_keras_model import EVERY_KIND, configured
from tests.cnnlib.test_spec import any_layer, any_of

SOFTMAX = DenseLayer(3, "softmax")
BASIC = """\
import keras
from keras import layers

model = keras.Sequential(
    [
        keras.Input(shape=(32, 32, 3)),
        layers.Conv2D(32, kernel_size=3, activation="relu"),
        layers.Conv2D(32, kernel_size=3, activation="relu"),
        layers.MaxPooling2D(pool_size=2),
        layers.Dropout(0.25),
        layers.Conv2D(64, kernel_size=3, activation="relu"),
        layers.Conv2D(64, kernel_size=3, activation="relu"),
        layers.MaxPooling2D(pool_size=2),
        layers.Dropout(0.25),
        layers.Flatten(),
        layers.Dense(256, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(10, activation="softmax"),
    ]
)"""


def executed(network):
    """The model that the shown code makes."""
    namespace: dict[str, object] = {}
    exec(sequential_code(network), namespace)
    return namespace["model"]


def described(model):
    """Each layer's class and settings."""
    return [(type(layer), configured(layer)) for layer in model.layers]


@pytest.mark.parametrize(
    "network",
    [EVERY_KIND, *(preset.network for preset in PRESETS.values())],
    ids=["every_kind", *PRESETS],
)
def test_the_code_makes_the_model_that_is_trained(keras, network):
    ours, theirs = executed(network), build(network)
    assert described(ours) == described(theirs)
    assert ours.input_shape == theirs.input_shape
    assert ours.count_params() == theirs.count_params() == network.parameters


few_filters = any_of(ConvLayer).map(lambda layer: dataclasses.replace(layer, filters=3))
image_layer = st.one_of(
    few_filters,
    any_of(PoolLayer),
    any_layer.filter(lambda x: not isinstance(x, (ConvLayer, PoolLayer, DenseLayer))),
)
head_layer = st.one_of(
    any_of(DropoutLayer), st.builds(DenseLayer, st.integers(1, 9), st.just("tanh"), st.booleans())
)


@st.composite
def whole_networks(draw):
    """Any stack that can be: layers on images, a way to a row of numbers, dense layers."""
    layers = draw(st.lists(image_layer, max_size=4))
    flat = draw(st.sampled_from((FlattenLayer(), GlobalAveragePoolLayer())))
    head = draw(st.lists(head_layer, max_size=2))
    network = NetworkSpec((12, 16, 3), (*layers, flat, *head, SOFTMAX))
    try:
        network.trace()
    except SpecError:
        assume(False)
    return network


@settings(max_examples=40)
@given(network=whole_networks())
def test_any_network_is_made_by_its_code(keras, network):
    ours, theirs = executed(network), build(network)
    assert described(ours) == described(theirs)
    assert ours.count_params() == theirs.count_params() == network.parameters


def test_the_code_is_as_a_person_would_write_it():
    assert sequential_code(article_basic()) == BASIC


@pytest.mark.parametrize(
    ("layer", "code"),
    [
        (
            ConvLayer(8, 5, 2, "same", "linear", use_bias=False),
            'Conv2D(8, kernel_size=5, strides=2, padding="same", use_bias=False)',
        ),
        (PoolLayer("average", 3, 2), "AveragePooling2D(pool_size=3, strides=2)"),
        (PoolLayer("max", 3, 3), "MaxPooling2D(pool_size=3)"),
        (RescaleLayer((2.0,), (-1.0,)), "Rescaling(2.0, offset=-1.0)"),
        (RescaleLayer((1.0, 2.0, 3.0)), "Rescaling([1.0, 2.0, 3.0])"),
    ],
)
def test_defaults_are_left_out(layer, code):
    assert layer_code(layer) == f"layers.{code}"


def test_the_layer_that_does_not_fit_is_marked():
    code = sequential_code(NetworkSpec((8, 8, 1), (ConvLayer(4, 9), FlattenLayer(), SOFTMAX)))
    marked = [line for line in code.splitlines() if line.endswith(NO_FIT)]
    assert marked == [
        f'        layers.Conv2D(4, kernel_size=9, activation="relu"),{NO_FIT}',
    ]
    compile(code, "shown", "exec")
