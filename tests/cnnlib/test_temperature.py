"""A temperature makes answers as sure as they are right, and changes none."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.convolution import softmax_cross_entropy
from cnnlib.network import Network
from cnnlib.spec import DenseLayer, FlattenLayer, NetworkSpec
from cnnlib.temperature import cooled, fitted_temperature


def test_logits_three_times_too_large_are_found_out():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(20_000, 5)) * 2
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([rng.choice(5, p=row) for row in shares])
    assert fitted_temperature(3 * logits, labels) == pytest.approx(3.0, rel=0.05)
    assert fitted_temperature(logits / 3, labels) == pytest.approx(1 / 3, rel=0.05)


def test_no_other_temperature_has_a_smaller_loss():
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(500, 10)) * 4
    labels = (logits + rng.normal(size=logits.shape) * 4).argmax(axis=1)
    best = fitted_temperature(logits, labels)

    def loss(temperature):
        return softmax_cross_entropy((logits / temperature).astype(np.float32), labels)[0]

    assert all(loss(best) <= loss(best * factor) for factor in (0.9, 0.97, 1.03, 1.1))


def test_a_cooled_network_answers_the_same_less_surely():
    spec = NetworkSpec((4, 4, 1), (FlattenLayer(), DenseLayer(3, "softmax")))
    network = Network.initial(spec, 0)
    images = np.random.default_rng(0).random((6, 4, 4, 1), np.float32)
    cool = cooled(network, 4.0)
    assert np.allclose(cool.logits(images), network.logits(images) / 4, atol=1e-6)
    assert (cool.predict(images).argmax(1) == network.predict(images).argmax(1)).all()
