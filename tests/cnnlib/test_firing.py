"""The strongest places are truly the strongest, and truly what fires the filter."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from cnnlib import datasets, firing
from cnnlib.network import Network
from cnnlib.patches import Field, cut
from cnnlib.receptive import Axis
from cnnlib.shipped import MODELS
from cnnlib.spec import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    NetworkSpec,
    PoolLayer,
)

NAMES = ("digits", "cifar10")


@pytest.fixture(scope="module", params=NAMES)
def scanned(request):
    """A shipped network, sixty training images, and what was found in them."""
    dataset = request.getfixturevalue(request.param)
    images = dataset.x_train[:: len(dataset.x_train) // 60][:60]
    network = Network.load(MODELS / f"{request.param}.npz")
    return network, images, firing.survey(network, images, count=3)


def test_the_survey_finds_what_all_activations_show(scanned):
    network, images, found = scanned
    outputs = network.activations(datasets.scale(images))
    layers = firing.filter_layers(network.spec)
    convolutions = [layer for layer in network.spec.layers if layer.kind == "conv"]
    assert len(layers) == len(found.filters) == len(convolutions)
    for layer, peaks in zip(layers, found.filters, strict=True):
        maps = outputs[layer.last]
        assert maps.shape[1:] == layer.shape
        largest = np.sort(maps.max(axis=(1, 2)), axis=0)[::-1][:3]
        np.testing.assert_allclose(peaks.values, largest, atol=1e-4)
        filters = np.broadcast_to(np.arange(layer.shape[2]), peaks.values.shape)
        there = maps[peaks.images, peaks.rows, peaks.columns, filters]
        np.testing.assert_allclose(there, peaks.values, atol=1e-4)
        assert all(len(set(column)) == 3 for column in peaks.images.T)
    np.testing.assert_allclose(
        found.features.values, np.sort(outputs[-2], axis=0)[::-1][:2], atol=1e-4
    )


def test_the_size_of_a_batch_changes_nothing(scanned, monkeypatch):
    network, images, found = scanned
    monkeypatch.setattr(firing, "BATCH_BYTES", 4 * 32 * 32 * 32 * 7)
    shares = []
    again = firing.survey(network, images, count=3, progress=shares.append)
    assert len(shares) > 3
    assert shares == sorted(shares)
    assert shares[-1] == 1
    pairs = zip((*again.filters, again.features), (*found.filters, found.features), strict=True)
    for one, other in pairs:
        np.testing.assert_allclose(one.values, other.values, atol=1e-5)


def test_a_patch_alone_gives_the_value_that_it_is_shown_for(scanned):
    """Where a patch lies in the image, the layers up to the filter's, without padding, make one
    number of it: that of the map."""
    network, images, found = scanned
    compared = 0
    for layer, peaks in zip(firing.filter_layers(network.spec), found.filters, strict=True):
        side, channels = layer.field.rows.size, images.shape[3]
        stack = tuple(
            dataclasses.replace(x, padding="valid") if isinstance(x, ConvLayer) else x
            for x in network.spec.layers[: layer.last + 1]
        )
        ends = (FlattenLayer(), DenseLayer(2, "softmax"))
        alone = Network.initial(NetworkSpec((side, side, channels), (*stack, *ends)))
        weights = (*network.weights[: layer.last + 1], *alone.weights[layer.last + 1 :])
        alone = Network(alone.spec, weights)
        for number in range(layer.shape[2]):
            for value, image, row, column in peaks.fired(number):
                window = layer.field.window(row, column)
                if window.within(*images.shape[1:3]) != window and layer.number > 1:
                    continue  # zeros around a later layer are not those around the image
                patch = datasets.scale(cut(images[image], window))[np.newaxis]
                made = alone.activations(patch)[layer.last]
                assert made.shape == (1, 1, 1, layer.shape[2])
                assert made[0, 0, 0, number] == pytest.approx(value, abs=1e-4)
                compared += 1
    assert compared > 200


def test_nothing_outside_a_patch_matters(scanned):
    network, images, found = scanned
    rng = np.random.default_rng(0)
    for layer, peaks in zip(firing.filter_layers(network.spec), found.filters, strict=True):
        windows = [layer.field.window(r, c) for _, _, r, c in peaks.fired(0)]
        changed = []
        for (_, image, _, _), window in zip(peaks.fired(0), windows, strict=True):
            inside = window.within(*images.shape[1:3])
            noise = rng.random(images.shape[1:], dtype=np.float32)
            part = np.s_[
                inside.top : inside.top + inside.height, inside.left : inside.left + inside.width
            ]
            noise[part] = datasets.scale(images[image])[part]
            changed.append(noise)
        maps = network.activations(np.stack(changed))[layer.last]
        for at, (value, _, row, column) in enumerate(peaks.fired(0)):
            assert maps[at, row, column, 0] == pytest.approx(value, abs=1e-4)


def stack_of(*layers) -> tuple[firing.FilterLayer, ...]:
    return firing.filter_layers(
        NetworkSpec((12, 12, 1), (*layers, FlattenLayer(), DenseLayer(2, "softmax")))
    )


def test_a_filter_s_map_is_taken_where_it_is_finished():
    linear = ConvLayer(2, activation="linear")
    relu, norm = ActivationLayer("relu"), BatchNormLayer()
    assert stack_of(linear, norm, DropoutLayer(), relu, PoolLayer())[0].last == 3
    assert stack_of(linear, norm, PoolLayer())[0].last == 1
    assert stack_of(ConvLayer(2), norm, relu)[0].last == 0  # its own activation is what fires
    assert stack_of(linear, relu, norm)[0].last == 1
    assert [x.first for x in stack_of(PoolLayer(), ConvLayer(2), ConvLayer(3))] == [1, 2]
    assert stack_of() == ()


def test_dead_filters_and_numbers_that_are_none_do_not_fire():
    spec = NetworkSpec((4, 4, 1), (ConvLayer(3, 1), FlattenLayer(), DenseLayer(2, "softmax")))
    weights = list(Network.initial(spec).weights)
    kernel = np.array([-1, 1, np.nan], np.float32).reshape(1, 1, 1, 3)
    weights[0] = {"kernel": kernel, "bias": np.zeros(3, np.float32)}
    images = np.zeros((5, 4, 4, 1), np.uint8)
    images[3, 2, 1] = 255
    peaks = firing.survey(Network(spec, tuple(weights)), images).filters[0]
    assert peaks.dead.tolist() == [True, False, True]
    assert list(peaks.fired(1)) == [(1.0, 3, 2, 1)]
    assert list(peaks.fired(0)) == list(peaks.fired(2)) == []


def test_a_network_without_convolutions_has_features_only():
    spec = NetworkSpec((2, 2, 1), (FlattenLayer(), DenseLayer(2, "softmax")))
    images = np.arange(12, dtype=np.uint8).reshape(3, 2, 2, 1)
    found = firing.survey(Network.initial(spec), images)
    assert found.filters == ()
    assert found.features.images.tolist() == [[2] * 4, [1] * 4]
    np.testing.assert_allclose(found.features.values[0], np.array([8, 9, 10, 11]) / 255)


def test_filters_come_by_their_share_of_their_record():
    maps = np.zeros((2, 2, 4))
    maps[0, 1] = [3.0, 5.0, -1.0, 2.0]
    numbers, shares = firing.strongest_filters(maps, np.array([4.0, 10.0, 1.0, -np.inf]))
    assert numbers.tolist() == [3, 0, 1]
    assert shares.tolist() == [np.inf, 0.75, 0.5]
    assert firing.strongest_filters(np.full((1, 1, 2), np.nan), np.ones(2))[0].size == 0


def test_places_lie_apart_and_are_strong():
    field = Field(Axis(0, 1, 3), Axis(0, 1, 3))
    cells = np.zeros((7, 7))
    cells[1, 1], cells[2, 3], cells[5, 5], cells[6, 0] = 4.0, 3.9, 2.5, 1.9
    assert firing.strongest_places(cells, field) == [(1, 1), (5, 5)]  # 2 columns on overlaps
    assert firing.strongest_places(cells, field, most=1) == [(1, 1)]
    assert firing.strongest_places(-cells, field) == []


def silent_network(activation: str = "relu") -> Network:
    """Filter 1 fires always, 2 never, and 3 where a pixel is above a half; then one more layer."""
    layers = (
        *(ConvLayer(3, 1, activation="linear"), ActivationLayer(activation), ConvLayer(2, 1)),
        *(FlattenLayer(), DenseLayer(2, "softmax")),
    )
    network = Network.initial(NetworkSpec((4, 4, 1), layers))
    first = {
        "kernel": np.array([1, 1, 1], np.float32).reshape(1, 1, 1, 3),
        "bias": np.array([0.1, -2, -0.5], np.float32),
    }
    # The second of these sees filter 2 alone, and so nothing.
    later = {
        "kernel": np.array([[1, 0], [0, 1], [0, 0]], np.float32).reshape(1, 1, 3, 2),
        "bias": np.zeros(2, np.float32),
    }
    return Network(network.spec, (first, {}, later, *network.weights[3:]))


def test_filters_that_fire_for_no_image_are_silent():
    images = np.zeros((60, 4, 4, 1), np.uint8)
    images[:, 1, 2] = 100
    found = firing.silent_filters(silent_network(), images)
    assert [part.tolist() for part in found] == [[False, True, True], [False, True]]
    images[57, 3, 0] = 200
    found = firing.silent_filters(silent_network(), images)
    assert [part.tolist() for part in found] == [[False, True, False], [False, True]]


def test_silent_filters_are_those_that_a_survey_calls_dead(scanned):
    network, images, found = scanned
    silent = firing.silent_filters(network, images)
    for part, peaks in zip(silent, found.filters, strict=True):
        np.testing.assert_array_equal(part, peaks.dead)


def test_only_relu_can_silence_a_filter():
    images = np.zeros((3, 4, 4, 1), np.uint8)
    first, later = firing.silent_filters(silent_network("tanh"), images)
    assert first is None
    assert later.tolist() == [False, True]


def test_images_are_looked_at_only_while_a_filter_is_silent():
    network, seen = silent_network(), []
    images = np.full((100, 4, 4, 1), 255, np.uint8)
    firing.silent_filters(network, images, progress=seen.append)
    assert seen == [0.25, 0.5, 0.75, 1.0]
    weights = [dict(part) for part in network.weights]
    weights[0]["bias"] = np.zeros(3, np.float32)
    seen.clear()
    awake = Network(network.spec, tuple(weights))
    assert not any(
        part.any() for part in firing.silent_filters(awake, images, progress=seen.append)
    )
    assert seen == [0.25]
