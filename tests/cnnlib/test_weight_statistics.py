"""Figures and histograms of weights, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.weight_statistics import (
    WeightError,
    histogram,
    moved,
    statistics_of,
    uniform_shares,
    value_histogram,
)

# Two kernels of one row and two columns: (3, 0) and (4, -1).
KERNELS = np.array([[3.0, 4.0], [0.0, -1.0]], np.float32).reshape(1, 2, 1, 2)
START = np.array([[3.0, 0.0], [0.0, -1.0]], np.float32).reshape(1, 2, 1, 2)


def test_figures_by_hand():
    found = statistics_of(KERNELS, np.array([0.5, -1.0]), start=START, start_limit=1.0)
    assert (found.count, found.mean) == (4, 1.5)
    assert found.deviation == pytest.approx(np.sqrt((1.5**2 + 2.5**2 + 1.5**2 + 2.5**2) / 4))
    assert found.root_mean_square == pytest.approx(np.sqrt(26 / 4))
    assert found.near_zero == 0.25
    assert found.norms.tolist() == pytest.approx([3, np.sqrt(17)])
    assert found.largest.tolist() == [3, 4]
    assert found.moved == pytest.approx(4 / np.sqrt(10))
    assert found.changed.tolist() == [0, 4]
    assert found.bias.tolist() == [0.5, -1.0]
    # A narrow bar is 1/20 wide: 3 is in bar 60 from zero on, -1 in bar 20 below it.
    assert np.flatnonzero(found.counts).tolist() == [400 - 20, 400, 400 + 60, 400 + 80]


def test_without_a_start_nothing_has_moved_as_far_as_is_known():
    found = statistics_of(KERNELS)
    assert (found.moved, found.changed, found.bias) == (None, None, None)


def test_weights_that_are_no_numbers_are_left_out():
    kernels = np.array([np.nan, 1.0, np.inf, -2.0], np.float32).reshape(1, 1, 2, 2)
    found = statistics_of(kernels, start=kernels)
    assert found.counts.sum() == 2
    assert found.largest.tolist() == [0, 2]
    assert np.isnan(found.near_zero)
    assert np.isnan(found.mean)
    huge = statistics_of(np.full((1, 1, 1, 2), 3e38, np.float32))
    assert huge.norms.tolist() == pytest.approx([3e38] * 2, rel=1e-6)


def test_only_zeros_are_all_near_zero():
    found = statistics_of(np.zeros((3, 3, 1, 2)), start=np.zeros((3, 3, 1, 2)))
    assert found.near_zero == 1
    assert np.isnan(found.moved)


def test_shapes_that_cannot_be_are_refused():
    with pytest.raises(WeightError, match=r"\(3, 3\)"):
        statistics_of(np.zeros((3, 3)))
    with pytest.raises(WeightError, match=r"did not begin as \(3,\)"):
        moved(np.zeros(2), np.zeros(3))


def test_a_histogram_counts_every_weight_once_and_has_an_edge_at_zero():
    weights = np.random.default_rng(0).normal(0, 0.5, (3, 3, 8, 16)).astype(np.float32)
    found = statistics_of(weights, start_limit=0.3)
    bars = histogram(found.counts, 0.3, float(found.largest.max()))
    assert 0 in bars.edges
    assert not bars.overflow
    assert bars.edges[-1] >= found.largest.max()
    expected, _ = np.histogram(weights, bars.edges)
    np.testing.assert_allclose(bars.shares, expected / weights.size, atol=2e-3)
    assert bars.shares.sum() == pytest.approx(1)
    assert len(bars.shares) <= 60


def test_bars_are_the_same_for_all_epochs_and_the_last_ones_hold_what_lies_beyond():
    small, large = (statistics_of(np.full((1, 1, 1, 8), x), start_limit=1.0) for x in (0.1, 1000.0))
    first, second = (histogram(each.counts, 1.0, 1000.0) for each in (small, large))
    np.testing.assert_array_equal(first.edges, second.edges)
    assert second.overflow
    assert second.shares[-1] == 1
    assert second.shares[:-1].sum() == 0


def test_a_weight_on_the_limit_is_in_the_last_bar():
    found = statistics_of(np.array([-1.0, 1.0]).reshape(1, 1, 1, 2), start_limit=1.0)
    bars = histogram(found.counts, 1.0, 1.0)
    assert bars.shares.tolist() == [0.5, 0.5]
    assert bars.edges[-1] > 1


def test_biases_lie_around_zero():
    bars = value_histogram(np.array([0.0, 0.0, np.nan, 2.0]), 2.0)
    middle = len(bars.shares) // 2
    assert bars.shares[middle] == pytest.approx(2 / 3)
    assert bars.shares[-1] == pytest.approx(1 / 3)
    assert value_histogram(np.zeros(4), 0.0).shares.max() == 1


def test_uniform_shares_are_those_of_many_drawn():
    edges = np.array([-1.0, -0.3, 0.0, 0.1, 1.0])
    drawn = np.random.default_rng(0).uniform(-0.5, 0.5, 200_000)
    counts, _ = np.histogram(drawn, edges)
    np.testing.assert_allclose(uniform_shares(edges, 0.5), counts / len(drawn), atol=0.005)
