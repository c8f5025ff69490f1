"""Sizes against Keras, against counting windows one by one, and against published figures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlib.shapes import (
    ShapeError,
    axis_padding,
    conv_multiply_adds,
    conv_parameters,
    dense_parameters,
    output_size,
    receptive_field,
    same_padding,
    unused_cells,
)

sizes = st.integers(1, 40)
kernels = st.integers(1, 9)
strides = st.integers(1, 5)


def windows(cells: int, kernel: int, stride: int, dilation: int) -> list[range]:
    """The cells under each position of a kernel that stays within `cells`, by trying them all."""
    reach = dilation * (kernel - 1) + 1
    return [
        range(start, start + reach, dilation)
        for start in range(0, cells, stride)
        if start + reach <= cells
    ]


@given(sizes, kernels, strides, st.integers(0, 4), st.integers(1, 3))
def test_output_and_unused_cells_are_what_counting_the_windows_gives(
    size, kernel, stride, padding, dilation
):
    cells = size + 2 * padding
    found = windows(cells, kernel, stride, dilation)
    if not found:
        with pytest.raises(ShapeError, match="does not fit"):
            output_size(size, kernel, stride=stride, padding=padding, dilation=dilation)
        return
    window = {"stride": stride, "padding": padding, "dilation": dilation}
    assert output_size(size, kernel, **window) == len(found)
    assert unused_cells(size, kernel, **window) == cells - 1 - found[-1][-1]


@given(sizes, kernels, strides, st.integers(1, 3), st.sampled_from(("valid", "same")))
def test_output_size_is_that_of_keras(keras, size, kernel, stride, dilation, padding):
    if stride > 1 and dilation > 1:  # Keras has no such layer
        dilation = 1
    layer = keras.layers.Conv1D(1, kernel, strides=stride, padding=padding, dilation_rate=dilation)
    window = {"stride": stride, "padding": padding, "dilation": dilation}
    try:
        _, expected, _ = layer.compute_output_shape((None, size, 1))
    except ValueError:
        with pytest.raises(ShapeError):
            output_size(size, kernel, **window)
    else:
        assert output_size(size, kernel, **window) == expected


@pytest.mark.parametrize("size", [5, 8])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (3, 1), (1, 2)])
def test_same_padding_puts_its_zeros_where_keras_does(keras, size, kernel, stride, dilation):
    row = np.arange(1, size + 1, dtype=np.float32).reshape(1, size, 1)
    # Different digits for different taps: a shifted window cannot give the same number.
    taps = 10.0 ** np.arange(kernel, dtype=np.float32).reshape(kernel, 1, 1)
    by_keras = keras.ops.conv(row, taps, strides=stride, padding="same", dilation_rate=dilation)
    padded = np.pad(row, ((0, 0), same_padding(size, kernel, stride, dilation), (0, 0)))[0, :, 0]
    by_hand = [
        sum(10.0**n * padded[cell] for n, cell in enumerate(window))
        for window in windows(len(padded), kernel, stride, dilation)
    ]
    np.testing.assert_allclose(np.asarray(by_keras)[0, :, 0], by_hand, rtol=1e-6)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "expected"),
    [
        (32, 3, 1, (1, 1)),
        (32, 2, 1, (0, 1)),
        (32, 4, 1, (1, 2)),
        (28, 5, 1, (2, 2)),
        (5, 2, 2, (0, 1)),
        (6, 2, 2, (0, 0)),
        (224, 7, 2, (2, 3)),
        (7, 1, 3, (0, 0)),
    ],
)
def test_same_padding_by_hand(size, kernel, stride, expected):
    assert same_padding(size, kernel, stride) == expected


def test_padding_can_differ_between_the_axes():
    padding = ((1, 2), (0, 4))
    assert axis_padding(padding, 0, size=8, kernel=3) == (1, 2)
    assert axis_padding([[1, 2], [0, 4]], 1, size=8, kernel=3) == (0, 4)
    assert output_size(8, 3, padding=padding) == 9
    assert output_size(8, 3, padding=padding, axis=1) == 10
    assert unused_cells(8, 3, padding=padding, stride=2) == 0
    assert unused_cells(8, 3, padding=padding, stride=2, axis=1) == 1


@pytest.mark.parametrize(
    "padding",
    [
        -1,
        1.0,
        True,
        None,
        "SAME",
        (1, 2),
        ((1,), (2,)),
        ((1, 2, 3), (1, 2, 3)),
        ((True, False), (1, 1)),
        ((-1, 1), (1, 1)),
        ((1, 1), (1, 1), (1, 1)),
        ("ab", "cd"),
    ],
)
def test_padding_that_means_nothing_is_refused_and_quoted(padding):
    with pytest.raises(ShapeError) as refusal:
        axis_padding(padding, 0, size=8, kernel=3)
    assert repr(padding) in str(refusal.value)


@pytest.mark.parametrize("name", ["size", "kernel", "stride", "dilation"])
def test_sizes_start_at_one(name):
    values = {"size": 8, "kernel": 3, "stride": 1, "dilation": 1, name: 0}
    with pytest.raises(ShapeError, match=f"{name} must be at least 1; it is 0"):
        output_size(values.pop("size"), values.pop("kernel"), **values)


def test_a_kernel_too_large_is_told_its_reach():
    with pytest.raises(ShapeError, match=r"reaches over 9 cells does not fit into 8 cells"):
        output_size(6, kernel=5, dilation=2, padding=1)


@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        # The article's basic model, layer by layer.
        (conv_parameters(3, 3, 32), 896),  # 27 x 32 + 32
        (conv_parameters(3, 32, 32), 9_248),
        (conv_parameters(3, 32, 64), 18_496),
        (conv_parameters(3, 64, 64), 36_928),
        (dense_parameters(1600, 256), 409_856),
        (dense_parameters(256, 10), 2_570),
        (conv_parameters(3, 3, 32, bias=False), 864),
        (dense_parameters(256, 10, bias=False), 2_560),
        # AlexNet's second layer as it would be on one GPU: 256 kernels of 5 x 5 x 96.
        (conv_parameters(5, 96, 256), 614_656),
        # The whole of VGG-16's first dense layer: 7 x 7 x 512 to 4096.
        (dense_parameters(7 * 7 * 512, 4096), 102_764_544),
    ],
)
def test_parameters_by_hand(counted, expected):
    assert counted == expected


@pytest.mark.parametrize(
    ("kernel", "channels", "output", "expected"),
    [
        (3, 3, (30, 30, 32), 777_600),  # 27 x 900 x 32
        (3, 32, (28, 28, 32), 7_225_344),  # 288 x 784 x 32
        (3, 32, (12, 12, 64), 2_654_208),  # 288 x 144 x 64
        (3, 64, (10, 10, 64), 3_686_400),  # 576 x 100 x 64
    ],
)
def test_multiply_adds_by_hand(kernel, channels, output, expected):
    assert conv_multiply_adds(kernel, channels, output) == expected


def test_receptive_fields_are_the_published_ones():
    conv, pool = (3, 1), (2, 2)
    vgg16 = [*[conv] * 2, pool, *[conv] * 2, pool, *([conv] * 3 + [pool]) * 3]
    assert receptive_field(vgg16) == (212, 32)  # Araujo, Norris and Sim 2019, their table
    lenet5 = [(5, 1), (2, 2), (5, 1), (2, 2)]
    assert receptive_field(lenet5) == (16, 4)
    basic = [conv, conv, pool, conv, conv, pool]
    assert [receptive_field(basic[:n])[0] for n in range(7)] == [1, 3, 5, 6, 10, 14, 16]


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 3)), max_size=5))
def test_receptive_field_is_what_following_the_cells_back_gives(layers):
    def seen(output_cell: int) -> range:
        first = last = output_cell
        for kernel, stride in reversed(layers):
            first, last = first * stride, last * stride + kernel - 1
        return range(first, last + 1)

    field, jump = receptive_field(layers)
    assert len(seen(0)) == len(seen(7)) == field
    assert seen(1).start - seen(0).start == jump
