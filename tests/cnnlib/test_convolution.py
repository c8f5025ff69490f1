from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlib import correlation, threads
from cnnlib.convolution import (
    ConvolutionError,
    average_pool2d,
    batch_normalization,
    conv2d,
    conv2d_by_definition,
    dense,
    global_average_pool2d,
    max_pool2d,
    min_pool2d,
    relu,
    softmax,
    window_at,
)
from cnnlib.windows import plan

TOLERANCE = {"float32": 1e-4, "float64": 1e-9}

# The sum of the products of SOBEL with the top-left window of RAMP, worked out by hand:
# -1*1 + 1*3 - 2*5 + 2*7 - 1*9 + 1*11 = 8; each step right or down adds 1 or 4 to every cell.
RAMP = np.arange(1.0, 17.0).reshape(1, 4, 4, 1)
SOBEL = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]).reshape(3, 3, 1, 1)


def random_arrays(seed, image_shape, kernel_shape, dtype="float32"):
    rng = np.random.default_rng(seed)
    kernels = rng.normal(size=kernel_shape) / np.sqrt(np.prod(kernel_shape[:3]))
    bias = rng.normal(size=kernel_shape[3])
    return rng.normal(size=image_shape).astype(dtype), kernels.astype(dtype), bias.astype(dtype)


def tf_padding(padding):
    if isinstance(padding, str):
        return padding.upper()
    if isinstance(padding, int):
        padding = ((padding, padding), (padding, padding))
    return [[0, 0], list(padding[0]), list(padding[1]), [0, 0]]


def test_conv2d_of_a_ramp_by_hand():
    assert conv2d(RAMP, SOBEL)[0, :, :, 0].tolist() == [[8.0, 8.0], [8.0, 8.0]]
    corner = conv2d(RAMP, SOBEL, np.array([100.0]), padding=1)[0, 0, 0, 0]
    # Only 1, 2, 5 and 6 lie under the kernel's lower right 2 x 2 part: 2*2 + 6*1.
    assert corner == 110.0


def test_conv2d_is_cross_correlation_and_does_not_flip_the_kernel():
    image = np.zeros((1, 3, 3, 1))
    image[0, 1, 1, 0] = 1.0
    kernel = np.arange(9.0).reshape(3, 3, 1, 1)
    turned = [[8.0, 7.0, 6.0], [5.0, 4.0, 3.0], [2.0, 1.0, 0.0]]
    assert conv2d(image, kernel, padding=1)[0, :, :, 0].tolist() == turned


def test_conv2d_adds_up_channels_and_keeps_filters_apart():
    image = np.array([1.0, 10.0, 100.0]).reshape(1, 1, 1, 3)
    kernels = np.array([[1.0, 0.0], [2.0, 0.0], [3.0, 1.0]]).reshape(1, 1, 3, 2)
    assert conv2d(image, kernels, np.array([0.5, -0.5])).ravel().tolist() == [321.5, 99.5]


def test_same_padding_with_an_even_kernel_pads_the_end_as_keras_does():
    ones = np.ones((1, 3, 3, 1))
    sums = conv2d(ones, np.ones((2, 2, 1, 1)), padding="same")[0, :, :, 0]
    assert sums.tolist() == [[4.0, 4.0, 2.0], [4.0, 4.0, 2.0], [2.0, 2.0, 1.0]]


def test_cells_that_no_window_reaches_are_left_out():
    out = conv2d(RAMP, np.ones((1, 1, 1, 1)), stride=3)
    assert out[0, :, :, 0].tolist() == [[1.0, 4.0], [13.0, 16.0]]
    assert conv2d(RAMP, np.ones((3, 3, 1, 1)), stride=2).shape == (1, 1, 1, 1)


def test_depthwise_groups_keep_channels_apart():
    image = np.stack([np.ones((3, 3)), np.full((3, 3), 2.0)], axis=-1)[None]
    out = conv2d(image, np.ones((3, 3, 1, 2)), groups=2)
    assert out.ravel().tolist() == [9.0, 18.0]


def random_conv_cases(count):
    rng = np.random.default_rng(20_12)
    paddings = ["same", "valid", 0, 1, 2, ((0, 1), (2, 0)), ((3, 0), (1, 2))]
    for seed in range(count):
        dilation = tuple(rng.integers(1, 4, 2)) if seed % 3 == 0 else (1, 1)
        stride = (1, 1) if seed % 2 else tuple(rng.integers(1, 4, 2))
        kernel = tuple(rng.integers(1, 6, 2))
        yield (
            seed,
            (*(rng.integers(1, 4), *rng.integers(14, 24, 2)), int(rng.choice([1, 2, 3, 5, 16]))),
            (*kernel, int(rng.choice([1, 2, 3, 8, 17, 33]))),
            tuple(map(int, stride)),
            paddings[seed % len(paddings)],
            tuple(map(int, dilation)),
        )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", list(random_conv_cases(42)), ids=str)
