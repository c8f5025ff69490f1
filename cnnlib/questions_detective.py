"""Exercises of "Detective deduction by machine": scores as sums of evidence."""

from __future__ import annotations

import numpy as np

from cnnlib.evidence import Case
from cnnlib.exercises import Exercise
from cnnlib.numerals import numeral

NAMES = ("cat", "dog")


def contribution(seed: int) -> Exercise:
    """What one feature adds to a score."""
    rng = np.random.default_rng(seed)
    value = int(rng.integers(1, 40)) / 10
    weight = int(rng.choice((-1, 1)) * rng.integers(1, 30)) / 10
    answer = round(value * weight, 6)
    side = "for" if weight > 0 else "against"
    return Exercise(
        f"A feature has the value {value:g}. Its weight for the class {NAMES[0]} is "
        f"{_signed(weight)}. What does it add to the score of {NAMES[0]}?",
        answer,
        "A feature's part in a score is its value times its weight. Mind the sign.",
        f"{value:g} × ({_signed(weight)}) = {_signed(answer)}: evidence {side} {NAMES[0]}.",
        tolerance=0.005,
    )


def struck_score(seed: int) -> Exercise:
    """A score without one of its features."""
    rng = np.random.default_rng(seed)
    case = _case(rng)
    number = int(rng.integers(len(case.features)))
    score, answer = case.logits[0], case.strike([number]).logits[0]
    share = case.features[number] * case.weights[number, 0]
    return Exercise(
        f"The score of {NAMES[0]} is {_signed(score)}. One of its features has the value "
        f"{case.features[number]:g} and the weight {_signed(case.weights[number, 0])}. You strike "
        "that feature out: it counts as 0. What is the score now?",
        round(float(answer), 6),
        "The feature takes exactly its value times its weight with it.",
        f"{_signed(score)} − ({_signed(share)}) = {_signed(answer)}",
        tolerance=0.005,
    )


def whole_score(seed: int) -> Exercise:
    """A score from all its features and the bias."""
    case = _case(np.random.default_rng(seed))
    answer = float(case.logits[0])
    return Exercise(
        f"{_table(case, 1)}\n\nThe bias is {_signed(case.bias[0])}. What is the score of "
        f"{NAMES[0]}?",
        round(answer, 6),
        "Value times weight in each row; add them up, and the bias.",
        f"{_sum_text(case, 0)} = {_signed(answer)}",
        tolerance=0.005,
    )


def margin(seed: int) -> Exercise:
    """By how much one class is ahead of another."""
    case = _case(np.random.default_rng(seed))
    answer = float(case.logits[0] - case.logits[1])
    return Exercise(
        f"{_table(case, 2)}\n\nThe biases are {_signed(case.bias[0])} and {_signed(case.bias[1])}. "
        f"How far is the score of {NAMES[0]} ahead of that of {NAMES[1]}? Below 0 if it is behind.",
        round(answer, 6),
        "One way: both scores, then their difference. The other: in each row, value times the "
        "difference of the two weights.",
        f"{NAMES[0]}: {_sum_text(case, 0)} = {_signed(case.logits[0])}\n\n"
        f"{NAMES[1]}: {_sum_text(case, 1)} = {_signed(case.logits[1])}\n\n"
        f"{_signed(case.logits[0])} − ({_signed(case.logits[1])}) = {_signed(answer)}",
        tolerance=0.005,
    )


def winner(seed: int) -> Exercise:
    """Which class wins once a feature is struck out."""
    rng = np.random.default_rng(seed)
    case = _case(rng)
    number = int(rng.integers(len(case.features)))
    scores = case.strike([number]).logits
    while abs(scores[0] - scores[1]) < 0.05:  # a tie has no winner
        case = _case(rng)
        scores = case.strike([number]).logits
    return Exercise(
        f"{_table(case, 2)}\n\nThe biases are {_signed(case.bias[0])} and {_signed(case.bias[1])}. "
        f"You strike feature {number + 1} out. Which class has the higher score now?",
        NAMES[int(np.argmax(scores))],
        "Leave the row out, and add up both columns.",
        f"{NAMES[0]}: {_signed(scores[0])}, {NAMES[1]}: {_signed(scores[1])}",
        choices=NAMES,
    )


DETECTIVE = (contribution, whole_score, struck_score, margin, winner)


def _case(rng: np.random.Generator) -> Case:
    """Three features and two classes, with numbers that a head can multiply."""
    features = rng.integers(1, 9, 3) / 2
    weights = rng.choice((-2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0), (3, 2))
    return Case(features, weights, rng.integers(-2, 3, 2) / 2)


def _table(case: Case, classes: int) -> str:
    """The features and their weights, in Markdown."""
    heads = " | ".join(f"weight for {name}" for name in NAMES[:classes])
    rows = "\n".join(
        f"| {at + 1} | {value:g} | {' | '.join(map(_signed, weights[:classes]))} |"
        for at, (value, weights) in enumerate(zip(case.features, case.weights, strict=True))
    )
    return f"| feature | value | {heads} |\n|{'---|' * (2 + classes)}\n{rows}"


def _sum_text(case: Case, class_index: int) -> str:
    terms = [
        f"{value:g} × ({_signed(weight)})"
        for value, weight in zip(case.features, case.weights[:, class_index], strict=True)
    ]
    return " + ".join([*terms, f"({_signed(case.bias[class_index])})"])


def _signed(number: float) -> str:
    return numeral(round(float(number), 6))
