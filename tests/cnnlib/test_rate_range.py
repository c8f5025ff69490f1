"""The range test: what it suggests from losses of known shapes, whatever becomes of them."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.events import BatchEvent, EpochEvent
from cnnlib.optimization_trials import range_trial, step_count
from cnnlib.rate_range import BACK, range_test, read, smoothed

RATES = np.geomspace(1e-4, 10, 201)


def losses(turn: float, noise: float = 0.0, seed: int = 0) -> np.ndarray:
    """Flat until a hundredth of `turn`, falling up to it, then rising steeply."""
    place = np.log10(RATES / turn)
    shape = np.where(place < -2, 2.3, 2.3 - 0.7 * (place + 2))
    shape = np.where(place > 0, 0.9 + 20 * place, shape)
    return shape + noise * np.random.default_rng(seed).standard_normal(len(RATES))


@pytest.mark.parametrize("turn", [0.01, 0.1, 1.0])
def test_the_suggestion_is_a_fixed_part_of_the_rate_where_the_loss_turns(turn):
    found = read(RATES, losses(turn))
    assert 0.5 * turn < found.lowest <= turn  # the wall behind it leans on what is smoothed
    assert found.suggestion == pytest.approx(found.lowest / BACK, rel=0.05)


@pytest.mark.parametrize("seed", range(5))
def test_noisy_batches_hardly_move_it(seed):
    noisy = read(RATES, losses(0.1, noise=0.15, seed=seed))
    assert noisy.suggestion == pytest.approx(read(RATES, losses(0.1)).suggestion, rel=0.6)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_what_comes_after_the_first_loss_that_is_no_number_is_ignored(wrong):
    broken = losses(0.1)
    end = np.searchsorted(RATES, 0.12)
    broken[end] = wrong
    broken[end + 1 :] = 1e-9  # a dead network may have the smallest loss of all
    found = read(RATES, broken)
    assert len(found.smoothed) == end
    assert 0.05 / BACK < found.suggestion < 0.13 / BACK


def test_a_network_that_learns_anew_after_it_broke_suggests_nothing_new():
    twice = losses(0.1)
    again = np.searchsorted(RATES, 2.0)
    twice[again:] = 0.2
    assert read(RATES, twice).suggestion == read(RATES, losses(0.1)).suggestion


def test_one_wild_batch_does_not_hide_what_lies_beside_it():
    wild = losses(0.1)
    wild[100] = 1e9
    assert read(RATES, wild).suggestion == pytest.approx(
        read(RATES, losses(0.1)).suggestion, rel=0.2
    )


def test_nothing_learned_suggests_nothing():
    flat = 2.3 + 0.02 * np.random.default_rng(1).standard_normal(len(RATES))
    assert read(RATES, flat).suggestion is None
    assert read(RATES, np.full(len(RATES), np.nan)).suggestion is None
    assert read(RATES[:5], losses(0.1)[:5]).suggestion is None
    assert read(np.array([]), np.array([])).lowest is None


def test_smoothing_keeps_a_straight_course_and_the_length():
    line = np.linspace(2.0, 1.0, 100)
    assert len(smoothed(line)) == 100
    assert smoothed(line)[20:80] == pytest.approx(line[20:80], abs=1e-9)


def test_each_batch_of_a_run_is_put_at_its_own_rate():
    training = range_trial("digits", "sgd").training
    batches = step_count(training)
    events = [
        BatchEvent(1, 1, batches, 2.3, 0.1, 1.0, 0.1),
        EpochEvent(1, 2.2, 0.1, 2.2, 0.1, 1.0, 0.2),
        BatchEvent(training.epochs, batches, batches, 9.9, 0.1, 1.0, 0.3),
    ]
    found = range_test(training, events, batches)
    assert found.rates == pytest.approx([1e-4, 10.0])
    assert found.losses.tolist() == [2.3, 9.9]
