"""A score is the sum of its evidence, and striking evidence out takes exactly its share."""

from __future__ import annotations

import csv
import io
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlib import datasets
from cnnlib.evidence import (
    MOST_CHARACTERS,
    Case,
    EvidenceError,
    account_between,
    account_for,
    open_case,
    read_numbers,
    ruling,
    strikes_to_overturn,
    write_numbers,
    written_out,
)
from cnnlib.network import Network
from cnnlib.questions_detective import (
    DETECTIVE,
    contribution,
    margin,
    struck_score,
    whole_score,
    winner,
)
from cnnlib.shipped import MODELS
from cnnlib.spec import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    NetworkSpec,
    PoolLayer,
)

NAMES = ("cat", "dog", "frog")
# cat 1 + 6 - 2 = 5, dog 0 + 2 + 1 = 3, frog -1 + 0 + 4 = 3
CASE = Case(
    np.array([2.0, 1.0]),
    np.array([[3.0, 1.0, 0.0], [-2.0, 1.0, 4.0]]),
    np.array([1.0, 0.0, -1.0]),
)
BODIES = [
    (ConvLayer(3, activation="linear", use_bias=False), BatchNormLayer(), ActivationLayer("relu")),
    (ConvLayer(4, 3, 2, "same", "tanh"), PoolLayer("average", 2, 1, "same"), DropoutLayer()),
    (),
]
HEADS = [
    (GlobalAveragePoolLayer(), DropoutLayer(0.5)),
    (GlobalAveragePoolLayer(), BatchNormLayer()),
    (FlattenLayer(), DenseLayer(6, "sigmoid"), BatchNormLayer(), DropoutLayer()),
    (FlattenLayer(), DenseLayer(5), DenseLayer(4, "linear", use_bias=False)),
    (FlattenLayer(),),
]


def random_network(layers: tuple, seed: int) -> Network:
    """Weights of every kind, normalisation's statistics included, as training leaves them."""
    spec = NetworkSpec((8, 9, 3), layers)
    rng = np.random.default_rng(seed)
    weights = [
        {
            name: np.abs(rng.normal(size=shape)).astype(np.float32) + np.float32(0.1)
            if name == "moving_variance"
            else rng.normal(size=shape).astype(np.float32)
            for name, shape in step.layer.weight_shapes(step.input_shape).items()
        }
        for step in spec.trace()
    ]
    return Network(spec, tuple(weights))


@given(
    st.sampled_from(BODIES),
    st.sampled_from(HEADS),
    st.booleans(),
    st.integers(0, 10**6),
)
@settings(max_examples=80)
def test_the_sum_is_the_logit_of_any_network(body, head, bias, seed):
    network = random_network((*body, *head, DenseLayer(4, "softmax", use_bias=bias)), seed)
    image = np.random.default_rng(seed).random((8, 9, 3), dtype=np.float32)
    case = open_case(network, image)
    logits = network.logits(image[np.newaxis])[0]
    np.testing.assert_allclose(case.logits, logits, atol=1e-4, rtol=1e-5)
    for index in range(4):
        account = account_for(case, index, most=3)
        shown = account.bias + sum(exhibit.share for exhibit in account.exhibits) + account.others
        assert shown == pytest.approx(account.total, abs=1e-9)
        assert account.total == pytest.approx(float(logits[index]), abs=1e-4, rel=1e-5)


@pytest.mark.parametrize("name", ["digits", "cifar10"])
def test_the_sum_is_the_logit_of_the_shipped_networks(name, request):
    dataset = request.getfixturevalue(name)
    network = Network.load(MODELS / f"{name}.npz")
    images = datasets.scale(dataset.x_test[::20])
    logits, shares = network.logits(images), network.predict(images)
    for image, expected, probabilities in zip(images, logits, shares, strict=True):
        case = open_case(network, image)
        accounts = [account_for(case, index) for index in range(10)]
        totals = [account.total for account in accounts]
        np.testing.assert_allclose(totals, expected, atol=1e-4)
        parts = [a.bias + a.speaks_for + a.speaks_against for a in accounts]
        np.testing.assert_allclose(parts, expected, atol=1e-4)
        np.testing.assert_allclose(case.probabilities, probabilities, atol=1e-5)


def test_striking_out_is_what_the_network_does_with_the_feature_at_zero(digits):
    """The oracle: the weights that the feature goes through set to 0, and the network run anew."""
    network = Network.load(MODELS / "digits.npz")
    image = datasets.scale(digits.x_test[5])
    kernel = network.weights[-1]["kernel"].copy()
    kernel[[3, 17]] = 0
    blind = Network(
        network.spec, (*network.weights[:-1], {**network.weights[-1], "kernel": kernel})
    )
    case = open_case(network, image).strike([3, 17])
    np.testing.assert_allclose(case.logits, blind.logits(image[np.newaxis])[0], atol=1e-5)
    np.testing.assert_allclose(case.probabilities, blind.predict(image[np.newaxis])[0], atol=1e-6)


