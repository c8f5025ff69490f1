"""Time to grow pictures that maximise filters: ours, and the article's way in the same process.

    python tests/benchmarks/bench_maximise.py            the table of the README
    python tests/benchmarks/bench_maximise.py --check    also fail if a target is missed

The article's way is one filter at a time, and for each step one gradient by `tf.GradientTape` of
the mean of its map, through a Keras model that ends at the layer. It gets two threads. Both start
from the same noise and take the same steps, which is checked. Keras's time is that of a few
filters, times the number of filters; ours and Keras's calls take turns, the figures are medians.
"With priors" is ours with jitter, blur and total variation, as the page has them. "Compiled" is
Keras's best case, its step compiled by `tf.function` for every layer beforehand.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np

from cnnlib import keras_model
from cnnlib.maximisation import Ascent, maximise
from cnnlib.network import Network
from cnnlib.presets import article_basic

# (what, layer from 0, filters)
CASES = [
    ("all 32 filters of convolution 1", 0, 32),
    ("16 filters of convolution 2", 1, 16),
    ("16 filters of convolution 3", 4, 16),
    ("16 filters of convolution 4", 5, 16),
]
STEPS = 40
PRIORS = Ascent(STEPS, jitter=1, blur=0.5, total_variation=0.1)
ROUNDS = 3
KERAS_FILTERS = 2  # of each case; the time is scaled to all
TARGET_SECONDS, TARGET_RATIO = 2.0, 5.0


def keras_way(network: Network, layer: int, *, compiled: bool) -> Callable:
    """A function (start image, filter) that grows one picture, step by step."""
    import keras
    import tensorflow as tf

    model = keras_model.build(network.spec)
    keras_model.set_weights(model, network.weights)
    part = keras.Model(model.inputs, model.layers[layer].output)
    step_size = Ascent().step_size

    def step(image, number):
        with tf.GradientTape() as tape:
            tape.watch(image)
            value = tf.reduce_mean(part(image, training=False)[..., number])
        gradient = tape.gradient(value, image)
        gradient /= tf.sqrt(tf.reduce_mean(tf.square(gradient))) + 1e-12
        return tf.clip_by_value(image + step_size * gradient, 0, 1)

    stepped = tf.function(step) if compiled else step

    def grow(start: np.ndarray, number: int) -> np.ndarray:
        image, number = tf.constant(start[np.newaxis]), tf.constant(number)
        for _ in range(STEPS):
            image = stepped(image, number)
        return image.numpy()[0]

    return grow


def seconds(call: Callable, *arguments: object) -> float:
    started = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - started


def ours(network: Network, layer: int, count: int, ascent: Ascent) -> None:
    for _ in maximise(network, layer, range(count), ascent):
        pass


def theirs(grow: Callable, start: np.ndarray, numbers: Sequence[int]) -> None:
    for number in numbers:
        grow(start, number)


def firing(network: Network, layer: int, start: np.ndarray) -> Sequence[int]:
    """Filters that the start image fires: Keras's gradient is 0 for the others."""
    maps = network.activations(start[np.newaxis])[layer][0]
    return np.flatnonzero(maps.max(axis=(0, 1)) > 0)[:KERAS_FILTERS].tolist()


def check(network: Network, layer: int, start: np.ndarray, grow: Callable, number: int) -> None:
    """Both ways end at the same picture."""
    *_, last = maximise(network, layer, [number], Ascent(STEPS), start=start)
    # A cell that is barely above 0 for one is barely below for the other: a few pixels may differ.
    apart = np.abs(last.images[0] - grow(start, number))
    assert np.mean(apart < 1e-2) > 0.99, f"the ways part: {apart.max()}"


def main() -> bool:
    """Print the table; True if the targets are met."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(2)
    tf.config.threading.set_inter_op_parallelism_threads(2)
    network = Network.initial(article_basic(), seed=0)
    start = np.random.default_rng(0).uniform(0.4, 0.6, (32, 32, 3)).astype(np.float32)
    print(f"the article's basic model, {STEPS} steps; seconds")
    print(
        f"{'':34} {'ours':>7} {'with priors':>12} {'Keras':>8} {'ratio':>7} {'compiled':>9} "
        f"{'ratio':>7}"
    )
    met = True
    for what, layer, count in CASES:
        ways = [keras_way(network, layer, compiled=compiled) for compiled in (False, True)]
        numbers = firing(network, layer, start)
        for grow in ways:
            check(network, layer, start, grow, numbers[0])
        times: list[list[float]] = [[], [], [], []]
        for _ in range(ROUNDS):
            for taken, ascent in zip(times, (Ascent(STEPS), PRIORS), strict=False):
                taken.append(seconds(ours, network, layer, count, ascent))
            for taken, grow in zip(times[2:], ways, strict=True):
                taken.append(seconds(theirs, grow, start, numbers) / len(numbers) * count)
        mine, priors, keras, compiled = map(statistics.median, times)
        print(
            f"{what:34} {mine:7.2f} {priors:12.2f} {keras:8.2f} {keras / mine:7.1f} "
            f"{compiled:9.2f} {compiled / mine:7.1f}"
        )
        met &= max(mine, priors) <= TARGET_SECONDS and keras / mine >= TARGET_RATIO
    return met


if __name__ == "__main__":
    if not main() and "--check" in sys.argv:
        sys.exit("a target was missed")
