"""Mean and spread of a class's images, held to NumPy's own, and counts."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.class_images import class_counts, class_images


def test_two_images_by_hand():
    # Of 10 and 30 the mean is 20 and the deviation 10; of 7 and 7 it is 7 and 0.
    images = np.array([[10, 7], [30, 7]], np.uint8).reshape(2, 1, 2, 1)
    (only,) = class_images(images, np.array([0, 0]), 1)
    assert only.count == 2
    assert only.mean.ravel().tolist() == [20.0, 7.0]
    assert only.deviation.ravel().tolist() == [10.0, 0.0]


@pytest.mark.parametrize("shape", [(6, 5, 1), (4, 4, 3)])
def test_they_are_numpys_mean_and_standard_deviation(shape):
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (3_500, *shape), dtype=np.uint8)  # more than a chunk a class
    labels = rng.integers(0, 2, 3_500)
    for label, found in enumerate(class_images(images, labels, 2)):
        of_class = images[labels == label].astype(np.float64)
        assert found.count == len(of_class)
        np.testing.assert_allclose(found.mean, of_class.mean(axis=0), rtol=1e-12)
        np.testing.assert_allclose(found.deviation, of_class.std(axis=0), rtol=1e-10)


def test_real_digits(digits):
    ones = digits.x_train[digits.y_train == 1].astype(np.float64)
    found = class_images(digits.x_train, digits.y_train, 10)[1]
    np.testing.assert_allclose(found.mean, ones.mean(axis=0))
    np.testing.assert_allclose(found.deviation, ones.std(axis=0))


def test_a_class_without_images_is_zeros():
    _, empty = class_images(np.full((1, 2, 2, 1), 9, np.uint8), np.array([0]), 2)
    assert empty.count == 0
    assert not empty.mean.any()
    assert not empty.deviation.any()


def test_every_label_is_counted_once(digits):
    counts = class_counts(digits.y_train, 10)
    assert sum(counts) == 9_000
    assert counts[3] == int((digits.y_train == 3).sum())