def test_a_case_worked_by_hand():
    assert CASE.logits.tolist() == [5.0, 3.0, 3.0]
    assert CASE.ranking() == (0, 1, 2)
    account = account_for(CASE, 0)
    assert [(x.number, x.value, x.weight, x.share) for x in account.exhibits] == [
        (0, 2.0, 3.0, 6.0),
        (1, 1.0, -2.0, -2.0),
    ]
    assert (account.bias, account.others, account.total) == (1.0, 0.0, 5.0)
    assert (account.speaks_for, account.speaks_against) == (6.0, -2.0)
    between = account_between(CASE, 0, 2)
    assert [(x.number, x.share) for x in between.exhibits] == [(0, 6.0), (1, -6.0)]
    assert (between.bias, between.total) == (2.0, 2.0)


def test_a_struck_feature_keeps_its_place_and_counts_nothing():
    after = CASE.strike([0])
    assert after.logits.tolist() == [-1.0, 1.0, 3.0]
    account = account_for(after, 0, most=1)
    (exhibit,) = account.exhibits
    assert (exhibit.number, exhibit.value, exhibit.share, exhibit.struck) == (0, 2.0, 0.0, True)
    assert (account.others, account.others_count, account.others_struck) == (-2.0, 1, 0)
    assert account_for(CASE.strike([1]), 0, most=1).others_struck == 1
    assert CASE.strike([0]).strike([]).logits.tolist() == CASE.logits.tolist()


@pytest.mark.parametrize("number", [-1, 2, 10**9])
def test_a_feature_that_is_not_there_cannot_be_struck(number):
    with pytest.raises(EvidenceError, match=f"no feature {number}; they are 0 to 1"):
        CASE.strike([number])


def test_the_ruling_says_whether_the_verdict_changes():
    assert ruling(CASE, CASE.strike([0]), NAMES) == (
        "The verdict changes: **frog**, with 86.7 %. With all the evidence it was **cat**, with "
        "78.7 %."
    )
    assert ruling(CASE, CASE.strike([1]), NAMES).startswith("The verdict stands: **cat**, now with")


def test_how_many_strikes_overturn_a_verdict():
    assert strikes_to_overturn(CASE) == 1
    assert strikes_to_overturn(CASE.strike([0])) == 1  # frog hangs on feature 1
    assert strikes_to_overturn(CASE.strike([0, 1])) is None  # the bias of cat is left
    safe = Case(np.ones(2), np.array([[1.0, -9.0], [1.0, -9.0]]), np.array([1.0, 0.0]))
    assert strikes_to_overturn(safe) is None


@pytest.mark.parametrize("weight", [np.nan, np.inf, 3e38])
def test_what_is_no_number_is_said(weight):
    spec = NetworkSpec((2, 2, 1), (FlattenLayer(), DenseLayer(2, "softmax")))
    kernel = np.full((4, 2), weight, np.float32)
    network = Network(spec, ({}, {"kernel": kernel, "bias": np.zeros(2, np.float32)}))
    with pytest.raises(EvidenceError, match="no number"):
        open_case(network, np.ones((2, 2, 1), np.float32))


def test_lists_of_numbers_are_read_and_written():
    assert read_numbers("", 9) == ((), ())
    assert read_numbers(" 9 1,1;0 10 -1 ² 1e3 007", 9) == ((0, 6, 8), ("0", "10", "-1", "²", "1e3"))
    assert read_numbers(write_numbers(range(9)), 9) == (tuple(range(9)), ())
    cut_off = "1" * 3 + " " * (MOST_CHARACTERS - 4) + "23456"
    assert read_numbers(cut_off, 10**6) == ((110,), ())  # not 2, which is a part of a number


def test_the_whole_sum_adds_up_in_the_file():
    rows = list(csv.DictReader(io.StringIO(written_out(CASE.strike([1]), NAMES, ["a", "b"]))))
    assert [row["feature"] for row in rows] == ["1", "2", "bias", "score"]
    for at, name in enumerate(NAMES):
        *parts, score = (float(row[f"share {name}"]) for row in rows)
        assert score == sum(parts) == CASE.strike([1]).logits[at]


def printed_numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text.replace("−", "-"))]


def printed_scores(question: str, *, without: int | None = None) -> np.ndarray:
    """The scores of the table in a question, added up as a reader would."""
    rows = [printed_numbers(line) for line in question.splitlines()[2:5]]
    products = [value * np.array(weights) for number, value, *weights in rows if number != without]
    biases = printed_numbers(question.splitlines()[6])[: len(products[0])]
    return np.array(biases) + np.sum(products, axis=0)


@pytest.mark.parametrize("seed", range(20))
def test_the_answers_follow_from_what_the_questions_print(seed):
    assert len(set(DETECTIVE)) == 5
    value, weight = printed_numbers(contribution(seed).question)
    assert contribution(seed).answer == pytest.approx(value * weight)
    assert whole_score(seed).answer == pytest.approx(printed_scores(whole_score(seed).question)[0])
    score, value, weight, _ = printed_numbers(struck_score(seed).question)
    assert struck_score(seed).answer == pytest.approx(score - value * weight)
    first, second = printed_scores(margin(seed).question)
    assert margin(seed).answer == pytest.approx(first - second)
    asked = winner(seed).question
    first, second = printed_scores(asked, without=int(asked.split("strike feature ")[1][0]))
    assert winner(seed).answer == ("cat" if first > second else "dog")
