"""What a training takes whose images stay on disk: the worker's memory, and the time for reading.

    python tests/benchmarks/bench_disk.py [SIDE [IMAGES]]

A real engine with a worker of its own draws 20,000 images of SIDE x SIDE pixels (default 224, 3 GB)
into a temporary folder, trains for one epoch on IMAGES of them (default all), and removes them
again. The worker's memory is that of its whole process, as the system counts it, looked up ten
times a second from outside. The peer is the same file mapped into memory (`numpy.load` with
`mmap_mode`), read row by row in a process of its own, and all images as an array.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import psutil

from cnnlib import datasets
from cnnlib.batch_trials import disk_run
from cnnlib.events import BatchEvent, EpochEvent
from cnnlib.jobs import Engine
from cnnlib.runs import RunStore

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1e6
LIMIT = 1_500 * MEGABYTE
READ = """
import sys, time, numpy as np, psutil
from pathlib import Path
from cnnlib.disk_images import DiskImages
path, way = Path(sys.argv[1]), sys.argv[2]
images = DiskImages(path) if way == "reads" else np.load(path, mmap_mode="r")
order = np.random.default_rng(0).permutation(len(images))[:int(sys.argv[3])]
before, began = psutil.Process().memory_info().rss, time.perf_counter()
for start in range(0, len(order), 32):
    np.ascontiguousarray(images[order[start : start + 32]])
seconds = time.perf_counter() - began
print(psutil.Process().memory_info().rss - before, len(order) / seconds)
"""


def main(side: int, count: int) -> None:
    name = f"shapes@{side}"
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["CNN_DATA"] = str(Path(scratch) / "data")
        store = RunStore(Path(scratch) / "runs")
        with Engine(store) as engine:
            seconds = draw(engine, name)
            size = datasets.info(name).download_bytes
            print(f"drawn: {size / MEGABYTE:,.0f} MB in {seconds:.1f} s")
            train(engine, name, count, size)
        compare(Path(scratch) / "data" / f"{name}-train.npy", count)


def draw(engine: Engine, name: str) -> float:
    engine.warm()
    while not engine.is_warm:
        time.sleep(0.2)
    began = time.perf_counter()
    engine.fetch(name)
    while (status := engine.fetch_status(name)).is_active:
        time.sleep(0.1)
    if status.state != "done":
        sys.exit(status.message)
    return time.perf_counter() - began


def train(engine: Engine, name: str, count: int, size: int) -> None:
    worker = largest_child()
    before = peak = worker.memory_info().rss
    run_id = engine.submit(disk_run(name, count, 32, epochs=1, seed=0))
    began = time.perf_counter()
    while (status := engine.status(run_id)).is_active:
        peak = max(peak, worker.memory_info().rss)
        time.sleep(0.1)
    seconds = time.perf_counter() - began
    if status.state != "done":
        sys.exit(status.message)
    events = engine.events(run_id)
    batches = [event for event in events if isinstance(event, BatchEvent)]
    told = max(batch.memory_bytes for batch in batches)
    epoch = next(event for event in events if isinstance(event, EpochEvent))
    share = batches[-1].reading_seconds / batches[-1].seconds
    print(f"worker before the run: {before / MEGABYTE:,.0f} MB")
    print(
        f"worker at its peak: {peak / MEGABYTE:,.0f} MB (it told of {told / MEGABYTE:,.0f} MB), "
        f"{'within' if peak <= LIMIT else 'OVER'} {LIMIT / MEGABYTE:,.0f} MB"
    )
    floats = 4 * size / MEGABYTE
    print(f"all images in memory: {size / MEGABYTE:,.0f} MB, as 32-bit numbers {floats:,.0f} MB")
    print(
        f"trained on {count:,} images of {name}: {seconds:.1f} s in all, "
        f"{epoch.images_per_second:,.0f} images/s, reading {share:.1%} of the time beside it, "
        f"validation accuracy {epoch.validation_accuracy:.1%}"
    )


def largest_child() -> psutil.Process:
    """The worker: the one of our processes that has loaded TensorFlow."""
    return max(psutil.Process().children(recursive=True), key=lambda one: one.memory_info().rss)


def compare(path: Path, count: int) -> None:
    """Reading in batches of 32 in random order, the two ways."""
    for way in ("reads", "mapped"):
        command = [sys.executable, "-c", READ, str(path), way, str(count)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        grown, speed = map(float, done.stdout.split())
        print(f"{way:>7}: {speed:9,.0f} images/s, memory grows by {grown / MEGABYTE:,.0f} MB")


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 224,
        int(sys.argv[2]) if len(sys.argv) > 2 else 20_000,
    )
