"""Drawings to train the digits network on: pen strokes as the canvas gives them, and MNIST's digits
drawn anew, both brought into the network's form as a visitor's drawing is.

Everything is drawn in chunks, each with a seed of its own, by as many processes as there are cores.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from PIL import Image

from cnnlib.drawing import normalised_digit
from cnnlib.pen_hands import HANDS, OTHERS
from cnnlib.pen_strokes import drawing, scribble
from cnnlib.pixels import digit_from_drawing

CHUNK = 250
NO_DIGIT = 10  # the label of what is none
VALIDATION_HANDS = 2  # of each digit, its last ones: nothing is trained on them


@dataclass(frozen=True, eq=False)
class Drawings:
    """Images uint8 (count, 28, 28), white ink on black, and labels uint8 (count,)."""

    images: np.ndarray
    labels: np.ndarray


def draw_hands(
    count: int, seed: int, *, validation: bool = False, done: Callable[[int], None] = lambda n: None
) -> Drawings:
    """About `count` drawings, as many of each digit, by the hands for training or the others."""
    return _drawn(_hands_chunk, count, seed, done, (validation,))


def draw_others(count: int, seed: int, done: Callable[[int], None] = lambda n: None) -> Drawings:
    """Drawings of letters, signs and scribbles, with the label `NO_DIGIT`."""
    return _drawn(_others_chunk, count, seed, done, ())


def draw_again(
    images: np.ndarray, labels: np.ndarray, seed: int, done: Callable[[int], None] = lambda n: None
) -> Drawings:
    """MNIST's digits, (count, 28, 28) uint8, each once with another width, slant and pen."""
    parts = [slice(at, at + CHUNK) for at in range(0, len(images), CHUNK)]
    chunks = [(seed, n, images[part], labels[part]) for n, part in enumerate(parts)]
    return _gathered(_again_chunk, chunks, done)


def _drawn(draw: Callable, count: int, seed: int, done: Callable, rest: tuple) -> Drawings:
    numbers = range(-(-count // CHUNK))
    return _gathered(draw, [(seed, number, CHUNK, *rest) for number in numbers], done)


def _gathered(draw: Callable, chunks: Sequence[tuple], done: Callable[[int], None]) -> Drawings:
    """All chunks' drawings; `done` is told how many there are, again and again."""
    images, labels = [], []
    for chunk_images, chunk_labels in _mapped(draw, chunks):
        images.append(np.rint(np.stack(chunk_images) * 255).astype(np.uint8))
        labels.append(np.array(chunk_labels, np.uint8))
        done(sum(map(len, labels)))
    return Drawings(np.concatenate(images), np.concatenate(labels))


def _mapped(draw: Callable, chunks: Sequence[tuple]):
    """`draw` of every chunk, in order; more than one are shared out to processes."""
    if len(chunks) == 1:
        yield draw(*chunks[0])
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as pool:
        yield from pool.map(draw, *zip(*chunks, strict=True))


def _hands_chunk(seed: int, number: int, count: int, validation: bool) -> tuple[list, list]:
    rng = np.random.default_rng((seed, number))
    part = slice(-VALIDATION_HANDS, None) if validation else slice(None, -VALIDATION_HANDS)
    labels = [n % 10 for n in range(count)]
    images = []
    for label in labels:
        hands = HANDS[label][part]
        images.append(digit_from_drawing(drawing(hands[rng.integers(len(hands))], rng)))
    return images, labels


def _others_chunk(seed: int, number: int, count: int) -> tuple[list, list]:
    rng = np.random.default_rng((seed, number))
    images = []
    for n in range(count):
        what = OTHERS[rng.integers(len(OTHERS))] if n % 3 else scribble(rng)
        images.append(digit_from_drawing(drawing(what, rng)))
    return images, [NO_DIGIT] * count


def _again_chunk(seed: int, number: int, images: np.ndarray, labels: np.ndarray):
    rng = np.random.default_rng((seed, number))
    return [_drawn_again(image, rng) for image in images], labels.tolist()


def _drawn_again(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A digit enlarged, squeezed, slanted, its edges made crisp, and normalised as a drawing is."""
    aspect, slant = np.exp(rng.normal(0, 0.25)), np.tan(np.radians(rng.normal(0, 12)))
    side = 6 * image.shape[0]
    large = Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC)
    # Pillow wants the place in the original of each new pixel; the middle stays in the middle.
    middle = side / 2
    across = (1 / aspect, slant / aspect, middle - (side + middle * slant) / aspect)
    slanted = large.transform(
        (2 * side, side), Image.Transform.AFFINE, (*across, 0, 1, 0), Image.Resampling.BILINEAR
    )
    threshold = rng.uniform(0.25, 0.6)
    coverage = np.clip((np.asarray(slanted, np.float32) / 255 - threshold) * 6 + 0.5, 0, 1)
    return normalised_digit(coverage if coverage.max() > 0.9 else np.asarray(large) / 255)
