"""Exercises of the page on scale: what grows with the side of an image, and how fast."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnlib.exercises import Exercise, Maker, any_of
from cnnlib.image_sides import costs
from cnnlib.shapes import conv_multiply_adds, dense_parameters
from cnnlib.sparse_cost import SideTimes

POWERS = {1: "the side", 2: "its square", 4: "its 4th power", 6: "its 6th power"}
TRADE = {
    "Nothing": "the parameters of a convolution",
    "× 2": "the width of a feature map",
    "× 4": "the multiply-adds of a convolution",
}


def larger_convolution(seed: int) -> Exercise:
    """Multiply-adds of a convolution on an image of several times the side."""
    rng = np.random.default_rng(seed)
    kernel, filters = any_of(rng, (1, 3, 5, 7)), any_of(rng, (4, 8, 16, 32))
    side, times = any_of(rng, (8, 10, 16, 20)), any_of(rng, (2, 3, 4))
    small = conv_multiply_adds(kernel, 3, (side, side, filters))
    large = conv_multiply_adds(kernel, 3, (times * side, times * side, filters))
    return Exercise(
        f'A convolution with "same" padding and stride 1 takes {small:,} multiply-adds for a photo '
        f"of {side} × {side}. How many for one of {times * side} × {times * side}?",
        large,
        "The window stops once at each pixel. How many times as many pixels are there?",
        f"{times} × {times} = {times**2} times as many places, and the same products at each: "
        f"{times**2} × {small:,} = {large:,}",
    )


def dense_after_flatten(seed: int) -> Exercise:
    """Parameters of a dense layer behind maps whose side follows the image's."""
    rng = np.random.default_rng(seed)
    maps, units = any_of(rng, (8, 16, 32, 64)), any_of(rng, (10, 32, 64, 128))
    side = any_of(rng, (4, 5, 6, 8))
    before, after = (dense_parameters(cells**2 * maps, units) for cells in (side, 2 * side))
    return Exercise(
        f"`Flatten` gets {maps} maps of {side} × {side}, and a dense layer of {units} units "
        f"follows: {before:,} parameters with its biases. Photos of twice the side make maps of "
        f"{2 * side} × {2 * side}. How many parameters has the dense layer then?",
        after,
        "Every number of the flattened maps has a weight for every unit; biases stay as many.",
        f"({2 * side} × {2 * side} × {maps} + 1) × {units} = {after:,}",
    )


def which_power(seed: int) -> Exercise:
    """The power law behind times at three sides."""
    rng = np.random.default_rng(seed)
    power, side = any_of(rng, tuple(POWERS)), any_of(rng, (8, 10, 12, 16))
    start = float(any_of(rng, (0.2, 0.5, 1.5, 3.0)))
    times = [start * 2 ** (power * step) for step in range(3)]
    said = ", ".join(
        f"{seconds:,.10g} ms at {side * 2**step}" for step, seconds in enumerate(times)
    )
    return Exercise(
        f"Some work takes {said}. With what does its time grow?",
        POWERS[power],
        "Divide the time at twice the side by the one before. Which power of 2 is that?",
        f"Twice the side takes {times[1] / times[0]:g} = 2^{power} times as long: it grows with "
        f"{POWERS[power]}.",
        choices=tuple(POWERS.values()),
    )


def dictionary_weights(seed: int) -> Exercise:
    """How many numbers a dictionary of whole images has."""
    rng = np.random.default_rng(seed)
    side = any_of(rng, (8, 10, 12, 16, 20, 24, 28, 32, 40, 48, 64))
    times = SideTimes(side, 0.0, 0.0, 0.0)
    return Exercise(
        f"Colour photos of {side} × {side} are coded whole, with twice as many atoms as a photo "
        "has numbers. How many numbers has the dictionary?",
        times.weights,
        "Each atom is as long as a photo: side × side × 3. There are twice as many atoms as that.",
        f"{side} × {side} × 3 = {times.inputs:,}; {times.atoms:,} atoms × {times.inputs:,} = "
        f"{times.weights:,}",
    )


def extrapolation(seed: int) -> Exercise:
    """A time at a larger side, from a power law."""
    rng = np.random.default_rng(seed)
    seconds, factor = float(any_of(rng, (0.5, 1, 2, 3, 5))), any_of(rng, (2, 3))
    power = any_of(rng, (2, 4))
    longer = seconds * factor**power
    return Exercise(
        f"Encoding an image of 24 × 24 takes {seconds:g} ms, and the time grows with "
        f"{POWERS[power]}. How many milliseconds does one of {24 * factor} × {24 * factor} take?",
        longer,
        f"The side is {factor} times as long. What is {factor} to the power of {power}?",
        f"{seconds:g} × {factor}^{power} = {seconds:g} × {factor**power} = {longer:g}",
        tolerance=1e-6,
    )


def what_grows(seed: int) -> Exercise:
    """What twice the side does to one of three numbers."""
    rng = np.random.default_rng(seed)
    answer = any_of(rng, tuple(TRADE))
    layer = any_of(rng, ("3 × 3", "5 × 5", "7 × 7"))
    return Exercise(
        f"Photos get twice as high and twice as wide. What does that do to {TRADE[answer]} "
        f'({layer}, "same" padding)?',
        answer,
        "Which of them has the image's height and width in its formula, and how often?",
        "Parameters: kernel × kernel × channels × filters, no side in it. Width of a map: once. "
        "Multiply-adds: those products at every place of the map, side × side.",
        choices=tuple(TRADE),
    )


def own_growth(seed: int, *, name: str, head: str) -> Exercise:
    """How much more the page's network costs at another side."""
    rng = np.random.default_rng(seed)
    found, _ = costs(name, head)
    first = int(rng.integers(len(found) - 1))
    before = found[first]
    after = found[int(rng.integers(first + 1, len(found)))]
    title, attribute = any_of(
        rng, (("multiply-adds", "multiply_adds"), ("parameters", "parameters"))
    )
    small, large = getattr(before, attribute), getattr(after, attribute)
    factor = large / small
    return Exercise(
        f"Look at the table of the network chosen above. How many times as many {title} has it at "
        f"{after.side} × {after.side} as at {before.side} × {before.side}? One decimal is enough.",
        round(factor, 1),
        "Divide the two numbers of the table.",
        f"{large:,} / {small:,} = {factor:.2f}; the side is {after.side / before.side:.2f} times "
        f"as long, its square {(after.side / before.side) ** 2:.2f} times.",
        tolerance=0.06,
    )


QUESTIONS: dict[str, tuple[Maker, ...]] = {
    "scale": (
        larger_convolution,
        dense_after_flatten,
        which_power,
        what_grows,
        dictionary_weights,
        extrapolation,
    ),
}
OWN_QUESTIONS: tuple[Callable[..., Exercise], ...] = (own_growth,)
