"""Kernels as pictures, colour by colour."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.colours import signed
from cnnlib.kernel_pictures import (
    SEAM,
    colour_pictures,
    kernel_picture,
    legend,
    mosaic,
    side_by_side,
)
from cnnlib.layer_weights import weight_layers
from cnnlib.layers import ConvLayer, DenseLayer, FlattenLayer
from cnnlib.spec import NetworkSpec
from cnnlib.weight_statistics import WeightError

LAYERS = (ConvLayer(2, 2), ConvLayer(3, 2), FlattenLayer(), DenseLayer(2, "softmax"))
COLOURED, DEEPER, _ = weight_layers(NetworkSpec((5, 5, 3), LAYERS))


def test_colours_are_around_mid_grey_and_each_filter_has_its_limit():
    kernels = np.zeros((1, 2, 3, 2))
    kernels[0, 0, :, 0] = (1, 0, -1)
    kernels[0, 1, :, 1] = (1, 0.5, -4)
    found = colour_pictures(kernels, np.array([1.0, 2.0]))
    assert found.shape == (2, 1, 2, 3)
    assert found[0, 0].tolist() == [[254, 127, 0], [127, 127, 127]]
    assert found[1, 0].tolist() == [[127, 127, 127], [190, 159, 0]]


def test_weights_that_are_no_numbers_are_mid_grey():
    kernels = np.array([np.nan, np.inf, 1.0]).reshape(1, 1, 3, 1)
    assert colour_pictures(kernels, np.array([1.0])).ravel().tolist() == [127, 127, 254]


def test_other_channels_are_no_colours():
    with pytest.raises(WeightError, match="4 slices"):
        colour_pictures(np.zeros((2, 2, 4, 1)), np.ones(1))


def test_slices_lie_in_rows_with_a_seam():
    kernel = np.zeros((1, 1, 3))
    kernel[0, 0] = (2, -2, 0)
    found = mosaic(kernel, 2.0)
    blue, orange, white = (signed(np.array(x), 1.0).tolist() for x in (1.0, -1.0, 0.0))
    assert found.shape == (3, 3, 3)
    assert found[0, 0].tolist() == blue
    assert found[0, 2].tolist() == orange
    assert found[2, 0].tolist() == white
    assert found[1, 1].tolist() == found[2, 2].tolist() == list(SEAM)
    assert mosaic(np.zeros((3, 3, 200)), 1.0).shape == (31, 31, 3)


def test_a_layer_s_kernels_are_in_its_colours():
    kernel = np.zeros((2, 2, 3))
    assert kernel_picture(COLOURED, kernel, 1.0)[0, 0].tolist() == [127] * 3
    assert kernel_picture(DEEPER, kernel[:, :, :2], 1.0)[0, 0].tolist() == [247] * 3
    assert legend(COLOURED)[[0, 127, 254]].tolist() == [[0] * 3, [127] * 3, [254] * 3]
    assert legend(DEEPER)[127].tolist() == [247] * 3


def test_two_pictures_stand_side_by_side():
    left, right = np.full((2, 3, 3), 1, np.uint8), np.full((2, 3, 3), 2, np.uint8)
    both = side_by_side(left, right)
    assert both.shape == (2, 7, 3)
    assert both[1, :, 0].tolist() == [1, 1, 1, SEAM[0], 2, 2, 2]
