"""Faint filters and twins, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.filter_health import Twins, chance_similarity, faint_filters, similarities, twins
from cnnlib.weight_statistics import WeightError


def kernels_of(*columns) -> np.ndarray:
    """Kernels of one row, each given by its weights."""
    return np.array(columns, np.float32).T.reshape(1, -1, 1, len(columns))


def test_similarities_by_hand():
    found = similarities(kernels_of((3, 4), (6, 8), (4, -3), (-3, -4), (0, 0)))
    np.testing.assert_allclose(found[:4, :4], [
        [1, 1, 0, -1],
        [1, 1, 0, -1],
        [0, 0, 1, 0],
        [-1, -1, 0, 1],
    ], atol=1e-12)  # fmt: skip
    assert np.isnan(found[4]).all()
    assert np.isnan(found[:, 4]).all()


def test_twins_come_in_order_and_each_pair_once():
    # cosines: 1 and 2: 0.6; 1 and 3: 24/25; 2 and 3: 0.8 (of (1, 0), (0.6, 0.8), (24/25, 7/25)).
    kernels = kernels_of((5, 0), (3, 4), (24, 7))
    assert [(pair.first, pair.second) for pair in twins(kernels, 0.5)] == [(0, 2), (1, 2), (0, 1)]
    assert [pair.similarity for pair in twins(kernels, 0.5)] == pytest.approx([0.96, 0.8, 0.6])
    assert [(pair.first, pair.second) for pair in twins(kernels)] == [(0, 2)]
    assert [(pair.first, pair.second) for pair in twins(kernels, 0.97)] == []


def test_equal_kernels_are_twins_even_at_one():
    one = np.random.default_rng(3).normal(size=27)
    assert twins(kernels_of(one, 2.5 * one, -one), 1.0) == [Twins(0, 1, pytest.approx(1))]


def test_weights_that_are_no_numbers_have_no_twins():
    assert twins(kernels_of((np.nan, 1), (np.nan, 1), (np.inf, 1), (0, 0))) == []


@pytest.mark.parametrize("threshold", [0.49, 1.01, float("nan"), -1])
def test_thresholds_that_there_are_not_are_refused(threshold):
    with pytest.raises(WeightError, match=r"from 0\.5 to 1"):
        twins(kernels_of((1, 0), (0, 1)), threshold)


def test_kernels_of_another_shape_are_refused():
    with pytest.raises(WeightError, match=r"\(2, 2\)"):
        similarities(np.zeros((2, 2)))


def test_faint_filters_are_far_below_the_middle():
    assert faint_filters(np.array([1.0, 0.05, 0.051, 2.0, 1.0])) == [1]
    assert faint_filters(np.array([0.0, 0.0, 0.0, 5.0])) == [0, 1, 2]
    assert faint_filters(np.array([1.0, np.nan])) == []


def test_random_directions_have_about_that_similarity():
    found = similarities(np.random.default_rng(0).normal(size=(3, 3, 4, 200)))
    spread = found[np.triu_indices(200, 1)].std()
    assert chance_similarity(36) == pytest.approx(1 / 6)
    assert spread == pytest.approx(1 / 6, rel=0.03)
