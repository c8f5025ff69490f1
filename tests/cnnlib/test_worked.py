"""Flatten, a dense unit and softmax, number by number: by hand, and as the network has them."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.convolution import ConvolutionError
from cnnlib.network import Network
from cnnlib.worked import dense_sum, flatten_order, softmax_steps


def test_flatten_goes_along_rows_then_columns_then_channels(keras):
    volume = np.arange(24, dtype=np.float32).reshape(2, 4, 3) ** 2
    cells = flatten_order(volume)
    theirs = np.asarray(keras.layers.Flatten()(volume[np.newaxis]))[0]
    assert [cell.value for cell in cells] == theirs.tolist()
    assert (cells[16].row, cells[16].column, cells[16].channel) == (1, 1, 1)
    assert all(c.position == (c.row * 4 + c.column) * 3 + c.channel for c in cells)


def test_only_a_volume_can_be_flattened():
    with pytest.raises(ConvolutionError, match="three axes"):
        flatten_order(np.ones((2, 2)))


def test_a_units_sum_is_the_logit(cifar10):
    network = Network.load("assets/models/cifar10.npz")
    image = cifar10.x_test[:1].astype(np.float32) / 255
    inputs, weights = network.activations(image)[-2][0], network.weights[-1]
    for unit in range(10):
        worked = dense_sum(inputs, weights["kernel"], weights["bias"], unit, top=6)
        assert worked.total == pytest.approx(network.logits(image)[0, unit], abs=1e-4)
        shown = worked.products[list(worked.strongest)].sum() + worked.rest + worked.bias
        assert shown == pytest.approx(worked.total, abs=1e-9)
        largest = np.sort(np.abs(worked.products))[::-1][:6]
        np.testing.assert_array_equal(np.abs(worked.products[list(worked.strongest)]), largest)


@pytest.mark.parametrize("unit", [-1, 2])
def test_a_unit_there_is_not_is_refused(unit):
    with pytest.raises(ConvolutionError, match="from 0 to 1"):
        dense_sum(np.ones(3), np.ones((3, 2)), None, unit)


def test_softmax_by_hand():
    steps = softmax_steps(np.array([3.0, 1.0, 1.0]), 2.0)
    assert steps.scaled.tolist() == [1.5, 0.5, 0.5]
    assert steps.shifted.tolist() == [0, -1, -1]
    assert steps.total == pytest.approx(1 + 2 / np.e)
    np.testing.assert_allclose(steps.shares, [0.57611688, 0.21194156, 0.21194156], atol=1e-8)


def test_a_cold_softmax_does_not_overflow():
    steps = softmax_steps(np.array([800.0, -800.0]), 0.1)
    assert steps.shares.tolist() == [1, 0]


def test_steps_end_where_softmax_ends(keras):
    logits = np.random.default_rng(4).normal(0, 5, 10)
    for temperature in (0.1, 1.0, 7.5):
        theirs = np.asarray(keras.ops.softmax(logits / temperature))
        steps = softmax_steps(logits, temperature)
        np.testing.assert_allclose(steps.shares, theirs, atol=1e-6)
        np.testing.assert_allclose(steps.powers / steps.total, steps.shares, atol=1e-12)


@pytest.mark.parametrize("temperature", [0, -1, float("nan")])
def test_a_temperature_must_be_over_0(temperature):
    with pytest.raises(ConvolutionError, match="temperature must be over 0"):
        softmax_steps(np.ones(3), temperature)
