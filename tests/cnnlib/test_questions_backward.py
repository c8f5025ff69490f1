from __future__ import annotations

import math
import re

import numpy as np
import pytest

from cnnlib.backward_steps import backward_pass
from cnnlib.descent import TITLES, optimizer
from cnnlib.exercises import check
from cnnlib.kernel_gradient import kernel_correlation
from cnnlib.layers import ConvLayer, DenseLayer, FlattenLayer, PoolLayer
from cnnlib.network import Network
from cnnlib.questions_backward import (
    GROWS,
    QUESTIONS,
    SHRINKS,
    STAYS,
    WayBack,
    bias_gradient,
    logit_gradient,
    loss_of_share,
    through_pooling,
    through_relu,
    weight_change,
    weight_direction,
    weight_gradient,
)
from cnnlib.spec import NetworkSpec

LAYERS = (ConvLayer(4, 3), PoolLayer(), FlattenLayer(), DenseLayer(3, "softmax"))
SPEC = NetworkSpec((10, 10, 1), LAYERS)
FLAT = NetworkSpec((5, 6, 1), (FlattenLayer(), DenseLayer(3, "softmax")))
CLASSES = ("cat", "dog", "frog")


def way_back(spec=SPEC, *, seed=1, rule="sgd", broken=False) -> WayBack:
    network = Network.initial(spec, seed)
    if broken:
        weights = [dict(arrays) for arrays in network.weights]
        weights[-1]["kernel"] = np.full_like(weights[-1]["kernel"], np.nan)
        network = Network(spec, tuple(weights))
    image = np.random.default_rng(seed).random(spec.input_shape, np.float32)
    taken = backward_pass(network, image, 1)
    if broken or spec is FLAT:
        return WayBack(CLASSES, taken, None, None, None)
    found = kernel_correlation(taken.layers[0], 2, 0)
    return WayBack(CLASSES, taken, found, (1, 2), optimizer(rule, 0.01))


def numbers(text: str) -> list[float]:
    found = re.findall(r"−?\d[\d,]*(?:\.\d+)?(?:e[−+]?\d+)?", text)
    return [float(number.replace("−", "-").replace(",", "")) for number in found]


@pytest.mark.parametrize("maker", QUESTIONS, ids=lambda maker: maker.__name__)
@pytest.mark.parametrize(
    "shown", [way_back(), way_back(FLAT), way_back(broken=True)], ids=["whole", "flat", "broken"]
)
def test_every_question_has_its_answer_whatever_the_network(maker, shown):
    for seed in range(12):
        exercise = maker(seed, shown=shown)
        assert exercise == maker(seed, shown=shown)
        assert check(exercise, str(exercise.answer)).right
        assert "nan" not in exercise.question + exercise.worked
        if not exercise.choices:
            assert math.isfinite(exercise.answer)
            wrong = exercise.answer + 10 * exercise.tolerance + abs(exercise.answer) + 1
            assert check(exercise, repr(wrong)).right is False


@pytest.mark.parametrize("seed", range(12))
def test_the_gradient_at_a_score_is_the_networks(seed):
    shown = way_back()
    exercise = logit_gradient(seed, shown=shown)
    name = re.findall(r"\*\*(\w+)\*\*", exercise.question)[-1]
    expected = shown.taken.at_logits[CLASSES.index(name)]
    assert exercise.answer == pytest.approx(float(expected), abs=0.002)


@pytest.mark.parametrize("seed", range(12))
def test_a_loss_is_minus_the_logarithm(seed):
    exercise = loss_of_share(seed, shown=way_back())
    (share,) = numbers(exercise.question)
    assert exercise.answer == pytest.approx(-math.log(share))


def test_relu_passes_on_or_stops_and_both_are_asked():
    shown, answers = way_back(), []
    conv = shown.taken.layers[0]
    for seed in range(12):
        exercise = through_relu(seed, shown=shown)
        layer, made, gradient = numbers(exercise.question)
        assert layer == 1
        assert exercise.answer == (gradient if made > 0 else 0)
        # It is a cell of this network.
        near = np.isclose(conv.made, made, rtol=0.01) & np.isclose(
            conv.arriving, gradient, rtol=0.01
        )
        assert near.any()
        answers.append(exercise.answer)
    assert 0 < sum(answer == 0 for answer in answers) < 12


def test_max_pooling_sends_all_to_the_largest():
    shown, answers = way_back(), []
    for seed in range(16):
        exercise = through_pooling(seed, shown=shown)
        *_, first, second, third, fourth, gradient, asked = numbers(exercise.question)
        largest = max(first, second, third, fourth)
        assert exercise.answer == (gradient if asked == largest else 0)
        answers.append(exercise.answer)
    assert 0 < sum(answer == 0 for answer in answers) < 16


@pytest.mark.parametrize("seed", range(8))
def test_a_weights_gradient_is_the_sum_of_what_it_met_times_the_gradients(seed):
    exercise = weight_gradient(seed, shown=way_back())
    image, gradient = (
        np.array([[int(n) for n in row.split("&")] for row in block.split(r"\\")])
        for block in re.findall(r"\\begin\{pmatrix\} (.*?) \\end", exercise.question)
    )
    row, column = (int(n) - 1 for n in re.findall(r"row (\d), column (\d)", exercise.question)[0])
    met = image[row : row + 2, column : column + 2]
    assert exercise.answer == (met * gradient).sum()


@pytest.mark.parametrize("rule", list(TITLES))
def test_a_change_is_that_of_the_optimizers_first_step(rule):
    shown = way_back(rule=rule)
    for seed in range(6):
        exercise = weight_change(seed, shown=shown)
        row, column = re.findall(r"row (\d), column (\d)", exercise.question)[0]
        gradient = float(shown.found.gradient[int(row) - 1, int(column) - 1])
        share = {"nesterov": 1.9, "sgd": 1, "momentum": 1}.get(rule)
        expected = -0.01 * share * gradient if share else -0.01 * np.sign(gradient)
        expected *= np.sqrt(10) if rule == "rmsprop" else 1
        assert exercise.answer == pytest.approx(expected, rel=0.01)
        if seed % 2:
            assert (row, column) == ("2", "3")  # the one that the page follows


def test_directions_are_against_the_gradient():
    shown, answers = way_back(), set()
    for seed in range(20):
        exercise = weight_direction(seed, shown=shown)
        row, column = re.findall(r"row (\d), column (\d)", exercise.question)[0]
        gradient = shown.found.gradient[int(row) - 1, int(column) - 1]
        assert exercise.answer == (SHRINKS if gradient > 0 else GROWS if gradient < 0 else STAYS)
        answers.add(exercise.answer)
    assert STAYS not in answers
    assert answers


def test_a_bias_gradient_is_the_sum():
    exercise = bias_gradient(3, shown=way_back())
    assert exercise.answer == sum(numbers(exercise.worked.split("=")[0]))
