"""Training with an average of the weights: the average by hand, and going on from a state."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from cnnlib.averaged_training import AveragedTraining
from cnnlib.datasets import scale
from cnnlib.network import Network


@pytest.fixture
def recipe(tiny_run):
    return dataclasses.replace(tiny_run.training, epochs=4, schedule="one_cycle", averaging=0.25)


@pytest.fixture
def batch(few_digits):
    return scale(few_digits.x_train[:60]), np.eye(10, dtype=np.float32)[few_digits.y_train[:60]]


def _flat(weights):
    return np.concatenate([array.ravel() for arrays in weights for array in arrays.values()])


def test_the_average_is_the_one_by_hand(keras, tiny_network, recipe, batch):
    from cnnlib.keras_model import get_weights

    training = AveragedTraining(tiny_network, recipe)
    expected = _flat(training.averaged()).astype(np.float64)
    for step in range(4):
        training.epoch(step + 1, 1, [batch])
        kept = min(0.25, (1 + step) / (10 + step))
        own = _flat(get_weights(training.model, tiny_network))
        expected = kept * expected + (1 - kept) * own
        np.testing.assert_allclose(_flat(training.averaged()), expected, atol=1e-6)
        # Looking at the average does not change what is trained on.
        np.testing.assert_array_equal(_flat(get_weights(training.model, tiny_network)), own)


def test_it_learns_and_goes_on_from_a_state_with_the_same_numbers(
    keras, tiny_network, recipe, batch
):
    whole = AveragedTraining(tiny_network, recipe)
    losses = [whole.epoch(number, 5, [batch] * 5)[0] for number in (1, 2)]
    state = whole.state()
    losses += [whole.epoch(number, 5, [batch] * 5)[0] for number in (3, 4)]
    assert losses[3] < 0.8 * losses[0]
    resumed = AveragedTraining(tiny_network, recipe)
    resumed.restore(state)
    again = [resumed.epoch(number, 5, [batch] * 5)[0] for number in (3, 4)]
    assert again == losses[2:]
    np.testing.assert_array_equal(_flat(resumed.averaged()), _flat(whole.averaged()))
    images, _ = batch
    np.testing.assert_allclose(
        Network(tiny_network, resumed.averaged()).predict(images).sum(axis=1), 1, atol=1e-5
    )


def test_a_state_of_another_network_is_refused(keras, tiny_network, recipe):
    training = AveragedTraining(tiny_network, recipe)
    with pytest.raises(ValueError, match="this state is of another network"):
        training.restore({"0": np.zeros(3)})
