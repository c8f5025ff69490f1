from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnlib import keras_model
from cnnlib.archive import NetworkError
from cnnlib.layers import ConvLayer, DenseLayer, FlattenLayer, GlobalAveragePoolLayer
from cnnlib.network import Network
from cnnlib.presets import article_basic
from cnnlib.saliency import (
    cam_layers,
    enlarged,
    grad_cam,
    integrated_gradients,
    learned_layers,
    logit_gradient,
    randomised,
    rank_correlation,
    saliency,
)
from cnnlib.spec import NetworkSpec
from tests.cnnlib.test_network import (
    ASSETS,
    EVERY_LAYER,
    random_images,
    random_network,
    specs,
)


def keras_maps_and_gradient(keras, network, image, class_index, layer):
    """A layer's maps, and the logit's gradients with respect to them and to the image."""
    import tensorflow as tf

    model = keras_model.build(network.spec)
    keras_model.set_weights(model, network.weights)
    model.layers[-1].activation = keras.activations.linear
    picture = tf.constant(image[np.newaxis])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(picture)
        outputs = [picture]
        for each in model.layers:
            outputs.append(each(outputs[-1], training=False))
        logit = outputs[-1][0, class_index]
    maps = outputs[layer + 1]
    return [
        np.asarray(x)[0] for x in (maps, tape.gradient(logit, maps), tape.gradient(logit, picture))
    ]


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(spec=specs(), seed=st.integers(0, 1000), data=st.data())
def test_maps_of_random_networks_equal_keras(keras, spec, seed, data):
    network, image = random_network(spec, seed), random_images(spec, 1, seed)[0]
    layers = cam_layers(spec)
    layer = data.draw(st.sampled_from(layers)) if layers else -1
    maps, to_maps, to_image = keras_maps_and_gradient(keras, network, image, 1, layer)
    np.testing.assert_allclose(logit_gradient(network, image, 1), to_image, atol=1e-4, rtol=1e-4)
    np.testing.assert_allclose(
        saliency(network, image, 1), np.abs(to_image).max(axis=2), atol=1e-4, rtol=1e-4
    )
    if layers:
        weights = to_maps.mean(axis=(0, 1))
        expected = np.maximum((maps * weights).sum(axis=2), 0)
        np.testing.assert_allclose(
            grad_cam(network, image, 1, layer), expected, atol=1e-4, rtol=1e-4
        )


@pytest.mark.parametrize("spec", [EVERY_LAYER, article_basic()], ids=["every layer", "article"])
def test_grad_cam_of_every_layer_equals_keras(keras, spec):
    network, image = random_network(spec, 8), random_images(spec, 1, 8)[0]
    for layer in cam_layers(spec):
        maps, to_maps, _ = keras_maps_and_gradient(keras, network, image, 0, layer)
        expected = np.maximum((maps * to_maps.mean(axis=(0, 1))).sum(axis=2), 0)
        np.testing.assert_allclose(
            grad_cam(network, image, 0, layer), expected, atol=1e-4, rtol=1e-4
        )


def test_with_an_average_at_the_end_grad_cam_is_cam():
    """B. Zhou et al. 2016: the class's own weights of the maps, here over the number of cells."""
    spec = NetworkSpec(
        (5, 5, 1), (ConvLayer(3), GlobalAveragePoolLayer(), DenseLayer(2, "softmax"))
    )
    network, image = random_network(spec, 3), random_images(spec, 1, 3)[0]
    maps = network.activations(image[np.newaxis])[0][0]
    cam = np.maximum(maps @ network.weights[-1]["kernel"][:, 1], 0) / 9
    np.testing.assert_allclose(grad_cam(network, image, 1, 0), cam, atol=1e-6)


def test_grad_cam_of_what_has_no_maps_is_refused():
    assert cam_layers(article_basic()) == tuple(range(8))
    network, image = Network.initial(EVERY_LAYER), random_images(EVERY_LAYER, 1)[0]
    with pytest.raises(NetworkError):
        grad_cam(network, image, 9, 0)


# ---------------------------------------------------------------------- integrated gradients


def linear_network() -> Network:
    spec = NetworkSpec((2, 2, 1), (FlattenLayer(), DenseLayer(2, "softmax")))
    kernel = np.array([[1, 0], [-2, 0], [3, 0], [4, 0]], np.float32)
    return Network(spec, ({}, {"kernel": kernel, "bias": np.array([7, 0], np.float32)}))


