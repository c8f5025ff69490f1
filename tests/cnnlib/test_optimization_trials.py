"""Trainings that differ in one thing, and range tests of them."""

from __future__ import annotations

import dataclasses

import pytest

from cnnlib.optimization_trials import (
    COMPARISONS,
    DATASETS,
    FIRST,
    MOST,
    RATES,
    VALUES,
    compared,
    range_trial,
    step_count,
    trial,
    value_name,
)
from cnnlib.schedules import learning_rate_at
from cnnlib.spec import SpecError, TrainingSpec, limits_of


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("field", COMPARISONS)
def test_runs_differ_in_one_thing_alone(dataset, field):
    base = trial(dataset, "momentum", 0.01, seed=7)
    specs = compared(base, field, VALUES[field][:MOST], RATES)
    assert [getattr(spec.training, field) for spec in specs] == list(VALUES[field][:MOST])
    own = {field: getattr(base.training, field)}
    own |= {"learning_rate": 0.01} if field == "optimizer" else {}
    for spec in specs:
        spec.check()
        assert spec.network == base.network
        assert dataclasses.replace(spec.training, **own) == base.training
    assert len({value_name(field, spec.training) for spec in specs}) == len(specs)


def test_optimizers_get_their_own_rates():
    base = trial("digits", "sgd", 1.0)
    specs = compared(base, "optimizer", ["sgd", "adam"], {"sgd": 0.2, "adam": 0.003})
    assert [spec.training.learning_rate for spec in specs] == [0.2, 0.003]


@pytest.mark.parametrize("field", COMPARISONS)
def test_there_are_two_to_four_of_what_there_is(field):
    base = trial("digits", "sgd", 0.1)
    for values in (VALUES[field][:1], VALUES[field][:1] * 5, ["none", "such"]):
        with pytest.raises(SpecError):
            compared(base, field, values, RATES)
    assert set(FIRST[field]) <= set(VALUES[field])
    with pytest.raises(SpecError):
        compared(base, "epochs", [1, 2], RATES)


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_range_test_goes_from_too_small_to_too_large_in_some_250_steps(dataset):
    for optimizer in limits_of(TrainingSpec, "optimizer"):
        spec = range_trial(dataset, optimizer)
        training = spec.training
        spec.check()
        steps = training.epochs * step_count(training)
        assert 240 <= steps <= 300
        rates = [
            learning_rate_at(training.schedule, training.learning_rate, step, steps)
            for step in (0, steps - 1)
        ]
        assert rates[0] < RATES[optimizer] / 100
        assert rates[1] > RATES[optimizer] * 20


def test_what_there_is_not_is_refused():
    with pytest.raises(SpecError, match="moths"):
        trial("moths", "sgd", 0.1)
    with pytest.raises(SpecError, match="lion"):
        range_trial("digits", "lion")
