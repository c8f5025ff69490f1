"""Time of `conv2d` against `tf.nn.conv2d`, on the same arrays in one run.

    python tests/benchmarks/bench_convolution.py                 the table of the README
    python tests/benchmarks/bench_convolution.py --crossovers    where which method wins
    python tests/benchmarks/bench_convolution.py --check         also fail if a target is missed

Ours and TensorFlow's calls take turns, so that whatever else the machine does falls on both alike;
the figures are medians. TensorFlow gets tensors, made beforehand, and two threads; both give an
array back.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
from threadpoolctl import threadpool_info

from cnnlib import correlation
from cnnlib.convolution import conv2d
from cnnlib.windows import plan

# (images, kernel size, filters, most times TensorFlow's time allowed)
CASES = [
    ((1, 32, 32, 3), 3, 32, 1.0),
    ((1, 224, 224, 3), 3, 64, 2.0),
    ((1, 512, 512, 1), 3, 1, 2.0),
    ((1, 512, 512, 1), 7, 1, 2.0),
    ((1, 512, 512, 1), 15, 1, 2.0),
]
SECONDS_A_CASE = 3.0


def blas() -> str:
    """Which kernels NumPy's matrix product uses: a variable may ask for older ones."""
    return ", ".join(
        f"{library['internal_api']} {library['version']} for {library.get('architecture', '?')}"
        for library in threadpool_info()
        if library["user_api"] == "blas"
    )


def medians(calls: list[Callable[[], object]], seconds: float) -> list[float]:
    """Median milliseconds of each call; the calls take turns for about `seconds`."""
    for call in calls * 5:
        call()
    times: list[list[float]] = [[] for _ in calls]
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times[0]) < 5:
        for call, taken in zip(calls, times, strict=True):
            start = time.perf_counter()
            call()
            taken.append(time.perf_counter() - start)
    return [statistics.median(taken) * 1000 for taken in times]


def arrays(image_shape: tuple[int, ...], size: int, filters: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    images = rng.random(image_shape, np.float32)
    return images, rng.normal(size=(size, size, image_shape[3], filters)).astype(np.float32)


def against_tensorflow() -> bool:
    """Print the table; True if every target is met."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(2)
    tf.config.threading.set_inter_op_parallelism_threads(2)
    print(f"NumPy's BLAS: {blas()}")
    print(f"{'images':>16} {'kernels':>14} {'padding':>8} {'ours ms':>9} {'TF ms':>9} {'ratio':>6}")
    met = True
    for image_shape, size, filters, target in CASES:
        images, kernels = arrays(image_shape, size, filters)
        tensors = tf.constant(images), tf.constant(kernels)
        for padding in ("valid", "same"):

            def theirs(tensors=tensors, padding=padding):
                return tf.nn.conv2d(*tensors, 1, padding.upper()).numpy()

            def ours(images=images, kernels=kernels, padding=padding):
                return conv2d(images, kernels, padding=padding)

            np.testing.assert_allclose(ours(), theirs(), atol=1e-3)
            mine, other = medians([ours, theirs], SECONDS_A_CASE)
            met &= mine <= target * other
            shape = "x".join(map(str, image_shape))
            print(
                f"{shape:>16} {f'{filters} of {size}x{size}':>14} {padding:>8} "
                f"{mine:9.3f} {other:9.3f} {mine / other:5.2f}x  (target {target}x)"
            )
    return met


def crossovers() -> None:
    """Print the time of each method, and of each block length, over a range of sizes."""
    print("one channel, one filter, stride 1: milliseconds of each method; * is the one chosen")
    print(f"{'side':>6} {'kernel':>7} " + "".join(f"{name:>17}" for name in correlation.METHODS))
    for side in (64, 224, 512):
        for size in (2, 3, 4, 5, 7, 11, 15, 17, 19, 25):
            compare_methods(side, size)
    print("milliseconds of window_products by the length of its blocks; * is the one chosen")
    blocks = (1, 2, 4, 8, 16)
    print(f"{'images':>16} {'kernels':>14} " + "".join(f"{block:>10}" for block in blocks))
    for batch, side in ((1, 32), (1, 224), (32, 32)):
        for channels in (1, 3, 16, 32):
            for filters in (1, 2, 8, 16, 32, 64):
                compare_blocks((batch, side, side, channels), 3, filters, blocks)


def compare_methods(side: int, size: int) -> None:
    images, kernels = arrays((1, side, side, 1), size, 1)
    windows = plan((side, side), (size, size))
    calls = [
        lambda method=method: method(images, kernels, None, windows)
        for method in correlation.METHODS.values()
    ]
    times = zip(correlation.METHODS, medians(calls, 0.3), strict=True)
    chosen = correlation.choose(windows, 1, 1)
    cells = [f"{taken:15.3f} {'*' if name == chosen else ' '}" for name, taken in times]
    print(f"{side:>6} {size:>7} {''.join(cells)}", flush=True)


def compare_blocks(
    image_shape: tuple[int, ...], size: int, filters: int, blocks: tuple[int, ...]
) -> None:
    images, kernels = arrays(image_shape, size, filters)
    windows = plan(image_shape[1:3], (size, size))
    calls = [
        lambda block=block: correlation.window_products(images, kernels, None, windows, block=block)
        for block in blocks
    ]
    chosen = correlation.choose_block(windows, image_shape[3], filters)
    times = zip(blocks, medians(calls, 0.3), strict=True)
    cells = [f"{taken:8.3f} {'*' if block == chosen else ' '}" for block, taken in times]
    shape = "x".join(map(str, image_shape))
    print(f"{shape:>16} {f'{filters} of {size}x{size}':>14} {''.join(cells)}", flush=True)


if __name__ == "__main__":
    if "--crossovers" in sys.argv:
        crossovers()
    elif not against_tensorflow() and "--check" in sys.argv:
        sys.exit("a target was missed")
