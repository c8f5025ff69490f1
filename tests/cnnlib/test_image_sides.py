"""What a network costs at each side: counts by hand, growth, refusals, trials."""

from __future__ import annotations

import itertools

import pytest

from cnnlib import datasets
from cnnlib.image_sides import (
    HEADS,
    NETWORKS,
    SIDES,
    TRIED_SIDES,
    SideCost,
    cost_of,
    costs,
    fits,
    forward_seconds,
    network_at,
    predicted_seconds,
    side_name,
    side_of,
    side_trial,
)
from cnnlib.layers import ConvLayer, DenseLayer, FlattenLayer, PoolLayer
from cnnlib.spec import NetworkSpec, SpecError


def test_costs_by_hand():
    layers = (ConvLayer(4), PoolLayer(), FlattenLayer(), DenseLayer(10, "softmax"))
    # 16 -> 14 x 14 x 4 -> 7 x 7 x 4 = 196 -> 10
    cost = cost_of(NetworkSpec((16, 16, 3), layers))
    assert cost.convolution_parameters == (9 * 3 + 1) * 4
    assert cost.dense_parameters == 197 * 10
    assert cost.parameters == 112 + 1_970
    assert cost.multiply_adds == 14 * 14 * 27 * 4 + 196 * 10
    assert cost.activation_bytes == 4 * (14 * 14 * 4 + 196 + 10)  # flattening makes nothing new


def test_the_articles_model_where_it_is_published():
    found, refused = costs("basic", "flatten", (32,))
    assert (found[0].parameters, found[0].multiply_adds) == (477_994, 14_755_712)
    assert not refused


@pytest.mark.parametrize("name", NETWORKS)
def test_a_global_average_makes_parameters_forget_the_side(name):
    flat, average = (costs(name, head)[0] for head in HEADS)
    assert len({cost.parameters for cost in average}) == 1
    assert len({cost.convolution_parameters for cost in (*flat, *average)}) == 1
    assert all(a.dense_parameters < b.dense_parameters for a, b in itertools.pairwise(flat))


def test_with_same_padding_work_and_memory_grow_with_the_square():
    found, _ = costs("improved", "global_average", (16, 32, 64, 128))
    for before, after in itertools.pairwise(found):
        assert after.multiply_adds / before.multiply_adds == pytest.approx(4, rel=1e-3)
        assert after.activation_bytes / before.activation_bytes == pytest.approx(4, rel=1e-2)


def test_a_network_that_cannot_be_says_at_which_layer_and_why():
    found, refused = costs("deep", "flatten")
    assert [cost.side for cost in found] == [96, 128]
    assert list(refused) == [16, 24, 32, 48, 64]
    # 16 -> 14 -> 12 -> 6 -> 4 -> 2 -> 1, and there the third block's window of 3 does not fit.
    assert refused[16].startswith("layer 9: ")
    assert "1 x 1" in refused[16]


def test_what_is_too_large_is_not_timed():
    found, _ = costs("basic", "flatten")
    assert [cost.side for cost in found if not fits(cost)] == [96, 128]  # over 5,000,000
    ticks = itertools.count(0.0, 1.0)
    times = dict(forward_seconds("blocks", "flatten", found[:2], clock=lambda: next(ticks)))
    assert times == {16: 1.0, 24: 1.0}
    assert dict(forward_seconds("basic", "flatten", found[-2:])) == {}


def test_predictions_start_from_the_photos_own_side_or_the_first_there_is():
    found = [SideCost(16, 0, 0, 5, 0), SideCost(32, 0, 0, 20, 0), SideCost(64, 0, 0, 100, 0)]
    assert predicted_seconds(found, {16: 9.0, 32: 4.0, 64: 8.0}) == {16: 1.0, 32: 4.0, 64: 20.0}
    assert predicted_seconds(found[1:], {64: 10.0}) == {32: 2.0, 64: 10.0}
    assert predicted_seconds(found, {}) == {}


def test_a_trial_differs_by_the_side_alone():
    specs = side_trial("blocks", "flatten", TRIED_SIDES[::-1], seed=3)
    assert [side_of(spec) for spec in specs] == list(TRIED_SIDES)
    for spec in specs:
        spec.check()
        known = datasets.info(spec.training.dataset)
        assert known.image_shape == spec.network.input_shape
        assert known.sample_counts[0] >= spec.training.image_count
        assert spec.training.seed == 3
    assert len({spec.network.layers for spec in specs}) == 1
    assert side_name(specs[0]) == "16 × 16"


def test_a_trial_leaves_out_what_cannot_be_trained():
    assert [side_of(spec) for spec in side_trial("deep", "flatten", SIDES, 0)] == [96, 128]
    # The basic model behind Flatten has too many parameters from 96 on.
    assert [side_of(spec) for spec in side_trial("basic", "flatten", TRIED_SIDES, 0)] == [
        16,
        32,
        64,
    ]
    with pytest.raises(SpecError, match="seed"):
        side_trial("blocks", "flatten", (16,), -1)


def test_networks_are_whole_at_the_photos_own_side():
    for name, head in itertools.product(("blocks", "basic", "improved"), HEADS):
        network = network_at(name, head, 32)
        assert network.classes == 10
