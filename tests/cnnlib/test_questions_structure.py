"""The structure page's questions: their answers are right by other ways."""

from __future__ import annotations

import re

import pytest

from cnnlib import questions_structure as questions
from cnnlib.board import Dot, board_of
from cnnlib.exercises import check
from cnnlib.layers import ConvLayer, DenseLayer, FlattenLayer, GlobalAveragePoolLayer, PoolLayer
from cnnlib.receptive import receptive_fields
from cnnlib.spec import NetworkSpec

SEEDS = range(12)


def numbers(text: str) -> list[float]:
    return [float(x.replace(",", "")) for x in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


def made(*layers, shape=(32, 32, 3), classes=10) -> NetworkSpec:
    return NetworkSpec(shape, (*layers, DenseLayer(classes, "softmax")))


@pytest.mark.parametrize("maker", questions.QUESTIONS["structure"], ids=lambda m: m.__name__)
@pytest.mark.parametrize("seed", SEEDS)
def test_every_question_is_sound(sound, maker, seed):
    sound(maker, seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_small_kernels_save_what_the_layers_have_less(seed):
    exercise = questions.small_kernels(seed)
    kernel, _, channels, _, count = map(int, numbers(exercise.question)[:5])
    first = ConvLayer(channels, 1)

    def weights(size: int, layers: int) -> int:
        conv = ConvLayer(channels, size, padding="same", use_bias=False)
        return made(first, *[conv] * layers, FlattenLayer()).parameters

    assert exercise.answer == weights(kernel, 1) - weights(3, count)


@pytest.mark.parametrize("seed", SEEDS)
def test_averaging_saves_what_the_head_has_less(seed):
    exercise = questions.average_saves(seed)
    side, _, channels, classes = map(int, numbers(exercise.question)[:4])
    conv, shape = ConvLayer(channels, 1), (side, side, 3)
    flat = made(conv, FlattenLayer(), shape=shape, classes=classes)
    average = made(conv, GlobalAveragePoolLayer(), shape=shape, classes=classes)
    assert exercise.answer == flat.parameters - average.parameters


@pytest.mark.parametrize("seed", SEEDS)
def test_fields_are_those_of_the_network_described(seed):
    exercise = questions.seen_by(seed)
    words = re.findall(r"(one|\d+) convolutions? of", exercise.question)
    before, after = (1 if word == "one" else int(word) for word in words)
    conv = ConvLayer(2, padding="same")
    spec = made(*[conv] * before, PoolLayer(), *[conv] * after, FlattenLayer())
    assert exercise.answer == receptive_fields(spec)[-1].side


@pytest.mark.parametrize("seed", SEEDS)
def test_the_front_asked_for_is_that_of_the_list(seed):
    assert_right(questions.on_front(seed))


def assert_right(exercise) -> None:
    """The right choice is the only one that stands where the question asks."""
    listed = dict(re.findall(r"\n- (.+?): (.+)", exercise.question))
    costs = {title: numbers(text)[0] for title, text in listed.items()}
    shares = {title: numbers(text)[1] for title, text in listed.items()}
    front = {
        a
        for a in listed
        if not any(
            costs[b] <= costs[a] and shares[b] >= shares[a] and (costs[b], shares[b]) != pair
            for pair in [(costs[a], shares[a])]
            for b in listed
        )
    }
    wanted = set(listed) - front if "is not on" in exercise.question else front
    assert (exercise.answer in wanted) or (not wanted and exercise.answer == questions.NOBODY)
    assert not wanted & (set(exercise.choices) - {exercise.answer})


def dots(*pairs) -> list[Dot]:
    return [Dot(str(n), f"Run {n}", "", c, c, c / 7, a) for n, (c, a) in enumerate(pairs)]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("axis", ["parameters", "seconds"])
def test_a_visitors_own_runs_are_asked_about(seed, axis):
    own = dots((100, 0.5), (200, 0.6), (300, 0.55), (400, 0.4), (50, 0.2), (60, 0.1), (70, 0.1))
    first, *others = questions.questions_on(board_of(own, axis))
    assert tuple(others) == questions.QUESTIONS["structure"]
    exercise = first(seed)
    assert len(re.findall("\n- Run", exercise.question)) == questions.MOST
    assert_right(exercise)


def test_where_all_are_on_the_front_none_is_off_it():
    first, *_ = questions.questions_on(board_of(dots((1, 0.1), (2, 0.2), (3, 0.3)), "parameters"))
    exercise = first(1)
    assert exercise.answer == questions.NOBODY
    assert check(exercise, questions.NOBODY).right


def test_too_few_runs_ask_nothing():
    few = board_of(dots((1, 0.1), (2, 0.2)), "parameters")
    assert questions.questions_on(few) == questions.questions_on(None)
