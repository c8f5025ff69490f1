"""Pen strokes, varied as hands vary and drawn as a browser's canvas draws them.

A stroke is (points, 2) float64: x to the right and y downwards, in units of the digit's height
around its middle until it is drawn, then in pixels.
"""

from __future__ import annotations

import itertools

import numpy as np
from PIL import Image, ImageDraw

SIDE = 280
MOST_SLANT, MOST_TURN = 35.0, 15.0  # degrees
ASPECTS = (0.5, 1.8)  # width against the hand's own
HEIGHTS = (50.0, 262.0)  # pixels of the canvas
PENS = (3.0, 42.0)

_STEPS = 12  # points from a knot to the next
_FINER = 2  # drawn this much larger, then averaged

Stroke = np.ndarray


def parsed(hand: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """A hand's strokes: knots (knots, 2) in units of its height from its middle, and which of them
    are corners, (knots,) bool.

    >>> [(knots, corners)] = parsed("50,0 100,50! 50,100")
    >>> knots.tolist(), corners.tolist()
    ([[0.0, -0.5], [0.5, 0.0], [0.0, 0.5]], [False, True, False])
    """
    strokes = []
    for stroke in hand.split("|"):
        words = stroke.split()
        knots = [tuple(map(float, word.rstrip("!").split(","))) for word in words]
        corners = np.array([word.endswith("!") for word in words])
        strokes.append((np.array(knots) / 100 - 0.5, corners))
    return strokes


def smooth(knots: np.ndarray, corners: np.ndarray) -> Stroke:
    """The way of a pen through its knots: Catmull and Rom's spline (1974), broken at corners.

    >>> straight = smooth(np.array([[0.0, 0.0], [1.0, 2.0]]), np.zeros(2, bool))
    >>> straight[6].tolist()
    [0.5, 1.0]
    """
    breaks = [0, *(n for n in range(1, len(knots) - 1) if corners[n]), len(knots) - 1]
    pieces = [_spline(knots[a : b + 1]) for a, b in itertools.pairwise(breaks)]
    return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])


def _spline(knots: np.ndarray) -> np.ndarray:
    around = np.concatenate([[2 * knots[0] - knots[1]], knots, [2 * knots[-1] - knots[-2]]])
    t = np.linspace(0, 1, _STEPS, endpoint=False)[:, np.newaxis]
    pieces = [
        0.5
        * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (d - a + 3 * (b - c)) * t**3)
        for a, b, c, d in zip(around[:-3], around[1:-2], around[2:-1], around[3:], strict=True)
    ]
    return np.concatenate([*pieces, knots[-1:]])


def written(hand: str, rng: np.random.Generator) -> list[Stroke]:
    """The hand as written once: knots and strokes out of place, lines bent, slanted, turned,
    squeezed, sampled as seldom as a quick pen is, and shaken."""
    place = rng.uniform(0, 0.06)
    lift = rng.uniform(0, 0.04)
    strokes = [
        smooth(knots + rng.normal(0, place, knots.shape), corners) + rng.normal(0, lift, 2)
        for knots, corners in parsed(hand)
    ]
    strokes = [_ends_changed(stroke, rng) for stroke in strokes]
    strokes = _bent(strokes, rng)
    matrix = _matrix(rng)
    spacing = rng.choice([0.02, rng.uniform(0.03, 0.12), rng.uniform(0.08, 0.25)])
    tremor = rng.choice([0, rng.uniform(0, 0.012)])
    done = []
    for stroke in strokes:
        stroke = sampled(stroke @ matrix, spacing)
        done.append(stroke + rng.normal(0, tremor, stroke.shape))
    if spacing > 0.02 and rng.random() < 0.5:
        done = [rounded(stroke) for stroke in done]
    return done


def _matrix(rng: np.random.Generator) -> np.ndarray:
    """Squeeze, slant and turn, for points in rows."""
    aspect = np.exp(np.clip(rng.normal(-0.1, 0.32), *np.log(ASPECTS)))
    slant = np.tan(np.radians(np.clip(rng.normal(0, 14), -MOST_SLANT, MOST_SLANT)))
    turn = np.radians(np.clip(rng.normal(0, 6), -MOST_TURN, MOST_TURN))
    cosine, sine = np.cos(turn), np.sin(turn)
    squeezed = np.array([[aspect, 0], [-slant, 1]])
    return squeezed @ np.array([[cosine, sine], [-sine, cosine]])


