"""Training inside the engine against a bare `Model.fit`: same network, data, batches, validation;
and against our own loop alone, which shows what keeping and streaming cost.

    python tests/benchmarks/bench_training.py [--rounds 3] [--case 0]

Ours is a run submitted to an engine with its live events, epoch snapshots and saving, timed by its
own recorded history. The others are Keras's `fit` and `cnnlib.training.train`, each in a fresh
process with nothing around it. All are timed from the end of the first batch to the end of the
last, validation after each epoch included, so that neither start-up nor compilation counts. They
take turns, and all run at the worker's lower priority, so that on a machine with other work they
get equal shares of it. The last case has an epoch long enough for weights to be kept within it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from cnnlib import datasets
from cnnlib.jobs import Engine
from cnnlib.keras_model import build, import_keras, optimizer
from cnnlib.presets import BlockSettings, article_basic, block_network
from cnnlib.processor import cores
from cnnlib.runs import RunStore
from cnnlib.spec import RunSpec, TrainingSpec
from cnnlib.training import BatchEvent, train
from cnnlib.worker import NICENESS

TARGET = 1.05
CASES = {
    "digits, default network": RunSpec(
        block_network((28, 28, 1), 10, BlockSettings()), TrainingSpec(epochs=5)
    ),
    "CIFAR-10 sample, the article's basic model": RunSpec(
        article_basic(),
        TrainingSpec(dataset="cifar10", image_count=5_000, batch_size=128, epochs=3),
    ),
    "the same in batches of 4, one long epoch": RunSpec(
        article_basic(), TrainingSpec(dataset="cifar10", image_count=5_000, batch_size=4, epochs=1)
    ),
}


def images_timed(spec: RunSpec) -> int:
    """Training images of all epochs but the first batch."""
    dataset = datasets.load(spec.training.dataset)
    split = datasets.training_split(dataset.y_train, spec.training.image_count, spec.training.seed)
    return len(split[0]) * spec.training.epochs - spec.training.batch_size


def ours(engine: Engine, spec: RunSpec) -> float:
    """Images a second of a run in the engine."""
    run_id = engine.submit(spec)
    while engine.status(run_id).is_active:
        # As often as a page looks.
        time.sleep(1.0)
        engine.events(run_id)
    status = engine.status(run_id)
    if status.state != "done":
        raise RuntimeError(status.message)
    batches = engine.store.history(run_id).batches
    return images_timed(spec) / (batches[-1].seconds - batches[0].seconds)


def bare(spec: RunSpec, way: str) -> float:
    """Images a second of `Model.fit` or of our loop ("fit" or "loop") in a fresh process."""
    command = [sys.executable, __file__, "--bare", spec.to_json(), "--way", way]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return json.loads(answer.stdout.splitlines()[-1])


def fit(spec: RunSpec) -> float:
    """What the fresh process does."""
    os.nice(NICENESS)
    keras = import_keras()
    training = spec.training
    keras.utils.set_random_seed(training.seed)
    dataset = datasets.load(training.dataset)
    train, held_back = datasets.training_split(dataset.y_train, training.image_count, training.seed)
    images, labels = datasets.scale(dataset.x_train), dataset.y_train
    model = build(spec.network)
    model.compile(optimizer(training), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    ends = []
    timer = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: ends.append(time.perf_counter())
    )
    model.fit(
        images[train],
        labels[train],
        batch_size=training.batch_size,
        epochs=training.epochs,
        validation_data=(images[held_back], labels[held_back]),
        callbacks=[timer],
        verbose=0,
    )
    return images_timed(spec) / (ends[-1] - ends[0])


def loop(spec: RunSpec) -> float:
    """The same with our loop."""
    os.nice(NICENESS)
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(cores()))
    dataset = datasets.load(spec.training.dataset)
    batches = [e for e in train(spec, dataset) if isinstance(e, BatchEvent)]
    return images_timed(spec) / (batches[-1].seconds - batches[0].seconds)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bare", help=argparse.SUPPRESS)
    parser.add_argument("--way", choices=("fit", "loop"), help=argparse.SUPPRESS)
    parser.add_argument("--case", type=int, help="one case only, from 0")
    arguments = parser.parse_args()
    if arguments.bare:
        way = {"fit": fit, "loop": loop}[arguments.way]
        print(json.dumps(way(RunSpec.from_json(arguments.bare))))
        return
    with tempfile.TemporaryDirectory() as folder, Engine(RunStore(folder)) as engine:
        engine.warm()
        while engine.forecast(next(iter(CASES.values()))) is None:  # it measures itself first
            time.sleep(0.1)
        cases = list(CASES.items())
        for title, spec in cases if arguments.case is None else [cases[arguments.case]]:
            speeds = [
                (ours(engine, spec), bare(spec, "fit"), bare(spec, "loop"))
                for _ in range(arguments.rounds)
            ]
            report(title, speeds)


def report(title: str, speeds: list[tuple[float, float, float]]) -> None:
    """Print images a second of each round, the medians, and the ratios of times."""
    print(title)
    medians = tuple(statistics.median(column) for column in zip(*speeds, strict=True))
    for name, row in [*(("round", row) for row in speeds), ("median", medians)]:
        here, there, alone = row
        print(
            f"  {name:7} engine {here:8,.0f} images/s    fit {there:8,.0f} images/s    "
            f"our loop alone {alone:8,.0f} images/s"
        )
    here, there, alone = medians
    print(f"  engine's time / fit's time:        {there / here:.3f}   (at most {TARGET})")
    print(
        f"  engine's time / our loop's alone:  {alone / here:.3f}   (at most {TARGET})", flush=True
    )


if __name__ == "__main__":
    main()
