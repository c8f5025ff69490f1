"""A network's verdict as a sum of evidence: what each feature adds to each class's score.

The last layer of every network here is dense: a class's score, its logit, is its bias plus the sum
of feature * weight over all numbers that go into that layer. So each product is an exact share of
the score, and a feature that is struck out takes exactly its product with it. Sums are float64.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from cnnlib.activations import softmax
from cnnlib.verdict import percent

if TYPE_CHECKING:
    from cnnlib.network import Network

MOST_CHARACTERS = 2_000  # of a list of numbers that is read
_SEPARATORS = re.compile(r"[\s,;]+")
_LAST_WORD = re.compile(r"[^\s,;]*\Z")
_NUMBER = re.compile(r"[0-9]{1,7}")


class EvidenceError(ValueError):
    """A case that cannot be opened; the message says why."""


@dataclass(frozen=True, eq=False)
class Case:
    """What the last layer weighs up for one image.

    Attributes:
        features: (features,) float64, what goes into the last layer.
        weights: (features, classes) float64.
        bias: (classes,) float64, zeros for a layer without.
        struck: the features, by number from 0, that count as 0.
    """

    features: np.ndarray
    weights: np.ndarray
    bias: np.ndarray
    struck: frozenset[int] = field(default=frozenset())

    @property
    def admitted(self) -> np.ndarray:
        """The features with those that are struck out set to 0: (features,)."""
        features = self.features.copy()
        features[sorted(self.struck)] = 0
        return features

    @property
    def logits(self) -> np.ndarray:
        """The score of each class: (classes,) float64."""
        return self.bias + self.admitted @ self.weights

    @property
    def probabilities(self) -> np.ndarray:
        """Softmax of the scores: (classes,) float64."""
        return softmax(self.logits[np.newaxis])[0]

    def strike(self, numbers: Sequence[int]) -> Case:
        """The same case with these features, from 0, set to 0 before they are weighed.

        >>> case = Case(np.array([2.0, 1.0]), np.array([[3.0, 0.0], [0.0, 4.0]]), np.zeros(2))
        >>> case.logits.tolist(), case.strike([0]).logits.tolist()
        ([6.0, 4.0], [0.0, 4.0])
        """
        known = range(len(self.features))
        for number in numbers:
            if number not in known:
                raise EvidenceError(f"there is no feature {number}; they are 0 to {known[-1]}.")
        return replace(self, struck=frozenset(int(number) for number in numbers))

    def ranking(self) -> tuple[int, ...]:
        """The classes by their score, the highest first."""
        return tuple(int(index) for index in np.argsort(-self.logits, kind="stable"))


@dataclass(frozen=True)
class Exhibit:
    """One feature's part in an account; `share` is value * weight, or 0 when it is struck out."""

    number: int
    value: float
    weight: float
    share: float
    struck: bool


@dataclass(frozen=True)
class Account:
    """A score as the sum that made it: `total` = `bias` + the exhibits' shares + `others`.

    Attributes:
        exhibits: the features that weigh most, by the size of value * weight before any was struck
            out, so that none changes places.
        others: the sum of all other features' shares.
        others_count: how many they are, and `others_struck` how many of them are struck out.
        bias: of the class, or the difference of two classes' biases.
        total: the score.
        speaks_for: the sum of all shares above 0, and `speaks_against` of those below.
    """

    exhibits: tuple[Exhibit, ...]
    others: float
    others_count: int
    others_struck: int
    bias: float
    total: float
    speaks_for: float
    speaks_against: float


def open_case(network: Network, image: np.ndarray) -> Case:
    """The evidence in `image`, float32 (height, width, channels) in [0, 1].

    Everything before the last layer is what the network computes: batch normalisation by its moving
    statistics, dropout passing all on. Raises EvidenceError for a network whose weights or features
    are no finite numbers.
    """
    last = network.weights[-1]
    features = network.activations(image[np.newaxis])[-2][0].astype(np.float64)
    weights = last["kernel"].astype(np.float64)
    bias = last["bias"].astype(np.float64) if "bias" in last else np.zeros(weights.shape[1])
    case = Case(features, weights, bias)
    with np.errstate(all="ignore"):
        countable = np.abs(case.logits).max() <= np.finfo(np.float32).max  # False for NaN
    if not countable:
        raise EvidenceError(
            "This network weighs something that is no number: its weights grew beyond all bounds "
            "while it was trained. Train it again with a lower learning rate."
        )
    return case


