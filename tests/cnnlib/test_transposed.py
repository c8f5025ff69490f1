"""Transposed convolution against Keras and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.convolution import ConvolutionError
from cnnlib.transposed import conv2d_transpose


def test_overlapping_stamps_add_up():
    image = np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 2, 2, 1)
    kernel = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0], [3.0, 0.0, 1.0]]).reshape(3, 3, 1, 1)
    result = conv2d_transpose(image, kernel, stride=2)[0, :, :, 0]
    assert result.tolist() == [
        [1, 0, 2 + 2, 0, 4],
        [0, 1, 0, 2, 0],
        [3 + 3, 0, 1 + 6 + 6 + 4, 0, 2 + 8],
        [0, 3, 0, 4, 0],
        [9, 0, 3 + 12, 0, 4],
    ]


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(
    ("size", "kernel", "stride"),
    [((5, 4), 3, 1), ((4, 4), 3, 2), ((3, 5), 2, 2), ((3, 3), 2, 3), ((4, 3), (4, 3), (2, 3))],
)
def test_it_is_keras_s_layer(keras, size, kernel, stride, padding):
    rng = np.random.default_rng(5)
    images = rng.standard_normal((2, *size, 3)).astype(np.float32)
    layer = keras.layers.Conv2DTranspose(4, kernel, strides=stride, padding=padding)
    layer.build(images.shape)
    kernels, bias = layer.get_weights()[0], rng.standard_normal(4).astype(np.float32)
    layer.set_weights([kernels, bias])
    ours = conv2d_transpose(images, kernels, bias, stride=stride, padding=padding)
    np.testing.assert_allclose(ours, np.asarray(layer(images)), atol=1e-4)
    assert ours.dtype == np.float32


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kernels": np.ones((2, 2, 1, 3))}, "need 2 channels"),
        ({"kernels": np.ones((2, 2, 1))}, "must have the axes"),
        ({"images": np.ones((1, 3, 3, 2), int)}, "float32 or float64"),
        ({"padding": 1}, "'valid' or 'same' here; it is 1"),
        ({"bias": np.ones(2)}, "one number for each filter"),
        ({"stride": 0}, "stride"),
    ],
)
def test_what_does_not_fit_is_quoted(change, words):
    given = {"images": np.ones((1, 3, 3, 2)), "kernels": np.ones((2, 2, 1, 2)), **change}
    with pytest.raises(ConvolutionError, match=words):
        conv2d_transpose(**given)
