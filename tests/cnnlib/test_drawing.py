import numpy as np
import pytest
from PIL import Image, ImageDraw

from cnnlib.drawing import normalised_digit
from cnnlib.pixels import ImageError, digit_from_drawing, is_blank
from cnnlib.raster import euler_number, label, stroke_width

# Pen strokes in a unit square, x to the right and y down.
STROKES = {
    1: [[(0.5, 0), (0.5, 1)]],
    2: [[(0.1, 0.2), (0.3, 0), (0.7, 0), (0.9, 0.25), (0, 1), (1, 1)]],
    4: [[(0.6, 0), (0, 0.65), (1, 0.65)], [(0.75, 0.3), (0.75, 1)]],
    5: [[(0.1, 0), (0.1, 0.45), (0.6, 0.4), (0.9, 0.7), (0.5, 1), (0, 0.9)], [(0.25, 0), (0.9, 0)]],
    7: [[(0, 0), (1, 0), (0.4, 1)]],
    8: [
        [
            (0.5, 0.45),
            (0.1, 0.2),
            (0.5, 0),
            (0.9, 0.2),
            (0.1, 0.8),
            (0.5, 1),
            (0.9, 0.8),
            (0.5, 0.45),
        ]
    ],
}
INK, PAPER, NOTHING = (20, 20, 20, 255), (255, 255, 255, 255), (0, 0, 0, 0)
COLOURS = {
    "dark on light": (INK, PAPER),
    "light on dark": (PAPER, INK),
    "on a transparent canvas": (INK, NOTHING),
    "white on a transparent canvas": (PAPER, NOTHING),
    "yellow on white": ((255, 255, 0, 255), PAPER),
    "red on blue": ((220, 30, 30, 255), (30, 30, 160, 255)),
}


def drawn(digit, *, canvas=280, box=(60, 40, 160, 200), pen=18, colours=(INK, PAPER)):
    """An RGBA canvas with a digit in box (left, top, width, height), drawn with a round pen."""
    ink, paper = colours
    image = Image.new("RGBA", (canvas, canvas), paper)
    draw = ImageDraw.Draw(image)
    left, top, width, height = box
    for stroke in STROKES[digit]:
        points = [(left + x * width, top + y * height) for x, y in stroke]
        draw.line(points, ink, pen)
        for point in points if pen > 2 else ():
            draw.circle(point, pen / 2, ink)
    return np.array(image)


def extent(digit, level=0.1):
    rows, columns = np.nonzero(digit > level)
    return np.ptp(rows) + 1, np.ptp(columns) + 1


def centre_of_mass(digit):
    places = np.arange(28)
    return digit.sum(axis=1) @ places / digit.sum(), digit.sum(axis=0) @ places / digit.sum()


DRAWINGS = {
    "usual": {},
    "thin": {"pen": 1},
    "thick": {"pen": 44, "box": (70, 60, 130, 160)},
    "tiny": {"box": (20, 230, 14, 20), "pen": 2},
    "in a corner": {"box": (190, 10, 70, 90), "pen": 8},
    "wide": {"box": (20, 100, 240, 90)},
    "on a large canvas": {"canvas": 900, "box": (100, 100, 500, 700), "pen": 1},
}


@pytest.mark.parametrize("number", STROKES)
@pytest.mark.parametrize("drawing", DRAWINGS)
def test_a_drawing_gets_the_size_and_place_of_mnists_digits(drawing, number):
    digit = digit_from_drawing(drawn(number, **DRAWINGS[drawing]))
    assert digit.shape == (28, 28)
    assert digit.dtype == np.float32
    assert digit.min() == 0
    assert digit.max() == 1
    assert max(extent(digit)) == pytest.approx(20, abs=1)
    # Moved by whole pixels, so half a pixel off at most.
    assert np.abs(np.subtract(centre_of_mass(digit), 14)).max() <= 0.51


@pytest.mark.parametrize("number", [1, 2, 7])
@pytest.mark.parametrize("drawing", DRAWINGS)
def test_strokes_are_brought_near_mnists(drawing, number):
    digit = digit_from_drawing(drawn(number, **DRAWINGS[drawing]))
    assert 1.7 <= stroke_width(digit) <= 4.0
    # Full in the middle of a stroke, however thin the pen: for each of the 20 rows, its brightest.
    rows = digit[digit.max(axis=1) > 0]
    assert np.median(rows.max(axis=1)) > 0.9


def test_a_thick_eight_keeps_its_holes():
    thick = drawn(8, pen=34, box=(60, 40, 150, 200))
    assert euler_number(thick[:, :, 0] < 128) == -1
    assert euler_number(digit_from_drawing(thick) > 0.5) == -1


def test_a_hairline_eight_keeps_its_holes():
    assert euler_number(digit_from_drawing(drawn(8, pen=1)) > 0.5) == -1


