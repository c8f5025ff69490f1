"""The shipped digits network on strokes of hands that are not among those it was trained with.

What it gets right of many more is in the model card; `python -m tests.cnnlib.test_written_digits`
prints that.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from cnnlib.network import Network
from cnnlib.pixels import digit_from_drawing
from cnnlib.shipped import MODELS
from tests.cnnlib.pen_writers import NO_DIGITS, WRITERS, any_settings, write

EACH = 5  # drawings of every writer


@cache
def network():
    return Network.load(MODELS / "digits.npz")


def answers(drawings):
    images = np.stack([digit_from_drawing(drawing) for drawing in drawings])
    return network().predict(images[..., np.newaxis])


def written(each, seed, hands=WRITERS):
    """Every hand's drawings in any way: their keys, settings, and the probabilities for each."""
    rng = np.random.default_rng(seed)
    keys = [key for key in hands for _ in range(each)]
    settings = [any_settings(rng) for _ in keys]
    drawings = (write(hands[key], rng, **how) for key, how in zip(keys, settings, strict=True))
    return keys, settings, answers(drawings)


@pytest.fixture(scope="module")
def sample():
    keys, _, probabilities = written(EACH, 1962)
    return np.array([digit for digit, _ in keys]), keys, probabilities


def test_hands_it_never_saw_are_read(sample):
    digits, keys, probabilities = sample
    right = probabilities.argmax(axis=1) == digits
    wrong = [key for key, well in zip(keys, right, strict=True) if not well]
    assert right.mean() >= 0.98, wrong


def test_what_is_sure_is_right(sample):
    digits, _, probabilities = sample
    sure = probabilities.max(axis=1) >= 0.9
    assert sure.mean() >= 0.93
    assert (probabilities.argmax(axis=1) == digits)[sure].mean() >= 0.99


@pytest.mark.parametrize(
    ("digit", "special"),
    [(7, "crossed"), (1, "flag"), (1, "foot"), (4, "open"), (4, "closed"), (3, "flat-topped")],
)
def test_national_ways_of_writing_are_read(sample, digit, special):
    _, keys, probabilities = sample
    chosen = [n for n, (of, name) in enumerate(keys) if of == digit and special in name]
    assert len(chosen) >= EACH
    assert (probabilities[chosen].argmax(axis=1) == digit).mean() >= 0.9


def test_what_is_no_digit_seldom_gets_a_sure_answer():
    _, _, probabilities = written(3, 1962, NO_DIGITS)
    assert (probabilities.max(axis=1) >= 0.9).mean() <= 0.1


def groups(keys, settings):
    """Which drawings are special in which way: name and a mask of each."""
    pen = np.array([how["pen"] / how["height"] for how in settings])

    def of(*wanted):
        return np.array([any(part in f"{d} {name}" for part in wanted) for d, name in keys])

    def setting(name):
        return np.array([how[name] for how in settings])

    yield "sevens with a bar", of("7 crossed")
    yield "sevens without", of("7 ") & ~of("7 crossed")
    yield "ones with a flag", of("1 flag", "1 long flag", "1 round flag")
    yield "ones with a foot", of("1 flag and foot", "1 foot")
    yield "open fours", of("4 open")
    yield "closed fours", of("4 closed", "4 short stem")
    yield "height up to 80 of 280 pixels", setting("height") <= 80
    yield "pen thinner than a twentieth of the height", pen < 0.05
    yield "pen thicker than a sixth of the height", pen > 1 / 6
    yield "slanted by more than 20 degrees", np.abs(setting("slant")) > 20
    yield "narrower than 0.7 of the usual", setting("aspect") < 0.7
    yield "wider than 1.4 of the usual", setting("aspect") > 1.4
    yield "few points: polygons", setting("points") == 9


def main(each: int = 40) -> None:
    keys, settings, probabilities = written(each, 5)
    digits = np.array([digit for digit, _ in keys])
    right = probabilities.argmax(axis=1) == digits
    print(f"{right.sum():,} of {len(right):,} drawings right: {right.mean():.2%}")
    for digit in range(10):
        print(f"{digit}: {right[digits == digit].mean():.1%} of {(digits == digit).sum()}")
    for name, mask in groups(keys, settings):
        print(f"{name}: {right[mask].mean():.1%} of {mask.sum()}")
    sure = probabilities.max(axis=1) >= 0.9
    print(f"with p >= 0.9: {sure.mean():.1%}, of which right {right[sure].mean():.2%}")
    _, _, others = written(20, 9, NO_DIGITS)
    print(f"no digits with p >= 0.9: {(others.max(axis=1) >= 0.9).mean():.1%} of {len(others)}")


if __name__ == "__main__":
    main()
