"""Exercises of the page on batches: steps, memory, noise and rates."""

from __future__ import annotations

import math

import numpy as np

from cnnlib.batch_trials import BASE_RATE, BASE_SIZE, scaled_rate
from cnnlib.exercises import Exercise, Maker, any_of

MEGABYTE = 1e6


def steps_of_an_epoch(seed: int) -> Exercise:
    """How many steps an epoch takes, the last and smaller batch among them."""
    rng = np.random.default_rng(seed)
    images, size = 100 * int(rng.integers(10, 200)), any_of(rng, (16, 32, 64, 128, 256))
    steps = -(-images // size)
    rest = images - (steps - 1) * size
    return Exercise(
        f"A training set has {images:,} images, a batch {size}. How many steps does an epoch take?",
        steps,
        "Divide, and do not forget the images that are left over.",
        f"{images:,} / {size} = {images / size:.2f}: {steps:,} steps, the last of them with "
        f"{rest} image{'s' * (rest > 1)}.",
    )


def memory_of_a_batch(seed: int) -> Exercise:
    """What a batch of colour images takes as 32-bit numbers."""
    rng = np.random.default_rng(seed)
    side, size = any_of(rng, (32, 64, 96, 128, 224)), any_of(rng, (16, 32, 64, 100, 128))
    megabytes = 4 * size * side * side * 3 / MEGABYTE
    return Exercise(
        f"A batch holds {size} colour images of {side} × {side} pixels as 32-bit numbers. How many "
        "megabytes (millions of bytes) does it take, to one decimal?",
        round(megabytes, 1),
        "Three numbers a pixel, four bytes a number.",
        f"{size} × {side} × {side} × 3 × 4 = {4 * size * side * side * 3:,} bytes, "
        f"{megabytes:.1f} MB.",
        tolerance=0.06,
    )


def fall_of_the_noise(seed: int) -> Exercise:
    """By what factor the error falls when the batch grows."""
    rng = np.random.default_rng(seed)
    low, factor = any_of(rng, (1, 2, 4, 8, 16, 32)), any_of(rng, (4, 9, 16, 25, 64, 100))
    return Exercise(
        f"A training goes from batches of {low} to batches of {low * factor}. By what factor does "
        "the typical error of a batch's gradient fall?",
        math.isqrt(factor),
        "Errors of independent images add up like steps in random directions.",
        f"The error goes with 1 / √B: √({low * factor} / {low}) = √{factor} = "
        f"{math.isqrt(factor)}, for {factor} times the work a step.",
    )


def halved_noise(error: float, seed: int) -> Exercise:
    """The batch at which the reader's own network's error falls under a bound.

    `error` is that of one image's gradient, as a multiple of the whole gradient's length.
    """
    bound = any_of(np.random.default_rng(seed), (0.5, 1.0, 2.0))
    size = math.ceil((round(error, 1) / bound) ** 2)
    return Exercise(
        f"You have measured that a single image's gradient is off by {error:.1f} times the length "
        f"of the whole gradient. From which batch size on is the error at most {bound:g} times it? "
        "(Within 2 %.)",
        size,
        "Set the error of one image, divided by √B, equal to the bound, and solve for B.",
        f"{error:.1f} / √B = {bound:g} gives B = ({error:.1f} / {bound:g})² = "
        f"{(round(error, 1) / bound) ** 2:,.1f}, so {size:,}.",
        tolerance=max(1.0, 0.02 * size),
    )


def rate_of_a_batch(seed: int) -> Exercise:
    """The learning rate that the linear scaling rule gives."""
    size = any_of(np.random.default_rng(seed), (8, 16, 32, 128, 256, 512, 1_024))
    return Exercise(
        f"A training goes well with batches of {BASE_SIZE} and a learning rate of {BASE_RATE:g}. "
        f"Which rate does the linear scaling rule give for batches of {size}?",
        scaled_rate(size),
        "The rate grows as the batch does.",
        f"{BASE_RATE:g} × {size} / {BASE_SIZE} = {scaled_rate(size):g}",
        tolerance=1e-6,
    )


def what_stays_in_memory(seed: int) -> Exercise:
    """Which part of a training from disk grows with the number of images."""
    choices = (
        "the batch that is being trained on",
        "the batch that is being read ahead",
        "the labels",
        "the weights and what the optimizer keeps of them",
    )
    return Exercise(
        "A training reads its images from disk, batch by batch. Which of these takes twice the "
        "memory when the data set has twice the images?",
        choices[2],
        "Which of them is kept for the whole data set?",
        "Labels are read as a whole: one byte an image here, next to nothing beside the image's "
        f"own {224 * 224 * 3:,} bytes at 224 × 224. Batches have the same size however many there "
        "are, and the network does not know how many images there will be.",
        choices=tuple(choices[at] for at in np.random.default_rng(seed).permutation(4)),
    )


QUESTIONS: dict[str, tuple[Maker, ...]] = {
    "batches": (
        steps_of_an_epoch,
        fall_of_the_noise,
        memory_of_a_batch,
        rate_of_a_batch,
        what_stays_in_memory,
    ),
}
