"""Small trainings side by side: alike but for one thing, and small."""

from __future__ import annotations

import dataclasses

import pytest

from cnnlib.layers import RescaleLayer
from cnnlib.scaling import input_layer
from cnnlib.spec import SpecError
from cnnlib.trials import noise_name, noise_trial, scaling_name, scaling_of, scaling_trial


@pytest.mark.parametrize("dataset", ["digits", "cifar10"])
def test_runs_with_and_without_noise_differ_in_their_labels_alone(dataset):
    clean, noisy = noise_trial(dataset, 0.3, seed=4)
    assert clean.network == noisy.network
    assert (clean.training.label_noise, noisy.training.label_noise) == (0.0, 0.3)
    assert dataclasses.replace(noisy.training, label_noise=0.0) == clean.training
    assert (clean.training.dataset, clean.training.seed) == (dataset, 4)
    for spec in (clean, noisy):
        spec.check()
        assert spec.work() < 1e11  # seconds, where a default training takes a minute
        assert spec.training.image_count * (1 - spec.training.validation_share) == 1_500


def test_runs_on_noise_are_named_by_it():
    assert [noise_name(spec) for spec in noise_trial("digits", 0.05, seed=0)] == [
        "true labels",
        "5 % wrong labels",
    ]


@pytest.mark.parametrize("noise", [-0.1, 0.6, float("nan")])
def test_noise_that_cannot_be_is_refused(noise):
    with pytest.raises(SpecError):
        noise_trial("digits", noise, seed=0)


def test_runs_with_three_scalings_differ_in_their_first_layer_alone(digits):
    raw, scaled, standardised = scaling_trial("digits", digits, "sgd", 0.05, seed=1)
    assert raw.training == scaled.training == standardised.training
    assert (raw.training.optimizer, raw.training.learning_rate) == ("sgd", 0.05)
    assert raw.network.layers == (RescaleLayer((255.0,), (0.0,)), *scaled.network.layers)
    assert standardised.network.layers[1:] == scaled.network.layers
    assert isinstance(standardised.network.layers[0], RescaleLayer)
    for spec in (raw, scaled, standardised):
        spec.check()
        assert spec.work() < 1e11


def test_scalings_are_told_by_the_first_layer(digits):
    specs = scaling_trial("digits", digits, "adam", 0.001, seed=0)
    assert [scaling_of(spec.network) for spec in specs] == ["raw", "scaled", "standardised"]
    assert scaling_name(specs[0]) == "raw pixels"


def test_standardised_photos_are_no_raw_ones():
    from cnnlib import datasets

    photos = datasets.load("cifar10")
    *_, standardised = scaling_trial("cifar10", photos, "sgd", 0.05, seed=0)
    assert scaling_of(standardised.network) == "standardised"
    assert len(standardised.network.layers[0].scale) == 3
    assert input_layer("raw", photos.x_train) == RescaleLayer((255.0,), (0.0,))


@pytest.mark.parametrize(("optimizer", "rate"), [("newton", 0.1), ("sgd", 0.0), ("sgd", 99.0)])
def test_trainings_that_cannot_be_are_refused(digits, optimizer, rate):
    with pytest.raises(SpecError):
        scaling_trial("digits", digits, optimizer, rate, seed=0)