def _ends_changed(stroke: Stroke, rng: np.random.Generator) -> Stroke:
    """Begun or ended a little early or late: up to 5 % cut off, or gone on in its direction."""
    for _ in range(2):
        change = rng.normal(0, 0.025)
        if change < 0 and len(stroke) > 2 * _STEPS:
            stroke = stroke[: max(2, round(len(stroke) * (1 + max(change, -0.05))))]
        elif change > 0:
            direction = stroke[-1] - stroke[-2]
            length = np.hypot(*direction)
            if length:
                stroke = np.concatenate([stroke, [stroke[-1] + direction / length * change]])
        stroke = stroke[::-1]
    return stroke


def _bent(strokes: list[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """All moved by one smooth field of displacements: two waves an axis."""
    size = rng.uniform(0, 0.05)
    waves = [(rng.normal(0, size, 2), rng.uniform(-5, 5, 2), rng.uniform(0, 7)) for _ in range(2)]
    return [
        stroke
        + sum(
            np.sin(stroke @ rates + phase)[:, np.newaxis] * amounts
            for amounts, rates, phase in waves
        )
        for stroke in strokes
    ]


def sampled(stroke: Stroke, spacing: float) -> Stroke:
    """Points about `spacing` apart along the stroke, both ends among them.

    >>> sampled(np.array([[0.0, 0.0], [1.0, 0.0]]), 0.26).tolist()
    [[0.0, 0.0], [0.25, 0.0], [0.5, 0.0], [0.75, 0.0], [1.0, 0.0]]
    """
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))])
    if not along[-1]:
        return stroke
    at = np.linspace(0, along[-1], max(2, round(along[-1] / spacing) + 1))
    return np.stack([np.interp(at, along, stroke[:, axis]) for axis in (0, 1)], axis=1)


def rounded(stroke: Stroke) -> Stroke:
    """Quadratic curves from middle to middle of a polygon's sides, as drawing canvases smooth it.

    >>> rounded(np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0]])).tolist()[3]
    [1.75, 0.25]
    """
    if len(stroke) < 3:
        return stroke
    middles = (stroke[:-1] + stroke[1:]) / 2
    t = np.linspace(0, 1, 5)[1:, np.newaxis]
    curves = [
        (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c
        for a, b, c in zip(middles[:-1], stroke[1:-1], middles[1:], strict=True)
    ]
    return np.concatenate([stroke[:1], middles[:1], *curves, stroke[-1:]])


def placed(strokes: list[Stroke], pen: float, rng: np.random.Generator) -> list[Stroke]:
    """Strokes of a random height in pixels, somewhere on the canvas and within it."""
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    height = np.exp(rng.uniform(*np.log(HEIGHTS)))
    room = SIDE - pen - 2
    scale = min(height, room / max(*(high - low), 0.3))
    corner = rng.uniform(0, 1, 2) * (room - scale * (high - low)) + pen / 2 + 1
    return [(stroke - low) * scale + corner for stroke in strokes]


def drawn(strokes: list[Stroke], pen: float, *, square: bool = False, hard: bool = False):
    """Strokes in pixels as a black drawing on an empty canvas, (280, 280, 4) uint8.

    `pen`: its width in pixels. Lines end round, or bluntly if `square`; edges are antialiased
    unless `hard`.
    """
    finer = 1 if hard else _FINER
    sheet = Image.new("L", (SIDE * finer, SIDE * finer))
    brush = ImageDraw.Draw(sheet)
    radius = pen * finer / 2
    for stroke in strokes:
        points = [tuple(point) for point in stroke * finer]
        for start, end in itertools.pairwise(points):
            brush.line((start, end), fill=255, width=max(1, round(pen * finer)))
        for x, y in points[1:-1] if square else points:
            brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    canvas = np.zeros((SIDE, SIDE, 4), np.uint8)
    canvas[..., 3] = np.asarray(sheet if hard else sheet.reduce(finer))
    return canvas


def drawing(hand: str, rng: np.random.Generator) -> np.ndarray:
    """One drawing by this hand, (280, 280, 4) uint8, in any size, place and pen."""
    strokes = placed(written(hand, rng), 20, rng)
    points = np.concatenate(strokes)
    height = max(np.ptp(points, axis=0))
    pen = float(np.clip(height * np.exp(rng.uniform(np.log(0.03), np.log(0.28))), *PENS))
    return drawn(strokes, pen, square=rng.random() < 0.15, hard=rng.random() < 0.15)


def scribble(rng: np.random.Generator) -> str:
    """A hand that means nothing: three to nine knots anywhere, in one to three strokes."""
    return "|".join(
        " ".join(
            f"{x:.0f},{y:.0f}{'!' if rng.random() < 0.3 else ''}"
            for x, y in rng.uniform(0, 100, (rng.integers(3, 9), 2))
        )
        for _ in range(rng.integers(1, 4))
    )
