"""Which images are most alike, pixel by pixel: their Euclidean distance, and what it is good for.

With pixels in [0, 1] the distance of two images a and b is the root of the sum of (a - b)^2 over
all their numbers. It is found for many images at once as |a|^2 + |b|^2 - 2 ab.
"""

from __future__ import annotations

import numpy as np

LEVELS = 255
CHUNK = 2_000  # images: their floats stay small enough for the processor's cache to help
SPARE = 24  # candidates beyond those asked for, so that rounding cannot lose one


def nearest(query: np.ndarray, images: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the `count` images nearest to `query`, nearest first, and their distances.

    `query` is (height, width, channels) in [0, 1], `images` uint8 (n, height, width, channels).
    Of images equally far the first comes first. Raises ValueError for shapes that do not fit.

    >>> images = np.array([0, 255, 102], np.uint8).reshape(3, 1, 1, 1)
    >>> nearest(np.full((1, 1, 1), 0.5), images, 2)
    (array([2, 0]), array([0.1, 0.5]))
    """
    if query.shape != images.shape[1:]:
        raise ValueError(
            f"the image has the shape {query.shape}, those to compare it with {images.shape[1:]}."
        )
    estimates = squared_distances(query[np.newaxis], images)[0]
    kept = min(count + SPARE, len(images))
    candidates = np.sort(np.argpartition(estimates, kept - 1)[:kept])
    # Exactly now: a sum of three large numbers is rounded where the images are nearly equal.
    differences = images[candidates] / LEVELS - query.astype(np.float64)
    distances = np.sqrt(np.sum(differences**2, axis=(1, 2, 3)))
    order = np.argsort(distances, kind="stable")[:count]
    return candidates[order], distances[order]


def squared_distances(queries: np.ndarray, images: np.ndarray) -> np.ndarray:
    """(m, n) float32: squared distance of each of m queries in [0, 1] to each of n uint8 images."""
    rows = queries.reshape(len(queries), -1).astype(np.float32)
    own = np.einsum("ij,ij->i", rows, rows)[:, np.newaxis]
    squared = np.empty((len(rows), len(images)), np.float32)
    for start in range(0, len(images), CHUNK):
        part = images[start : start + CHUNK]
        others = part.reshape(len(part), -1).astype(np.float32) / np.float32(LEVELS)
        theirs = np.einsum("ij,ij->i", others, others)
        squared[:, start : start + len(part)] = own + theirs - 2 * (rows @ others.T)
    return np.maximum(squared, 0)


def neighbours_label_share(
    queries: np.ndarray, truths: np.ndarray, images: np.ndarray, labels: np.ndarray
) -> float:
    """The share of queries whose single nearest image has their own label, from 0 to 1.

    `queries` and `images` are uint8 (n, height, width, channels); `truths` and `labels` go with
    them.
    """
    scaled = queries.astype(np.float32) / np.float32(LEVELS)
    return float(np.mean(labels[squared_distances(scaled, images).argmin(axis=1)] == truths))
