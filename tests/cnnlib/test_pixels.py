import io

import numpy as np
import pytest
from PIL import Image

from cnnlib.pixels import ImageError, decode_image, fit_square, to_png, upscale


def test_fit_square_gives_floats_between_zero_and_one():
    rgb = np.random.default_rng(0).integers(0, 256, (90, 60, 3), dtype=np.uint8)
    square = fit_square(rgb, 32)
    assert square.shape == (32, 32, 3)
    assert square.dtype == np.float32
    assert square.min() >= 0
    assert square.max() <= 1


def test_fit_square_of_a_picture_of_that_size_changes_nothing():
    rgb = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    np.testing.assert_array_equal(fit_square(rgb, 32), rgb / np.float32(255))


def test_fit_square_takes_the_middle():
    rgb = np.zeros((30, 50, 3), np.uint8)
    rgb[:, :10], rgb[:, 10:40], rgb[:, 40:] = 10, 100, 200
    np.testing.assert_array_equal(fit_square(rgb, 10), np.full((10, 10, 3), np.float32(100 / 255)))
    np.testing.assert_array_equal(
        fit_square(rgb.swapaxes(0, 1), 30), np.full((30, 30, 3), np.float32(100 / 255))
    )


@pytest.mark.parametrize("side", [33, 97, 500, 2_000])
def test_fit_square_does_not_alias(side):
    # A board of single black and white pixels: its mean everywhere, where skipping pixels would
    # give black or white.
    board = (np.indices((side, side)).sum(axis=0) % 2 * 255).astype(np.uint8)
    square = fit_square(np.dstack([board] * 3), 16)
    np.testing.assert_allclose(square, 0.5, atol=0.05)


@pytest.mark.parametrize("side", [64, 100, 1_000, 1_777])
def test_fit_square_keeps_the_places_of_things(side):
    # A ramp from left to right: the mean of each of eight columns, also where blocks do not fit.
    ramp = np.tile(np.rint(np.linspace(0, 255, side)).astype(np.uint8)[:, None], (side, 1, 3))
    square = fit_square(ramp, 8)
    expected = ((np.arange(8) + 0.5) * side / 8 - 0.5) / (side - 1)
    np.testing.assert_allclose(square[:, 1:-1, 0], np.tile(expected[1:-1], (8, 1)), atol=0.006)


@pytest.mark.parametrize("shape", [(1, 1), (1, 20_000), (20_000, 1), (2, 3)])
def test_fit_square_of_extreme_shapes(shape):
    rgb = np.full((*shape, 3), (10, 20, 30), np.uint8)
    expected = np.float32([10, 20, 30]) / 255
    np.testing.assert_array_equal(fit_square(rgb, 32), np.broadcast_to(expected, (32, 32, 3)))


@pytest.mark.parametrize(
    ("rgb", "size", "message"),
    [
        (np.zeros((4, 4, 3)), 8, "float64"),
        ("cat.png", 8, "str"),
        (np.zeros((4, 4), np.uint8), 8, r"\(4, 4\)"),
        (np.zeros((4, 4, 4), np.uint8), 8, r"\(4, 4, 4\)"),
        (np.zeros((0, 4, 3), np.uint8), 8, r"\(0, 4, 3\)"),
        (np.zeros((4, 4, 3), np.uint8), 0, "it is 0"),
        (np.zeros((4, 4, 3), np.uint8), 8.0, "it is 8.0"),
        (np.zeros((4, 4, 3), np.uint8), True, "it is True"),
        (np.zeros((4, 4, 3), np.uint8), 10**9, "it is 1000000000"),
    ],
)
def test_fit_square_refuses_what_it_cannot_use(rgb, size, message):
    with pytest.raises(ImageError, match=message):
        fit_square(rgb, size)


def test_upscale_repeats_pixels_of_grey_and_colour():
    assert upscale(np.array([[1, 2], [3, 4]]), 2).tolist() == [
        [1, 1, 2, 2],
        [1, 1, 2, 2],
        [3, 3, 4, 4],
        [3, 3, 4, 4],
    ]
    colour = np.random.default_rng(0).random((3, 4, 3))
    large = upscale(colour, 5)
    assert large.shape == (15, 20, 3)
    np.testing.assert_array_equal(large[2::5, 4::5], colour)


@pytest.mark.parametrize(
    ("image", "factor"),
    [
        (np.zeros(4), 2),
        ([[1]], 2),
        (np.zeros((2, 2)), 0),
        (np.zeros((2, 2)), 1.5),
        (np.zeros((2, 2)), True),
    ],
)
def test_upscale_refuses_what_it_cannot_use(image, factor):
    with pytest.raises(ImageError, match=r"it is|this is"):
        upscale(image, factor)


@pytest.mark.parametrize("shape", [(3, 5), (3, 5, 1), (3, 5, 3), (3, 5, 4)])
def test_a_png_gives_back_every_value(shape):
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    with Image.open(io.BytesIO(to_png(image))) as opened:
        assert opened.format == "PNG"
        np.testing.assert_array_equal(np.asarray(opened), image.squeeze())


def test_floats_are_rounded_to_256_levels():
    image = np.array([[0, 0.5, 1], [1 / 255, 0.0019, 0.0021]], np.float32)
    pixels = decode_image(to_png(image))
    assert pixels[:, :, 0].tolist() == [[0, 128, 255], [1, 0, 1]]
    np.testing.assert_array_equal(
        decode_image(to_png(np.dstack([image] * 3).astype(np.float64))), pixels
    )


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ([[0]], "list"),
        (np.zeros((2, 2), int), "int64"),
        (np.zeros((2, 2), bool), "bool"),
        (np.zeros(3, np.uint8), r"\(3,\)"),
        (np.zeros((2, 2, 2), np.uint8), r"\(2, 2, 2\)"),
        (np.zeros((0, 2), np.uint8), r"\(0, 2\)"),
        (np.array([[0, 1.5]]), "0 to 1.5"),
        (np.array([[-0.5, 1]]), "-0.5 to 1"),
        (np.array([[np.nan, 1]]), "nan"),
        (np.array([[np.inf, 1]]), "inf"),
    ],
)
def test_to_png_refuses_what_it_cannot_show(image, message):
    with pytest.raises(ImageError, match=message):
        to_png(image)
