"""The shipped digits network on digits drawn with a mouse: everything between canvas and answer.

The strokes are written down here, in a square of side 1 with y downwards, in the hands of several
countries; a pen draws them as the browser's canvas does.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from cnnlib.network import Network
from cnnlib.pixels import digit_from_drawing

DIGITS = Path(__file__).resolve().parents[2] / "assets" / "models" / "digits.npz"
SIDE = 280
FINER = 2  # drawn this much larger, then averaged: the canvas's antialiasing
BLACK, WHITE, BLUE, CREAM = (0, 0, 0), (255, 255, 255), (30, 60, 200), (250, 244, 220)
CLEAR = None


def arc(x, y, across, down, start, end):
    """Points of an ellipse around (x, y) with half axes across and down, from angle start to end in
    degrees: 0 is right, 90 is down."""
    angles = np.radians(np.linspace(start, end, 40))
    return [(x + across * np.cos(a), y + down * np.sin(a)) for a in angles]


HANDS = {
    0: (
        [arc(0.5, 0.5, 0.32, 0.48, -90, 270)],
        [arc(0.5, 0.5, 0.2, 0.48, -70, 290)],
        [arc(0.5, 0.5, 0.42, 0.45, -60, 285)],
        [arc(0.5, 0.5, 0.3, 0.46, -90, 270), [(0.8, 0.05), (0.2, 0.95)]],
    ),
    1: (
        [[(0.5, 0.02), (0.5, 0.98)]],
        [[(0.3, 0.25), (0.52, 0.03), (0.52, 0.97)]],
        [[(0.28, 0.27), (0.52, 0.03), (0.52, 0.97)], [(0.28, 0.97), (0.76, 0.97)]],
        [[(0.15, 0.45), (0.55, 0.02), (0.55, 0.98)]],
    ),
    2: (
        [[*arc(0.5, 0.28, 0.3, 0.26, 190, 390), (0.18, 0.97), (0.85, 0.97)]],
        [
            [
                *arc(0.48, 0.27, 0.28, 0.25, 180, 400),
                (0.2, 0.9),
                *arc(0.3, 0.88, 0.13, 0.09, 170, 330),
                (0.85, 0.95),
            ]
        ],
        [[(0.2, 0.12), (0.7, 0.08), (0.75, 0.3), (0.2, 0.95), (0.82, 0.95)]],
    ),
    3: (
        [[*arc(0.45, 0.27, 0.28, 0.24, 200, 450), *arc(0.45, 0.74, 0.33, 0.24, -90, 160)]],
        [[(0.18, 0.05), (0.75, 0.05), (0.42, 0.4), *arc(0.45, 0.69, 0.32, 0.28, -80, 150)]],
        [
            [
                *arc(0.42, 0.26, 0.3, 0.22, 190, 430),
                *arc(0.5, 0.5, 0.06, 0.04, 90, 270),
                *arc(0.45, 0.75, 0.3, 0.23, -80, 170),
            ]
        ],
    ),
    4: (
        [[(0.62, 0.98), (0.62, 0.02), (0.12, 0.66), (0.9, 0.66)]],
        [[(0.25, 0.04), (0.18, 0.52), (0.85, 0.52)], [(0.7, 0.2), (0.66, 0.98)]],
        [[(0.3, 0.02), (0.15, 0.55), (0.8, 0.55)], [(0.72, 0.02), (0.72, 0.98)]],
        [[(0.8, 0.02), (0.15, 0.7), (0.8, 0.7)], [(0.62, 0.45), (0.55, 0.98)]],
    ),
    5: (
        [[(0.8, 0.04), (0.26, 0.04), (0.22, 0.45), *arc(0.47, 0.68, 0.3, 0.28, -140, 140)]],
        [
            [(0.25, 0.06), (0.2, 0.46), *arc(0.45, 0.69, 0.3, 0.27, -120, 130)],
            [(0.25, 0.05), (0.78, 0.03)],
        ],
        [
            [
                (0.78, 0.04),
                (0.3, 0.04),
                (0.25, 0.42),
                (0.6, 0.42),
                (0.76, 0.6),
                (0.7, 0.88),
                (0.3, 0.97),
            ]
        ],
    ),
    6: (
        [[(0.7, 0.03), (0.4, 0.25), (0.22, 0.6), *arc(0.48, 0.72, 0.27, 0.25, 190, -170)]],
        [[(0.35, 0.02), (0.2, 0.65), *arc(0.47, 0.74, 0.27, 0.23, 180, 540)]],
        [
            [
                (0.4, 0.02),
                (0.22, 0.5),
                (0.22, 0.85),
                (0.5, 0.97),
                (0.75, 0.8),
                (0.6, 0.6),
                (0.25, 0.7),
            ]
        ],
    ),
    7: (
        [[(0.15, 0.05), (0.82, 0.05), (0.4, 0.98)]],
        [[(0.15, 0.05), (0.82, 0.05), (0.4, 0.98)], [(0.3, 0.5), (0.78, 0.5)]],
        [[(0.16, 0.2), (0.16, 0.06), (0.82, 0.05), (0.55, 0.45), (0.45, 0.97)]],
        [[(0.15, 0.05), (0.85, 0.05), (0.6, 0.97)], [(0.45, 0.45), (0.85, 0.5)]],
    ),
    8: (
        [arc(0.5, 0.26, 0.24, 0.23, 90, 450), arc(0.5, 0.73, 0.3, 0.25, -90, 270)],
        [
            [
                *arc(0.5, 0.27, 0.25, 0.24, -30, -250),
                *arc(0.5, 0.73, 0.29, 0.25, -70, 200),
                (0.6, 0.42),
                (0.72, 0.2),
            ]
        ],
        [
            [
                (0.75, 0.15),
                *arc(0.5, 0.25, 0.22, 0.2, -30, -180),
                (0.7, 0.6),
                *arc(0.5, 0.76, 0.25, 0.2, -20, 200),
                (0.75, 0.2),
            ]
        ],
    ),
    9: (
        [[*arc(0.5, 0.28, 0.27, 0.25, -20, -380), (0.72, 0.98)]],
        [
            [
                *arc(0.48, 0.28, 0.28, 0.26, -10, -370),
                (0.74, 0.65),
                *arc(0.46, 0.75, 0.27, 0.22, 10, 140),
            ]
        ],
        [[*arc(0.45, 0.3, 0.28, 0.26, -20, -380), (0.7, 0.5), (0.35, 0.97)]],
    ),
}


def draw(
    strokes,
    pen=18,
    *,
    size=170,
    corner=(55, 55),
    slant=0.0,
    turn=0.0,
    ink=BLACK,
    paper=WHITE,
):
    """Strokes on a canvas as (280, 280, 4) uint8. `size` is the digit's height, `corner` its top
    left, `slant` a shear to the right, `turn` degrees clockwise."""
    coverage = Image.new("L", (SIDE * FINER, SIDE * FINER))
    brush = ImageDraw.Draw(coverage)
    radius = pen * FINER / 2
    cosine, sine = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    for stroke in strokes:
        x, y = np.array(stroke, float).T - 0.5
        x = x - slant * y
        points = np.stack([cosine * x - sine * y, sine * x + cosine * y], axis=1) + 0.5
        points = [tuple(point) for point in (points * size + corner) * FINER]
        brush.line(points, fill=255, width=round(pen * FINER), joint="curve")
        for px, py in (points[0], points[-1]):
            brush.ellipse((px - radius, py - radius, px + radius, py + radius), fill=255)
    share = np.asarray(coverage.reduce(FINER), np.float32)[:, :, np.newaxis] / 255
    if paper is CLEAR:
        flat = np.broadcast_to(np.array(ink, np.float32), (SIDE, SIDE, 3))
        return np.rint(np.concatenate([flat, 255 * share], axis=2)).astype(np.uint8)
    mixed = share * np.array(ink, np.float32) + (1 - share) * np.array(paper, np.float32)
    return np.rint(np.dstack([mixed, np.full((SIDE, SIDE), 255.0)])).astype(np.uint8)


STYLES = {
    "plain": {},
    "thin": {"pen": 4},
    "thick": {"pen": 30},
    "very thick": {"pen": 40, "size": 200, "corner": (40, 40)},
    "tiny": {"pen": 6, "size": 45, "corner": (20, 200)},
    "large": {"pen": 16, "size": 250, "corner": (15, 15)},
    "off-centre": {"pen": 10, "size": 100, "corner": (165, 15)},
    "slanted right": {"slant": 0.35},
    "slanted left": {"slant": -0.25},
    "turned": {"turn": 12},
    "light on dark": {"ink": WHITE, "paper": BLACK},
    "blue on cream": {"ink": BLUE, "paper": CREAM, "pen": 9},
    "on nothing": {"paper": CLEAR},
}


@cache
def network():
    return Network.load(DIGITS)


def read(drawings):
    """The network's answer to each drawing, one of 0 to 9."""
    digits = np.stack([digit_from_drawing(drawing) for drawing in drawings])
    return network().predict(digits[..., np.newaxis]).argmax(axis=-1).tolist()


