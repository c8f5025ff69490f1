"""Nearest neighbours, held to the distances of all pairs worked out one by one."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib import datasets, neighbours


def brute_force(query: np.ndarray, images: np.ndarray) -> np.ndarray:
    return np.array([np.linalg.norm(image / 255 - query) for image in images])


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 32, 3)])
def test_nearest_are_those_of_brute_force(shape):
    rng = np.random.default_rng(3)
    images = rng.integers(0, 256, (4_321, *shape), dtype=np.uint8)  # not a whole number of chunks
    query = rng.random(shape)
    indices, distances = neighbours.nearest(query, images, 10)
    expected = brute_force(query, images)
    assert indices.tolist() == np.argsort(expected, kind="stable")[:10].tolist()
    np.testing.assert_allclose(distances, np.sort(expected)[:10], rtol=1e-12)


def test_real_digits_have_the_neighbours_of_brute_force(digits):
    query = digits.x_test[17] / 255
    indices, distances = neighbours.nearest(query, digits.x_train, 12)
    expected = brute_force(query, digits.x_train)
    assert indices.tolist() == np.argsort(expected, kind="stable")[:12].tolist()
    np.testing.assert_allclose(distances, np.sort(expected)[:12], rtol=1e-12)


def test_an_image_of_the_set_is_its_own_nearest_at_exactly_no_distance(digits):
    indices, distances = neighbours.nearest(digits.x_train[4321] / 255, digits.x_train, 3)
    assert indices[0] == 4321
    assert distances[0] == 0.0
    assert distances[1] > 0


def test_images_equally_far_come_in_their_order():
    images = np.repeat(np.array([9, 5, 5, 5], np.uint8), 1).reshape(4, 1, 1, 1)
    indices, _ = neighbours.nearest(np.full((1, 1, 1), 5 / 255), images, 3)
    assert indices.tolist() == [1, 2, 3]


def test_there_are_no_more_neighbours_than_images():
    images = np.arange(3, dtype=np.uint8).reshape(3, 1, 1, 1)
    indices, distances = neighbours.nearest(np.zeros((1, 1, 1)), images, 10)
    assert indices.tolist() == [0, 1, 2]
    np.testing.assert_allclose(distances, [0, 1 / 255, 2 / 255])


def test_a_picture_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"\(2, 1, 1\).*\(1, 1, 1\)"):
        neighbours.nearest(np.zeros((2, 1, 1)), np.zeros((3, 1, 1, 1), np.uint8), 1)


def test_squared_distances_are_those_of_every_pair():
    rng = np.random.default_rng(0)
    queries = rng.random((3, 4, 4, 2))
    images = rng.integers(0, 256, (5, 4, 4, 2), dtype=np.uint8)
    expected = [[np.sum((q - image / 255) ** 2) for image in images] for q in queries]
    np.testing.assert_allclose(neighbours.squared_distances(queries, images), expected, rtol=1e-4)


def test_the_share_of_right_labels_counts_queries():
    images = np.array([0, 100, 200], np.uint8).reshape(3, 1, 1, 1)
    queries = np.array([10, 90, 210, 120], np.uint8).reshape(4, 1, 1, 1)
    # Nearest are 0, 100, 200, 100, so the labels said are 7, 8, 9, 8; the third is wrong.
    share = neighbours.neighbours_label_share(
        queries, np.array([7, 8, 7, 8]), images, np.array([7, 8, 9])
    )
    assert share == 0.75


def test_nearest_neighbours_know_most_digits_and_few_photos(digits):
    photos = datasets.load("cifar10")
    shares = [
        neighbours.neighbours_label_share(s.x_test[::10], s.y_test[::10], s.x_train, s.y_train)
        for s in (digits, photos)
    ]
    assert shares[0] > 0.9
    assert 0.1 < shares[1] < 0.5


def test_a_digit_moved_by_two_pixels_is_farther_from_itself_than_from_another_class(digits):
    # The data set page says so of nine digits out of ten.
    images, labels = digits.x_test[::5], digits.y_test[::5]
    moved = np.zeros_like(images)
    moved[:, :, 2:] = images[:, :, :-2]
    own = np.sqrt(np.sum(((images - moved.astype(float)) / 255) ** 2, axis=(1, 2, 3)))
    squared = neighbours.squared_distances(images / 255, digits.x_train)
    squared[labels[:, np.newaxis] == digits.y_train] = np.inf
    assert 0.87 < np.mean(own > np.sqrt(squared.min(axis=1))) < 0.95
