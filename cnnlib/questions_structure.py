"""Exercises of the structure page: what depth, kernels, heads and strides cost, and the front."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnlib.board import COSTS, Board, Dot, board_of
from cnnlib.exercises import Exercise, Maker, any_of
from cnnlib.shapes import receptive_field
from cnnlib.structure_counts import (
    average_head,
    flatten_head,
    pooled,
    small_kernels_instead,
    stack,
    strided,
)

FEWEST = 3  # dots a question on the board needs
MOST = 6
NOBODY = "none of them"


def small_kernels(seed: int) -> Exercise:
    """How many weights small kernels save against a large one."""
    rng = np.random.default_rng(seed)
    kernel, channels = int(any_of(rng, (5, 7, 9))), int(any_of(rng, (4, 8, 10, 16, 20)))
    count = small_kernels_instead(kernel)
    large, small = stack(kernel, 1, channels), stack(3, count, channels)
    return Exercise(
        f"A convolution of {kernel} × {kernel} with {channels} channels in and {channels} filters, "
        f"no biases, is replaced by {count} of 3 × 3, one behind the other, with as many channels "
        "throughout. How many weights does that save?",
        large.weights - small.weights,
        "How many weights has one kernel for one channel, and how many pairs of a channel and a "
        "filter are there?",
        f"({kernel * kernel} − {count} × 9) × {channels} × {channels} = "
        f"{kernel * kernel - 9 * count} × {channels * channels} = "
        f"{large.weights - small.weights:,}",
    )


def average_saves(seed: int) -> Exercise:
    """How many parameters global average pooling saves against flattening."""
    rng = np.random.default_rng(seed)
    side, channels = int(any_of(rng, (4, 5, 7, 8))), int(any_of(rng, (16, 20, 32, 50, 64)))
    classes = int(any_of(rng, (2, 5, 10)))
    flat, average = flatten_head(side, channels, classes), average_head(channels, classes)
    return Exercise(
        f"A network ends in {side} × {side} × {channels}, flattened, and a dense layer for "
        f"{classes} classes. How many parameters does it lose if global average pooling takes the "
        "place of flattening?",
        flat - average,
        "How many numbers does the dense layer get before, and how many after?",
        f"({side * side * channels:,} − {channels}) × {classes} = {flat - average:,}. The "
        f"{classes} biases stay.",
    )


def stride_work(seed: int) -> Exercise:
    """The multiply-adds of a strided convolution."""
    rng = np.random.default_rng(seed)
    side, channels = int(any_of(rng, (8, 16, 32))), int(any_of(rng, (3, 4, 8, 16)))
    filters = int(any_of(rng, (8, 10, 16, 32)))
    every, other = pooled(side, channels, filters), strided(side, channels, filters)
    return Exercise(
        f"A 3 × 3 convolution with {filters} filters goes over {side} × {side} × {channels}, same "
        f"padding, and pooling of 2 × 2 follows: {every.multiply_adds:,} multiply-adds. How many "
        "are they if it has a stride of 2 instead, and no pooling?",
        other.multiply_adds,
        "At how many places is the kernel laid on, in height and in width?",
        f"9 × {channels} × {other.side} × {other.side} × {filters} = {other.multiply_adds:,}, "
        "a quarter. The parameters stay the same.",
    )


def wider(seed: int) -> Exercise:
    """The weights between two layers when both get wider."""
    rng = np.random.default_rng(seed)
    filters, factor = int(any_of(rng, (4, 8, 10, 16, 32))), int(any_of(rng, (2, 3)))
    before, after = stack(3, 1, filters), stack(3, 1, factor * filters)
    return Exercise(
        f"Two 3 × 3 convolutions in a row have {filters} filters each. You make both {factor} "
        "times as wide. How many weights has the second one then, without biases?",
        after.weights,
        "Its kernels get more numerous, and each of them gets more channels.",
        f"9 × {factor * filters} × {factor * filters} = {after.weights:,}, which is "
        f"{factor} × {factor} = {factor * factor} times {before.weights:,}",
    )


def seen_by(seed: int) -> Exercise:
    """The receptive field of convolutions with a pooling among them."""
    rng = np.random.default_rng(seed)
    before, after = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    windows = [(3, 1)] * before + [(2, 2)] + [(3, 1)] * after
    field, _ = receptive_field(windows)
    half, _ = receptive_field(windows[:before])
    return Exercise(
        f"An image goes through {_convolutions(before)}, pooling of 2 × 2, and then "
        f"{_convolutions(after)}. How many pixels wide is the square of the image that one number "
        "of the last map depends on?",
        field,
        "Each 3 × 3 before the pooling adds 2 pixels, the pooling 1, and each one after it twice "
        "as much.",
        f"1 + {before} × 2 = {half}; with the pooling {half + 1}; "
        f"{half + 1} + {after} × 2 × 2 = {field}",
    )


def dropout_scale(seed: int) -> Exercise:
    """What dropout passes on of a value that stays."""
    rng = np.random.default_rng(seed)
    rate, value = float(any_of(rng, (0.2, 0.5, 0.6, 0.75))), int(rng.integers(1, 10))
    answer = value / (1 - rate)
    return Exercise(
        f"A value of {value} goes through dropout of {rate:.0%} while training, and is not "
        "dropped. What is passed on?",
        answer,
        "On average the sum of many values has to stay as it was.",
        f"{value} / (1 − {rate:g}) = {answer:g}",
        tolerance=0.006,
    )


def on_front(seed: int) -> Exercise:
    """Which of some made-up networks is on the front."""
    rng = np.random.default_rng((seed, 1))
    costs = rng.permutation(np.arange(5, 60, 5))[:5]
    accuracies = rng.permutation(np.arange(50, 80, 2))[:5]
    dots = [
        Dot(name, name, "", int(1_000 * cost), 1, None, int(accuracy) / 100)
        for name, cost, accuracy in zip("ABCDE", costs, accuracies, strict=True)
    ]
    return _beaten(seed, board_of(dots, "parameters"))


def questions_on(board: Board | None) -> tuple[Maker, ...]:
    """The questions, and one on a visitor's own board if it has enough on it."""
    own = [] if board is None else [dot for dot in board.dots if not dot.tested]
    if len(own) < FEWEST:
        return QUESTIONS["structure"]
    axis = board.axis
    return (
        lambda seed: _beaten(seed, board_of(_some(seed, own), axis)),
        *QUESTIONS["structure"],
    )


