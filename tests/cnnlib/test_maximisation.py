from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnlib import keras_model
from cnnlib.archive import NetworkError
from cnnlib.layers import ConvLayer, DenseLayer, FlattenLayer, GlobalAveragePoolLayer
from cnnlib.maximisation import (
    Ascent,
    blurred,
    maximise,
    stepped,
    variation,
    variation_gradient,
)
from cnnlib.network import Network
from cnnlib.presets import article_basic
from cnnlib.spec import NetworkSpec, SpecError
from tests.cnnlib.test_network import EVERY_LAYER, random_network, specs


def keras_climb(network, layer, unit, image, ascent):
    """The article's way: one picture, one gradient of the mean of one map a step."""
    import keras
    import tensorflow as tf

    model = keras_model.build(network.spec)
    keras_model.set_weights(model, network.weights)
    if layer == len(network.spec.layers) - 1:
        model.layers[-1].activation = keras.activations.linear
    picture, values = tf.constant(image[np.newaxis]), []
    for _ in range(ascent.steps + 1):
        with tf.GradientTape() as tape:
            tape.watch(picture)
            x = picture
            for at in model.layers[: layer + 1]:
                x = at(x, training=False)
            value = tf.reduce_mean(x[..., unit])
        values.append(float(value))
        gradient = tape.gradient(value, picture)
        before = picture
        gradient = gradient / tf.sqrt(tf.reduce_mean(tf.square(gradient)))
        picture = tf.clip_by_value(picture + ascent.step_size * gradient, 0, 1)
    return np.asarray(before)[0], values


def test_grown_as_keras_would_grow_them(keras):
    network, ascent = random_network(article_basic(), 1), Ascent(steps=4)
    start = np.random.default_rng(5).random((32, 32, 3), np.float32)
    for layer in (0, 1, 4, 5, 11):
        outputs = network.activations(start[np.newaxis])[layer][0]
        units = np.argsort(-outputs.reshape(-1, outputs.shape[-1]).mean(axis=0))[:2].tolist()
        *_, last = frames = list(maximise(network, layer, units, ascent, start=start))
        assert [frame.step for frame in frames] == [0, 1, 2, 3, 4]
        for at, unit in enumerate(units):
            picture, values = keras_climb(network, layer, unit, start, ascent)
            np.testing.assert_allclose(last.images[at], picture, atol=1e-4)
            ours = [frame.values[at] for frame in frames]
            np.testing.assert_allclose(ours, values, atol=1e-4, rtol=1e-4)


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(spec=specs(), seed=st.integers(0, 1000), data=st.data())
def test_one_step_of_random_networks_equals_keras(keras, spec, seed, data):
    network = random_network(spec, seed)
    layer = data.draw(st.integers(0, len(spec.layers) - 1))
    unit = data.draw(st.integers(0, spec.trace()[layer].output_shape[-1] - 1))
    start = np.random.default_rng(seed).random(spec.input_shape, np.float32)
    frames = list(maximise(network, layer, [unit], Ascent(steps=1), start=start))
    picture, values = keras_climb(network, layer, unit, start, Ascent(steps=1))
    np.testing.assert_allclose(frames[0].values[0], values[0], atol=1e-4, rtol=1e-4)
    if np.isfinite(picture).all():  # Keras divides by 0 where nothing fires
        np.testing.assert_allclose(frames[1].images[0], picture, atol=1e-3)


def test_values_rise_and_pixels_stay_in_range():
    network = random_network(EVERY_LAYER, 1)
    ascent = Ascent(steps=30, jitter=1, blur=0.4, total_variation=0.1, seed=3)
    *_, last = frames = list(maximise(network, 9, range(4), ascent))
    assert (last.values > frames[0].values).all()
    assert last.images.min() >= 0
    assert last.images.max() <= 1
    np.testing.assert_allclose(
        last.values, network.activations(last.images)[9].mean(axis=(1, 2)).diagonal(), atol=1e-5
    )


def test_a_picture_does_not_depend_on_what_grows_beside_it():
    network, ascent = Network.initial(article_basic(), 2), Ascent(steps=3, jitter=2, seed=9)
    *_, together = maximise(network, 1, range(11), ascent)
    *_, alone = maximise(network, 1, [6], ascent)
    np.testing.assert_allclose(together.images[6], alone.images[0], atol=1e-5)
    *_, again = maximise(network, 1, [6], ascent)
    np.testing.assert_array_equal(again.images, alone.images)
    *_, other = maximise(network, 1, [6], dataclasses.replace(ascent, seed=10))
    assert np.abs(other.images - alone.images).max() > 0.01


def one_filter(weight: float, bias: float) -> Network:
    spec = NetworkSpec((2, 2, 1), (ConvLayer(1, 1), FlattenLayer(), DenseLayer(2, "softmax")))
    kernel = np.full((1, 1, 1, 1), weight, np.float32)
    first = {"kernel": kernel, "bias": np.array([bias], np.float32)}
    return Network(spec, (first, *Network.initial(spec).weights[1:]))


def test_a_filter_that_fires_nowhere_is_woken_at_its_nearest_cell():
    start = np.array([0.2, 0.3, 0.5, 0.1], np.float32).reshape(2, 2, 1)
    frames = list(maximise(one_filter(1, -0.8), 0, [0], Ascent(2, step_size=0.1), start=start))
    assert [frame.values[0] for frame in frames[:2]] == [0, 0]
    # One pixel carries the whole gradient: g / rms is 2 of four pixels.
    np.testing.assert_allclose(frames[1].images.ravel(), [0.2, 0.3, 0.7, 0.1], atol=1e-6)
    np.testing.assert_allclose(frames[2].images.ravel(), [0.2, 0.3, 0.9, 0.1], atol=1e-6)
    np.testing.assert_allclose(frames[2].values, [0.1 / 4], atol=1e-6)


