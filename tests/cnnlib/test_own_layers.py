"""Layers of one's own: the shown code runs, and does what NumPy says."""

from __future__ import annotations

import ast

import numpy as np
import pytest

from cnnlib.fields import SpecError, limits_of
from cnnlib.kernels import KERNELS
from cnnlib.own_layers import OWN_LAYERS, Noise, Scale, Sobel

IMAGES = np.random.default_rng(2).random((1, 9, 7, 3)).astype(np.float32)


def executed(own, images=IMAGES):
    """What the code that a page shows makes of `images`: its layer and its outputs."""
    namespace = {"images": images}
    exec(own.code(), namespace)
    return namespace["layer"], np.asarray(namespace["outputs"])


@pytest.mark.parametrize("own", [Scale(-0.7), Sobel(30.0, 1.5), Noise(0.3, 5), Noise()])
def test_the_shown_code_does_what_the_worker_does(keras, own):
    layer, outputs = executed(own)
    made = own.make()
    ran = np.asarray(made(IMAGES, **own.call_settings))
    np.testing.assert_array_equal(outputs, ran)
    assert type(layer).__name__ == type(own).__name__
    assert [w.path.split("/")[-1] for w in layer.weights] == [w.name for w in made.weights]


@pytest.mark.parametrize("own", OWN_LAYERS.values())
def test_the_code_is_one_class_and_two_lines(own):
    tree = ast.parse(own().code())
    kinds = [type(node).__name__ for node in tree.body if not isinstance(node, ast.Import)]
    assert kinds == ["ClassDef", "Assign", "Assign"]
    assert max(map(len, own().code().splitlines())) <= 78


def test_the_code_follows_the_numbers():
    assert Scale(2.25).code().endswith("layer = Scale(start=2.25)\noutputs = layer(images)")
    assert "layer = Sobel(angle=45.0, strength=2.0)" in Sobel(45.0, 2.0).code()
    assert Sobel().code().startswith("import keras\nimport numpy as np\n\n\nclass Sobel(")
    assert Noise(0.4, 7, False).code().endswith("outputs = layer(images, training=False)")


def test_scale_has_one_number_that_training_changes(keras):
    layer, outputs = executed(Scale(-0.5))
    np.testing.assert_allclose(outputs, -0.5 * IMAGES, rtol=1e-6)
    assert [weight.shape for weight in layer.trainable_weights] == [()]


def test_sobel_is_the_kernel_of_the_filtering_page(keras):
    layer, outputs = executed(Sobel(0.0, 1.0))
    assert layer.trainable_weights == []
    np.testing.assert_allclose(
        np.asarray(layer.kernel)[:, :, 1, 0], KERNELS["sobel_x"].weights, atol=1e-6
    )
    image = IMAGES[0, :, :, 2]
    by_hand = sum(
        float(image[2 + i, 3 + j] * KERNELS["sobel_x"].weights[1 + i, 1 + j])
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
    )
    assert outputs[0, 2, 3, 2] == pytest.approx(by_hand, abs=1e-5)


def test_sobel_turned_by_ninety_degrees_looks_downwards(keras):
    layer, _ = executed(Sobel(90.0, 1.0))
    np.testing.assert_allclose(
        np.asarray(layer.kernel)[:, :, 0, 0], KERNELS["sobel_y"].weights, atol=1e-6
    )


def test_sobel_is_as_strong_as_it_says(keras):
    (_, weak), (_, strong) = executed(Sobel(20.0, 0.5)), executed(Sobel(20.0, 1.5))
    np.testing.assert_allclose(strong, 3 * weak, atol=1e-5)


def test_noise_does_nothing_after_training(keras):
    _, outputs = executed(Noise(0.5, 1, training=False))
    np.testing.assert_array_equal(outputs, IMAGES)


def test_noise_is_as_strong_as_it_says_and_repeats_with_its_seed(keras):
    images = np.zeros((1, 32, 32, 3), np.float32)
    first, again, other = (executed(Noise(0.2, seed), images)[1] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first.std() == pytest.approx(0.2, rel=0.05)
    assert abs(first.mean()) < 0.02


@pytest.mark.parametrize("own", OWN_LAYERS.values())
@pytest.mark.parametrize(
    "value", ["__import__('os').system('x')", float("nan"), 1e9, None, [1.0], "1.5"]
)
def test_only_numbers_in_range_are_taken(own, value):
    name = next(iter(own().settings))
    assert len(limits_of(own, name)) == 2
    with pytest.raises(SpecError):
        own(**{name: value})
