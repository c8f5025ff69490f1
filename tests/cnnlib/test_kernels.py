"""The kernels hold exactly the published numbers, at every size."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.kernels import KERNELS, KernelError, kernel_of_size

PUBLISHED = {
    "identity": ([[0, 0, 0], [0, 1, 0], [0, 0, 0]], 1),
    "box_blur": ([[1, 1, 1], [1, 1, 1], [1, 1, 1]], 9),
    "gaussian_blur": ([[1, 2, 1], [2, 4, 2], [1, 2, 1]], 16),
    "sharpen": ([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], 1),
    "sobel_x": ([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], 1),
    "sobel_y": ([[-1, -2, -1], [0, 0, 0], [1, 2, 1]], 1),
    "prewitt_x": ([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]], 1),
    "prewitt_y": ([[-1, -1, -1], [0, 0, 0], [1, 1, 1]], 1),
    "laplacian": ([[0, 1, 0], [1, -4, 1], [0, 1, 0]], 1),
    "emboss": ([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], 1),
    "outline": ([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], 1),
}
FIXED = sorted(set(PUBLISHED) - {"identity", "box_blur", "gaussian_blur"})


def test_every_kernel_is_listed_under_its_own_name():
    assert set(KERNELS) == set(PUBLISHED)
    assert all(name == kernel.name for name, kernel in KERNELS.items())


@pytest.mark.parametrize("name", PUBLISHED)
def test_weights_are_the_published_ones(name):
    numbers, divisor = PUBLISHED[name]
    expected = np.array(numbers, dtype=np.float32) / np.float32(divisor)
    np.testing.assert_array_equal(KERNELS[name].weights, expected)
    np.testing.assert_array_equal(kernel_of_size(name, 3), expected)


@pytest.mark.parametrize("name", PUBLISHED)
def test_each_says_where_it_comes_from_and_what_it_looks_for(name):
    kernel = KERNELS[name]
    assert len(kernel.source) > 20
    assert kernel.looks_for.endswith(".")
    assert kernel.bias == 0.0


def test_weights_and_list_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        KERNELS["sharpen"].weights[0, 0] = 3
    with pytest.raises(ValueError, match="read-only"):
        kernel_of_size("sharpen", 5)[0, 0] = 3
    with pytest.raises(TypeError):
        KERNELS["mine"] = KERNELS["sharpen"]


@pytest.mark.parametrize("size", range(1, 12))
def test_blurs_and_identity_scale_and_keep_the_brightness(size):
    for name in ("box_blur", "gaussian_blur", "identity"):
        weights = kernel_of_size(name, size)
        assert weights.shape == (size, size)
        assert weights.dtype == np.float32
        assert weights.sum(dtype=np.float64) == pytest.approx(1, abs=1e-6)


def test_gaussian_of_five_is_the_binomial_one():
    row = np.array([1, 4, 6, 4, 1])
    np.testing.assert_array_equal(kernel_of_size("gaussian_blur", 5) * 256, np.outer(row, row))


@pytest.mark.parametrize("name", FIXED)
@pytest.mark.parametrize("size", range(3, 12))
def test_other_kernels_are_padded_with_zeros_around_the_middle(name, size):
    weights = kernel_of_size(name, size).copy()
    start = (size - 1) // 2 - 1
    np.testing.assert_array_equal(
        weights[start : start + 3, start : start + 3], KERNELS[name].weights
    )
    weights[start : start + 3, start : start + 3] = 0
    assert not weights.any()


@pytest.mark.parametrize("name", FIXED)
def test_a_neighbour_comparison_has_no_smaller_form(name):
    with pytest.raises(KernelError, match="at least 3 x 3 cells; the size is 2"):
        kernel_of_size(name, 2)


@pytest.mark.parametrize("size", [0, 12, -1, 2.0, True, "3", None])
def test_sizes_outside_1_to_11_are_refused_with_what_was_received(size):
    with pytest.raises(KernelError, match="from 1 to 11") as error:
        kernel_of_size("box_blur", size)
    assert repr(size) in str(error.value)


def test_an_unknown_name_is_refused_with_the_names_there_are():
    with pytest.raises(KernelError, match="'blurr'; choose one of identity, box_blur"):
        kernel_of_size("blurr", 3)
