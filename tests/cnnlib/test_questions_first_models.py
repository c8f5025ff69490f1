"""The questions on data, preprocessing and networks: their answers are right by other ways."""

from __future__ import annotations

import re

import numpy as np
import pytest

from cnnlib import questions_first_models as questions
from cnnlib.exercises import check
from cnnlib.presets import article_basic
from cnnlib.spec import ConvLayer, NetworkSpec

SEEDS = range(25)
MAKERS = [(page, maker) for page, makers in questions.QUESTIONS.items() for maker in makers]


def numbers(text: str) -> list[float]:
    found = re.findall(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?", text.replace(" ", " "))
    return [float(number.rstrip(",").replace(",", "")) for number in found]


def row(text: str) -> list[list[int]]:
    return [[int(n) for n in found.split(",")] for found in re.findall(r"\(([-\d, ]+)\)", text)]


@pytest.mark.parametrize("seed", SEEDS)
def test_held_back_images_are_not_learned_from(seed):
    exercise = questions.held_back_count(seed)
    images, percent = numbers(exercise.question)
    assert exercise.answer == pytest.approx(images - images * percent / 100)


@pytest.mark.parametrize("seed", SEEDS)
def test_wrong_labels_are_among_those_trained_on(seed):
    exercise = questions.wrong_labels(seed)
    images, held_back, noise = numbers(exercise.question)
    labels = np.zeros(int(images))
    training = labels[round(images * held_back / 100) :]
    training[: round(len(training) * noise / 100)] = 1
    assert exercise.answer == labels.sum()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_network_that_is_right_agrees_with_right_labels_only(seed):
    exercise = questions.ceiling(seed)
    images, noise = numbers(exercise.question)
    assert exercise.answer == pytest.approx(100 * (images - images * noise / 100) / images)


@pytest.mark.parametrize("seed", SEEDS)
def test_distances_are_norms(seed):
    exercise = questions.distance(seed)
    first, second = row(exercise.question)
    assert exercise.answer == pytest.approx(np.linalg.norm(np.subtract(first, second)))


@pytest.mark.parametrize("seed", SEEDS)
def test_scaled_levels_have_two_decimals_to_find(seed):
    exercise = questions.scaled_value(seed)
    level = numbers(exercise.question)[0]
    assert check(exercise, f"{level / 255:.2f}").right
    assert check(exercise, f"{level / 255 + 0.02:.2f}").right is False


@pytest.mark.parametrize("seed", SEEDS)
def test_standardised_pixels_are_deviations_from_the_mean(seed):
    exercise = questions.standardised_value(seed)
    *_, mean, deviation, value = numbers(exercise.question)
    # As many deviations from the mean as the answer says is where the pixel lies.
    assert mean + exercise.answer * deviation == pytest.approx(value)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_one_hot_rows_class_is_where_its_one_is(seed):
    exercise = questions.one_hot_class(seed)
    (labels,) = row(exercise.question)
    assert sum(labels) == 1
    assert labels.index(1) == exercise.answer


@pytest.mark.parametrize("seed", SEEDS)
def test_one_hot_tables_have_a_single_one_in_each_row(seed):
    exercise = questions.one_hot_zeros(seed)
    images, classes = numbers(exercise.question)
    assert exercise.answer == images * classes - images


@pytest.mark.parametrize("seed", SEEDS)
def test_histogram_bars_count_what_numpy_counts(seed):
    exercise = questions.histogram_bar(seed)
    (levels,) = row(exercise.question)
    first = numbers(exercise.question)[-2]
    counts, edges = np.histogram(levels, bins=4, range=(0, 256))
    assert exercise.answer == counts[edges.tolist().index(first)]


@pytest.mark.parametrize("seed", SEEDS)
def test_questions_on_a_network_have_its_own_sums(seed):
    steps = article_basic().trace()
    parameters, numbers_out, work = (
        maker(seed) for maker in questions.questions_on(article_basic())
    )
    place = int(re.search(r"Layer (\d+) ", parameters.question)[1]) - 1
    assert parameters.answer == steps[place].parameters > 0
    place = int(re.search(r"Layer (\d+) ", numbers_out.question)[1]) - 1
    assert numbers_out.answer == np.prod(steps[place].output_shape)
    place = int(re.search(r"Layer (\d+) ", work.question)[1]) - 1
    assert work.answer == steps[place].multiply_adds > 0


def test_a_network_that_is_not_whole_leaves_other_questions():
    broken = NetworkSpec((28, 28, 1), (ConvLayer(4),))
    assert questions.questions_on(broken) == questions.QUESTIONS["model_building"]


@pytest.mark.parametrize(("page", "maker"), MAKERS)
def test_every_question_is_answered_by_its_answer_and_the_same_for_a_seed(page, maker, sound):
    for seed in (1, 2, 9_999):
        sound(maker, seed)


def test_each_page_has_two_kinds_or_more():
    assert set(questions.QUESTIONS) == {"dataset", "preprocessing", "model_building"}
    assert all(len(makers) >= 2 for makers in questions.QUESTIONS.values())
