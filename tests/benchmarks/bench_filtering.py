"""How long the server works when a reader picks another kernel for a photo of 512 x 512 pixels.

    python tests/benchmarks/bench_filtering.py [ROUNDS]

For every preset at its smallest and at its largest size, the median over ROUNDS (default 5):

page     the whole rerun of the filtering page: widgets, stage, filter, pictures, exercise
filter   `conv2d` alone on the photo
peer     `tf.nn.conv2d` on the same arrays, in the same process, and the ratio of the two
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from streamlit.testing.v1 import AppTest

from cnnlib.convolution import conv2d
from cnnlib.kernels import KERNELS, LARGEST_SIZE, kernel_of_size
from pages.support import jobs

ROOT = Path(__file__).resolve().parents[2]
SIDE = 512
OTHER = "Identity"


def milliseconds(work: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return 1000 * median(times)


def page_times(size: int, rounds: int) -> dict[str, float]:
    """Milliseconds of the rerun that draws each preset, by its title."""
    app = AppTest.from_file(ROOT / "app.py", default_timeout=60).run()
    app.switch_page("pages/game_changer/filtering.py").run()
    app.slider(key="filter_size").set_value(size).run()

    def pick(title: str) -> None:
        app.selectbox(key="filter_preset").set_value(title).run()
        assert not app.exception

    taken: dict[str, list[float]] = {kernel.title: [] for kernel in KERNELS.values()}
    for _ in range(rounds):
        for title, times in taken.items():
            pick("Outline" if title == OTHER else OTHER)
            times.append(milliseconds(lambda title=title: pick(title), 1))
    return {title: median(times) for title, times in taken.items()}


def main(rounds: int) -> None:
    jobs.warm_engine = lambda: None  # no worker: nothing is trained here
    pages = {size: page_times(size, rounds) for size in (3, LARGEST_SIZE)}
    import tensorflow as tf  # after the pages: their process never has it

    image = np.random.default_rng(0).random((1, SIDE, SIDE, 1), dtype=np.float32)
    tensor = tf.constant(image)
    print(f"{'ms':32} {'page':>6} {'filter':>7} {'peer':>6} {'ratio':>7}")
    for size, times in pages.items():
        for name, kernel in KERNELS.items():
            weights = kernel_of_size(name, size)[:, :, np.newaxis, np.newaxis]
            ours = milliseconds(lambda weights=weights: conv2d(image, weights), 20)
            theirs = tf.constant(weights)
            peer = milliseconds(
                lambda theirs=theirs: tf.nn.conv2d(tensor, theirs, 1, "VALID").numpy(), 20
            )
            row = f"{kernel.title}, {size} x {size}"
            page = times[kernel.title]
            print(f"{row:32} {page:6.0f} {ours:7.2f} {peer:6.2f} {ours / peer:6.2f}x")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
