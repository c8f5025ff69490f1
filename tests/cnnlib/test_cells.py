from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnlib.cells import activation_of, cell_sum, line_of
from cnnlib.explain import ExplainError, layer_passes
from cnnlib.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    PoolLayer,
    RescaleLayer,
)
from cnnlib.network import Network
from cnnlib.spec import NetworkSpec
from tests.cnnlib.test_network import (
    EVERY_LAYER,
    keras_outputs,
    random_images,
    random_network,
    specs,
)


def some_cells(layers, rng, count=3):
    """For every layer a few of its numbers: (layer, map or unit, cell or None)."""
    for layer in layers:
        *sizes, maps = layer.passed_on.shape
        for _ in range(count):
            number = int(rng.integers(maps))
            yield layer, number, tuple(int(rng.integers(size)) for size in sizes) or None


def after(layer, total):
    """What the layer's function makes of a sum; None where it needs all the others."""
    name = activation_of(layer)
    functions = {
        "linear": lambda x: x,
        "relu": lambda x: max(x, 0.0),
        "tanh": np.tanh,
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    }
    return functions[name](total) if name in functions else None


def assert_cells_equal_keras(keras, network, seed):
    images = random_images(network.spec, 1, seed)
    expected, _ = keras_outputs(keras, network, images)
    rng = np.random.default_rng(seed)
    for layer, number, cell in some_cells(layer_passes(network, images[0]), rng):
        theirs = expected[layer.step.index][0][(*(cell or ()), number)]
        worked = cell_sum(layer, number, cell)
        assert worked.value == pytest.approx(float(theirs), abs=1e-4)
        made = after(layer, worked.total)
        if made is not None:
            # The sum that is shown, and not only the number that was passed on, is Keras's.
            assert made == pytest.approx(float(theirs), abs=1e-4)
        if worked.weights is not None:
            summed = float(worked.products.sum()) + worked.bias
            assert worked.total == pytest.approx(summed, abs=1e-9)


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(spec=specs(), seed=st.integers(0, 1000))
def test_cells_of_random_networks_equal_keras(keras, spec, seed):
    assert_cells_equal_keras(keras, random_network(spec, seed), seed)


def test_cells_of_every_kind_of_layer_equal_keras(keras):
    assert_cells_equal_keras(keras, random_network(EVERY_LAYER, 3), 3)


def passes(layers, image, weights):
    return layer_passes(Network(NetworkSpec(image.shape, layers), weights), image)


def test_cells_worked_out_by_hand():
    image = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32).reshape(2, 2, 1) / 4
    kernel = np.array([[1.0, -1.0], [2.0, 0.0]], np.float32).reshape(2, 2, 1, 1)
    layers = (
        ConvLayer(1, 2, padding="same", activation="relu"),
        PoolLayer("average", 2, 2),
        GlobalAveragePoolLayer(),
        DenseLayer(2, "softmax", use_bias=False),
    )
    weights = (
        {"kernel": kernel, "bias": np.array([-1.0], np.float32)},
        *({}, {}),
        {"kernel": np.array([[2.0, 0.0]], np.float32)},
    )
    conv, pool, mean, dense = passes(layers, image, weights)
    corner = cell_sum(conv, 0, (1, 1))  # its window reaches one row and one column past the image
    assert corner.inputs[:, :, 0].tolist() == [[1.0, 0.0], [0.0, 0.0]]
    assert (corner.bias, corner.total, corner.value) == (-1.0, 0.0, 0.0)
    first = cell_sum(conv, 0, (0, 0))
    assert first.products[:, :, 0].tolist() == [[0.25, -0.5], [1.5, 0.0]]
    assert (first.total, first.value) == (0.25, 0.25)
    pooled = cell_sum(pool, 0, (0, 0))
    assert pooled.weights is None
    assert pooled.inputs.tolist() == conv.passed_on[:, :, 0].tolist()
    assert pooled.total == pytest.approx(conv.passed_on.mean())
    assert cell_sum(mean, 0).value == pooled.value
    unit = cell_sum(dense, 0)
    assert unit.total == pytest.approx(2 * pooled.total)
    assert unit.value == pytest.approx(1 / (1 + np.exp(-unit.total)))


def test_padding_takes_no_part_in_a_pooling():
    image = np.arange(9, dtype=np.float32).reshape(3, 3, 1) / 8
    layers = (PoolLayer("average", 2, 2, "same"), FlattenLayer(), DenseLayer(2, "softmax"))
    network = Network.initial(NetworkSpec((3, 3, 1), layers))
    pool, flat, _ = layer_passes(network, image)
    assert cell_sum(pool, 0, (1, 1)).inputs.tolist() == [[1.0]]
    assert cell_sum(pool, 0, (1, 0)).inputs.tolist() == [[6 / 8, 7 / 8]]
    assert cell_sum(flat, 3).value == 1.0


def test_straight_lines_are_named():
    layers = (
        RescaleLayer((2.0, 3.0, 4.0), (0.5,)),
        BatchNormLayer(),
        ActivationLayer("tanh"),
        FlattenLayer(),
        DenseLayer(2, "softmax"),
    )
    network = random_network(NetworkSpec((2, 2, 3), layers), 1)
    rescale, norm, tanh, flat, dense = layer_passes(network, random_images(network.spec, 1)[0])
    assert line_of(rescale, 2) == (4.0, 0.5)
    scale, shift = line_of(norm, 1)
    assert cell_sum(norm, 1, (1, 0)).total == pytest.approx(
        scale * float(norm.received[1, 0, 1]) + shift
    )
    assert [line_of(layer, 0) for layer in (tanh, flat, dense)] == [None] * 3
    assert [activation_of(layer) for layer in (norm, tanh, dense)] == ["linear", "tanh", "softmax"]


@pytest.mark.parametrize(
    ("layer", "number", "cell"),
    [(0, 9, (0, 0)), (0, 0, (9, 0)), (0, 0, (0, -1)), (0, 0, None), (1, 0, (0, 0)), (2, 2, None)],
)
def test_a_number_that_is_not_there_is_refused_with_what_there_is(layer, number, cell):
    layers = (ConvLayer(4, 2), FlattenLayer(), DenseLayer(2, "softmax"))
    network = Network.initial(NetworkSpec((4, 4, 1), layers))
    shown = layer_passes(network, random_images(network.spec, 1)[0])[layer]
    with pytest.raises(ExplainError, match=f"Layer {layer + 1} passes on .*(maps|units)"):
        cell_sum(shown, number, cell)
