"""Points in a plane, and the nearest class mean: against hand-computed numbers and NumPy's own."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.feature_space import (
    FeatureError,
    class_means,
    flat,
    nearest_mean_accuracy,
    nearest_means,
    projection,
)


def test_the_projection_is_the_covariances_leading_eigenvectors():
    rng = np.random.default_rng(3)
    points = rng.normal(size=(40, 6)) * [5, 3, 1, 1, 0.5, 0.1] + rng.normal(size=6)
    found = projection(points)
    values, vectors = np.linalg.eigh(np.cov(points.T))
    assert found.shares == pytest.approx(values[:-3:-1] / values.sum())
    for at, direction in enumerate(found.directions):
        assert abs(direction @ vectors[:, -1 - at]) == pytest.approx(1)
        assert direction[np.abs(direction).argmax()] > 0
    np.testing.assert_allclose(found.points, (points - found.centre) @ found.directions.T)
    np.testing.assert_allclose(found.centre, points.mean(axis=0))


def test_a_projection_keeps_distances_that_lie_in_its_plane():
    corners = np.array([[0, 0, 7], [4, 0, 7], [4, 2, 7], [0, 2, 7]], float)
    found = projection(corners)
    assert sum(found.shares) == pytest.approx(1)
    assert np.linalg.norm(found.points[0] - found.points[2]) == pytest.approx(np.sqrt(20))


def test_points_that_are_all_the_same_or_have_one_number_can_be_drawn():
    same = projection(np.ones((3, 5)))
    assert (same.points == 0).all()
    assert same.shares == (0.0, 0.0)
    line = projection(np.array([[1.0], [3.0]]))
    np.testing.assert_allclose(line.points, [[-1.0, 0.0], [1.0, 0.0]])
    assert line.shares == pytest.approx((1.0, 0.0))


def test_class_means_are_means():
    points = np.array([[0, 0], [2, 4], [10, 10]], np.float32)
    assert class_means(points, np.array([0, 0, 1]), 2).tolist() == [[1, 2], [10, 10]]


def test_the_nearest_mean_is_the_one_at_the_smallest_distance():
    rng = np.random.default_rng(0)
    points, means = rng.normal(size=(50, 7)), rng.normal(size=(4, 7))
    distances = np.linalg.norm(points[:, np.newaxis] - means, axis=2)
    assert (nearest_means(points, means) == distances.argmin(axis=1)).all()


def test_the_accuracy_counts_points_nearest_to_their_own_mean():
    points, labels = np.array([[0.0], [2.0], [9.0], [11.0]]), np.array([0, 0, 1, 1])
    asked = np.array([[5.4], [5.6], [1.0], [99.0]])  # the means are 1 and 10
    assert nearest_mean_accuracy(points, labels, asked, np.array([0, 0, 0, 1])) == 0.75


def test_pixels_are_points_row_by_row():
    images = np.arange(2 * 2 * 3 * 1).reshape(2, 2, 3, 1)
    assert flat(images)[1].tolist() == list(range(6, 12))


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (np.zeros((1, 4)), "two points or more"),
        (np.zeros(4), "received"),
        (np.zeros((3, 0)), "received"),
        (np.array([[np.nan, 1.0], [0.0, 1.0]]), "finite"),
    ],
)
def test_what_cannot_be_projected_is_refused(points, words):
    with pytest.raises(FeatureError, match=words):
        projection(points)


@pytest.mark.parametrize(
    ("labels", "words"),
    [([0, 0, 2], r"\[2, 0, 1\]"), ([0, 1], "needs one label"), ([0, 1, 3], "no others")],
)
def test_every_class_needs_a_point_and_every_point_a_class(labels, words):
    with pytest.raises(FeatureError, match=words):
        class_means(np.zeros((3, 2)), np.array(labels), 3)


def test_means_in_another_space_are_refused():
    with pytest.raises(FeatureError, match="2 and 3"):
        nearest_means(np.zeros((1, 2)), np.zeros((1, 3)))