def test_conv2d_equals_tensorflow(tf, case, dtype):
    seed, image_shape, (high, wide, filters), stride, padding, dilation = case
    shape = (high, wide, image_shape[3], filters)
    images, kernels, bias = random_arrays(seed, image_shape, shape, dtype)
    ours = conv2d(images, kernels, bias, stride=stride, padding=padding, dilation=dilation)
    padded = tf_padding(padding)
    theirs = tf.nn.conv2d(images, kernels, stride, padded, dilations=dilation).numpy() + bias
    assert ours.dtype == dtype
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, atol=TOLERANCE[dtype], rtol=0)


@pytest.mark.parametrize("groups", [2, 4])
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_groups_equal_tensorflow_group_by_group(tf, groups, padding):
    images, kernels, _ = random_arrays(3, (2, 9, 8, 4), (3, 2, 4 // groups, 8))
    ours = conv2d(images, kernels, padding=padding, groups=groups, stride=2)
    parts = zip(np.split(images, groups, 3), np.split(kernels, groups, 3), strict=True)
    theirs = np.concatenate(
        [tf.nn.conv2d(part, kernel, 2, padding.upper()).numpy() for part, kernel in parts], axis=3
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-4, rtol=0)


def test_depthwise_equals_tensorflow(tf):
    images, kernels, _ = random_arrays(4, (2, 10, 11, 5), (3, 3, 1, 15))
    theirs = tf.nn.depthwise_conv2d(images, kernels.reshape(3, 3, 5, 3), [1, 1, 1, 1], "SAME")
    ours = conv2d(images, kernels, padding="same", groups=5)
    np.testing.assert_allclose(ours, theirs, atol=1e-4, rtol=0)


# Sizes at which each method is chosen, with the numbers of rows and columns odd, even and prime.
LARGE = [
    ("shifted_sums", (2, 131, 257, 1), (3, 3, 1)),
    ("shifted_sums", (1, 400, 401, 1), (1, 9, 1)),
    ("window_products", (1, 127, 131, 1), (5, 7, 1)),
    ("window_products", (1, 64, 67, 3), (7, 7, 8)),
    ("window_products", (300, 12, 13, 3), (3, 3, 10)),
    ("window_products", (7, 30, 31, 32), (3, 3, 32)),
    ("window_products", (5, 16, 16, 64), (1, 1, 32)),
    ("fourier_product", (3, 130, 139, 1), (25, 13, 1)),
    ("fourier_product", (1, 90, 80, 1), (18, 18, 1)),
]


@pytest.mark.parametrize(("method", "image_shape", "kernel"), LARGE, ids=str)
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_every_method_equals_tensorflow_where_it_is_chosen(
    tf, method, image_shape, kernel, padding
):
    high, wide, filters = kernel
    channels = image_shape[3]
    windows = plan(image_shape[1:3], (high, wide), padding=padding)
    assert correlation.choose(windows, channels, filters) == method
    images, kernels, bias = random_arrays(7, image_shape, (high, wide, channels, filters))
    ours = conv2d(images, kernels, bias, padding=padding)
    theirs = tf.nn.conv2d(images, kernels, 1, padding.upper()).numpy() + bias
    np.testing.assert_allclose(ours, theirs, atol=1e-4, rtol=0)


sizes = st.integers(1, 7)
small = st.integers(1, 3)


@settings(max_examples=150, deadline=None)
@given(
    height=sizes,
    width=sizes,
    kernel=st.tuples(small, small),
    stride=st.one_of(small, st.tuples(small, small)),
    dilation=st.one_of(small, st.tuples(small, small)),
    padding=st.one_of(
        st.sampled_from(["same", "valid"]),
        st.integers(0, 3),
        st.tuples(st.tuples(small, small), st.tuples(small, small)),
    ),
    groups=small,
    channels=small,
    filters=small,
    seed=st.integers(0, 99),
)
def test_conv2d_equals_its_definition(
    height, width, kernel, stride, dilation, padding, groups, channels, filters, seed
):
    image_shape = (2, height, width, channels * groups)
    shape = (*kernel, channels, filters * groups)
    images, kernels, bias = random_arrays(seed, image_shape, shape, "float64")
    setting = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    try:
        expected = conv2d_by_definition(images, kernels, bias, **setting)
    except ConvolutionError as error:
        with pytest.raises(ConvolutionError, match=re.escape(str(error))):
            conv2d(images, kernels, bias, **setting)
    else:
        result = conv2d(images, kernels, bias, **setting)
        np.testing.assert_allclose(result, expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize("method", ["shifted_sums", "window_products", "fourier_product"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_all_methods_give_one_result(method, dtype):
    images, kernels, bias = random_arrays(1, (2, 21, 23, 1), (4, 5, 1, 1), dtype)
    windows = plan((21, 23), (4, 5), padding=((2, 1), (0, 3)))
    result = correlation.METHODS[method](images, kernels, bias, windows)
    expected = conv2d_by_definition(images, kernels, bias, padding=((2, 1), (0, 3)))
    np.testing.assert_allclose(result, expected, atol=TOLERANCE[dtype], rtol=0)


@pytest.mark.parametrize("block", [1, 2, 3, 7, 16])
@pytest.mark.parametrize("stride", [1, 2])
def test_blocks_of_windows_of_any_length_give_one_result(block, stride):
    images, kernels, bias = random_arrays(2, (3, 9, 16, 2), (3, 4, 2, 5), "float64")
    windows = plan((9, 16), (3, 4), stride=stride, padding="same")
    result = correlation.window_products(images, kernels, bias, windows, block=block)
    expected = conv2d_by_definition(images, kernels, bias, stride=stride, padding="same")
    np.testing.assert_allclose(result, expected, atol=1e-12, rtol=0)


def test_work_in_small_tiles_and_several_threads_gives_one_result(monkeypatch):
    images, kernels, bias = random_arrays(5, (5, 17, 18, 3), (3, 3, 3, 4), "float64")
    flat, edge = images[..., :1].copy(), kernels[:, :, :1, :1].copy()
    expected = conv2d_by_definition(images, kernels, bias)
    expected_flat = conv2d_by_definition(flat, edge)
    monkeypatch.setattr(correlation, "TILE_BYTES", 4096)
    monkeypatch.setattr(correlation, "SUM_CELLS", 50)
    monkeypatch.setattr(threads, "WORTH_SHARING", 0)
    np.testing.assert_allclose(conv2d(images, kernels, bias), expected, atol=1e-12)
    np.testing.assert_allclose(conv2d(flat, edge), expected_flat, atol=1e-12)


def test_inputs_are_left_alone_and_need_not_be_contiguous():
    images, kernels, bias = random_arrays(6, (2, 8, 8, 4), (3, 3, 4, 6), "float64")
    before = [array.copy() for array in (images, kernels, bias)]
    strange = np.asfortranarray(images)[::-1][:, ::-1, :, ::-1]
    straight = conv2d(np.ascontiguousarray(strange), kernels, bias)
    np.testing.assert_array_equal(conv2d(strange, np.asfortranarray(kernels), bias), straight)
    for array, copy in zip((images, kernels, bias), before, strict=True):
        np.testing.assert_array_equal(array, copy)
    images.flags.writeable = False
    conv2d(images, kernels, bias)
    assert not np.shares_memory(conv2d(images, np.ones((1, 1, 4, 4))), images)
    assert not np.shares_memory(max_pool2d(images, 1), images)


def test_an_empty_batch_gives_an_empty_batch():
    assert conv2d(np.empty((0, 5, 5, 2)), np.ones((3, 3, 2, 4))).shape == (0, 3, 3, 4)
    assert dense(np.empty((0, 3)), np.ones((3, 4))).shape == (0, 4)


def test_an_infinite_pixel_does_not_spoil_distant_cells():
    image = np.zeros((1, 80, 80, 1))
    image[0, 0, 0, 0] = np.inf
    for size in (3, 5, 18):
        with np.errstate(invalid="ignore"):
            out = conv2d(image, np.ones((size, size, 1, 1)))
        assert out[0, 0, 0, 0] == np.inf
        assert (out[0, size:, :, 0] == 0).all()
        assert (out[0, :, 32 + size :, 0] == 0).all()


def repr_of_settings(value):
    return "-".join(map(str, value)) if isinstance(value, list) else ""


ONES = np.ones((1, 5, 5, 2), np.float32)
KERNEL = np.ones((3, 3, 2, 4), np.float32)


@pytest.mark.parametrize(
    ("arguments", "settings_", "words"),
    [
        (([[1.0]], KERNEL), {}, ["images", "NumPy array", "list"]),
        ((ONES[0], KERNEL), {}, ["images", "(5, 5, 2)"]),
        ((ONES.astype("uint8"), KERNEL), {}, ["images", "uint8", "astype"]),
        ((ONES, KERNEL[0]), {}, ["kernels", "(3, 2, 4)"]),
        ((ONES, KERNEL.astype(int)), {}, ["kernels", "int64"]),
        ((ONES, KERNEL[:, :, :1]), {}, ["2 channels", "(3, 3, 1, 4)"]),
        ((ONES, KERNEL[:, :, :, :0]), {}, ["at least one", "(3, 3, 2, 0)"]),
        ((ONES, KERNEL), {"groups": 2}, ["in each of 2 groups", "see 2"]),
        ((ONES, KERNEL), {"groups": 3}, ["groups", "2 channels", "4 filters", "3"]),
        ((ONES, KERNEL), {"groups": 0}, ["groups", "0"]),
        ((ONES, KERNEL, np.ones(3)), {}, ["bias", "(4,)", "(3,)"]),
        ((ONES, KERNEL, [1.0]), {}, ["bias", "(4,)", "[1.0]"]),
        ((ONES, KERNEL), {"stride": 0}, ["stride", "0"]),
        ((ONES, KERNEL), {"stride": 1.0}, ["stride", "1.0"]),
        ((ONES, KERNEL), {"stride": True}, ["stride", "True"]),
        ((ONES, KERNEL), {"stride": (1, 2, 3)}, ["stride", "(1, 2, 3)"]),
        ((ONES, KERNEL), {"dilation": (1, -2)}, ["dilation", "(1, -2)"]),
        ((ONES, KERNEL), {"dilation": 3}, ["7 cells", "height", "only 5"]),
        ((ONES[:, :, :2], KERNEL), {}, ["3 cells", "width", "only 2"]),
        ((ONES, KERNEL), {"padding": "full"}, ["padding", "'full'"]),
        ((ONES, KERNEL), {"padding": -1}, ["padding", "-1"]),
        ((ONES, KERNEL), {"padding": (1, 2)}, ["padding", "(1, 2)"]),
        ((ONES, KERNEL), {"padding": [[1, 2], {}]}, ["padding", "(1, 2), {}"]),
    ],
    ids=repr_of_settings,
)
def test_errors_quote_what_they_got(arguments, settings_, words):
    for function in (conv2d, conv2d_by_definition):
        with pytest.raises(ConvolutionError) as raised:
            function(*arguments, **settings_)
        for word in words:
            assert word in str(raised.value)


def test_lists_are_as_good_as_tuples_for_pairs_and_padding():
    images, kernels, _ = random_arrays(8, (1, 6, 6, 1), (2, 2, 1, 1), "float64")
    lists = conv2d(images, kernels, stride=[1, 2], padding=[[0, 1], [1, 0]])
    tuples = conv2d(images, kernels, stride=(1, 2), padding=((0, 1), (1, 0)))
    np.testing.assert_array_equal(lists, tuples)


# ------------------------------------------------------------------------------------- pooling


def test_pooling_by_hand():
    image = np.array([[1.0, 5.0, 2.0], [3.0, -4.0, 0.0], [7.0, 8.0, 9.0]]).reshape(1, 3, 3, 1)
    assert max_pool2d(image, 2, stride=1)[0, :, :, 0].tolist() == [[5.0, 5.0], [8.0, 9.0]]
    assert min_pool2d(image, 2, stride=1)[0, :, :, 0].tolist() == [[-4.0, -4.0], [-4.0, -4.0]]
    assert average_pool2d(image, (3, 1))[0, :, :, 0].tolist() == [[11 / 3, 3.0, 11 / 3]]
    # The last row and column have windows of 2, 2 and 1 cells: the padding is not counted.
    same = average_pool2d(image, 2, padding="same")[0, :, :, 0]
    assert same.tolist() == [[1.25, 1.0], [7.5, 9.0]]
    assert global_average_pool2d(image).tolist() == [[31 / 9]]


def test_padding_never_wins_a_pooling():
    image = np.full((1, 3, 3, 1), -5.0)
    assert (max_pool2d(image, 2, padding="same") == -5.0).all()
    assert (min_pool2d(-image, 2, padding=1) == 5.0).all()
    assert (average_pool2d(image, 3, stride=1, padding=((2, 0), (0, 1))) == -5.0).all()


POOL_CASES = list(itertools.product([1, 2, 3, (2, 3)], [None, 1, 2, (3, 2)], ["valid", "same"]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("size", "stride", "padding"), POOL_CASES, ids=str)
def test_pooling_equals_tensorflow(tf, size, stride, padding, dtype):
    images = np.random.default_rng(9).normal(size=(2, 11, 9, 3)).astype(dtype)
    step = size if stride is None else stride
    tensor = tf.constant(images)  # an array would be taken as float32
    expected = {
        max_pool2d: tf.nn.max_pool2d(tensor, size, step, padding.upper()),
        average_pool2d: tf.nn.avg_pool2d(tensor, size, step, padding.upper()),
        min_pool2d: -tf.nn.max_pool2d(-tensor, size, step, padding.upper()),
    }
    for function, theirs in expected.items():
        ours = function(images, size, stride=stride, padding=padding)
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, theirs, atol=TOLERANCE[dtype] / 100, rtol=0)


def test_asymmetric_padding_pools_like_an_image_with_a_border():
    images = np.random.default_rng(10).normal(size=(1, 6, 7, 2))
    bordered = np.pad(images, ((0, 0), (2, 1), (0, 2), (0, 0)), constant_values=np.nan)
    ours = {
        np.nanmax: max_pool2d(images, 3, stride=2, padding=((2, 1), (0, 2))),
        np.nanmin: min_pool2d(images, 3, stride=2, padding=((2, 1), (0, 2))),
        np.nanmean: average_pool2d(images, 3, stride=2, padding=((2, 1), (0, 2))),
    }
    for reduce, result in ours.items():
        assert result.shape == (1, 4, 4, 2)
        for row, column in np.ndindex(4, 4):
            window = bordered[:, 2 * row : 2 * row + 3, 2 * column : 2 * column + 3]
            expected = reduce(window, axis=(1, 2))
            np.testing.assert_allclose(result[:, row, column], expected, atol=1e-12)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"size": 0}, ["size", "0"]),
        ({"size": 6}, ["6 cells", "only 5"]),
        ({"size": 2, "stride": 0}, ["stride", "0"]),
        ({"size": 2, "padding": 2}, ["padding", "smaller than the window", "(2, 2)"]),
        ({"size": 2, "padding": "reflect"}, ["padding", "reflect"]),
    ],
    ids=str,
)
def test_pooling_errors_quote_what_they_got(setting, words):
    for function in (max_pool2d, min_pool2d, average_pool2d):
        with pytest.raises(ConvolutionError) as raised:
            function(ONES, **setting)
        for word in words:
            assert word in str(raised.value)


# ------------------------------------------------------------------- activations, dense, batch norm


def test_relu_and_softmax_by_hand():
    assert relu(np.array([-1.0, 0.0, 2.5])).tolist() == [0.0, 0.0, 2.5]
    np.testing.assert_allclose(softmax(np.log([[1.0, 2.0, 5.0]])), [[0.125, 0.25, 0.625]])
    # exp(x / 2) of the logarithms of 1, 4, 25 is 1, 2, 5.
    np.testing.assert_allclose(
        softmax(np.log([[1.0, 4.0, 25.0]]), temperature=2.0), [[0.125, 0.25, 0.625]]
    )
    with pytest.raises(ConvolutionError, match=r"temperature.*-1"):
        softmax(np.ones(3), temperature=-1)


def test_softmax_of_huge_scores_stays_finite():
    assert softmax(np.array([[1e38, -1e38]], np.float32)).tolist() == [[1.0, 0.0]]


def test_activations_leave_their_input_alone_unless_told():
    x = np.array([-1.0, 2.0])
    relu(x)
    softmax(x)
    assert x.tolist() == [-1.0, 2.0]
    assert relu(x, out=x) is x
    assert x.tolist() == [0.0, 2.0]


def test_dense_and_batch_normalization_equal_keras(tf):
    rng = np.random.default_rng(11)
    x, kernel, bias = (rng.normal(size=s).astype("float32") for s in ((300, 40), (40, 7), (7,)))
    np.testing.assert_allclose(
        dense(x, kernel, bias), tf.matmul(x, kernel).numpy() + bias, atol=1e-4
    )
    images = rng.normal(size=(2, 5, 4, 3)).astype("float32")
    gamma, beta, mean, variance = rng.uniform(0.1, 2, size=(4, 3)).astype("float32")
    theirs = tf.nn.batch_normalization(images, mean, variance, beta, gamma, 1e-3)
    ours = batch_normalization(images, gamma, beta, mean, variance)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: dense(np.ones((2, 3)), np.ones((4, 5))), ["3 inputs", "(4, 5)"]),
        (lambda: dense(np.ones(3), np.ones((3, 5))), ["inputs", "(3,)"]),
        (lambda: dense(np.ones((2, 3)), np.ones((3, 5)), np.ones(3)), ["bias", "(5,)", "(3,)"]),
        (
            lambda: batch_normalization(np.ones((1, 2)), *np.ones((4, 3))),
            ["gamma", "(2,)", "(3,)"],
        ),
        (lambda: batch_normalization("x", *np.ones((4, 3))), ["images", "'x'"]),
        (lambda: global_average_pool2d(np.ones((2, 3))), ["images", "(2, 3)"]),
    ],
    ids=str,
)
def test_other_errors_quote_what_they_got(call, words):
    with pytest.raises(ConvolutionError) as raised:
        call()
    for word in words:
        assert word in str(raised.value)


