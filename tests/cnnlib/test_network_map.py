from __future__ import annotations

import numpy as np
import pytest

from cnnlib.explain import layer_passes
from cnnlib.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    PoolLayer,
)
from cnnlib.map_parts import conv_parts
from cnnlib.network import Network
from cnnlib.network_links import SHARES, mean_partials, strongest_inputs
from cnnlib.network_map import FEWEST_MAPS, column_groups, network_map
from cnnlib.presets import tiny_vgg
from cnnlib.spec import NetworkSpec
from tests.cnnlib.test_network import random_images, random_network

SPEC = NetworkSpec(
    (12, 10, 3),
    (
        ConvLayer(6, 3, 2, "same", "linear"),
        BatchNormLayer(),
        ActivationLayer("relu"),
        PoolLayer(),
        ConvLayer(20, 2, activation="relu"),
        DropoutLayer(),
        FlattenLayer(),
        DenseLayer(30),
        DropoutLayer(),
        DenseLayer(4, "softmax"),
    ),
)


@pytest.fixture(scope="module")
def layers():
    return layer_passes(random_network(SPEC, 5), random_images(SPEC, 1, 5)[0])


@pytest.fixture(scope="module")
def columns(layers):
    return network_map(layers)


def test_a_column_a_layer_and_one_for_the_image(columns):
    assert [column.index for column in columns] == list(range(-1, 10))
    assert [column.title for column in columns] == [
        *("Image", "Conv 3×3", "Batch norm", "ReLU", "Max 2×2", "Conv 2×2"),
        *("Dropout", "Flatten", "Dense", "Dropout", "Softmax"),
    ]
    assert columns[1].shape == (6, 5, 6)


def test_maps_that_are_made_one_from_one_stand_in_one_group(layers, columns):
    assert column_groups(layers) == (0, 1, 1, 1, 1, 2, 2, 3, 4, 4, 5)
    assert [column.links and column.links.kind for column in columns] == [
        *(None, "all", "same", "same", "same", "all"),
        *("same", "flatten", "some", "same", "some"),
    ]


def test_levels_and_limits_give_the_numbers_back(layers, columns):
    for layer, column in zip(layers, columns[1:], strict=True):
        maps = layer.passed_on
        if maps.ndim == 1:
            assert column.levels.size == 0
            assert (column.low == maps).all()
            continue
        shares = column.levels.astype(float)
        shares = (shares - 127) / 127 if column.signed else shares / 255
        back = np.moveaxis(shares * column.limits[:, np.newaxis, np.newaxis], 0, 2)
        step = column.limits.max() / (127 if column.signed else 255)
        np.testing.assert_allclose(back, maps, atol=0.51 * step)
        np.testing.assert_array_equal(column.low, maps.min(axis=(0, 1)))
        np.testing.assert_array_equal(column.high, maps.max(axis=(0, 1)))


def test_the_image_is_drawn_as_light(layers, columns):
    pixels = np.moveaxis(columns[0].levels, 0, 2) / 255
    np.testing.assert_allclose(pixels, layers[0].received, atol=0.51 / 255)
    assert columns[0].limits.tolist() == [1.0, 1.0, 1.0]


def test_what_a_channel_adds_on_average_is_the_mean_of_its_partial_result(layers, columns):
    for at in (0, 4):
        adds = mean_partials(layers[at])
        links = columns[at + 1].links
        for number in range(layers[at].passed_on.shape[2]):
            parts = conv_parts(layers[at], number, most=99).parts
            for part in parts:
                mean = float(part.partial.mean())
                assert adds[part.channel, number] == pytest.approx(mean, abs=1e-5)
                share = links.shares[part.channel, number] / SHARES * links.largest[number]
                assert share == pytest.approx(mean, abs=float(links.largest[number]) / SHARES)


def test_a_units_strongest_inputs_are_its_largest_products(layers, columns):
    layer = layers[7]
    found, products = strongest_inputs(layer, 5)
    for unit in (0, 17, 29):
        every = layer.received * layer.weights["kernel"][:, unit]
        expected = np.argsort(-np.abs(every), kind="stable")[:5]
        np.testing.assert_allclose(np.abs(products[unit]), np.abs(every[expected]), rtol=1e-6)
        np.testing.assert_allclose(every[found[unit]], products[unit], rtol=1e-6)
    links = columns[8].links
    assert links.inputs.shape == links.shares.shape == (30, 12)
    assert (np.abs(links.shares[:, 0].astype(int)) == SHARES).all()


def test_order_is_by_strength_and_one_for_a_group(layers, columns):
    pooled = np.abs(layers[3].passed_on).mean(axis=(0, 1))
    expected = np.argsort(-pooled, kind="stable").tolist()
    for column in columns[1:5]:
        assert column.order.tolist() == expected
        assert column.numbers.tolist() == list(range(6))


def test_of_very_many_large_maps_the_strongest_are_sent(layers):
    full = network_map(layers)
    few = network_map(layers, most_bytes=1)
    assert [len(column.numbers) for column in few[:7]] == [3, 6, 6, 6, 6, FEWEST_MAPS, FEWEST_MAPS]
    assert len(few[7].numbers) == layers[6].passed_on.size  # rows of numbers are always whole
    assert few[5].order.tolist() == full[5].order.tolist()[:FEWEST_MAPS]
    for at, place in enumerate(few[5].numbers):
        assert (few[5].levels[at] == full[5].levels[place]).all()
    assert few[5].links.shares.shape == (6, FEWEST_MAPS)


def test_numbers_that_are_not_finite_are_drawn_like_zero():
    network = random_network(SPEC, 1)
    broken = tuple(
        {name: np.full_like(array, np.nan) for name, array in weights.items()}
        for weights in network.weights
    )
    image = random_images(SPEC, 1)[0]
    columns = network_map(layer_passes(Network(SPEC, broken), image))
    assert (columns[1].levels == 127).all()
    assert not columns[1].limits.any()
    assert not columns[1].links.shares.any()
    assert not columns[8].links.shares.any()


def test_means_of_maps_and_small_networks():
    spec = NetworkSpec(
        (6, 6, 1), (ConvLayer(3, 2), GlobalAveragePoolLayer(), DenseLayer(2, "softmax"))
    )
    layers = layer_passes(random_network(spec, 1), random_images(spec, 1)[0])
    columns = network_map(layers)
    assert column_groups(layers) == (0, 1, 2, 3)
    assert columns[2].links.kind == "same"
    assert columns[0].numbers.tolist() == [0]
    assert network_map(layer_passes(Network.initial(tiny_vgg()), np.zeros((64, 64, 3), "f4")))
