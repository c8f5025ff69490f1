"""The first steps of a small network: from one start, with gradient descent redone by hand."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib import datasets
from cnnlib.descent import SGD, all_optimizers
from cnnlib.first_steps import BATCH, SPEC, STEPS, first_losses
from cnnlib.network import Network


@pytest.fixture(scope="module")
def shown(few_digits):
    return datasets.scale(few_digits.x_train[:200]), few_digits.y_train[:200]


def test_all_start_from_one_loss_and_learn(shown):
    losses = first_losses(all_optimizers(0.01), *shown)
    assert {len(curve) for curve in losses.values()} == {STEPS + 1}
    assert len({curve[0] for curve in losses.values()}) == 1
    assert all(curve[-1] < curve[0] for curve in losses.values())
    assert losses["adam"][-1] < 0.1 < losses["sgd"][-1]


def test_the_first_step_by_hand(shown):
    images, labels = shown
    network = Network.initial(SPEC, 5)
    rng = np.random.default_rng(5)
    members = rng.choice(200, BATCH, replace=False)
    gradients = network.backward(images[members], labels[members]).weights
    moved = tuple(
        {name: weights - 0.1 * slopes[name] for name, weights in layer.items()}
        for layer, slopes in zip(network.weights, gradients, strict=True)
    )
    losses = first_losses({"sgd": SGD(0.1)}, images, labels, seed=5)["sgd"]
    for count, state in enumerate((network, Network(SPEC, moved))):
        wanted = state.backward(images, labels).loss
        assert losses[count] == pytest.approx(wanted, abs=1e-5)


def test_the_same_seed_gives_the_same_curve(shown):
    first, again, other = (
        first_losses({"sgd": SGD(0.1)}, *shown, seed=seed)["sgd"] for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).all()


def test_what_blows_up_is_infinite_and_warns_nobody(shown):
    losses = first_losses({"sgd": SGD(1e30)}, *shown)["sgd"]
    assert np.isinf(losses[-1])
    assert not np.isnan(losses).any()
