from __future__ import annotations

import itertools

import numpy as np
import pytest

from cnnlib.activations import ACTIVATIONS, BACKWARD
from cnnlib.convolution import (
    ConvolutionError,
    average_pool2d,
    average_pool2d_backward,
    batch_normalization,
    batch_normalization_backward,
    conv2d,
    conv2d_backward,
    conv2d_image_gradient,
    dense,
    dense_backward,
    global_average_pool2d,
    global_average_pool2d_backward,
    max_pool2d,
    max_pool2d_backward,
    relu,
    relu_backward,
    softmax_cross_entropy,
)


def normal(seed, *shapes, dtype="float64"):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


def slopes(function, inputs, step=1e-6):
    """Central differences of a number-valued function, one input at a time."""
    result = np.empty_like(inputs)
    for index in np.ndindex(inputs.shape):
        saved = inputs[index]
        inputs[index] = saved + step
        above = function()
        inputs[index] = saved - step
        result[index] = (above - function()) / (2 * step)
        inputs[index] = saved
    return result


CONV_CASES = [
    {"stride": 1, "padding": "valid"},
    {"stride": 1, "padding": "same"},
    {"stride": 2, "padding": "same"},
    {"stride": (3, 2), "padding": "valid"},
    {"stride": (1, 2), "padding": ((3, 0), (1, 4))},
]