def test_a_filter_without_weights_leaves_the_picture_alone():
    frames = list(maximise(one_filter(0, -1), 0, [0], Ascent(2)))
    np.testing.assert_array_equal(frames[2].images, frames[0].images)


def test_a_network_that_blew_up_still_gives_pictures():
    frames = list(maximise(one_filter(np.nan, 0), 0, [0], Ascent(2)))
    assert np.isfinite(frames[2].images).all()
    assert np.isnan(frames[2].values).all()


def test_noise_is_about_grey_and_an_image_can_be_given():
    frame = next(maximise(one_filter(1, 0), 0, [0], Ascent()))
    assert 0.4 <= frame.images.min() < frame.images.max() <= 0.6
    start = np.full((2, 2, 1), 0.25)
    np.testing.assert_array_equal(
        next(maximise(one_filter(1, 0), 0, [0], Ascent(), start=start)).images, start[np.newaxis]
    )


def test_hidden_units_and_classes_are_raised_themselves():
    spec = NetworkSpec(
        (6, 6, 1), (GlobalAveragePoolLayer(), DenseLayer(3), DenseLayer(2, "softmax"))
    )
    network = random_network(spec, 2)
    frame = next(maximise(network, 1, [0, 2], Ascent()))
    np.testing.assert_allclose(
        frame.values, network.activations(frame.images)[1][[0, 1], [0, 2]], atol=1e-6
    )
    frame = next(maximise(network, 2, [1, 0], Ascent()))
    np.testing.assert_allclose(
        frame.values, network.logits(frame.images)[[0, 1], [1, 0]], atol=1e-6
    )


def test_a_step_by_hand():
    images = np.array([[[[0.5], [0.95]]]])
    # rms of (3, 4) is sqrt(12.5) = 3.5355; 0.5 + 0.1 * 0.8485 and 0.95 + 0.1 * 1.1314, at most 1
    moved = stepped(images, np.array([[[[3.0], [4.0]]]]), Ascent(step_size=0.1))
    np.testing.assert_allclose(moved.ravel(), [0.584853, 1.0], atol=1e-6)
    # Without a gradient only the variation acts, which draws neighbours together.
    moved = stepped(images, np.zeros_like(images), Ascent(step_size=0.1, total_variation=1.0))
    slope = 0.45 / np.sqrt(0.45**2 + 0.01)
    np.testing.assert_allclose(moved.ravel(), [0.5 + 0.1 * slope, 0.95 - 0.1 * slope], atol=1e-6)


def test_gradients_of_any_size_make_steps_of_one_size():
    images, gradients = np.full((1, 1, 2, 1), 0.5, np.float32), np.float32([[[[3], [4]]]])
    expected = stepped(images, gradients, Ascent())
    for factor in (1e-37, 1e37):
        moved = stepped(images, gradients * np.float32(factor), Ascent())
        np.testing.assert_allclose(moved, expected, rtol=1e-5)


def test_the_variation_and_its_gradient():
    flat, images = np.full((1, 3, 3, 1), 0.7), np.random.default_rng(0).random((2, 4, 3, 2))
    assert variation(flat).tolist() == [0.0]
    step = np.zeros((1, 1, 2, 1))
    step[0, 0, 1] = 1
    assert variation(step)[0] == pytest.approx(np.sqrt(1.01) - 0.1)
    gradient = variation_gradient(images)
    for place in ((0, 0, 0, 0), (1, 2, 1, 1), (0, 3, 2, 0)):
        more, less = images.copy(), images.copy()
        more[place] += 1e-5
        less[place] -= 1e-5
        change = (variation(more) - variation(less)).sum() / 2e-5
        assert gradient[place] == pytest.approx(change, abs=1e-6)


def test_blurring_keeps_flat_pictures_and_spreads_a_dot_evenly():
    flat = np.full((1, 5, 4, 2), 0.3)
    np.testing.assert_allclose(blurred(flat, 1.5), flat)
    dot = np.zeros((1, 11, 11, 1))
    dot[0, 5, 5] = 1
    soft = blurred(dot, 1.0)[0, :, :, 0]
    assert soft.sum() == pytest.approx(1)
    assert soft[5, 6] / soft[5, 5] == pytest.approx(np.exp(-0.5))
    assert soft[4, 4] / soft[5, 5] == pytest.approx(np.exp(-1))
    np.testing.assert_allclose(soft, soft.T)


@pytest.mark.parametrize(
    "setting",
    [
        {"steps": 0},
        {"steps": 201},
        {"step_size": float("nan")},
        {"jitter": -1},
        {"blur": 9.0},
        {"total_variation": float("inf")},
        {"seed": 1.5},
    ],
)
def test_settings_out_of_range_are_refused(setting):
    with pytest.raises(SpecError, match=next(iter(setting)).replace("_", " ")):
        Ascent(**setting)


def test_filters_that_are_not_there_are_refused():
    with pytest.raises(NetworkError, match="from 0 to 31"):
        next(maximise(Network.initial(article_basic()), 0, [32], Ascent()))
