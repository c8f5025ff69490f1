"""One filter on one picture, against sums done by hand and Keras's own layer."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib import filtering
from cnnlib.filtering import Settings
from cnnlib.kernels import KERNELS, LARGEST_SIZE, KernelError
from cnnlib.network import Network
from cnnlib.spec import ConvLayer, DenseLayer, FlattenLayer, NetworkSpec
from cnnlib.windows import ConvolutionError

EDGE = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 1, 1]], dtype=np.float32)
SOBEL = KERNELS["sobel_x"].weights


def test_brightness_is_the_published_mixture():
    primaries = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    assert filtering.grey(primaries)[0] == pytest.approx([0.299, 0.587, 0.114])
    assert filtering.grey(primaries / 255)[0] == pytest.approx([0.299, 0.587, 0.114])


def test_an_edge_bright_on_the_right_is_positive_and_its_mirror_negative():
    assert filtering.response(EDGE, SOBEL, Settings()).tolist() == [[4, 4]]
    assert filtering.response(EDGE[:, ::-1], SOBEL, Settings()).tolist() == [[-4, -4]]


def test_the_bias_is_added_to_every_answer():
    assert filtering.response(EDGE, SOBEL, Settings(bias=-1.5)).tolist() == [[2.5, 2.5]]


@pytest.mark.parametrize(
    ("stride", "padding", "dilation"), [(1, 0, 1), (2, 1, 1), (3, 5, 2), (4, 0, 3)]
)
def test_answers_are_those_of_keras(stride, padding, dilation):
    import keras
    import tensorflow as tf

    rng = np.random.default_rng(4)
    image = rng.random((29, 23), dtype=np.float32)
    weights = rng.normal(size=(5, 5)).astype(np.float32)
    padded = np.pad(image, padding)[np.newaxis, :, :, np.newaxis]
    # Keras refuses stride and dilation at once: all answers, then every stride-th.
    layer = keras.layers.Conv2D(1, 5, dilation_rate=dilation)
    layer.build(padded.shape)
    layer.set_weights([weights[:, :, np.newaxis, np.newaxis], np.array([0.25], np.float32)])
    expected = layer(tf.constant(padded)).numpy()[0, ::stride, ::stride, 0]
    answers = filtering.response(image, weights, Settings(stride, padding, dilation, 0.25))
    assert answers.shape == expected.shape
    assert answers == pytest.approx(expected, abs=1e-5)


def test_a_window_that_fits_nowhere_is_refused():
    with pytest.raises(ConvolutionError, match="reaches over 5 cells"):
        filtering.response(EDGE, np.ones((5, 5)), Settings())


def test_places_of_each_sign():
    answers = np.array([[-1, 3, 0.5], [2, -4, 0.25]])
    assert filtering.places_of_sign(answers) == {
        "positive": (0, 1),
        "negative": (1, 1),
        "zero": (1, 2),
    }
    assert filtering.places_of_sign(-np.ones((2, 2))) == {"negative": (0, 0), "zero": (0, 0)}
    assert filtering.places_of_sign(np.zeros((5, 3))) == {"zero": (2, 1)}


@pytest.mark.parametrize("settings", [Settings(), Settings(2, 1), Settings(3, 4, 2, 0.5)])
def test_the_window_shown_is_the_one_that_gave_the_answer(settings):
    image = np.random.default_rng(1).random((20, 17), dtype=np.float32)
    answers = filtering.response(image, SOBEL, settings)
    for place in filtering.places_of_sign(answers).values():
        part = filtering.window_and_around(image, 3, place, settings, around=4)
        side = 2 * settings.dilation + 1
        assert part.shape == (side + 8, side + 8)
        window = part[4:-4, 4:-4][:: settings.dilation, :: settings.dilation]
        total = float((window * SOBEL).sum()) + settings.bias
        assert total == pytest.approx(answers[place], abs=1e-5)


def test_a_close_up_frames_the_window_and_leaves_it_and_the_rest_alone():
    part = np.full((5, 5), 0.2, np.float32)
    part[2, 2] = 1.0
    shown = filtering.close_up(part, around=2, scale=10)
    assert shown.shape == (50, 50, 3)
    assert (shown[20:30, 20:30] == 255).all()
    assert tuple(shown[19, 25]) == tuple(shown[18, 25]) == filtering.FRAME
    assert tuple(shown[17, 25]) == filtering.FRAME_EDGE
    assert tuple(shown[16, 25]) == (51, 51, 51)


def test_signs_have_the_colours_of_the_scale():
    drawn = filtering.signed_picture(np.array([[-2.0, 0.0, 2.0]]))
    (red, _, blue), white, (red2, _, blue2) = drawn[0].astype(int)
    assert red > blue
    assert blue2 > red2
    assert white.min() > 230


def test_learned_weights_are_summed_over_channels():
    spec = NetworkSpec((4, 4, 3), (ConvLayer(2, 3), FlattenLayer(), DenseLayer(10, "softmax")))
    network = Network.initial(spec, seed=1)
    kernel = network.weights[0]["kernel"]
    expected = kernel[:, :, 0, 1] + kernel[:, :, 1, 1] + kernel[:, :, 2, 1]
    assert filtering.learned_weights(network, 1) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ([["a"]], "must be a number"),
        ([[1, 2]], "1 x 2"),
        (np.ones((LARGEST_SIZE + 1,) * 2), "12 x 12"),
        ([[np.nan]], "empty or infinite"),
        ([[101]], "the largest here is 101"),
    ],
)
def test_other_weights_are_refused_with_what_was_received(weights, said):
    with pytest.raises(KernelError, match=said):
        filtering.checked_weights(weights)


def test_weights_survive_the_address():
    text = filtering.weights_to_text(SOBEL)
    assert filtering.weights_from_text(text).tolist() == SOBEL.tolist()
