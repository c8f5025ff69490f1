"""Images as points in a space of features: a flat picture of them, and the nearest class mean.

Points are (images, numbers) floats, one row an image: what a network's last layer works on, or the
pixels themselves. Nothing here is trained.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


class FeatureError(ValueError):
    """Points and labels that do not belong together; the message says what was received."""


@dataclass(frozen=True, eq=False)
class Projection:
    """Points in the plane in which they lie farthest apart.

    `points` (images, 2); `shares` of the whole variance along its two directions, which are the
    rows of `directions` (2, numbers); `centre` (numbers,) is the points' mean, in the middle.
    """

    points: np.ndarray
    shares: tuple[float, float]
    directions: np.ndarray
    centre: np.ndarray


def projection(points: np.ndarray) -> Projection:
    """The first two principal components of two or more points.

    K. Pearson, "On lines and planes of closest fit to systems of points in space", Philosophical
    Magazine 2 (1901), 559-572; found here by the singular value decomposition of the centred
    points. Each direction's largest entry is positive, so that the picture is the same each time.

    >>> found = projection(np.array([[0.0, 0.0, 1.0], [2.0, 0.0, 1.0], [4.0, 0.0, 1.0]]))
    >>> found.points.round(6).tolist(), found.shares
    ([[-2.0, 0.0], [0.0, 0.0], [2.0, 0.0]], (1.0, 0.0))
    """
    points = _checked_points(points)
    if len(points) < 2:
        raise FeatureError(f"a projection needs two points or more; received {len(points)}.")
    centre = points.mean(axis=0)
    left, sizes, directions = np.linalg.svd(points - centre, full_matrices=False)
    placed = left * sizes
    if placed.shape[1] < 2:  # points with one number each lie on a line
        placed, directions = (np.pad(x, pad) for x, pad in ((placed, _COLUMN), (directions, _ROW)))
        sizes = np.pad(sizes, (0, 1))
    directions = directions[:2]
    signs = np.sign(directions[np.arange(2), np.abs(directions).argmax(axis=1)])
    signs[signs == 0] = 1
    whole = float(np.sum(sizes**2)) or 1.0
    first, second = (float(size**2) / whole for size in sizes[:2])
    return Projection(
        placed[:, :2] * signs, (first, second), directions * signs[:, np.newaxis], centre
    )


_COLUMN, _ROW = ((0, 0), (0, 1)), ((0, 1), (0, 0))


def class_means(points: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """The mean point of each class, (classes, numbers); FeatureError if one has no point."""
    points = _checked_points(points)
    labels = np.asarray(labels)
    if labels.shape != points.shape[:1]:
        raise FeatureError(
            f"every point needs one label; received {len(points)} points and labels of shape "
            f"{labels.shape}."
        )
    counts = np.bincount(labels, minlength=classes)
    if len(counts) > classes or not counts.all():
        raise FeatureError(
            f"each of the {classes} classes needs a point, and there are no others; their numbers "
            f"of points are {counts.tolist()}."
        )
    return np.stack([points[labels == label].mean(axis=0) for label in range(classes)])


def nearest_means(points: np.ndarray, means: np.ndarray) -> np.ndarray:
    """The class whose mean lies nearest to each point, by the Euclidean distance: (points,).

    T. Mensink, J. Verbeek, F. Perronnin and G. Csurka, "Distance-based image classification:
    generalizing to new classes at near-zero cost", IEEE TPAMI 35 (2013), 2624-2637.

    >>> nearest_means(np.array([[1.0, 0.0], [0.0, 3.0]]), np.array([[0.0, 0.0], [0.0, 4.0]]))
    array([0, 1])
    """
    points, means = _checked_points(points), _checked_points(means)
    if points.shape[1:] != means.shape[1:]:
        raise FeatureError(
            f"points and means must have as many numbers; they have {points.shape[1]} and "
            f"{means.shape[1]}."
        )
    # |p - m|² less |p|², which is the same for all means.
    return (np.sum(means**2, axis=1) - 2 * points @ means.T).argmin(axis=1)


def nearest_mean_accuracy(
    points: np.ndarray, labels: np.ndarray, others: np.ndarray, other_labels: np.ndarray
) -> float:
    """The share of `others` whose nearest class mean, of `points`, is their own class's."""
    if not len(others):
        raise FeatureError("an accuracy needs one image or more; received none.")
    means = class_means(points, labels, int(np.max(labels)) + 1)
    return float(np.mean(nearest_means(others, means) == other_labels))


def flat(images: np.ndarray) -> np.ndarray:
    """Images (count, height, width, channels) as points of all their pixels.

    >>> flat(np.zeros((5, 4, 4, 3))).shape
    (5, 48)
    """
    return images.reshape(len(images), -1)


def _checked_points(points: np.ndarray) -> np.ndarray:
    points = np.asarray(points, np.float64)
    if points.ndim != 2 or not points.size:
        raise FeatureError(f"points must be (images, numbers); received {points.shape}.")
    if not np.isfinite(points).all():
        raise FeatureError("points must be finite numbers; some of these are not.")
    return points
