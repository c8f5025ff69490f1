"""Small pictures as plain arrays: block means, growing, thinning, closing, connected parts.

A mask is a (height, width) bool array, True on ink. Everything here is NumPy and Pillow alone, and
takes milliseconds for the few hundred pixels a side that a digit needs.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

_STRIP_PIXELS = 2_000_000


def shrink(image: np.ndarray, factor: int) -> np.ndarray:
    """Means of `factor` × `factor` blocks of a (height, width[, 3]) uint8 image; the last row and
    column of blocks may be smaller. Works in strips, so it needs a few megabytes for any size.

    >>> shrink(np.array([[0, 10, 200], [20, 30, 100]], np.uint8), 2)
    array([[ 15, 150]], dtype=uint8)
    """
    if factor == 1:
        return image
    height, width = image.shape[:2]
    rows = factor * max(1, _STRIP_PIXELS // (factor * width))
    strips = [
        np.asarray(Image.fromarray(np.ascontiguousarray(image[top : top + rows])).reduce(factor))
        for top in range(0, height, rows)
    ]
    return np.concatenate(strips)


def stroke_width(coverage: np.ndarray) -> float:
    """Width in pixels of the strokes in a (height, width) coverage image in [0, 1]; 0 without ink.

    Lines of length l drawn with a round pen of width w have the area l w + π χ w² / 4 and the
    outline 2 l + π χ w (Steiner's formula), where χ counts the parts less the holes. Without l,
    that is a quadratic equation for w. The outline is the sum of gradient magnitudes (the coarea
    formula), which counts slanted edges right and takes antialiased ones as they are.

    >>> bar = np.zeros((100, 20)); bar[10:90, 8:12] = 1
    >>> round(stroke_width(bar), 1)
    4.0
    """
    padded = np.pad(coverage, 1).astype(np.float32)
    # Gradients over 2 × 2 windows: exact for level, upright and diagonal edges of a mask.
    rows, columns = padded[:-1] + padded[1:], padded[:, :-1] + padded[:, 1:]
    down, across = np.diff(columns, axis=0), np.diff(rows, axis=1)
    outline = float(np.hypot(down, across).sum()) / 2
    area = float(coverage.sum())
    curvature = np.pi * euler_number(coverage > 0.5)
    if not outline:
        return 0.0
    # The smaller root of curvature w² - 2 outline w + 4 area = 0, in the form that also holds for
    # no curvature. No real root: a shape rounder than a disc, as coarse pixels make it.
    root = max(outline**2 - 4 * curvature * area, 0.0) ** 0.5
    return 4 * area / (outline + root)


def euler_number(mask: np.ndarray) -> int:
    """Connected parts less holes, diagonal neighbours being connected.

    S. B. Gray, "Local properties of binary images in two dimensions", IEEE Trans. Computers C-20
    (1971): counts of 2 × 2 windows with one, three, and two diagonal pixels.

    >>> euler_number(np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], bool))
    0
    """
    padded = np.pad(mask, 1).view(np.uint8)
    windows = padded[:-1, :-1] + 2 * padded[:-1, 1:] + 4 * padded[1:, :-1] + 8 * padded[1:, 1:]
    counts = np.bincount(windows.ravel(), minlength=16)
    one, three = counts[[1, 2, 4, 8]].sum(), counts[[7, 11, 13, 14]].sum()
    return int(one - three - 2 * counts[[6, 9]].sum()) // 4


def grow(image: np.ndarray, radius: int) -> np.ndarray:
    """Largest value within `radius` pixels: strokes of a mask or coverage image made thicker.

    The neighbourhood is an octagon, from squares and diamonds in turn: nearly a disc, and cheap.
    """
    grown = image
    for step in range(radius):
        padded = np.pad(grown, 1, mode="edge")
        if step % 2:  # square
            rows = np.maximum(np.maximum(padded[:-2], padded[1:-1]), padded[2:])
            grown = np.maximum(np.maximum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])
        else:  # diamond
            rows = np.maximum(padded[:-2, 1:-1], padded[2:, 1:-1])
            columns = np.maximum(padded[1:-1, :-2], padded[1:-1, 2:])
            grown = np.maximum(np.maximum(rows, columns), grown)
    return grown


def thin(mask: np.ndarray, layers: int) -> np.ndarray:
    """A mask with up to `layers` layers of border pixels peeled off, never breaking a line.

    What is one pixel wide stays, so parts stay connected and holes stay holes. Z. Guo and
    R. W. Hall, "Parallel thinning with two-subiteration algorithms", CACM 32 (1989), algorithm A1.

    >>> thin(np.ones((3, 5), bool), 2).astype(int)
    array([[0, 0, 0, 0, 0],
           [0, 1, 1, 1, 0],
           [0, 0, 0, 0, 0]])
    """
    padded = np.pad(mask, 1)
    height, width = mask.shape
    inner = padded[1:-1, 1:-1]
    # Views, clockwise from north: they follow `inner` as it is peeled.
    n, ne, e, se, s, sw, w, nw = (
        padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width] for dy, dx in _CLOCKWISE
    )
    for _ in range(layers):
        before = np.count_nonzero(inner)
        for first in (True, False):
            branches = sum(
                (~side & (corner | after)).view(np.uint8)
                for side, corner, after in ((n, ne, e), (e, se, s), (s, sw, w), (w, nw, n))
            )
            pairs = sum((a | b).view(np.uint8) for a, b in ((nw, n), (ne, e), (se, s), (sw, w)))
            other_pairs = sum(
                (a | b).view(np.uint8) for a, b in ((n, ne), (e, se), (s, sw), (w, nw))
            )
            thickness = np.minimum(pairs, other_pairs)
            keep = ((s | sw | ~nw) & w) if first else ((n | ne | ~se) & e)
            inner[(branches == 1) & (thickness >= 2) & (thickness <= 3) & ~keep] = False
        if np.count_nonzero(inner) == before:
            break
    return inner.copy()


_CLOCKWISE = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))


def closing(grey: np.ndarray, window: int) -> np.ndarray:
    """Grey-level closing with a square: dark things narrower than `window` pixels are filled in
    with the brightness around them. A slope of brightness, as in a shadow, stays as it is, and so
    does a dark border, because the square may lie partly outside. (height, width) uint8.

    J. Serra, "Image Analysis and Mathematical Morphology" (1982).

    >>> closing(np.array([[90, 90, 10, 90, 90, 20, 10]], np.uint8), 3)
    array([[90, 90, 90, 90, 90, 20, 10]], dtype=uint8)
    """
    reach = window // 2
    brightest = _running(np.pad(grey, 2 * reach), 2 * reach + 1, np.maximum)
    return np.ascontiguousarray(_running(brightest, 2 * reach + 1, np.minimum))


def _running(grey: np.ndarray, size: int, extreme: np.ufunc) -> np.ndarray:
    """Maximum or minimum of all `size` × `size` squares, by doubling: log2(size) steps an axis."""
    for _ in range(2):
        covered = 1
        while covered < size:
            step = min(covered, size - covered)
            grey = extreme(grey[:-step], grey[step:])
            covered += step
        grey = grey.T
    return grey


def label(mask: np.ndarray) -> tuple[np.ndarray, int]:
    """Connected parts of a mask, diagonal neighbours included: labels 1..count, 0 on background.

    Runs of a row are the nodes of a graph, overlaps with the next row its edges; parts are found
    by taking the smallest label among neighbours and following labels until nothing changes.

    >>> label(np.array([[1, 0, 1], [1, 0, 0], [0, 0, 1]], bool))
    (array([[1, 0, 2],
           [1, 0, 0],
           [0, 0, 3]]), 3)
    """
    height, width = mask.shape
    # One empty column between rows, so that runs end with their row when the image is one line.
    line = np.zeros(height * (width + 2) + 1, np.int8)
    line[:-1].reshape(height, width + 2)[:, 1:-1] = mask
    edges = np.flatnonzero(np.diff(line))
    starts, ends = edges[::2], edges[1::2]  # start - 1, end of each run, in the one line
    stride = width + 2
    # Runs of the next row that touch run i, corners included: those that end at or after its
    # start and start at or before its end, both one row down.
    low = np.searchsorted(ends, starts + stride, side="left")
    high = np.searchsorted(starts, ends + stride, side="right")
    touching = np.maximum(high - low, 0)
    upper = np.repeat(np.arange(len(starts)), touching)
    first = np.cumsum(touching) - touching
    lower = np.arange(len(upper)) - np.repeat(first - low, touching)
    parents = _smallest_labels(len(starts), upper, lower)
    _, numbers = np.unique(parents, return_inverse=True)
    change = np.zeros(line.size, np.int64)
    change[starts + 1] = numbers + 1
    change[ends + 1] -= numbers + 1
    labels = np.cumsum(change)[:-1].reshape(height, stride)[:, 1:-1]
    return np.ascontiguousarray(labels), int(numbers.max(initial=-1)) + 1


def _smallest_labels(count: int, upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    parents = np.arange(count)
    while True:
        a, b = parents[upper], parents[lower]
        if np.array_equal(a, b):
            return parents
        # Hook the larger root onto the smaller, then follow every chain to its root.
        np.minimum.at(parents, np.maximum(a, b), np.minimum(a, b))
        while not np.array_equal(parents, parents[parents]):
            parents = parents[parents]


def measure_parts(labels: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Areas (count,) and boxes (count, 4) of labelled parts: top, left, bottom, right, the last two
    exclusive.

    >>> measure_parts(np.array([[0, 1, 1], [2, 0, 1]]), 2)
    (array([3, 1]), array([[0, 1, 2, 3],
           [1, 0, 2, 1]]))
    """
    rows, columns = np.nonzero(labels)
    numbers = labels[rows, columns] - 1
    boxes = np.zeros((count, 4), np.int64)
    boxes[:, :2] = labels.shape
    np.minimum.at(boxes[:, 0], numbers, rows)
    np.minimum.at(boxes[:, 1], numbers, columns)
    np.maximum.at(boxes[:, 2], numbers, rows + 1)
    np.maximum.at(boxes[:, 3], numbers, columns + 1)
    return np.bincount(numbers, minlength=count), boxes


def select_parts(labels: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """The mask of those labelled parts for which `kept`, (count,) bool, is True."""
    return np.concatenate([[False], kept])[labels]