def test_a_linear_network_s_attributions_are_weight_times_change():
    image = np.array([1.0, 0.5, 0.25, 0.0], np.float32).reshape(2, 2, 1)
    found = integrated_gradients(linear_network(), image, 0)
    np.testing.assert_allclose(found.values.ravel(), [1, -1, 0.75, 0], atol=1e-6)
    assert (found.logit, found.baseline_logit, found.steps) == (7.75, 7.0, 32)
    assert found.gap == pytest.approx(0, abs=1e-6)
    found = integrated_gradients(linear_network(), image, 0, baseline=0.5)
    np.testing.assert_allclose(found.values.ravel(), [0.5, 0, -0.75, -2], atol=1e-6)


@pytest.mark.parametrize("name", ["digits", "cifar10"])
@pytest.mark.parametrize(("baseline", "number"), [(0.0, 5), (0.5, 333), (1.0, 801), (0.0, 801)])
def test_attributions_of_the_shipped_networks_are_complete(request, name, baseline, number):
    network = Network.load(ASSETS / "models" / f"{name}.npz")
    dataset = request.getfixturevalue(name)
    image = dataset.x_test[number].astype(np.float32) / 255
    label = int(dataset.y_test[number])
    found = integrated_gradients(network, image, label, baseline=baseline)
    difference = found.logit - found.baseline_logit
    assert abs(found.gap) <= 0.01 * abs(difference)
    assert found.values.sum(dtype=np.float64) == pytest.approx(difference, rel=0.01)
    assert found.logit == pytest.approx(network.logits(image[np.newaxis])[0, label], abs=1e-4)


def test_the_steps_grow_until_the_sum_is_complete_or_there_are_too_many():
    network, image = random_network(article_basic(), 2), random_images(article_basic(), 1)[0]
    rough = integrated_gradients(network, image, 2, tolerance=1e9)
    fine = integrated_gradients(network, image, 2, tolerance=0, most_steps=130)
    assert (rough.steps, fine.steps) == (32, 128)
    assert abs(fine.gap) < 0.01 * abs(fine.logit - fine.baseline_logit)
    assert integrated_gradients(network, image, 2, tolerance=0, most_steps=4).steps == 4


def test_a_pixel_equal_to_the_baseline_s_has_no_part():
    network, image = random_network(article_basic(), 2), random_images(article_basic(), 1)[0]
    image[3, 4] = 0
    assert not integrated_gradients(network, image, 2).values[3, 4].any()


# ------------------------------------------------------------------------------- sanity check


def test_layers_go_back_to_chance_from_the_top():
    network = random_network(EVERY_LAYER, 1)
    assert learned_layers(EVERY_LAYER) == (0, 5, 9, 11, 14)
    fresh = Network.initial(EVERY_LAYER, 7)
    for count, kept in ((0, 15), (1, 14), (2, 11), (3, 9), (4, 5), (5, 0), (99, 0)):
        mixed = randomised(network, count, seed=7)
        for at, (now, before, new) in enumerate(
            zip(mixed.weights, network.weights, fresh.weights, strict=True)
        ):
            expected = before if at < kept else new
            for name in now:
                np.testing.assert_array_equal(now[name], expected[name])
    assert randomised(network, 0) is network


def test_rank_correlations_of_known_orders():
    up = np.arange(6.0).reshape(2, 3)
    assert rank_correlation(up, up**3) == pytest.approx(1)
    assert rank_correlation(up, -up) == pytest.approx(-1)
    # 1 - 6 * sum(d * d) / (n * (n * n - 1)) with d = 1, 1, 0, 0
    assert rank_correlation(np.array([1, 2, 3, 4.0]), np.array([2, 1, 3, 4.0])) == pytest.approx(
        0.8
    )
    # Ties share ranks 1.5 and 1.5: 1.5 / sqrt(2 * 1.5)
    tied = rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([5.0, 5.0, 9.0]))
    assert tied == pytest.approx(math.sqrt(3) / 2)
    gaps = rank_correlation(np.array([1, np.nan, 2, 3.0]), np.array([1, 5, 2, 3.0]))
    assert gaps == pytest.approx(1)
    assert math.isnan(rank_correlation(up, np.zeros_like(up)))
    assert math.isnan(rank_correlation(up, np.full_like(up, np.nan)))


def test_maps_are_enlarged_between_the_centres_of_their_cells():
    cells = np.array([[0.0, 2.0], [4.0, 6.0]])
    large = enlarged(cells, 4, 4)
    assert large[0].tolist() == [0.0, 0.5, 1.5, 2.0]
    assert large[:, 0].tolist() == [0.0, 1.0, 3.0, 4.0]
    np.testing.assert_array_equal(enlarged(cells, 2, 2), cells)
    np.testing.assert_array_equal(enlarged(np.array([[3.0]]), 3, 2), np.full((3, 2), 3.0))
