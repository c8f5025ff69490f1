"""Names of variants are read strictly, and their images are those of the set."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib import datasets
from cnnlib.datasets import DatasetError
from cnnlib.variants import Variant, VariantError, parsed, resized, variant


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("digits", Variant("digits")),
        ("cifar10:3,5", Variant("cifar10", (3, 5))),
        ("cifar10@64", Variant("cifar10", (), 64)),
        ("digits:0,9@32+rgb", Variant("digits", (0, 9), 32, True)),
    ],
)
def test_a_name_is_taken_apart_and_put_together(name, expected):
    assert parsed(name) == expected
    assert str(expected) == name
    assert variant(expected.base, expected.labels, expected.side, rgb=expected.rgb) == name


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("cifar10:3", "two or more"),
        ("cifar10:5,3", "in order"),
        ("cifar10:3,3", "each once"),
        ("cifar10:3,10", "classes 0 to 9"),
        ("cifar10@4", "a side from 8"),
        ("cifar10@300", "a side from 8 to 224"),
        ("cifar10@016", "needless zeros"),
        ("cifar10+rgb", "in colour"),
        ("cifar10:", "must be one of digits"),
        ("../digits", "must be one of digits"),
        ("digits\n", "must be one of digits"),
        (None, "must be one of digits"),
    ],
)
def test_another_name_is_refused_with_the_reason(name, reason):
    with pytest.raises(VariantError, match=reason):
        parsed(name)
    with pytest.raises(DatasetError):
        datasets.info(name)


def test_some_classes_are_renumbered_and_alike_in_number():
    whole, some = datasets.load("digits"), datasets.load("digits:4,7")
    known = datasets.info("digits:4,7")
    assert some.classes == known.classes == ("4", "7")
    assert known.sample_counts == (len(some.y_train), len(some.y_test)) == (2 * 763, 200)
    assert np.bincount(some.y_train).tolist() == [763, 763]
    for label, own in ((4, 0), (7, 1)):
        expected = whole.x_test[whole.y_test == label]
        assert np.array_equal(some.x_test[some.y_test == own], expected)


def test_images_are_resized_and_grey_becomes_three_equal_channels():
    data = datasets.load("digits:1,2@40+rgb")
    assert data.x_train.shape == (200, 40, 40, 3)
    assert data.x_train.dtype == np.uint8
    assert data.x_test.shape == (40, 40, 40, 3)
    assert np.array_equal(data.x_train[..., 0], data.x_train[..., 2])
    info = datasets.info("digits:1,2@40+rgb")
    assert (info.image_shape, info.sample_counts) == ((40, 40, 3), (200, 40))
    assert info.title == "Handwritten digits, 2 classes, 40 × 40, in colour"


def test_halving_takes_means_and_doubling_keeps_a_flat_image_flat():
    image = np.zeros((1, 16, 16, 1), np.uint8)
    image[0, :, ::2] = 200
    assert set(np.unique(resized(image, 8)[0, 1:-1, 1:-1])) == {100}
    flat = np.full((2, 8, 8, 3), 77, np.uint8)
    assert np.array_equal(resized(flat, 16), np.full((2, 16, 16, 3), 77, np.uint8))


def test_variants_have_no_full_set():
    assert not datasets.full_is_here("cifar10:3,5")
    with pytest.raises(DatasetError):
        datasets.load("cifar10:3,5", full=True)
