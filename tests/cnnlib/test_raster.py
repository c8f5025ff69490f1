import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageDraw

from cnnlib.raster import (
    closing,
    euler_number,
    grow,
    label,
    measure_parts,
    select_parts,
    shrink,
    stroke_width,
    thin,
)

MASKS = arrays.arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12)))
AROUND = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if (dy, dx) != (0, 0)]


def flooded(mask, neighbours=AROUND):
    """Connected parts found by flooding pixel by pixel: the plain way, as an oracle."""
    left, parts = {tuple(map(int, place)) for place in np.argwhere(mask)}, []
    while left:
        front = [left.pop()]
        part = set(front)
        while front:
            y, x = front.pop()
            for place in ((y + dy, x + dx) for dy, dx in neighbours):
                if place in left:
                    left.remove(place)
                    part.add(place)
                    front.append(place)
        parts.append(part)
    return parts


def holes(mask):
    outside = np.pad(~mask, 1, constant_values=True)
    return len(flooded(outside, [(-1, 0), (1, 0), (0, -1), (0, 1)])) - 1


def pen(points, width, side=200):
    """A polyline drawn with a round pen: coverage in [0, 1] of side × side pixels."""
    image = Image.new("L", (side * 4, side * 4))
    draw = ImageDraw.Draw(image)
    points = [(4 * x, 4 * y) for x, y in points]
    draw.line(points, 255, width * 4)
    for x, y in points:
        draw.circle((x, y), width * 2, 255)
    return np.asarray(image.reduce(4)) / 255


@settings(max_examples=100, deadline=None)
@given(mask=MASKS)
def test_parts_are_those_that_flooding_finds(mask):
    labels, count = label(mask)
    assert labels.shape == mask.shape
    found = {frozenset(map(tuple, np.argwhere(labels == i + 1).tolist())) for i in range(count)}
    assert found == {frozenset(part) for part in flooded(mask)}
    areas, boxes = measure_parts(labels, count)
    for i in range(count):
        rows, columns = np.nonzero(labels == i + 1)
        assert areas[i] == len(rows)
        assert boxes[i].tolist() == [rows.min(), columns.min(), rows.max() + 1, columns.max() + 1]
    np.testing.assert_array_equal(select_parts(labels, np.ones(count, bool)), mask)


@settings(max_examples=100, deadline=None)
@given(mask=MASKS)
def test_the_euler_number_is_parts_less_holes(mask):
    assert euler_number(mask) == len(flooded(mask)) - holes(mask)


@settings(max_examples=100, deadline=None)
@given(mask=MASKS, layers=st.integers(0, 8))
def test_thinning_breaks_nothing_and_fills_nothing(mask, layers):
    thinned = thin(mask, layers)
    assert not (thinned & ~mask).any()
    assert len(flooded(thinned)) == len(flooded(mask))
    assert holes(thinned) == holes(mask)


def test_thinning_takes_one_layer_from_every_side():
    bar = np.pad(np.ones((30, 12), bool), 2)
    areas, boxes = measure_parts(*label(thin(bar, 3)))
    assert boxes.tolist() == [[5, 5, 29, 11]]
    assert areas[0] == 24 * 6
    assert thin(bar, 50).any(axis=0).sum() == 1


def test_growing_a_point_gives_an_octagon():
    point = np.zeros((9, 9), bool)
    point[4, 4] = True
    assert grow(point, 1)[3:6, 3:6].tolist() == [[0, 1, 0], [1, 1, 1], [0, 1, 0]]
    octagon = grow(point, 2)[2:7, 2:7]
    assert octagon.tolist() == [
        [0, 1, 1, 1, 0],
        [1, 1, 1, 1, 1],
        [1, 1, 1, 1, 1],
        [1, 1, 1, 1, 1],
        [0, 1, 1, 1, 0],
    ]
    assert grow(point, 0) is point


def test_growing_keeps_the_levels_of_coverage():
    line = np.zeros((5, 5), np.float32)
    line[2] = 0.4
    grown = grow(line, 1)
    np.testing.assert_array_equal(grown[1:4], np.full((3, 5), np.float32(0.4)))
    assert not grown[[0, 4]].any()


SHAPES = {
    "slant": [(50, 25), (150, 175)],
    "corner": [(40, 40), (160, 40), (90, 170)],
    "ring": [(40, 40), (160, 40), (160, 160), (40, 160), (40, 40)],
}


@pytest.mark.parametrize("width", [4, 8, 16, 30])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_width_of_a_pen_is_measured_within_five_percent(shape, width):
    assert stroke_width(pen(SHAPES[shape], width)) == pytest.approx(width, rel=0.05, abs=0.3)


def test_the_width_of_a_disc_is_its_diameter_and_of_nothing_zero():
    assert stroke_width(pen([(100, 100)], 60)) == pytest.approx(60, rel=0.15)
    assert stroke_width(np.zeros((5, 5))) == 0


@settings(max_examples=60, deadline=None)
@given(
    grey=arrays.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9))),
    window=st.integers(1, 12),
)
def test_closing_is_the_lowest_of_the_brightest_squares(grey, window):
    reach = window // 2
    height, width = grey.shape

    def brightest(y, x):
        rows = slice(max(y - reach, 0), y + reach + 1)
        return grey[rows, max(x - reach, 0) : x + reach + 1].max(initial=0)

    expected = [
        [
            min(
                brightest(cy, cx)
                for cy in range(y - reach, y + reach + 1)
                for cx in range(x - reach, x + reach + 1)
            )
            for x in range(width)
        ]
        for y in range(height)
    ]
    np.testing.assert_array_equal(closing(grey, window), expected)


def test_closing_fills_strokes_and_leaves_shadows_and_dark_borders():
    slope = np.tile(np.arange(100, 200, dtype=np.uint8), (60, 1))
    slope[:, :20] = 30
    written = slope.copy()
    written[20:40, 50:54] = 10
    np.testing.assert_array_equal(closing(written, 25)[:, :50], slope[:, :50])
    assert np.abs(closing(written, 25)[20:40, 50:54].astype(int) - slope[20:40, 50:54]).max() <= 4


@pytest.mark.parametrize("shape", [(7, 5), (7, 5, 3), (1, 9), (9, 1, 3)])
@pytest.mark.parametrize("factor", [1, 2, 3, 20])
def test_shrinking_takes_the_mean_of_each_block(shape, factor):
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    small = shrink(image, factor)
    for y in range(small.shape[0]):
        for x in range(small.shape[1]):
            block = image[y * factor : (y + 1) * factor, x * factor : (x + 1) * factor]
            assert np.abs(small[y, x] - block.mean(axis=(0, 1))).max() < 0.75


def test_shrinking_in_strips_is_the_same(monkeypatch):
    image = np.random.default_rng(0).integers(0, 256, (50, 8, 3), dtype=np.uint8)
    whole = shrink(image, 3)
    monkeypatch.setattr("cnnlib.raster._STRIP_PIXELS", 30)
    np.testing.assert_array_equal(shrink(image, 3), whole)
