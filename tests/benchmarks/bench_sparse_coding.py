"""Sparse coding of whole photos beside a convolution layer, up to 64 x 64, on one core.

    python tests/benchmarks/bench_sparse_coding.py           8 to 64
    python tests/benchmarks/bench_sparse_coding.py --quick   8 to 32, as on the page

The last side takes about five minutes and 6 GB of memory. Beside it stands what the laws through
the sides before said of it.
"""

from __future__ import annotations

import argparse
import resource
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from cnnlib import datasets, variants
from cnnlib.sparse_cost import (
    FAR_SIDE,
    PASS_IMAGES,
    SIDES,
    SideTimes,
    extrapolated,
    laws,
    measured_times,
)

SPREAD = 100  # of the training photos, every so many


def report(title: str, times: SideTimes) -> None:
    print(
        f"{title:16} {times.atoms:6,} atoms   encoding {1e3 * times.encoding:9.3f} ms   "
        f"update {times.update:9.4f} s   convolution {1e3 * times.convolution:7.4f} ms   "
        f"{PASS_IMAGES:,} images: {times.learning_pass:9.1f} s and {times.convolution_pass:5.2f} s",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="without the last side")
    quick = parser.parse_args().quick
    photos = datasets.load("cifar10").x_train[::SPREAD]
    found = []
    for side in SIDES:
        found.append(measured_times(datasets.scale(variants.resized(photos, side))))
        report(f"side {side}", found[-1])
    for name, law in laws(found).items():
        print(f"{name}: side to the power of {law.exponent:.2f}")
    report(f"side {FAR_SIDE}, by these", extrapolated(found))
    if not quick:
        images = datasets.scale(variants.resized(photos, FAR_SIDE))
        report(f"side {FAR_SIDE}, measured", measured_times(images))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"most memory: {most / 1e6:.1f} GB")


if __name__ == "__main__":
    main()
