"""Counts of structures, against networks that have them and against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib import structure_counts as counts
from cnnlib.layers import (
    ConvLayer,
    DenseLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    PoolLayer,
)
from cnnlib.receptive import receptive_fields
from cnnlib.spec import NetworkSpec


def network(*layers, shape=(32, 32, 3)) -> NetworkSpec:
    return NetworkSpec(shape, (*layers, DenseLayer(10, "softmax")))


@pytest.mark.parametrize(("kernel", "layers"), [(3, 1), (3, 4), (5, 2), (11, 1)])
def test_stacks_count_as_the_layers_they_are_made_of_do(kernel, layers):
    conv = ConvLayer(8, kernel, padding="same", use_bias=False)
    spec = network(ConvLayer(8, 1), *[conv] * layers, FlattenLayer())
    steps = spec.trace()[1 : 1 + layers]
    found = counts.stack(kernel, layers, 8)
    assert found.weights == sum(step.parameters for step in steps)
    assert found.field == receptive_fields(spec)[layers].side
    assert found.curves == layers


@pytest.mark.parametrize("kernel", [3, 5, 7, 9, 11])
def test_small_kernels_see_as_much_as_the_large_one(kernel):
    small = counts.stack(3, counts.small_kernels_instead(kernel), 4)
    assert small.field == counts.stack(kernel, 1, 4).field == kernel
    assert kernel == 3 or small.pair_weights < kernel**2


@pytest.mark.parametrize("kernel", [1, 2, 4, 0, -3])
def test_small_kernels_add_up_to_odd_sides(kernel):
    with pytest.raises(ValueError, match=str(kernel)):
        counts.small_kernels_instead(kernel)


@pytest.mark.parametrize("side", [4, 16, 32])
def test_ways_to_halve_a_map_count_as_their_layers_do(side):
    shape = (side, side, 3)
    pooled = network(ConvLayer(8, padding="same"), PoolLayer(), FlattenLayer(), shape=shape)
    strided = network(ConvLayer(8, stride=2, padding="same"), FlattenLayer(), shape=shape)
    for spec, found in (
        (pooled, counts.pooled(side, 3, 8)),
        (strided, counts.strided(side, 3, 8)),
    ):
        first = spec.trace()[0]
        assert (found.weights, found.multiply_adds) == (first.parameters, first.multiply_adds)
        assert spec.trace()[-1].input_shape == (found.side**2 * 8,)
    assert counts.pooled(side, 3, 8).multiply_adds == 4 * counts.strided(side, 3, 8).multiply_adds


def test_heads_count_as_their_layers_do():
    flat = network(ConvLayer(32, 1), FlattenLayer(), shape=(8, 8, 3))
    average = network(ConvLayer(32, 1), GlobalAveragePoolLayer(), shape=(8, 8, 3))
    assert counts.flatten_head(8, 32) == flat.trace()[-1].parameters == 20_490
    assert counts.average_head(32) == average.trace()[-1].parameters == 330


def test_dropout_keeps_the_sum_on_average():
    values = np.linspace(0.1, 2, 50)
    sums = [counts.dropped(values, 0.4, seed).sum() for seed in range(2_000)]
    assert np.mean(sums) == pytest.approx(values.sum(), rel=0.01)
    once = counts.dropped(values, 0.4, 3)
    assert np.allclose(once[once > 0], values[once > 0] / 0.6)
    assert 0 < np.count_nonzero(once == 0) < 50
    assert np.array_equal(counts.dropped(values, 0.0, 3), values)


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_a_share_that_cannot_be_dropped_is_refused(rate):
    with pytest.raises(ValueError, match="rate"):
        counts.dropped(np.ones(3), rate, 0)


def test_spreads_grow_by_the_weights_scale_at_each_layer(digits):
    images = digits.x_train[:4] / 255
    one = counts.spreads(images, 1.0, 5, normalise=False)
    three = counts.spreads(images, 3.0, 5, normalise=False)
    assert three / one == pytest.approx(3.0 ** np.arange(1, 6), rel=1e-3)
    assert counts.spreads(images, 3.0, 5, normalise=True) == pytest.approx(np.ones(5), abs=1e-3)