def _some(seed: int, dots: Sequence[Dot]) -> list[Dot]:
    """At most `MOST` of the dots, drawn by the seed, in their order."""
    drawn = np.random.default_rng((seed, 2)).permutation(len(dots))[:MOST]
    return [dots[place] for place in sorted(drawn)]


def _beaten(seed: int, board: Board) -> Exercise:
    """Which of four answers is on the front; or which is not, where most are on it."""
    rng = np.random.default_rng((seed, 3))
    titles = [dot.title for dot in board.dots]
    front = [titles[place] for place in board.front]
    behind = [title for title in titles if title not in front]
    wanted, others = (front, behind) if len(behind) >= len(front) else (behind, front)
    asked = "is on" if wanted is front else "is not on"
    answer = any_of(rng, wanted) if wanted else NOBODY
    choices = [answer, *(others[n] for n in rng.permutation(len(others))[:3])]
    cost = COSTS[board.axis].lower()
    listed = "".join(
        f"\n- {dot.title}: {dot.cost(board.axis):,.4g} {cost}, {dot.accuracy:.1%} right"
        if board.axis == "seconds"
        else f"\n- {dot.title}: {dot.cost(board.axis):,} {cost}, {dot.accuracy:.1%} right"
        for dot in board.dots
    )
    return Exercise(
        f"Which of these networks {asked} the Pareto front of accuracy against {cost}?{listed}",
        answer,
        "One is off the front if another costs no more and is right at least as often.",
        f"From the cheapest on, each on the front is right more often than all before it: "
        f"{', '.join(front)}.",
        choices=tuple(choices[n] for n in rng.permutation(len(choices))),
    )


def _convolutions(count: int) -> str:
    return "one convolution of 3 × 3" if count == 1 else f"{count} convolutions of 3 × 3"


QUESTIONS: dict[str, tuple[Maker, ...]] = {
    "structure": (
        on_front,
        average_saves,
        small_kernels,
        stride_work,
        seen_by,
        wider,
        dropout_scale,
    ),
}
