"""Trials of transfer: four runs alike in their images, and what each of them has to learn."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from cnnlib import datasets
from cnnlib.layers import BatchNormLayer, ConvLayer, DenseLayer, GlobalAveragePoolLayer, PoolLayer
from cnnlib.presets import improved
from cnnlib.spec import NetworkSpec, RunSpec, SpecError, TrainingSpec
from cnnlib.start import like_layers
from cnnlib.transfer_trials import (
    HELD_BACK,
    NAMES,
    SOURCES,
    each_of,
    is_of_trial,
    kind_of,
    trained_on,
    training_cost,
    transfer_trial,
    trial_name,
    with_head,
)
from cnnlib.variants import VariantError

SHIPPED = improved()  # of the shipped network's kind
LABELS = (0, 2, 3, 5, 7)


def trial(source="photos", labels=LABELS, each=20, seed=0) -> dict[str, RunSpec]:
    return transfer_trial(SOURCES[source], labels, each, seed, SHIPPED)


def test_the_four_runs_see_the_same_images_as_often():
    specs = trial(each=10, seed=7)
    assert list(specs) == list(NAMES)
    trainings = [
        dataclasses.replace(spec.training, start="", frozen=False, learning_rate=0.001)
        for spec in specs.values()
    ]
    assert len(set(trainings)) == 1
    assert (trainings[0].seed, trainings[0].dataset) == (7, "cifar10:0,2,3,5,7")
    starts = {kind: (s.training.start, s.training.frozen) for kind, s in specs.items()}
    assert starts == {
        "frozen": ("cifar10", True),
        "fine": ("cifar10", False),
        "fresh": ("", False),
        "small": ("", False),
    }
    assert specs["frozen"].network == specs["fine"].network == specs["fresh"].network


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("each", [5, 20, 50])
def test_as_many_images_are_trained_on_as_was_said(source, each):
    for kind, spec in trial(source, SOURCES[source].labels, each).items():
        spec.check()
        assert spec.network.input_shape == datasets.info(spec.training.dataset).image_shape
        assert each_of(spec.training) == each
        training = spec.training
        held = datasets.held_back_count(training.image_count, training.validation_share)
        assert held == 5 * HELD_BACK
        assert training.image_count - held == 5 * each
        assert (kind_of(spec), trial_name(spec)) == (kind, NAMES[kind])


@pytest.mark.parametrize("labels", [(3, 5), tuple(range(10))])
def test_two_classes_and_ten_are_allowed(labels):
    for spec in trial(labels=labels, each=5).values():
        spec.check()
        assert spec.network.classes == len(labels)


@pytest.mark.parametrize(
    ("labels", "each", "error"),
    [
        ((3,), 20, SpecError),
        ((3, 3), 20, SpecError),
        (LABELS, 4, SpecError),
        (LABELS, 51, SpecError),
        ((3, 10), 20, VariantError),
    ],
)
def test_trials_that_cannot_be_are_refused(labels, each, error):
    with pytest.raises(error):
        trial(labels=labels, each=each)


def test_the_new_head_takes_the_old_ones_place():
    network = with_head(SHIPPED, 3)
    assert network.layers[:-1] == SHIPPED.layers[:-1]
    assert network.layers[-1] == DenseLayer(3, "softmax")


def test_the_images_are_those_that_the_training_takes():
    labels = np.repeat(np.arange(5), 90)
    few, many = (trial(each=each, seed=3)["small"].training for each in (5, 20))

    def indices(training: TrainingSpec) -> np.ndarray:
        return trained_on(labels, training.image_count, training.validation_share, training.seed)

    taken, _ = datasets.training_split(labels, many.image_count, 3, many.validation_share)
    assert sorted(indices(many)) == sorted(taken)
    assert labels[indices(many)].tolist() == np.repeat(np.arange(5), 20).tolist()
    # Fewer images are the first of more, and validation is on the same ones.
    assert (indices(many).reshape(5, 20)[:, :5] == indices(few).reshape(5, 5)).all()
    held = [
        datasets.training_split(labels, t.image_count, 3, t.validation_share)[1]
        for t in (few, many)
    ]
    assert (held[0] == held[1]).all()


def test_runs_of_a_trial_are_told_from_others():
    specs = trial(each=5, seed=9)
    dataset = specs["small"].training.dataset
    assert all(is_of_trial(spec, dataset, SHIPPED) for spec in specs.values())
    assert not any(is_of_trial(spec, "cifar10:0,1", SHIPPED) for spec in specs.values())
    other = dataclasses.replace(specs["fresh"].training, schedule="constant")
    assert not is_of_trial(RunSpec(specs["fresh"].network, other), dataset, SHIPPED)


TINY = NetworkSpec(
    (8, 8, 3),
    (
        ConvLayer(4, 3, 1, "same", "linear", use_bias=False),
        BatchNormLayer(),
        PoolLayer(),
        ConvLayer(6, 3, 1, "same"),
        GlobalAveragePoolLayer(),
        DenseLayer(2, "softmax"),
    ),
)


def test_weights_and_work_by_hand():
    spec = RunSpec(TINY, TrainingSpec("cifar10"))
    cost = training_cost(spec)
    first, second, head = 64 * 27 * 4, 16 * 36 * 6, 6 * 2
    assert cost.learning == 27 * 4 + 2 * 4 + (36 * 6 + 6) + (6 * 2 + 2)
    assert cost.kept == 0
    assert cost.forward == first + second + head
    # What goes into the first layer are pixels: nobody asks for their gradient.
    assert cost.backward == first + 2 * (second + head)


def test_frozen_features_leave_the_head_to_learn():
    training = TrainingSpec("cifar10", start="cifar10", frozen=True)
    cost = training_cost(RunSpec(TINY, training), like_layers(TINY, TINY))
    assert (cost.learning, cost.kept) == (14, 27 * 4 + 8 + 36 * 6 + 6)
    assert cost.backward == 12
    assert training_cost(RunSpec(TINY, training), 3).backward == 16 * 36 * 6 + 2 * 12
