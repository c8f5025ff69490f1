"""Every layer's shapes, weights and counts are those of the Keras layer it stands for."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnnlib import layers
from cnnlib.fields import SpecError, limits_of
from cnnlib.keras_model import keras_layer
from cnnlib.layers import (
    ACTIVATIONS,
    LAYERS,
    PADDINGS,
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    PoolLayer,
    RescaleLayer,
)

images = st.tuples(st.integers(1, 20), st.integers(1, 20), st.integers(1, 5))
rows = st.tuples(st.integers(1, 50))
activations = st.sampled_from(ACTIVATIONS)
paddings = st.sampled_from(PADDINGS)

convolutions = st.builds(
    ConvLayer,
    filters=st.integers(1, 8),
    kernel_size=st.integers(1, 7),
    stride=st.integers(1, 4),
    padding=paddings,
    activation=activations,
    use_bias=st.booleans(),
)
poolings = st.builds(
    PoolLayer,
    mode=st.sampled_from(("max", "average")),
    size=st.integers(1, 6),
    stride=st.integers(1, 6),
    padding=paddings,
)
denses = st.builds(
    DenseLayer, units=st.integers(1, 20), activation=activations, use_bias=st.booleans()
)
on_images = st.one_of(convolutions, poolings, st.just(GlobalAveragePoolLayer()))
on_rows = denses
on_both = st.one_of(
    st.just(BatchNormLayer()),
    st.builds(ActivationLayer, activations),
    st.builds(DropoutLayer, st.floats(0.0, 0.9)),
    st.just(FlattenLayer()),
)
layers_and_shapes = st.one_of(
    st.tuples(on_images, images),
    st.tuples(on_rows, rows),
    st.tuples(on_both, images | rows),
)


@given(layers_and_shapes)
@settings(max_examples=150)
def test_output_shape_is_that_of_keras(keras, layer_and_shape):
    layer, shape = layer_and_shape
    twin = keras_layer(layer)
    try:
        expected = twin.compute_output_shape((None, *shape))
    except ValueError:  # Keras: the window is larger than what it slides over
        with pytest.raises(SpecError, match=r"window, but its input is only"):
            layer.output_shape(shape)
    else:
        assert layer.output_shape(shape) == tuple(expected[1:])


@given(layers_and_shapes)
@settings(max_examples=60)
def test_weights_are_those_of_keras_in_its_order(keras, layer_and_shape):
    layer, shape = layer_and_shape
    if isinstance(layer, ConvLayer):
        assume(min(shape[:2]) >= layer.kernel_size)  # Keras builds none that does not fit
    twin = keras_layer(layer)
    if isinstance(layer, (ConvLayer, DenseLayer, BatchNormLayer)):
        twin.build((None, *shape))
    named = [(weight.name, tuple(weight.shape)) for weight in twin.weights]
    assert list(layer.weight_shapes(shape).items()) == named
    assert layer.parameters(shape) == sum(math.prod(weight.shape) for weight in twin.weights)
    assert layer.trainable_parameters(shape) == sum(
        math.prod(weight.shape) for weight in twin.trainable_weights
    )


@given(st.integers(1, 12), st.integers(1, 12), convolutions)
def test_multiply_adds_of_a_convolution_are_one_a_weight_and_window(height, width, layer):
    shape = (height, width, 3)
    try:
        rows_out, columns_out, filters = layer.output_shape(shape)
    except SpecError:
        return
    windows = sum(1 for _ in range(rows_out) for _ in range(columns_out))
    weights_of_a_filter = layer.kernel_size * layer.kernel_size * 3
    assert layer.multiply_adds(shape) == windows * filters * weights_of_a_filter


def test_multiply_adds_by_hand():
    assert ConvLayer(32).multiply_adds((32, 32, 3)) == 777_600
    assert ConvLayer(8, 5, 2, "same").multiply_adds((28, 28, 1)) == 25 * 14 * 14 * 8
    assert DenseLayer(256).multiply_adds((1600,)) == 409_600
    for layer in (PoolLayer(), BatchNormLayer(), ActivationLayer(), DropoutLayer(), FlattenLayer()):
        assert layer.multiply_adds((8, 8, 4)) == 0


@pytest.mark.parametrize(
    "layer", [ConvLayer(), PoolLayer(), GlobalAveragePoolLayer()], ids=lambda layer: layer.kind
)
def test_layers_on_images_refuse_a_row_and_say_where_they_belong(layer):
    with pytest.raises(SpecError) as refusal:
        layer.output_shape((1600,))
    assert str(refusal.value) == (
        f"{layer.title} needs an image (height, width, channels), but what arrives is a row of "
        "1,600 numbers. Move it above the flatten or global average pooling layer."
    )


def test_a_dense_layer_refuses_an_image_and_says_what_is_missing():
    for ask in (DenseLayer().output_shape, DenseLayer().parameters, DenseLayer().multiply_adds):
        with pytest.raises(SpecError) as refusal:
            ask((5, 6, 7))
        assert str(refusal.value) == (
            "A dense layer needs a row of numbers, but what arrives is 5 x 6 x 7. "
            "Put a flatten or global average pooling layer before it."
        )


def test_a_window_larger_than_its_input_is_refused_on_either_axis():
    sentence = (
        "Convolution slides a 5 x 5 window, but its input is only {}. "
        'Use a smaller window, "same" padding, or less pooling before.'
    )
    for shape, seen in (((4, 9, 1), "4 x 9"), ((9, 4, 1), "9 x 4")):
        with pytest.raises(SpecError) as refusal:
            ConvLayer(8, 5).output_shape(shape)
        assert str(refusal.value) == sentence.format(seen)
        assert ConvLayer(8, 5, padding="same").output_shape(shape) == (*shape[:2], 8)


def test_rescaling_needs_one_number_or_one_for_each_channel():
    for layer in (RescaleLayer(), RescaleLayer((2.0, 3.0, 4.0), (1.0,))):
        assert layer.output_shape((8, 9, 3)) == (8, 9, 3)
        assert layer.parameters((8, 9, 3)) == layer.multiply_adds((8, 9, 3)) == 0
    with pytest.raises(SpecError) as refusal:
        RescaleLayer((2.0,), (1.0, 2.0)).output_shape((8, 9, 3))
    assert str(refusal.value) == (
        "Rescaling has 2 numbers as its offset, but what arrives has 3 channels. Give it one "
        "number, or one for each channel."
    )


def test_each_kind_is_found_under_its_name_and_has_a_title():
    assert {kind: layer.kind for kind, layer in LAYERS.items()} == {kind: kind for kind in LAYERS}
    own = {
        value
        for value in vars(layers).values()
        if isinstance(value, type) and issubclass(value, layers.Layer) and value.kind
    }
    assert set(LAYERS.values()) == own
    assert len({layer.title for layer in own} - {""}) == len(own)


@pytest.mark.parametrize("kind", LAYERS)
def test_layers_are_frozen_and_their_defaults_are_within_their_limits(kind):
    layer = LAYERS[kind]()
    for field in dataclasses.fields(layer):
        limits_of(LAYERS[kind], field.name)
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(layer, field.name, getattr(layer, field.name))


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("rescale", {"scale": ()}),
        ("rescale", {"scale": 2.0}),
        ("rescale", {"scale": (True,)}),
        ("rescale", {"scale": (float("nan"),)}),
        ("rescale", {"offset": (0.0, 1e5)}),
        ("rescale", {"offset": (0.0,) * 513}),
        ("conv", {"filters": 0}),
        ("conv", {"filters": 513}),
        ("conv", {"kernel_size": 16}),
        ("conv", {"stride": 0}),
        ("conv", {"padding": "full"}),
        ("conv", {"activation": "Relu"}),
        ("conv", {"use_bias": 1}),
        ("pool", {"mode": "min"}),
        ("pool", {"size": 9}),
        ("pool", {"stride": 2.0}),
        ("activation", {"activation": ""}),
        ("dropout", {"rate": 1.0}),
        ("dropout", {"rate": -0.1}),
        ("dense", {"units": 2049}),
    ],
)
def test_settings_outside_their_limits_are_refused(kind, values):
    (name,) = values
    with pytest.raises(SpecError, match=f"^{name.replace('_', ' ')} must be"):
        LAYERS[kind](**values)
