import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from cnnlib.pixels import ImageError, decode_image, digit_from_drawing, digit_from_photo
from tests.cnnlib.test_drawing import extent

HEIGHT, WIDTH = 450, 600
# Pen strokes in a unit square, x to the right and y down.
STROKES = {
    2: [[(0.1, 0.2), (0.3, 0), (0.7, 0), (0.9, 0.25), (0, 1), (1, 1)]],
    4: [[(0.6, 0), (0, 0.65), (1, 0.65)], [(0.75, 0.3), (0.75, 1)]],
    5: [[(0.1, 0.1), (0.1, 0.5), (0.6, 0.45), (0.9, 0.7), (0.5, 1), (0, 0.9)], [(0.3, 0), (1, 0)]],
    7: [[(0, 0), (1, 0), (0.4, 1)]],
}


def drawn(digit, *, box, pen):
    """An RGBA canvas as large as the photo, with a digit in box (left, top, width, height)."""
    image = Image.new("RGBA", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    left, top, width, height = box
    for stroke in STROKES[digit]:
        points = [(left + x * width, top + y * height) for x, y in stroke]
        draw.line(points, "black", pen)
        for point in points:
            draw.circle(point, pen / 2, "black")
    return np.array(image)


def photographed(
    number, *, ink=45, paper=225, box=(200, 110, 150, 220), pen=16, shade=0.4, noise=4, desk=0,
    ruled=False, shadow=0.0, quality=85, seed=0,
):  # fmt: skip
    """A photo of a digit on paper: light falling off to one side, noise, JPEG. (h, w, 3) uint8."""
    rng = np.random.default_rng(seed)
    reflectance = np.full((HEIGHT, WIDTH), paper, np.float32)
    if ruled:
        reflectance[30::45] -= 50
    if number is not None:
        strokes = drawn(number, box=box, pen=pen)[:, :, 0]
        strokes = Image.fromarray(strokes).filter(ImageFilter.GaussianBlur(1.2))
        cover = 1 - np.asarray(strokes, np.float32) / 255
        reflectance += (ink - reflectance) * cover
    if desk:
        around = np.ones((HEIGHT, WIDTH), bool)
        around[desk:-desk, desk:-desk] = False
        reflectance[around] = 70
    x, y = np.meshgrid(np.linspace(0, 1, WIDTH), np.linspace(0, 1, HEIGHT))
    light = 1 - shade * (0.6 * x + 0.4 * y)
    light *= 1 - shadow * np.clip((x - y) * 15 + 0.5, 0, 1)
    photo = reflectance * light + rng.normal(0, noise, (HEIGHT, WIDTH))
    photo = photo[:, :, None] * [1.0, 0.97, 0.9]
    file = io.BytesIO()
    Image.fromarray(np.clip(photo, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=quality)
    return decode_image(file.getvalue())


PHOTOS = {
    "plain": {},
    "steep light": {"shade": 0.75},
    "the shadow of a hand": {"shadow": 0.45},
    "noise": {"noise": 12},
    "strong compression": {"quality": 20, "noise": 8},
    "a desk around the paper": {"desk": 30},
    "ruled paper": {"ruled": True},
    "a pencil": {"ink": 150, "pen": 4},
    "chalk on a board": {"ink": 210, "paper": 60},
    "a small digit": {"box": (90, 90, 50, 70), "pen": 5},
    "a large digit": {"box": (140, 50, 260, 350), "pen": 26},
}


@pytest.mark.parametrize("number", STROKES)
@pytest.mark.parametrize("photo", PHOTOS)
def test_a_photo_gives_the_digit_that_was_written(photo, number):
    options = PHOTOS[photo]
    box, pen = options.get("box", (200, 110, 150, 220)), options.get("pen", 16)
    written = digit_from_drawing(drawn(number, box=box, pen=pen))
    digit = digit_from_photo(photographed(number, **options))
    assert digit.shape == (28, 28)
    assert digit.dtype == np.float32
    assert digit.min() == 0
    assert digit.max() == 1
    assert max(extent(digit)) == pytest.approx(20, abs=1)
    # Moved by a pixel at most, the edges of the strokes apart.
    shifts = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    difference = min(np.abs(np.roll(digit, s, axis=(0, 1)) - written).mean() for s in shifts)
    assert difference < 0.045


def test_a_detached_bar_is_kept_and_a_speck_is_not():
    clean = photographed(5)
    assert extent(digit_from_photo(clean))[1] > 13
    specked = clean.copy()
    specked[395:400, 80:85] = 30
    np.testing.assert_allclose(digit_from_photo(specked), digit_from_photo(clean), atol=0.15)


def test_a_speck_close_to_the_digit_does_not_stretch_it():
    clean = photographed(7)
    specked = clean.copy()
    specked[200:205, 172:177] = 30  # some 20 pixels left of it
    np.testing.assert_allclose(digit_from_photo(specked), digit_from_photo(clean), atol=0.15)


def test_a_piece_of_a_line_is_no_digit():
    photo = photographed(None)
    photo[220:225, 200:330] = 40
    with pytest.raises(ImageError, match="No ink stands out"):
        digit_from_photo(photo)


def test_something_dark_that_reaches_the_edge_is_left_out():
    photo = photographed(7)
    photo[300:, :60] = 30  # a thumb
    difference = np.abs(digit_from_photo(photo) - digit_from_photo(photographed(7)))
    assert difference.mean() < 0.02


def test_a_digit_that_reaches_the_edge_is_read_when_alone():
    photo = photographed(7, box=(200, 110, 150, 400))
    assert extent(digit_from_photo(photo))[0] == 20


@pytest.mark.parametrize(
    "options",
    [{}, {"noise": 12}, {"shade": 0.75}, {"shadow": 0.4}, {"paper": 60}, {"ruled": True}],
)
def test_a_photo_without_ink_says_so(options):
    for seed in range(3):
        with pytest.raises(ImageError, match="No ink stands out"):
            digit_from_photo(photographed(None, seed=seed, **options))


def test_an_even_picture_is_read_as_a_drawing():
    for number in STROKES:
        drawing = drawn(number, box=(200, 110, 150, 220), pen=16)
        rgb = np.ascontiguousarray(drawing[:, :, :3])
        # Looked at in half the size, hence not to the last digit.
        assert np.abs(digit_from_photo(rgb) - digit_from_drawing(drawing)).mean() < 0.01
    with pytest.raises(ImageError, match="Draw a digit"):
        digit_from_photo(np.full((50, 60, 3), 200, np.uint8))


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (2, 2), (5, 3), (20_000, 1)])
def test_odd_photos_give_a_digit_or_a_sentence(shape):
    for seed in range(4):
        photo = np.random.default_rng(seed).integers(0, 256, (*shape, 3), dtype=np.uint8)
        try:
            digit = digit_from_photo(photo)
        except ImageError:
            continue
        assert digit.shape == (28, 28)
        assert np.isfinite(digit).all()


def test_other_arrays_are_refused():
    with pytest.raises(ImageError, match=r"\(28, 28, 4\)"):
        digit_from_photo(np.zeros((28, 28, 4), np.uint8))
    with pytest.raises(ImageError, match="float32"):
        digit_from_photo(np.zeros((28, 28, 3), np.float32))
