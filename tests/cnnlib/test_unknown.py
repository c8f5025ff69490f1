"""Does a shipped network say "none of these" to what is none, and not to what it knows?

`python -m tests.cnnlib.test_unknown` prints the shares that are in the model card.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from cnnlib import datasets, photo_variations
from cnnlib.network import Network
from cnnlib.pixels import decode_image, digit_from_drawing, fit_square
from cnnlib.shape_images import shape_images
from cnnlib.shipped import MODELS
from cnnlib.unknown import NONE_BELOW, threshold
from tests.cnnlib.pen_writers import NO_DIGITS, any_settings, write

PHOTOS = Path(__file__).resolve().parents[2] / "assets" / "photos"
OF_NO_CLASS = ("brick_wall", "coffee_cup", "astronaut", "rocket")


@cache
def network(name):
    return Network.load(MODELS / f"{name}.npz")


def turned_away(name, images):
    """The share of `images` to which the network says "none of these"."""
    return float((network(name).predict(images).max(axis=1) < NONE_BELOW[name]).mean())


def known(name):
    return datasets.scale(datasets.load(name).x_test)


def learned_from(rng, count):
    """Nothing known, of the kinds that the photo network learned from, of images it did not."""
    images = known("cifar10")[rng.choice(1000, count)]
    return photo_variations.nothing_known(images, known("digits"), rng)


def stripes(rng, count):
    """Gratings of any direction, period and two colours: float32 (count, 32, 32, 3)."""
    rows, columns = np.mgrid[:32, :32]
    angle, period = rng.uniform(0, np.pi, count), rng.uniform(3, 16, count)
    along = np.multiply.outer(np.cos(angle), rows) + np.multiply.outer(np.sin(angle), columns)
    waves = (np.sin(2 * np.pi * along / period[:, np.newaxis, np.newaxis]) > 0)[..., np.newaxis]
    first, second = rng.random((2, count, 1, 1, 3))
    return np.where(waves, first, second).astype(np.float32)


def shapes(rng, count):
    return datasets.scale(shape_images("test", range(count), 32))


def crops(rng, count):
    """Squares of a third to all of a photo's side, from photos that show none of the classes."""
    photos = [decode_image((PHOTOS / f"{name}.jpg").read_bytes()) for name in OF_NO_CLASS]
    images = []
    for number in range(count):
        photo = photos[number % len(photos)]
        side = round(min(photo.shape[:2]) * rng.uniform(1 / 3, 1))
        top, left = (rng.integers(0, length - side + 1) for length in photo.shape[:2])
        images.append(fit_square(photo[top : top + side, left : left + side], 32))
    return np.stack(images)


def scribbles(rng, count):
    """Strokes of a pen on white paper, as drawn for the photo network."""
    keys = list(NO_DIGITS)
    images = []
    for number in range(count):
        drawing = write(NO_DIGITS[keys[number % len(keys)]], rng, **any_settings(rng))
        images.append(fit_square(drawing[..., :3], 32))
    return np.stack(images)


KINDS = {
    "kinds it learned from": learned_from,
    "stripes": stripes,
    "drawn shapes": shapes,
    "crops of photos": crops,
    "strokes of a pen": scribbles,
}


def no_digits(each):
    rng = np.random.default_rng(1962)
    drawings = [
        digit_from_drawing(write(hand, rng, **any_settings(rng)))
        for hand in NO_DIGITS.values()
        for _ in range(each)
    ]
    return np.stack(drawings)[..., np.newaxis]


@pytest.mark.parametrize("kept", [0.5, 0.9, 0.98, 1.0])
def test_at_least_the_share_asked_for_is_kept(kept):
    probabilities = np.random.default_rng(5).dirichlet(np.ones(5), 501)
    least = threshold(probabilities, kept)
    share = (probabilities.max(axis=1) >= least).mean()
    assert kept <= share < kept + 1 / 501


def test_few_known_images_are_turned_away():
    for name in NONE_BELOW:
        assert turned_away(name, known(name)[::2]) <= 0.04, name


def test_much_that_is_none_is_turned_away():
    rng = np.random.default_rng(7)
    assert turned_away("cifar10", scribbles(rng, 40)) >= 0.95
    assert turned_away("cifar10", learned_from(rng, 100)) >= 0.9
    assert turned_away("cifar10", stripes(rng, 100)) >= 0.6
    assert turned_away("digits", no_digits(2)) >= 0.75


if __name__ == "__main__":
    rng = np.random.default_rng(1962)
    print(f"cifar10, less than {NONE_BELOW['cifar10']}: none of these")
    print(f"  1,000 test images: {turned_away('cifar10', known('cifar10')):.1%}")
    for title, make in KINDS.items():
        most = network("cifar10").predict(make(rng, 400)).max(axis=1)
        away, sure = np.mean(most < NONE_BELOW["cifar10"]), np.mean(most >= 0.9)
        print(f"  400 of {title}: {away:.1%}, and a sure answer to {sure:.1%}")
    print(f"digits, less than {NONE_BELOW['digits']}: none of these")
    print(f"  1,000 test digits: {turned_away('digits', known('digits')):.1%}")
    print(f"  400 drawings of no digit: {turned_away('digits', no_digits(20)):.1%}")
