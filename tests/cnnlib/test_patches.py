"""What a cell sees is what it depends on, and a patch cut out is what the cell saw."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlib.network import Network
from cnnlib.patches import Field, PatchError, Window, cut, patch_picture, receptive_fields
from cnnlib.receptive import Axis
from cnnlib.spec import (
    ConvLayer,
    DenseLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    NetworkSpec,
    PoolLayer,
    SpecError,
)

IMAGE = np.arange(1, 13, dtype=np.uint8).reshape(3, 4, 1)


def positive_network(layers: tuple) -> Network:
    """All weights above 0 and nothing cut off, so that no dependence can cancel out."""
    spec = NetworkSpec((9, 7, 1), (*layers, FlattenLayer(), DenseLayer(2, "softmax")))
    shapes = [step.layer.weight_shapes(step.input_shape) for step in spec.trace()]
    return Network(spec, tuple({n: np.ones(s, np.float32) for n, s in x.items()} for x in shapes))


@st.composite
def layers(draw) -> tuple:
    stack = []
    for _ in range(draw(st.integers(1, 3))):
        size = draw(st.integers(1, 4))
        stride = draw(st.integers(1, min(size, 2)))  # a larger one would leave holes
        padding = draw(st.sampled_from(("same", "valid")))
        if draw(st.booleans()):
            stack.append(ConvLayer(1, size, stride, padding, "linear", use_bias=False))
        else:
            stack.append(PoolLayer("average", size, stride, padding))
    return tuple(stack)


@given(layers())
@settings(max_examples=60)
def test_a_cell_depends_on_exactly_the_pixels_of_its_window(stack):
    try:
        network = positive_network(stack)
    except SpecError:
        return  # a window that does not fit
    height, width, _ = network.spec.input_shape
    lit = np.eye(height * width, dtype=np.float32).reshape(-1, height, width, 1)
    outputs = network.activations(lit)
    fields = receptive_fields(network.spec)
    for output, field in zip(outputs[: len(stack)], fields, strict=False):
        for row, column in np.ndindex(output.shape[1:3]):
            depends = (output[:, row, column, 0] > 0).reshape(height, width)
            inside = field.window(row, column).within(height, width)
            expected = np.zeros((height, width), bool)
            expected[
                inside.top : inside.top + inside.height, inside.left : inside.left + inside.width
            ] = True
            assert np.array_equal(depends, expected)


def test_layers_without_maps_have_no_field():
    spec = NetworkSpec(
        (8, 8, 1), (ConvLayer(2), GlobalAveragePoolLayer(), DenseLayer(2, "softmax"))
    )
    assert receptive_fields(spec) == (Field(Axis(0, 1, 3), Axis(0, 1, 3)), None, None)


def test_the_field_of_a_published_network():
    # VGG-16's conv5_3 sees 196 x 196 pixels, 16 apart (Araujo, Norris and Sim 2019, table 1,
    # give 212 with the last pooling: 196 + 16).
    blocks = [[ConvLayer(1, padding="same")] * n + [PoolLayer()] for n in (2, 2, 3, 3, 3)]
    stack = tuple(layer for block in blocks for layer in block)
    fields = receptive_fields(NetworkSpec((224, 224, 3), stack))
    assert (fields[-2].rows.size, fields[-2].rows.step) == (196, 16)
    assert fields[-1].rows.size == 212


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (Window(0, 0, 2, 2), [[1, 2], [5, 6]]),
        (Window(-1, -1, 2, 2), [[0, 0], [0, 1]]),
        (Window(2, 3, 2, 2), [[12, 0], [0, 0]]),
        (Window(-5, 0, 2, 2), [[0, 0], [0, 0]]),
        (Window(0, 9, 1, 2), [[0, 0]]),
        (Window(-1, -1, 5, 6), np.pad(IMAGE[..., 0], 1).tolist()),
    ],
)
def test_a_cut_is_the_padded_image_s(window, expected):
    assert cut(IMAGE, window)[..., 0].tolist() == expected


def test_a_picture_of_a_patch_is_clear_beyond_the_image():
    picture = patch_picture(IMAGE, Window(-1, 0, 2, 2))
    assert picture[0, :, 3].tolist() == [0, 0]
    assert picture[1].tolist() == [[1, 1, 1, 255], [2, 2, 2, 255]]


def test_a_window_much_larger_than_the_image_shows_the_image_only():
    assert patch_picture(IMAGE, Window(-4, -4, 12, 12)).shape == (3, 4, 4)
    assert patch_picture(IMAGE, Window(0, 0, 4, 4)).shape == (4, 4, 4)


@pytest.mark.parametrize("image", [IMAGE[..., 0], IMAGE * 1.0, np.zeros((2, 2, 2), np.uint8)])
def test_what_is_no_image_is_refused(image):
    with pytest.raises(PatchError, match=str(image.shape)[1:-1]):
        patch_picture(image, Window(0, 0, 1, 1))