# ------------------------------------------------------------------------------------ window traces


def test_window_trace_by_hand():
    image = np.stack([np.arange(9.0).reshape(3, 3), np.ones((3, 3))], axis=-1)[None]
    kernels = np.zeros((2, 2, 2, 3))
    kernels[:, :, 0, 1] = [[1.0, 2.0], [3.0, 4.0]]
    kernels[:, :, 1, 1] = -1.0
    trace = window_at(image, kernels, np.array([0.0, 0.5, 0.0]), row=1, column=1, filter=1)
    assert trace.window[:, :, 0].tolist() == [[4.0, 5.0], [7.0, 8.0]]
    assert trace.products[:, :, 0].tolist() == [[4.0, 10.0], [21.0, 32.0]]
    assert trace.channel_sums.tolist() == [67.0, -4.0]
    assert (trace.bias, trace.total) == (0.5, 63.5)
    assert (trace.top, trace.left, trace.padded.any()) == (1, 1, False)


def test_window_trace_in_the_padding():
    trace = window_at(RAMP, SOBEL, row=0, column=3, padding=1)
    assert (trace.top, trace.left) == (-1, 2)
    assert trace.columns.tolist() == [2, 3, 4]
    assert trace.padded.tolist() == [[True, True, True], [False, False, True], [False, False, True]]
    assert trace.window[:, :, 0].tolist() == [[0.0, 0.0, 0.0], [3.0, 4.0, 0.0], [7.0, 8.0, 0.0]]
    assert trace.total == -2 * 3 - 7


