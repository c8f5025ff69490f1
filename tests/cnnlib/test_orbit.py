"""Which maps of a network are drawn as planes, and with which levels."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.explain import ExplainError, LayerPass, layer_passes
from cnnlib.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    Layer,
    PoolLayer,
)
from cnnlib.network import Network
from cnnlib.orbit import net_limit, planes_within, stacks, unit_lines
from cnnlib.spec import LayerShape, NetworkSpec


def at_work(layer: Layer, values: list | np.ndarray, *, signed: bool = False) -> LayerPass:
    """A layer that passed on `values`."""
    made = np.array(values, np.float32)
    step = LayerShape(0, layer, made.shape, made.shape, 0, 0, 0)
    return LayerPass(step, {}, made, made, False, signed)


TWO_MAPS = [[[1.0, 0.0], [0.0, 4.0]]]  # 1 x 2 cells; the second map is the stronger one


def test_the_strongest_map_is_first_and_each_has_its_own_scale():
    (stack,) = stacks([at_work(ConvLayer(2), TWO_MAPS)], per="map")
    assert stack.numbers == (1, 0)
    assert stack.limits.tolist() == [4.0, 1.0]
    assert stack.levels.tolist() == [[[0, 255]], [[255, 0]]]
    assert not stack.is_part
    assert not stack.is_flat


def test_maps_of_a_layer_share_the_scale_of_their_largest_value():
    (stack,) = stacks([at_work(ConvLayer(2), TWO_MAPS)], per="layer")
    assert stack.limits.tolist() == [4.0, 4.0]
    assert stack.levels.tolist() == [[[0, 255]], [[64, 0]]]


def test_a_scale_for_the_net_counts_values_of_either_sign():
    signed = at_work(ConvLayer(1), [[[-10.0], [10.0], [0.0]]], signed=True)
    maps, weak = stacks([signed, at_work(DenseLayer(2), [2.0, 10.0])], per="net")
    assert maps.levels.tolist() == [[[0, 254, 127]]]
    assert weak.limits.tolist() == [10.0]
    assert weak.levels.tolist() == [[[51], [255]]]


def test_numbers_that_are_not_finite_are_drawn_like_zero():
    layer = at_work(ConvLayer(1), [[[np.nan], [np.inf], [3.0]]])
    assert net_limit([layer]) == 3.0
    (stack,) = stacks([layer], per="net")
    assert stack.levels.tolist() == [[[0, 0, 255]]]


def test_of_many_maps_only_the_strongest_are_drawn_on_the_scale_of_all():
    strengths = np.array([3.0, 9.0, 1.0, 6.0], np.float32)
    layer = at_work(ConvLayer(4), np.broadcast_to(strengths, (2, 2, 4)))
    (stack,) = stacks([layer], per="layer", most=2)
    assert stack.numbers == (1, 3)
    assert stack.is_part
    assert stack.levels.tolist() == [[[255, 255]] * 2, [[170, 170]] * 2]


def test_a_budget_takes_planes_from_every_layer_but_never_the_last():
    shapes = [(28, 28, 16), (14, 14, 32)]
    assert planes_within(16 * 980, shapes, 16) == 16
    assert planes_within(16 * 980 - 1, shapes, 16) == 15
    assert planes_within(0, shapes, 16) == 1


def test_units_stand_top_to_bottom_and_then_to_the_right():
    (stack,) = stacks([at_work(DenseLayer(18), np.arange(18.0))], per="map")
    levels = np.rint(np.arange(18) * 255 / 17)
    assert stack.is_flat
    assert stack.numbers == tuple(range(18))
    assert stack.levels.shape == (1, 16, 2)
    assert stack.levels[0, :, 0].tolist() == levels[:16].tolist()
    assert stack.levels[0, :, 1].tolist() == [*levels[16:].tolist(), *[0] * 14]


def test_the_strongest_of_too_many_units_keep_their_order():
    values = np.ones(2000, np.float32)
    values[10:30] = 0
    (stack,) = stacks([at_work(FlattenLayer(), values)], per="layer")
    assert stack.is_part
    assert stack.numbers[:12] == (*range(10), 30, 31)
    assert stack.numbers[-1] == 1024 + 20 - 1
    assert stack.levels.shape == (1, 32, 32)
    assert (stack.levels == 255).all()


@pytest.mark.parametrize("count", [1, 16, 17, 256, 257, 1024])
def test_every_unit_has_a_cell(count):
    length, lines = unit_lines(count)
    assert length * (lines - 1) < count <= length * lines


def test_layers_that_pass_on_what_they_were_given_have_no_stack_but_flattening_has():
    layers = (
        *(ConvLayer(3, activation="linear", use_bias=False), BatchNormLayer()),
        *(ActivationLayer("linear"), DropoutLayer(), PoolLayer(), FlattenLayer()),
        *(DropoutLayer(), DenseLayer(2, "softmax")),
    )
    spec = NetworkSpec((6, 6, 1), layers)
    random = np.random.default_rng(0)
    weights = tuple(
        {
            name: random.uniform(0.1, 1, shape).astype(np.float32)
            for name, shape in step.layer.weight_shapes(step.input_shape).items()
        }
        for step in spec.trace()
    )
    passes = layer_passes(Network(spec, weights), random.random((6, 6, 1), np.float32))
    drawn = stacks(passes, per="map")
    assert [stack.layer.step.index for stack in drawn] == [0, 1, 4, 5, 7]
    assert [stack.levels.shape for stack in drawn] == [
        *((3, 4, 4), (3, 4, 4), (3, 2, 2)),
        *((1, 12, 1), (1, 2, 1)),
    ]
    assert [stack.layer.signed for stack in drawn] == [True, True, True, True, False]


def test_an_unknown_scale_is_refused_with_what_there_is():
    with pytest.raises(ExplainError, match="per map, layer or net; received 'cell'"):
        stacks([], per="cell")