def shaken(strokes, rng):
    """The same digit by an unsteady hand: wider or narrower, its lines bent a little."""
    width, phases = rng.uniform(0.6, 1.4), rng.uniform(0, 2 * np.pi, 2)
    rates = rng.uniform(3, 9, 2)
    for stroke in strokes:
        x, y = np.array(stroke, float).T
        bent = (x - 0.5) * width + 0.5 + 0.03 * np.sin(rates[0] * y + phases[0])
        yield list(zip(bent, y + 0.03 * np.sin(rates[1] * x + phases[1]), strict=True))


@pytest.mark.parametrize("style", STYLES)
def test_digits_in_every_style_are_read(style):
    asked = [digit for digit, hands in HANDS.items() for _ in hands]
    given = [draw(strokes, **STYLES[style]) for hands in HANDS.values() for strokes in hands]
    wrong = [pair for pair in zip(asked, read(given), strict=True) if pair[0] != pair[1]]
    assert len(wrong) <= 0.06 * len(asked), f"(drawn, read): {wrong}"


def test_a_plain_seven_is_read_as_seven_with_confidence():
    digit = digit_from_drawing(draw(HANDS[7][0]))
    probabilities = network().predict(digit[np.newaxis, :, :, np.newaxis])[0]
    assert probabilities.argmax() == 7
    assert probabilities[7] > 0.9


def test_unsteady_hands_of_any_size_place_and_slant_are_read():
    rng = np.random.default_rng(1959)
    asked = [digit for digit, hands in HANDS.items() for _ in range(4 * len(hands))]
    given = []
    for hands in HANDS.values():
        for strokes in 4 * hands:
            size = rng.uniform(40, 200)
            given.append(
                draw(
                    list(shaken(strokes, rng)),
                    pen=max(2, rng.uniform(0.03, 0.2) * size),
                    size=size,
                    corner=tuple(rng.uniform(20, 265 - size, 2)),
                    slant=rng.uniform(-0.4, 0.4),
                    turn=rng.uniform(-15, 15),
                )
            )
    right = np.mean(np.array(read(given)) == asked)
    assert right >= 0.93