@pytest.mark.parametrize("case", CONV_CASES, ids=str)
@pytest.mark.parametrize("size", [(3, 3), (2, 4), (1, 1)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_conv2d_backward_equals_gradient_tape(tf, case, size, dtype):
    images, kernels = normal(1, (2, 9, 11, 3), (*size, 3, 5), dtype=dtype)
    grad = normal(2, conv2d(images, kernels, **case).shape, dtype=dtype)[0]
    padding = case["padding"]
    padding = padding.upper() if isinstance(padding, str) else [[0, 0], *padding, [0, 0]]
    tensors = [tf.constant(images), tf.constant(kernels), tf.zeros(5, dtype)]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        out = tf.nn.conv2d(tensors[0], tensors[1], case["stride"], padding) + tensors[2]
    expected = tape.gradient(out, tensors, tf.constant(grad))
    ours = conv2d_backward(grad, images, kernels, **case)
    for gradient, theirs in zip(ours, expected, strict=True):
        assert gradient.dtype == dtype
        np.testing.assert_allclose(gradient, theirs, atol=1e-4 if dtype == "float32" else 1e-9)
    np.testing.assert_array_equal(conv2d_image_gradient(grad, images, kernels, **case), ours[0])


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("dilation", [1, (2, 3)])
def test_conv2d_backward_equals_finite_differences(groups, stride, dilation):
    # TensorFlow has no gradients of dilated or grouped convolutions on a CPU.
    images, kernels, bias = normal(3, (1, 6, 7, 4), (2, 3, 4 // groups, 4), (4,))
    padding = ((1, 0), (0, 2))
    setting = {"stride": stride, "padding": padding, "groups": groups, "dilation": dilation}
    grad = normal(4, conv2d(images, kernels, **setting).shape)[0]
    ours = conv2d_backward(grad, images, kernels, **setting)
    for gradient, inputs in zip(ours, (images, kernels, bias), strict=True):
        expected = slopes(lambda: (conv2d(images, kernels, bias, **setting) * grad).sum(), inputs)
        np.testing.assert_allclose(gradient, expected, atol=1e-7)


def test_conv2d_backward_of_a_large_batch_equals_gradient_tape(tf):
    images, kernels = normal(5, (60, 24, 23, 8), (3, 3, 8, 16), dtype="float32")
    grad = normal(6, (60, 22, 21, 16), dtype="float32")[0]
    tensors = [tf.constant(images), tf.constant(kernels)]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        out = tf.nn.conv2d(*tensors, 1, "VALID")
    expected = tape.gradient(out, tensors, grad)
    ours = conv2d_backward(grad, images, kernels)
    np.testing.assert_allclose(ours[0], expected[0], atol=1e-4)
    # A kernel's gradient sums 27,720 products here: float32 rounds at about 1e-7 of their size.
    np.testing.assert_allclose(ours[1], expected[1], atol=5e-3)


POOL_CASES = list(itertools.product([2, 3, (2, 3)], [1, 2, (3, 1)], ["valid", "same"]))


@pytest.mark.parametrize(("size", "stride", "padding"), POOL_CASES, ids=str)
def test_pooling_backward_equals_gradient_tape(tf, size, stride, padding):
    images = normal(7, (2, 8, 7, 3))[0]
    pairs = [
        (max_pool2d, max_pool2d_backward, tf.nn.max_pool2d),
        (average_pool2d, average_pool2d_backward, tf.nn.avg_pool2d),
    ]
    for forward, backward, theirs in pairs:
        grad = normal(8, forward(images, size, stride=stride, padding=padding).shape)[0]
        tensor = tf.constant(images)
        with tf.GradientTape() as tape:
            tape.watch(tensor)
            out = theirs(tensor, size, stride, padding.upper())
        expected = tape.gradient(out, tensor, tf.constant(grad))
        ours = backward(grad, images, size, stride=stride, padding=padding)
        np.testing.assert_allclose(ours, expected, atol=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_equal_cells_share_no_gradient_the_first_takes_it_as_in_tensorflow(tf, dtype):
    images = np.random.default_rng(9).integers(0, 2, (3, 8, 8, 4)).astype(dtype)
    for size, stride in ((2, 2), (3, 1), (3, 2)):
        out_shape = max_pool2d(images, size, stride=stride, padding="same").shape
        grad = normal(10, out_shape, dtype=dtype)[0]
        tensor = tf.constant(images)
        with tf.GradientTape() as tape:
            tape.watch(tensor)
            out = tf.nn.max_pool2d(tensor, size, stride, "SAME")
        expected = tape.gradient(out, tensor, tf.constant(grad))
        ours = max_pool2d_backward(grad, images, size, stride=stride, padding="same")
        np.testing.assert_allclose(ours, expected, atol=1e-6)


def test_pooling_backward_by_hand():
    image = np.array([[1.0, 5.0, 2.0], [3.0, -4.0, 0.0], [7.0, 8.0, 9.0]]).reshape(1, 3, 3, 1)
    grad = np.array([[1.0, 10.0], [100.0, 1000.0]]).reshape(1, 2, 2, 1)
    largest = max_pool2d_backward(grad, image, 2, stride=1)[0, :, :, 0]
    assert largest.tolist() == [[0.0, 11.0, 0.0], [0.0, 0.0, 0.0], [0.0, 100.0, 1000.0]]
    mean = average_pool2d_backward(4 * grad, image, 2, stride=1)[0, :, :, 0]
    assert mean.tolist() == [[1.0, 11.0, 10.0], [101.0, 1111.0, 1010.0], [100.0, 1100.0, 1000.0]]
    spread = global_average_pool2d_backward(np.array([[18.0]]), image)
    assert (spread == 2.0).all()


@pytest.mark.parametrize("name", ["linear", "relu", "tanh", "sigmoid", "softmax"])
def test_activations_and_their_gradients_equal_gradient_tape(tf, name):
    x, grad = normal(11, (4, 6), (4, 6))
    tensor = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        theirs = getattr(tf.nn, name)(tensor) if name != "linear" else tf.identity(tensor)
    outputs = ACTIVATIONS[name](x)
    np.testing.assert_allclose(outputs, theirs, atol=1e-12)
    expected = tape.gradient(theirs, tensor, tf.constant(grad))
    np.testing.assert_allclose(BACKWARD[name](grad, outputs), expected, atol=1e-12)
    space = np.empty_like(x)
    assert ACTIVATIONS[name](x, out=space) is space
    np.testing.assert_array_equal(space, outputs)


def test_relu_backward_takes_the_input_or_the_output():
    x, grad = np.array([-1.0, 0.0, 3.0]), np.array([5.0, 6.0, 7.0])
    assert relu_backward(grad, x).tolist() == [0.0, 0.0, 7.0]
    assert relu_backward(grad, relu(x)).tolist() == [0.0, 0.0, 7.0]


def test_dense_batch_normalization_and_global_average_equal_finite_differences():
    inputs, kernel, bias, grad = normal(12, (3, 4), (4, 5), (5,), (3, 5))
    for gradient, array in zip(
        dense_backward(grad, inputs, kernel), (inputs, kernel, bias), strict=True
    ):
        expected = slopes(lambda: (dense(inputs, kernel, bias) * grad).sum(), array)
        np.testing.assert_allclose(gradient, expected, atol=1e-8)
    images, gamma, beta, mean, grad = normal(13, (2, 3, 3, 2), (2,), (2,), (2,), (2, 3, 3, 2))
    variance = np.array([0.5, 2.0])
    expected = slopes(
        lambda: (batch_normalization(images, gamma, beta, mean, variance) * grad).sum(), images
    )
    ours = batch_normalization_backward(grad, gamma, variance)
    np.testing.assert_allclose(ours, expected, atol=1e-8)
    grad = normal(14, (2, 2))[0]
    expected = slopes(lambda: (global_average_pool2d(images) * grad).sum(), images)
    np.testing.assert_allclose(global_average_pool2d_backward(grad, images), expected, atol=1e-8)


def test_cross_entropy_equals_tensorflow(tf):
    logits = 3 * normal(15, (6, 4))[0]
    labels = np.array([0, 1, 2, 3, 3, 0])
    tensor = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, tensor)
        mean = tf.reduce_mean(losses)
    loss, grad = softmax_cross_entropy(logits, labels)
    np.testing.assert_allclose(loss, mean, atol=1e-12)
    np.testing.assert_allclose(grad, tape.gradient(mean, tensor), atol=1e-12)


def test_cross_entropy_of_a_hopeless_score_is_large_but_finite():
    loss, grad = softmax_cross_entropy(np.array([[0.0, 1000.0]], np.float32), np.array([0]))
    assert loss == 1000.0
    assert grad.tolist() == [[-1.0, 1.0]]


IMAGES, KERNELS = np.ones((2, 5, 5, 1)), np.ones((3, 3, 1, 4))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: conv2d_backward(np.ones((2, 5, 5, 4)), IMAGES, KERNELS),
            ["grad", "(2, 3, 3, 4)", "(2, 5, 5, 4)"],
        ),
        (
            lambda: max_pool2d_backward(np.ones((2, 5, 5, 1)), IMAGES, 2),
            ["grad", "(2, 2, 2, 1)", "(2, 5, 5, 1)"],
        ),
        (
            lambda: average_pool2d_backward(np.ones((1, 2, 2, 1)), IMAGES, 2),
            ["grad", "(2, 2, 2, 1)", "(1, 2, 2, 1)"],
        ),
        (lambda: dense_backward(np.ones((1, 2)), np.ones((2, 3)), np.ones((3, 2))), ["(2, 2)"]),
        (lambda: dense_backward(np.ones((1, 2)), np.ones((2, 3)), np.ones((4, 2))), ["3 inputs"]),
        (lambda: softmax_cross_entropy(np.ones((2, 3)), np.array([0, 3])), ["0 to 2", "0 to 3"]),
        (lambda: softmax_cross_entropy(np.ones((2, 3)), np.array([0])), ["2 whole", "(1,)"]),
        (lambda: softmax_cross_entropy(np.ones((2, 3)), np.array([0.0, 1.0])), ["float64"]),
    ],
)
def test_errors_quote_what_they_got(call, words):
    with pytest.raises(ConvolutionError) as raised:
        call()
    for word in words:
        assert word in str(raised.value)
