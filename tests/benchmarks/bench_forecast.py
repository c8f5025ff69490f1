"""What a training was forecast to take, and what it took: seconds and bytes.

    python tests/benchmarks/bench_forecast.py [--quick]

Each training runs in the engine, alone. Seconds are from the moment its worker has taken it up to
its end; bytes are the most that the worker's process was seen to take meanwhile, libraries and all.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from cnnlib.jobs import Engine
from cnnlib.layers import ConvLayer, DenseLayer, FlattenLayer, PoolLayer
from cnnlib.presets import BlockSettings, article_basic, block_network
from cnnlib.runs import RunStore
from cnnlib.spec import NetworkSpec, RunSpec, TrainingSpec

TARGET = 1.5
LOOK_SECONDS = 0.05
DIGITS = (28, 28, 1)
TINY = NetworkSpec(
    DIGITS, (ConvLayer(4, 3, 2), PoolLayer(), FlattenLayer(), DenseLayer(10, "softmax"))
)
WIDE = NetworkSpec(
    DIGITS, (FlattenLayer(), DenseLayer(1024), DenseLayer(1024), DenseLayer(10, "softmax"))
)
PHOTOS = {"dataset": "cifar10", "image_count": 5_000}
CASES = {
    "article's basic model, CIFAR-10": (article_basic(), PHOTOS | {"batch_size": 128, "epochs": 2}),
    "default network, digits": (block_network(DIGITS, 10, BlockSettings()), {"epochs": 2}),
    "tiny network, digits": (TINY, {"epochs": 8, "batch_size": 32}),
    "wide dense network, digits": (WIDE, {"epochs": 4}),
    "with batch normalisation, CIFAR-10": (
        block_network((32, 32, 3), 10, BlockSettings(batch_norm=True, padding="same")),
        PHOTOS | {"epochs": 1, "augmentation": ("flip", "shift")},
    ),
    "article's basic model, 16 bits": (
        article_basic(),
        PHOTOS | {"batch_size": 128, "epochs": 2, "precision": "bfloat16"},
    ),
    "tiny network, varied digits": (TINY, {"epochs": 2, "augmentation": ("affine",)}),
}


def worker() -> psutil.Process:
    """The process that trains, which is a grandchild of this one."""
    for child in psutil.Process().children(recursive=True):
        if "--multiprocessing-fork" in child.cmdline():
            return child
    raise RuntimeError("there is no worker")


def measured(engine: Engine, spec: RunSpec) -> tuple[float, float]:
    """Seconds and bytes of a run."""
    process, most = worker(), 0
    run_id = engine.submit(spec)
    while engine.status(run_id).state == "queued":
        time.sleep(LOOK_SECONDS / 10)
    began = time.perf_counter()
    while engine.status(run_id).is_active:
        most = max(most, process.memory_info().rss)
        time.sleep(LOOK_SECONDS)
    seconds = time.perf_counter() - began
    if engine.status(run_id).state != "done":
        raise RuntimeError(engine.status(run_id).message)
    return seconds, most


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="the first four only")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as folder, Engine(RunStore(folder)) as engine:
        engine.warm()
        while engine.forecast(RunSpec(TINY, TrainingSpec())) is None:
            time.sleep(LOOK_SECONDS)
        for title, (network, settings) in list(CASES.items())[: 4 if quick else None]:
            spec = RunSpec(network, TrainingSpec(**settings))
            expected = engine.forecast(spec)
            seconds, size = measured(engine, spec)
            report(title, "s", expected.seconds, seconds)
            report("", "MB", expected.bytes / 1e6, size / 1e6)


def report(title: str, unit: str, expected: float, found: float) -> None:
    ratio = expected / found
    verdict = "" if 1 / TARGET <= ratio <= TARGET else f"   OUTSIDE {TARGET}"
    print(
        f"{title:36} forecast {expected:8.1f} {unit:2}   measured {found:8.1f} {unit:2}   "
        f"ratio {ratio:.2f}{verdict}",
        flush=True,
    )


if __name__ == "__main__":
    main()
