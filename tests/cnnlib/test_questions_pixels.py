"""The questions on pixels: their answers are right by other ways than theirs."""

from __future__ import annotations

import colorsys
import re

import numpy as np
import pytest

from cnnlib import questions_pixels as questions
from cnnlib.quantisation import quantise

HUES = {0: "red", 60: "yellow", 120: "green", 180: "cyan", 240: "blue", 300: "magenta"}


def numbers(text: str) -> list[int]:
    return [int(found) for found in re.findall(r"\d+", text)]


@pytest.mark.parametrize("seed", range(60))
def test_colours_have_the_name_of_their_hue(seed):
    exercise = questions.colour_name(seed)
    red, green, blue = numbers(exercise.question)
    hue, lightness, _ = colorsys.rgb_to_hls(red / 255, green / 255, blue / 255)
    if lightness < 0.15 or lightness > 0.85:
        expected = "black" if lightness < 0.5 else "white"
    else:
        expected = HUES[round(hue * 6) % 6 * 60]
    assert exercise.answer == expected


def test_every_colour_is_asked_for():
    answers = {questions.colour_name(seed).answer for seed in range(200)}
    assert answers == set(questions.CORNERS)


@pytest.mark.parametrize("seed", range(20))
def test_a_painted_patch_changes_as_many_numbers_as_arrays_say(seed):
    exercise = questions.changed_numbers(seed)
    side, _, rows, columns = numbers(exercise.question)
    image = np.zeros((side, side, 3), np.uint8)
    painted = image.copy()
    painted[:rows, :columns] = 1
    assert exercise.answer == (painted != image).sum()


@pytest.mark.parametrize("seed", range(20))
def test_the_level_asked_for_is_the_one_that_pictures_get(seed):
    exercise = questions.rounded_level(seed)
    bits, _, highest, _, _, value = numbers(exercise.question)
    assert highest == 2**bits - 1
    kept = quantise(np.array([value], np.uint8), bits)[0]
    assert round(exercise.answer * 255 / highest) == kept


@pytest.mark.parametrize("seed", range(20))
def test_the_colours_are_those_that_every_value_gives(seed):
    exercise = questions.bit_levels(seed)
    (bits,) = numbers(exercise.question)
    every = np.arange(256, dtype=np.uint8)
    assert exercise.answer == len(set(quantise(every, bits).tolist())) ** 3
