"""A worker measures its own speed: a few small trainings, some ten steps each."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from cnnlib import datasets
from cnnlib.augmentation import AUGMENT, augment, mixup
from cnnlib.forecast import Speed, fitted_prices, step_work
from cnnlib.layers import (
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    PoolLayer,
)
from cnnlib.records import state_to_bytes
from cnnlib.spec import NetworkSpec, RunSpec, TrainingSpec
from cnnlib.storage import Folder
from cnnlib.trainer import Batch, Trainer

SECONDS = 0.15  # of steps for each measurement
LEAST_STEPS = 6
CONVOLUTIONS = NetworkSpec(
    (16, 16, 3),
    (
        *(ConvLayer(32, padding="same"), ConvLayer(32, padding="same")),
        *(GlobalAveragePoolLayer(), DenseLayer(10, "softmax")),
    ),
)
# Each is most of all something else: multiply-adds of convolutions, of dense layers, numbers passed
# on, layers. Two batch sizes tell apart what an image costs and what a batch does.
PROBES = (
    (CONVOLUTIONS, (20, 128)),
    (
        NetworkSpec((28, 28, 1), (FlattenLayer(), DenseLayer(768), DenseLayer(10, "softmax"))),
        (20, 256),
    ),
    (
        NetworkSpec(
            (28, 28, 1),
            (ConvLayer(16), PoolLayer(), DropoutLayer(), FlattenLayer(), DenseLayer(10, "softmax")),
        ),
        (20, 128),
    ),
    (
        NetworkSpec(
            (8, 8, 1),
            (
                *[ConvLayer(2, padding="same")] * 4,
                *(DropoutLayer(), FlattenLayer(), DenseLayer(4), DenseLayer(10, "softmax")),
            ),
        ),
        (20,),
    ),
)


@dataclass
class _Measured:
    work: list[np.ndarray] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    build: list[float] = field(default_factory=list)


def measure(turn: Callable[[], contextlib.AbstractContextManager]) -> Speed:
    """Measure this process. Each piece, half a second at most, is done within `turn()`, so that a
    run that comes meanwhile need not wait for all of them. Keras must have been warmed up."""
    measured = _Measured()
    for network, batches in PROBES:
        with turn():
            _measure(network, batches, "float32", measured)
    layer, conv, dense, cell, parameter = fitted_prices(measured.work, measured.seconds)
    with turn():
        sixteen = _Measured()
        _measure(CONVOLUTIONS, (128,), "bfloat16", sixteen)
        images = _image_prices()
        save, epoch = _saving_prices()
    counts = sixteen.work[0]
    others = counts @ [layer, 0.0, dense, cell, parameter]
    # Where numbers of 16 bits are no quicker, what is left for the convolutions tells as well.
    conv_16 = max(sixteen.seconds[0] - others, 0.1 * conv * counts[1]) / counts[1]
    build = float(np.mean(measured.build))
    return Speed(
        *map(float, (layer, conv, conv_16, dense, cell, parameter, build)),
        *images,
        save,
        epoch,
        _memory_bytes(),
    )


def _measure(
    network: NetworkSpec, batches: tuple[int, ...], precision: str, measured: _Measured
) -> None:
    count = max(batches)
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (count, *network.input_shape), dtype=np.uint8)
    labels = (np.arange(count) % 10).astype(np.uint8)
    data = datasets.Dataset(pixels, labels, pixels, labels, tuple("0123456789"))
    training = TrainingSpec(image_count=count, precision=precision)
    began = time.perf_counter()
    trainer = Trainer(RunSpec(network, training), data)
    trainer.step(_batch(data, 1))
    trainer.evaluate()
    measured.build.append((time.perf_counter() - began) / (len(network.layers) + 1))
    for size in batches:
        measured.work.append(step_work(network, size))
        measured.seconds.append(_step_seconds(trainer, _batch(data, size)))


def _batch(data: datasets.Dataset, size: int) -> Batch:
    chosen = np.arange(size)
    return Batch(1, 1, chosen, datasets.scale(data.x_train[:size]), data.y_train[:size])


def _step_seconds(trainer: Trainer, batch: Batch) -> float:
    """The median of some steps; the first two find memory for what follows."""
    times: list[float] = []
    while len(times) < LEAST_STEPS + 2 or sum(times) < SECONDS:
        began = time.perf_counter()
        trainer.step(batch)
        times.append(time.perf_counter() - began)
    return float(np.median(times[2:]))


def _image_prices() -> tuple[float, dict[str, float]]:
    """Seconds for each value of an image: scaled, and varied by each augmentation."""
    pixels = np.zeros((128, 32, 32, 3), np.uint8)
    scaled, rng = datasets.scale(pixels), np.random.default_rng(0)
    shares = np.full((len(pixels), 10), 0.1, np.float32)
    works = {name: lambda name=name: augment(scaled, (name,), rng) for name in AUGMENT}
    works["mixup"] = lambda: mixup(scaled, shares, rng)
    varied = {name: _seconds(work) / pixels.size for name, work in works.items()}
    return _seconds(lambda: datasets.scale(pixels)) / pixels.size, varied


def _saving_prices() -> tuple[float, float]:
    """Seconds for each number of a state written, and for the files of an epoch whatever they hold.

    They are written where temporary files are; the store may be slower or faster.
    """
    state = {"0": np.zeros(250_000, np.float32)}
    with tempfile.TemporaryDirectory() as name:
        folder = Folder(name)
        small = _seconds(lambda: folder.write("small", b"0"))
        large = _seconds(lambda: folder.write("large", state_to_bytes(0, state)))
    return max(0.0, large - small) / state["0"].size, 3 * small


def _seconds(work: Callable[[], object]) -> float:
    times = []
    for _ in range(4):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return float(np.median(times))


def _memory_bytes() -> float:
    """What this process takes now."""
    import psutil

    return float(psutil.Process(os.getpid()).memory_info().rss)