@settings(max_examples=60, deadline=None)
@given(
    kernel=st.tuples(small, small),
    stride=st.tuples(small, small),
    dilation=st.tuples(small, small),
    padding=st.sampled_from(["same", "valid", 2, ((1, 0), (0, 3))]),
    groups=small,
    seed=st.integers(0, 99),
)
def test_window_trace_totals_equal_conv2d(kernel, stride, dilation, padding, groups, seed):
    shapes = (2, 8, 9, 2 * groups), (*kernel, 2, 3 * groups)
    images, kernels, bias = random_arrays(seed, *shapes, "float64")
    setting = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    out = conv2d(images, kernels, bias, **setting)
    rng = np.random.default_rng(seed)
    image, row, column, number = (int(rng.integers(size)) for size in out.shape)
    trace = window_at(
        images, kernels, bias, image=image, row=row, column=column, filter=number, **setting
    )
    np.testing.assert_allclose(trace.total, out[image, row, column, number], atol=1e-12)
    np.testing.assert_allclose(trace.products.sum() + trace.bias, trace.total, atol=1e-12)
    for (r, y), (c, x) in itertools.product(enumerate(trace.rows), enumerate(trace.columns)):
        inside = 0 <= y < 8 and 0 <= x < 9
        assert trace.padded[r, c] == (not inside)
        seen = images[image, y, x, trace.first_channel :][:2] if inside else [0.0, 0.0]
        assert trace.window[r, c].tolist() == list(seen)


@pytest.mark.parametrize(("name", "bad"), [("row", 4), ("column", -1), ("filter", 1), ("image", 1)])
def test_a_trace_outside_the_output_says_so(name, bad):
    at = {"row": 0, "column": 0} | {name: bad}
    with pytest.raises(ConvolutionError, match=f"{name} must be from 0 to .*{bad}"):
        window_at(RAMP, SOBEL, padding=1, **at)