def account_for(case: Case, class_index: int, *, most: int = 8) -> Account:
    """How the score of one class came about.

    >>> case = Case(np.array([2.0, 1.0, 0.5]), np.array([[3.0], [-4.0], [1.0]]), np.array([0.5]))
    >>> account = account_for(case, 0, most=2)
    >>> [exhibit.share for exhibit in account.exhibits], account.others, account.total
    ([6.0, -4.0], 0.5, 3.0)
    """
    return _account(case, case.weights[:, class_index], float(case.bias[class_index]), most)


def account_between(case: Case, first: int, second: int, *, most: int = 8) -> Account:
    """How the lead of one class over another came about: the difference of their scores.

    A feature's share in it is value * (its weight for the first - its weight for the second).
    """
    weights = case.weights[:, first] - case.weights[:, second]
    return _account(case, weights, float(case.bias[first] - case.bias[second]), most)


def _account(case: Case, weights: np.ndarray, bias: float, most: int) -> Account:
    full, shares = case.features * weights, case.admitted * weights
    order = np.argsort(-np.abs(full), kind="stable")
    shown, rest = order[:most], order[most:]
    return Account(
        tuple(
            Exhibit(
                int(number),
                float(case.features[number]),
                float(weights[number]),
                float(shares[number]),
                int(number) in case.struck,
            )
            for number in shown
        ),
        float(shares[rest].sum()),
        len(rest),
        len(case.struck.intersection(rest.tolist())),
        bias,
        float(bias + shares.sum()),
        float(shares[shares > 0].sum()),
        float(shares[shares < 0].sum()),
    )


def strikes_to_overturn(case: Case) -> int | None:
    """How many features must go until another class wins, the strongest evidence for the winner
    first; None if evidence for it runs out before.

    Features that are struck out already do not count.

    >>> case = Case(np.array([3.0, 2.0, 1.0]), np.array([[1.0, 0.0]] * 3), np.array([0.0, 1.5]))
    >>> strikes_to_overturn(case)
    2
    """
    winner = case.ranking()[0]
    shares = case.admitted[:, np.newaxis] * case.weights
    order = np.argsort(-shares[:, winner], kind="stable")
    order = order[shares[order, winner] > 0]
    left = case.logits - np.cumsum(shares[order], axis=0)
    others = np.delete(left, winner, axis=1).max(axis=1)
    (overturned,) = np.nonzero(others > left[:, winner])
    return int(overturned[0]) + 1 if len(overturned) else None


def read_numbers(text: str, count: int) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The features that a reader lists, counted from 1 there and from 0 here, and what is none.

    What is longer than `MOST_CHARACTERS` is cut off between two words.

    >>> read_numbers("12, 3 3; x 65", 64)
    ((2, 11), ('x', '65'))
    """
    if len(text) > MOST_CHARACTERS:
        text = _LAST_WORD.sub("", text[:MOST_CHARACTERS])
    numbers, refused = set(), []
    for word in _SEPARATORS.split(text.strip()):
        if _NUMBER.fullmatch(word) and 1 <= int(word) <= count:
            numbers.add(int(word) - 1)
        elif word:
            refused.append(word)
    return tuple(sorted(numbers)), tuple(refused)


def write_numbers(numbers: Sequence[int]) -> str:
    """The other way round.

    >>> write_numbers([11, 2])
    '3, 12'
    """
    return ", ".join(str(number + 1) for number in sorted(numbers))


def written_out(case: Case, classes: Sequence[str], names: Sequence[str]) -> str:
    """The whole sum as CSV: a row for each feature with its value, weights and shares.

    The row "bias" and the row "score" end it, so that each class's last column adds up.
    """
    heads = [f"{part} {name}" for name in classes for part in ("weight", "share")]
    rows = [["feature", "what it is", "value", *heads]]
    admitted = case.admitted
    for number, (value, weights) in enumerate(zip(admitted, case.weights, strict=True)):
        products = [text for w in weights for text in (repr(float(w)), repr(float(value * w)))]
        rows.append([str(number + 1), names[number], repr(float(value)), *products])
    for name, scores in (("bias", case.bias), ("score", case.logits)):
        rows.append([name, "", "", *(text for s in scores for text in ("", repr(float(s))))])
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue()


def ruling(before: Case, after: Case, classes: Sequence[str]) -> str:
    """What striking features out did to the verdict, as a sentence in Markdown."""
    old, new = before.ranking()[0], after.ranking()[0]
    was, is_now = float(before.probabilities[old]), float(after.probabilities[new])
    if old != new:
        return (
            f"The verdict changes: **{classes[new]}**, with {percent(is_now)}. With all the "
            f"evidence it was **{classes[old]}**, with {percent(was)}."
        )
    return (
        f"The verdict stands: **{classes[old]}**, now with {percent(is_now)}; with all the "
        f"evidence it had {percent(was)}."
    )
