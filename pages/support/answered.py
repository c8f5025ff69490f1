"""Test images with what a network said of them."""

from __future__ import annotations

import numpy as np

from cnnlib.datasets import Dataset
from cnnlib.verdict import percent
from pages.support.pictures import picture_row

NO_BREAK = "\N{NO-BREAK SPACE}"  # a line must not end between a number and its %
SCALE = 3  # screen pixels to a pixel of a picture


def draw_answered(dataset: Dataset, probabilities: np.ndarray, members: np.ndarray) -> None:
    """Draw the test images `members` (indices), each with its answer and how sure that was.

    `probabilities` (images, classes) are the answers to all test images.
    """
    shares = probabilities[members]
    captions = [
        caption(dataset.classes[said], float(share), dataset.classes[true])
        for said, share, true in zip(
            shares.argmax(axis=1), shares.max(axis=1), dataset.y_test[members], strict=True
        )
    ]
    picture_row(dataset.x_test[members], captions=captions, alts=captions, scale=SCALE)


def caption(said: str, share: float, true: str) -> str:
    """What was said of an image, and what it is if that was wrong.

    >>> caption("4", 0.98, "9"), caption("4", 0.98, "4")
    ('said 4 (98.0\\xa0%), is 9', '4 (98.0\\xa0%)')
    """
    sure = unbroken(share)
    return f"{said} ({sure})" if said == true else f"said {said} ({sure}), is {true}"


def unbroken(share: float) -> str:
    """A share in per cent, which no line may end within.

    >>> unbroken(0.5)
    '50.0\\xa0%'
    """
    return percent(share).replace(" ", NO_BREAK)
