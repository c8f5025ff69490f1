"""Faults made on purpose: runs whose files are damaged, and trainings whose worker is killed at a
random moment. The suite has a few of each, `tests/benchmarks/bench_faults.py` many."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from cnnlib.events import BatchEvent, EpochEvent, RateEvent, StepDetail, Weights
from cnnlib.feed import Event
from cnnlib.jobs import Engine
from cnnlib.network import Network
from cnnlib.records import EpochRecord, RunError
from cnnlib.runs import RunStore
from cnnlib.spec import (
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    NetworkSpec,
    PoolLayer,
    RunSpec,
    TrainingSpec,
)

LAYERS = (ConvLayer(4), PoolLayer(), DropoutLayer(0.2), FlattenLayer(), DenseLayer(10, "softmax"))
SPEC = RunSpec(
    NetworkSpec((28, 28, 1), LAYERS),
    TrainingSpec(image_count=1_200, batch_size=20, epochs=12, seed=5),
)
FILES = (
    *("spec.json", "status.json", "about.json", "control.json", "past.json"),
    *("initial.npz", "resume.npz", "step.npz"),
    *("epochs/0001.json", "epochs/0001.npz", "epochs/0002.json", "epochs/0002.npz"),
)  # of `whole_run`
PATIENCE = 150.0  # seconds
LOOK_SECONDS = 0.05
TOLD = "The training process died"


@dataclass(frozen=True)
class KilledTraining:
    """What became of a training whose worker was killed.

    `where` it was then; `told` are the sentences that a visitor saw after it, in order; `seconds`
    from the kill to the end.
    """

    where: str
    seconds: float
    state: str
    told: tuple[str, ...]
    faults: tuple[str, ...]


def wait(question: Callable[[], object], look: float = LOOK_SECONDS) -> object:
    """The answer to `question`, as soon as it is not false."""
    give_up = time.monotonic() + PATIENCE
    while not (answer := question()):
        if time.monotonic() > give_up:
            raise TimeoutError("waited too long")
        time.sleep(look)
    return answer


def training_processes() -> list[psutil.Process]:
    """The processes that train: grandchildren of this one."""
    return [
        process
        for child in psutil.Process().children()
        if "cnnlib.cluster" in child.cmdline()
        for process in child.children()
        if "--multiprocessing-fork" in process.cmdline()
    ]


def wait_until_idle(engine: Engine) -> None:
    """Until a worker is warm, and has measured itself, so that it begins with a run at once."""
    wait(lambda: engine.is_warm and engine.forecast(SPEC) and training_processes())


def undisturbed(engine: Engine) -> str:
    """A training that nobody kills."""
    wait_until_idle(engine)
    run_id = engine.submit(SPEC)
    wait(lambda: not engine.status(run_id).is_active)
    return run_id


def killed_training(engine: Engine, moment: tuple[float, float], whole: str) -> KilledTraining:
    """Train, kill the worker, and hold the run to `whole`, one left in peace.

    `moment` is a share of the training, and seconds after it was seen to be done.
    """
    share, seconds = moment
    wait_until_idle(engine)
    run_id = engine.submit(SPEC)
    wait(lambda: engine.status(run_id).progress >= share, look=0.005)
    time.sleep(seconds)
    status = engine.status(run_id)
    where = f"{status.state}, epoch {status.epoch}, {status.progress:.0%}"
    for process in training_processes():
        process.kill()
    engine._dispatcher.speed = None  # the next one measures itself, too
    killed_at = time.monotonic()
    told: list[str] = []

    def is_over() -> bool:
        status = engine.status(run_id)
        if status.message and status.message not in told:
            told.append(status.message)
        return not status.is_active

    wait(is_over)
    return KilledTraining(
        where,
        time.monotonic() - killed_at,
        engine.status(run_id).state,
        tuple(told),
        tuple(faults_of(engine, run_id, whole)),
    )


def faults_of(engine: Engine, run_id: str, whole: str) -> Iterator[str]:
    """What is wrong with a run that should be as `whole` is, in a sentence each."""
    store, epochs = engine.store, SPEC.training.epochs
    events = engine.events(run_id)
    if [e.epoch for e in events if isinstance(e, EpochEvent)] != list(range(1, epochs + 1)):
        yield "an epoch is missing from its curve"
    if store.epochs(run_id) != tuple(range(epochs + 1)):
        yield "the weights of an epoch are missing"
    places = list(map(_place, events))
    if any(before >= after for before, after in itertools.pairwise(places)):
        yield "its batches are not in order"
    seconds = [event.seconds for event in events]
    if seconds != sorted(seconds):
        yield "its time does not go on"
    curves = [
        [(e.loss, e.accuracy, e.validation_loss) for e in store.history(x).epochs]
        for x in (run_id, whole)
    ]
    if curves[0] != curves[1]:
        yield "its curve is not the one of an undisturbed run"
    pairs = zip(store.network(run_id).weights, store.network(whole).weights, strict=True)
    if not all(np.array_equal(mine[name], theirs[name]) for mine, theirs in pairs for name in mine):
        yield "its weights are not those of an undisturbed run"


def whole_run(store: RunStore, spec: RunSpec = SPEC, epochs: int = 2) -> str:
    """A run, done, with a file of every kind; its kernels hold the number of their epoch."""
    first = Network(spec.network, _weights(spec.network, 0.5))
    run_id = store.create(spec, first, "Mine, epoch 3")
    store.save_past(run_id, {0: EpochRecord()})
    for epoch in range(epochs + 1):
        save_epoch(store, run_id, epoch)
    store.save_step(run_id, _step_detail(spec.network))
    store.steer(run_id, learning_rate=0.01, steps=3)
    store.rename(run_id, "Tried")
    store.update(run_id, state="done", message="As planned.")
    return run_id


def save_epoch(store: RunStore, run_id: str, epoch: int) -> None:
    """Keep one epoch more of a run of `whole_run`."""
    record = EpochRecord()
    if epoch:
        batch = BatchEvent(epoch, 9, 9, 1.5 / epoch, 0.5, 1234.5, epoch - 0.125)
        change = RateEvent(epoch, 2, 0.01, epoch - 0.5)
        means = (1.25 / epoch, 0.625, 1.5 / epoch, 0.5)
        end = EpochEvent(epoch, *means, 1111.0, float(epoch), (0.5,) * 10)
        record = EpochRecord((batch,), end, changes=(change,))
    weights = _weights(store.spec(run_id).network, float(epoch))
    store.save_epoch(run_id, epoch, weights, record, {"0": np.full(20, epoch, np.float32)})


def _weights(network: NetworkSpec, value: float) -> Weights:
    return tuple(
        {
            name: np.full(shape, value, np.float32)
            for name, shape in step.layer.weight_shapes(step.input_shape).items()
        }
        for step in network.steps()
    )


def _step_detail(network: NetworkSpec) -> StepDetail:
    layers, images = len(network.layers), 4
    kernel = np.linspace(-1, 1, 9, dtype=np.float32).reshape(3, 3, 1)
    return StepDetail(
        epoch=2,
        batch=9,
        indices=np.arange(images),
        labels=np.arange(images) % 10,
        probabilities=np.full((images, 10), 0.1, np.float32),
        loss=2.25,
        learning_rate=0.01,
        gradient_norms=np.ones(layers),
        weight_norms=np.ones(layers),
        layer=0,
        filter=1,
        before=kernel,
        gradient=kernel / 2,
        after=kernel / 4,
    )


def readings(store: RunStore, run_id: str) -> dict[str, object]:
    """All that pages and workers read of a run, by name: values, or what was said in their place.

    The last of them drops epochs for which there is no state to go on from.
    """
    asks: dict[str, Callable[[str], object]] = {
        "spec": store.spec,
        "record": store.record,
        "status": store.status,
        "history": store.history,
        "epochs": store.epochs,
        "about": store.about,
        "control": store.control,
        "past": store.past,
        "summary": store.summary,
        "step": store.step_detail,
        "initial": store.initial_weights,
        **{f"network {n}": lambda run_id, n=n: store.network(run_id, n).weights for n in range(3)},
        "resume": store.resume_point,
    }
    found: dict[str, object] = {}
    for name, ask in asks.items():
        try:
            found[name] = _plain(ask(run_id))
        except RunError as error:
            found[name] = error
    return found


def _plain(value: object) -> object:
    """Arrays as bytes, so that two values can be compared."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, StepDetail):
        return _plain(vars(value))
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value