@pytest.mark.parametrize("number", STROKES)
@pytest.mark.parametrize("colours", COLOURS)
def test_colours_do_not_matter(colours, number):
    expected = digit_from_drawing(drawn(number))
    digit = digit_from_drawing(drawn(number, colours=COLOURS[colours]))
    np.testing.assert_allclose(digit, expected, atol=1e-5)


def test_half_transparent_ink_is_ink():
    faint = drawn(7, colours=((20, 20, 20, 120), NOTHING))
    np.testing.assert_allclose(digit_from_drawing(faint), digit_from_drawing(drawn(7)), atol=1e-5)


@pytest.mark.parametrize("shift", [(-25, 0), (0, 30), (28, -45)])
def test_the_place_on_the_canvas_does_not_matter(shift):
    for number in STROKES:
        original = drawn(number)
        moved = np.roll(original, shift, axis=(0, 1))
        np.testing.assert_array_equal(digit_from_drawing(moved), digit_from_drawing(original))


def test_the_size_of_the_canvas_hardly_matters():
    for number in STROKES:
        small = digit_from_drawing(drawn(number))
        large = drawn(number, canvas=840, box=(180, 120, 480, 600), pen=54)
        # Rounding may move a digit whose centre lies between two pixels by one.
        shifts = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
        large = [np.roll(digit_from_drawing(large), shift, axis=(0, 1)) for shift in shifts]
        assert min(np.abs(digit - small).mean() for digit in large) < 0.02


def test_a_digit_of_mnist_comes_back_nearly_the_same(digits):
    difference = []
    for grey in digits.x_test[::10, :, :, 0]:
        drawing = np.dstack([grey, grey, grey, np.full_like(grey, 255)])
        difference.append(np.abs(digit_from_drawing(drawing) - grey / 255).mean())
    assert np.mean(difference) < 0.02


def test_an_off_balance_digit_stays_whole():
    # Its centre of mass is far below the middle of its box: centring alone would cut it off.
    heavy = np.zeros((200, 200), np.float32)
    heavy[:190, 99:101] = 1
    heavy[186:, 40:160] = 1
    digit = normalised_digit(heavy)
    assert extent(digit)[0] == 20


def test_a_dot_beside_the_digit_is_dropped():
    clean = drawn(2)
    dotted = clean.copy()
    dotted[260:272, 250:262] = INK
    np.testing.assert_array_equal(digit_from_drawing(dotted), digit_from_drawing(clean))


def test_a_detached_stroke_is_kept():
    apart = drawn(5, pen=10)
    apart[30:60, 84:115] = PAPER
    assert label(apart[:, :, 0] < 128)[1] == 2
    digit = digit_from_drawing(apart)
    assert label(digit > 0.5)[1] == 2
    assert extent(digit[:6])[1] >= 10  # the bar and the stroke beside it


@pytest.mark.parametrize("paper", [NOTHING, PAPER, INK, (120, 130, 140, 255)])
def test_an_empty_canvas_asks_for_a_digit(paper):
    canvas = np.full((280, 280, 4), paper, np.uint8)
    assert is_blank(canvas)
    with pytest.raises(ImageError, match="Draw a digit"):
        digit_from_drawing(canvas)


def test_a_drawn_canvas_is_not_blank():
    for options in DRAWINGS.values():
        assert not is_blank(drawn(1, **options))


def test_a_filled_canvas_asks_for_free_space():
    canvas = np.full((280, 280, 4), INK, np.uint8)
    canvas[:40] = 0
    canvas[:, :3] = canvas[-3:] = canvas[:, -3:] = 0
    with pytest.raises(ImageError, match="fills the whole canvas"):
        digit_from_drawing(canvas)


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        ([[0]], "list"),
        (np.zeros((28, 28, 4)), "float64"),
        (np.zeros((28, 28), np.uint8), r"\(28, 28\)"),
        (np.zeros((28, 28, 3), np.uint8), r"\(28, 28, 3\)"),
        (np.zeros((0, 28, 4), np.uint8), r"\(0, 28, 4\)"),
    ],
)
def test_other_arrays_are_refused_by_what_they_are(picture, message):
    for read in (digit_from_drawing, is_blank):
        with pytest.raises(ImageError, match=message):
            read(picture)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (2, 2), (5, 3), (3000, 40)])
def test_odd_canvases_give_a_digit_or_a_sentence(shape):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        canvas = rng.integers(0, 256, (*shape, 4), dtype=np.uint8)
        canvas[..., 3] *= rng.random(shape) < 0.3
        try:
            digit = digit_from_drawing(canvas)
        except ImageError:
            continue
        assert digit.shape == (28, 28)
        assert np.isfinite(digit).all()
        assert digit.max() == 1
