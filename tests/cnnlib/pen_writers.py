"""Digits by other hands than those that the shipped network was trained with.

Each digit is written down anew, in `pen_writers.txt`, and how it is varied and drawn is written
anew here, too: nothing of `cnnlib.pen_hands` or `cnnlib.pen_strokes` is used.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw


def _read() -> tuple[dict, dict]:
    digits, others = {}, {}
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        digit, name, path = line.split(" | ")
        if digit == "none":
            others[name] = path
        else:
            digits[int(digit), name] = path
    return digits, others


# The paths of digits, by (digit, what is special about it), and of other things, by name.
WRITERS, NO_DIGITS = _read()


def points_of(path, steps=16):
    """The path's strokes, each (points, 2), around the middle of the box, a height of 1."""
    words, strokes, at = re.sub("([MLQC])", r" \1 ", path).split(), [], 0
    while at < len(words):
        size = {"M": 2, "L": 2, "Q": 4, "C": 6}[words[at]]
        numbers = np.array([float(word) for word in words[at + 1 : at + 1 + size]]).reshape(-1, 2)
        if words[at] == "M":
            strokes.append([numbers])
        else:
            handles = np.concatenate([strokes[-1][-1][-1:], numbers])
            t = np.linspace(0, 1, steps + 1)[1:, np.newaxis]
            while len(handles) > 1:  # de Casteljau's algorithm, for all t at once
                handles = [(1 - t) * a + t * b for a, b in itertools.pairwise(handles)]
            strokes[-1].append(handles[0])
        at += 1 + size
    return [(np.concatenate(stroke) - (50, 70)) / 140 for stroke in strokes]


def wobbled(strokes, rng, amount):
    """All points moved by a smooth random field: a coarse grid of moves, interpolated between."""
    grid = rng.normal(0, amount, (4, 4, 2))
    moved = []
    for stroke in strokes:
        place = np.clip((stroke + 0.7) / 1.4, 0, 1) * 2.999
        low, share = place.astype(int), place % 1
        share = share * share * (3 - 2 * share)
        (x, y), (u, v) = low.T, share.T[..., np.newaxis]
        move = (grid[x, y] * (1 - u) + grid[x + 1, y] * u) * (1 - v)
        move = move + (grid[x, y + 1] * (1 - u) + grid[x + 1, y + 1] * u) * v
        moved.append(stroke + move)
    return moved


def quick(stroke, count):
    """What is left of a stroke when the pen is asked where it is `count` times: more often where
    it turns, as hands are slow there."""
    steps = np.diff(stroke, axis=0)
    lengths = np.hypot(*steps.T)
    headings = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
    turns = np.abs(np.diff(headings, prepend=headings[0]))
    time = np.concatenate([[0], np.cumsum(lengths + 0.06 * np.minimum(turns, 2))])
    at = np.linspace(0, time[-1], max(2, count))
    return np.stack([np.interp(at, time, stroke[:, axis]) for axis in (0, 1)], axis=1)


def paint(strokes, pen, *, round_ends=True, smooth_edges=True, ink=(0, 0, 0)):
    """Strokes in pixels on a see-through canvas, (280, 280, 4) uint8."""
    finer = 3 if smooth_edges else 1
    sheet = Image.new("L", (280 * finer, 280 * finer))
    brush, radius = ImageDraw.Draw(sheet), pen * finer / 2
    for stroke in strokes:
        points = (stroke * finer).tolist()
        for number, (x, y) in enumerate(points):
            if number:
                brush.line((*points[number - 1], x, y), 255, max(1, round(pen * finer)))
            if round_ends or 0 < number < len(points) - 1:
                brush.ellipse((x - radius, y - radius, x + radius, y + radius), 255)
    if smooth_edges:
        sheet = sheet.resize((280, 280), Image.Resampling.BOX)
    colour = Image.new("RGB", (280, 280), ink)
    colour.putalpha(sheet)
    return np.array(colour)


def write(
    path,
    rng,
    *,
    slant=0.0,
    turn=0.0,
    aspect=1.0,
    height=180.0,
    pen=14.0,
    wobble=0.03,
    tremor=0.0,
    points=30,
    smooth_edges=True,
    round_ends=True,
):
    """One drawing. `slant` and `turn` in degrees, `height` and `pen` in pixels of 280; a stroke as
    long as the digit is high has `points` points."""
    strokes = wobbled(points_of(path), rng, wobble)
    turn = np.radians(turn)
    shape = np.array([[aspect, 0], [-np.tan(np.radians(slant)), 1]])
    shape = shape @ [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
    done = []
    for stroke in strokes:
        length = np.hypot(*np.diff(stroke, axis=0).T).sum()
        few = quick(stroke, round(points * length) + 1) @ shape
        done.append(few + rng.normal(0, tremor, few.shape))
    everything = np.concatenate(done)
    low, high = everything.min(axis=0), everything.max(axis=0)
    room = 278 - pen
    scale = min(height, room / max(high - low))
    corner = pen / 2 + 1 + rng.random(2) * np.maximum(room - scale * (high - low), 0)
    return paint(
        [(stroke - low) * scale + corner for stroke in done],
        pen,
        smooth_edges=smooth_edges,
        round_ends=round_ends,
    )


def any_settings(rng):
    """Settings of `write` for any way that a visitor may draw."""
    height = float(np.exp(rng.uniform(np.log(56), np.log(262))))
    return {
        "slant": rng.uniform(-35, 35) * rng.random(),
        "turn": rng.uniform(-15, 15) * rng.random(),
        "aspect": float(np.exp(rng.uniform(np.log(0.5), np.log(1.8)) * rng.random() ** 0.5)),
        "height": height,
        "pen": float(np.clip(height * rng.uniform(0.03, 0.2), 3, 40)),
        "wobble": rng.uniform(0, 0.05),
        "tremor": rng.choice([0, 0.004, 0.01]),
        "points": rng.choice([9, 14, 30, 60]),
        "smooth_edges": rng.random() < 0.85,
        "round_ends": rng.random() < 0.85,
    }