def damaged_readings(
    store: RunStore, run_id: str, name: str, flips: int
) -> tuple[int, int, list[str]]:
    """Read a run with one of its files damaged in many ways, one after the other.

    How many those were, how many of them were told of, and what was read as something else than it
    is. A state that cannot be used may be none: the run then begins anew.
    """
    path, before = Path(store.root, run_id, name), readings(RunStore(store.root), run_id)
    whole, told, count = path.read_bytes(), 0, 0
    epochs = {file: file.read_bytes() for file in Path(store.root, run_id).glob("epochs/*.json")}
    misread: list[str] = []
    for data in damages(whole, flips):
        count += 1
        path.write_bytes(data)
        found = readings(RunStore(store.root), run_id)
        told += found != before
        misread += [
            f"{what} of {name}"
            for what, value in found.items()
            if not isinstance(value, RunError) and value not in (before[what], None)
        ]
        for file, content in epochs.items():  # those that were dropped
            file.write_bytes(content)
        path.write_bytes(whole)
    return count, told, misread


def damages(whole: bytes, flips: int, seed: int = 0) -> Iterator[bytes]:
    """A file's bytes cut off at several places, and with a single bit turned at each of `flips`."""
    for length in (0, 1, len(whole) // 3, len(whole) // 2, len(whole) - 1):
        yield whole[:length]
    rng = np.random.default_rng(seed)
    for place in rng.choice(len(whole), min(flips, len(whole)), replace=False):
        changed = bytearray(whole)
        changed[place] ^= 1 << int(rng.integers(8))
        yield bytes(changed)


def _place(event: Event) -> tuple[int, float]:
    return event.epoch, event.batch if isinstance(event, BatchEvent) else np.inf
