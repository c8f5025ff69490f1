"""Layers that are like the shipped network's begin with its weights; frozen ones keep them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from cnnlib import datasets
from cnnlib.events import EpochEvent, SnapshotEvent
from cnnlib.network import Network
from cnnlib.spec import (
    ConvLayer,
    DenseLayer,
    FlattenLayer,
    NetworkSpec,
    RunSpec,
    SpecError,
    TrainingSpec,
)
from cnnlib.start import MODELS, like_layers, started_layers
from cnnlib.training import train

SHIPPED = Network.load(MODELS / "digits.npz")
HEADED = NetworkSpec((28, 28, 1), (*SHIPPED.spec.layers[:-1], DenseLayer(2, "softmax")))
TRAINING = TrainingSpec(dataset="digits:3,8", image_count=100, epochs=1, start="digits")


def snapshots(network, training):
    spec = RunSpec(network, training)
    events = list(train(spec, datasets.load(training.dataset)))
    assert any(isinstance(event, EpochEvent) for event in events)
    return [event.weights for event in events if isinstance(event, SnapshotEvent)]


def changed(before, after):
    return [
        any(not np.array_equal(old[name], new[name]) for name in old)
        for old, new in zip(before, after, strict=True)
    ]


@pytest.mark.parametrize("frozen", [True, False])
def test_all_but_the_head_is_taken_over(frozen):
    first, last = snapshots(HEADED, dataclasses.replace(TRAINING, frozen=frozen))
    assert started_layers(RunSpec(HEADED, TRAINING)) == len(SHIPPED.spec.layers) - 1
    for own, shipped in zip(first[:-1], SHIPPED.weights[:-1], strict=True):
        assert all(np.array_equal(own[name], shipped[name]) for name in shipped)
    has_weights = [bool(layer) for layer in first]
    expected = [False] * (len(first) - 1) + [True] if frozen else has_weights
    assert changed(first, last) == expected


def test_a_head_of_as_many_units_is_a_new_one_too():
    network = NetworkSpec((28, 28, 1), SHIPPED.spec.layers)
    training = dataclasses.replace(TRAINING, dataset="digits", frozen=True)
    first, last = snapshots(network, training)
    assert not np.array_equal(first[-1]["kernel"], SHIPPED.weights[-1]["kernel"])
    assert changed(first, last)[-1]


def test_layers_are_alike_up_to_the_first_difference():
    other = list(SHIPPED.spec.layers)
    convolutions = [n for n, layer in enumerate(other) if isinstance(layer, ConvLayer)]
    other[convolutions[1]] = dataclasses.replace(other[convolutions[1]], kernel_size=5)
    assert like_layers(NetworkSpec((28, 28, 1), tuple(other)), SHIPPED.spec) == convolutions[1]
    assert like_layers(NetworkSpec((28, 28, 3), SHIPPED.spec.layers), SHIPPED.spec) == 0


def test_a_network_with_no_layer_alike_is_told_so():
    network = NetworkSpec((28, 28, 1), (FlattenLayer(), DenseLayer(2, "softmax")))
    with pytest.raises(SpecError, match="no layer of this network is like the first ones"):
        snapshots(network, TRAINING)
