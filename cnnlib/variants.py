"""Variants of a data set: some of its classes, its images in another size, or grey ones as colour.

A variant is a name, `<base>[:label,label,...][@side][+rgb]`, and is used wherever a data set's
name is: `cifar10:3,5` is CIFAR-10's cats and dogs, `digits@32+rgb` are digits of 32 x 32 with three
equal channels. Labels are renumbered from 0 in their order.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

import numpy as np

CLASS_COUNTS = {"digits": 10, "cifar10": 10, "shapes": 8}
GREY = ("digits",)
DRAWN = ("shapes",)  # at any side; all of them lie in a file that is not read as a whole
LEAST_SIDE, MOST_SIDE = 8, 224
LARGE_SIDE = 32  # above it a sample has fewer images
LARGE_COUNTS = (100, 20)  # training and test images of each class, then
_FORM = re.compile(r"([a-z0-9]+)(?::([0-9]{1,2}(?:,[0-9]{1,2})*))?(?:@([0-9]{1,3}))?(\+rgb)?")


class VariantError(ValueError):
    """A name that is no variant of a data set; the message says what to change."""


@dataclass(frozen=True)
class Variant:
    """A data set's name taken apart: `labels` empty for all classes, `side` 0 for the set's own."""

    base: str
    labels: tuple[int, ...] = ()
    side: int = 0
    rgb: bool = False

    def __str__(self) -> str:
        labels = f":{','.join(map(str, self.labels))}" if self.labels else ""
        side = f"@{self.side}" if self.side else ""
        return f"{self.base}{labels}{side}{'+rgb' if self.rgb else ''}"

    @property
    def is_whole(self) -> bool:
        """Whether it is the data set itself."""
        return not (self.labels or self.side or self.rgb)


def variant(base: str, labels: tuple[int, ...] = (), side: int = 0, *, rgb: bool = False) -> str:
    """The name of a variant, its labels in order; VariantError if there can be none.

    >>> variant("cifar10", (5, 3), side=16)
    'cifar10:3,5@16'
    >>> variant("cifar10", tuple(range(10)))
    'cifar10'
    """
    labels = tuple(sorted(labels))
    if labels == tuple(range(CLASS_COUNTS.get(base, 0))):
        labels = ()
    name = str(Variant(base, labels, side, rgb))
    parsed(name)
    return name


def parsed(name: object) -> Variant:
    """A name taken apart; VariantError with a sentence for anything else.

    >>> parsed("digits:1,7@32+rgb")
    Variant(base='digits', labels=(1, 7), side=32, rgb=True)
    """
    known = ", ".join(CLASS_COUNTS)
    found = _FORM.fullmatch(name) if isinstance(name, str) else None
    if found is None or found[1] not in CLASS_COUNTS:
        raise VariantError(f"must be one of {known}, or a variant of one")
    base, labels, side, rgb = found.groups()
    result = Variant(base, tuple(map(int, labels.split(","))) if labels else (), int(side or 0))
    result = Variant(base, result.labels, result.side, bool(rgb))
    if labels:
        count = CLASS_COUNTS[base]
        if len(result.labels) < 2 or not _rises(result.labels) or result.labels[-1] >= count:
            raise VariantError(
                f"must name two or more of the classes 0 to {count - 1}, each once and in order"
            )
    if side and not LEAST_SIDE <= result.side <= MOST_SIDE:
        raise VariantError(f"must have a side from {LEAST_SIDE} to {MOST_SIDE} pixels")
    if rgb and base not in GREY:
        raise VariantError("may only turn grey images into colour, and these are in colour")
    if str(result) != name:
        raise VariantError("must be written without needless zeros")
    return result


def complaint(name: object) -> str | None:
    """What is wrong with a data set's name, None if it is one."""
    try:
        parsed(name)
    except VariantError as error:
        return str(error)
    return None


def _rises(labels: tuple[int, ...]) -> bool:
    return all(before < after for before, after in itertools.pairwise(labels))


def chosen(labels: np.ndarray, wanted: Variant, most: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the images of the wanted classes, at most `most` of each, and their new labels.

    >>> chosen(np.uint8([3, 1, 3, 0, 3]), Variant("cifar10", (0, 3)), 2)
    (array([0, 2, 3]), array([1, 1, 0], dtype=uint8))
    """
    classes = wanted.labels or tuple(range(CLASS_COUNTS[wanted.base]))
    renumbered = np.full(256, 255, np.uint8)
    renumbered[list(classes)] = np.arange(len(classes))
    keep = np.sort(np.concatenate([np.flatnonzero(labels == label)[:most] for label in classes]))
    return keep, renumbered[labels[keep]]


def resized(images: np.ndarray, side: int) -> np.ndarray:
    """Bytes (count, height, width, channels) with another side: means where pixels are merged,
    bilinear where they are added."""
    from PIL import Image

    def one(image: np.ndarray) -> np.ndarray:
        plain = image[..., 0] if image.shape[-1] == 1 else image
        new = Image.fromarray(plain).resize((side, side), Image.Resampling.BILINEAR)
        return np.asarray(new).reshape(side, side, -1)

    if images.shape[1:3] == (side, side) or not len(images):
        return images
    return np.stack([one(image) for image in images])
