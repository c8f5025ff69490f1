"""How much sooner the preset "fast" reaches 80 % and 85 % on CIFAR-10 than the article's recipes.

    CNN_DATA=FOLDER python tests/benchmarks/bench_recipe.py [--again] [--epochs COUNT]

FOLDER holds the full `cifar10.npz` (see `cnnlib.datasets`). Three trainings on the full training
set, in one process, one after the other: the preset "fast", as it is; the article's basic model,
until it has 80 % of the 10,000 test images right; its improved model with mirrored and shifted
images, until it has 85 %. The article's two train as its text has it: Adam with its usual rate,
batches of 128, 32-bit numbers. After each epoch the network is tested by `cnnlib.network`. Counted
is the time of the training steps and of making their batches; neither building nor testing is.

It takes an hour or more, so each epoch is kept in FOLDER: started again, it goes on where it was;
`--again` begins anew, `--epochs` ends after as many more epochs, so that each can be given a quiet
machine. Beside the wall-clock stands the processor time, which other work on the
machine does not change much.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from cnnlib import datasets
from cnnlib.events import EpochEvent, SnapshotEvent
from cnnlib.network import Network
from cnnlib.presets import PRESETS
from cnnlib.records import state_from_bytes, state_to_bytes
from cnnlib.spec import RunSpec, TrainingSpec
from cnnlib.training import Order, train

WANTED = 10.0
MOST_EPOCHS = 80
ARTICLE = TrainingSpec(
    dataset="cifar10",
    source="full",
    image_count=50_000,
    validation_share=0.05,
    batch_size=128,
    epochs=MOST_EPOCHS,
)


@dataclass(frozen=True)
class Epoch:
    """What was reached after an epoch: of all epochs so far, wall-clock and processor seconds."""

    number: int
    accuracy: float
    seconds: float
    processor_seconds: float


def recipe(name: str) -> RunSpec:
    preset = PRESETS[name]
    if name != "fast":
        settings = {"augmentation": preset.augmentation}
    else:
        settings = {"augmentation": preset.augmentation} | dict(preset.training)
    values = ARTICLE.to_dict() | settings
    return RunSpec(preset.network, TrainingSpec.from_dict(values))


class Kept:
    """A training's epochs so far and its last state, in a folder."""

    def __init__(self, folder: Path, name: str, spec: RunSpec, *, again: bool):
        self.path, self.spec = folder / f".recipe-{name}.json", spec
        self.epochs: list[Epoch] = []
        if again:
            self.forget()
        if self.path.exists():
            kept = json.loads(self.path.read_text())
            if kept["spec"] != spec.to_dict():
                sys.exit(f"{self.path} is of another recipe; begin anew with --again.")
            self.epochs = [Epoch(**epoch) for epoch in kept["epochs"]]

    def resume(self):
        if not self.epochs:
            return None
        return state_from_bytes(self._state(len(self.epochs)).read_bytes())

    def add(self, epoch: Epoch, state: dict[str, np.ndarray]) -> None:
        self._state(epoch.number).write_bytes(state_to_bytes(epoch.number, state))
        self.epochs.append(epoch)
        epochs = [vars(epoch) for epoch in self.epochs]
        self.path.write_text(json.dumps({"spec": self.spec.to_dict(), "epochs": epochs}))
        if epoch.number > 1:
            self._state(epoch.number - 1).unlink(missing_ok=True)

    def forget(self) -> None:
        for path in self.path.parent.glob(f"{self.path.stem}*"):
            path.unlink()

    def _state(self, number: int) -> Path:
        return self.path.with_suffix(f".{number}.npz")


def trained(
    name: str,
    kept: Kept,
    data: datasets.Dataset,
    is_enough: Callable[[float], bool],
    most: int = MOST_EPOCHS,
) -> bool:
    """Train on, `most` epochs further at most, until the test accuracy is enough or the recipe
    ends; with a line an epoch. Is the training at its end?"""
    spec, images = kept.spec, datasets.scale(data.x_test)

    def ended() -> bool:
        last = kept.epochs[-1] if kept.epochs else None
        return bool(last) and (is_enough(last.accuracy) or last.number == spec.training.epochs)

    for epoch in kept.epochs:
        tell(name, epoch, " (kept)")
    if ended():
        return True
    end = len(kept.epochs) + most
    before = kept.epochs[-1] if kept.epochs else Epoch(0, 0.0, 0.0, 0.0)
    busy, asked, snapshot = 0.0, None, None

    def ask(validating: bool) -> Order:
        # From the first batch's order to the validation's: the training steps of an epoch.
        nonlocal busy, asked
        now = time.process_time()
        if asked is not None:
            busy += now - asked
        asked = None if validating else now
        return Order()

    for event in train(spec, data, ask=ask, resume=kept.resume()):
        if isinstance(event, SnapshotEvent):
            snapshot = event
        elif isinstance(event, EpochEvent):
            answers = Network(spec.network, snapshot.weights).predict(images).argmax(axis=1)
            trained_images = len(data.y_train) - datasets.held_back_count(
                spec.training.image_count, spec.training.validation_share
            )
            before = Epoch(
                event.epoch,
                float(np.mean(answers == data.y_test)),
                before.seconds + trained_images / event.images_per_second,
                before.processor_seconds + busy,
            )
            busy = 0.0
            kept.add(before, snapshot.state)
            tell(name, before)
            if ended() or before.number == end:
                break
    return ended()


def tell(name: str, epoch: Epoch, note: str = "") -> None:
    curve = "#" * round(50 * epoch.accuracy)
    print(
        f"{name:9} epoch {epoch.number:3}: {epoch.accuracy:7.2%} {curve:50} "
        f"{epoch.seconds:7.1f} s, {epoch.processor_seconds:7.1f} s of processors{note}",
        flush=True,
    )


def first_with(epochs: list[Epoch], accuracy: float) -> Epoch | None:
    return next((epoch for epoch in epochs if epoch.accuracy >= accuracy), None)


def compare(title: str, accuracy: float, ours: list[Epoch], theirs: list[Epoch]) -> None:
    own, other = first_with(ours, accuracy), first_with(theirs, accuracy)
    if own is None:
        print(f"{accuracy:.0%}: fast never reached it")
        return
    bound = ""
    if other is None:
        other, bound = theirs[-1], "more than "
        print(f"{title} has not reached {accuracy:.0%} after {other.number} epochs")
    wall = other.seconds / own.seconds
    processor = other.processor_seconds / own.processor_seconds
    verdict = "ok" if wall >= WANTED else "MISSED"
    print(
        f"{accuracy:.0%}: fast after {own.seconds:.0f} s, {title} after {bound}"
        f"{other.seconds:.0f} s: {bound}{wall:.1f} times sooner "
        f"({processor:.1f} by processor time; wanted {WANTED:.0f}) {verdict}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--only", choices=("fast", "basic", "improved"))
    parser.add_argument("--epochs", type=int, default=MOST_EPOCHS)
    arguments = parser.parse_args()
    if not datasets.full_is_here("cifar10"):
        sys.exit("the full cifar10.npz is not in the folder that CNN_DATA names.")
    data, folder = datasets.load("cifar10", full=True), datasets.data_folder()
    enough = {"fast": lambda _: False, "basic": lambda x: x >= 0.8, "improved": lambda x: x >= 0.85}
    reached = {}
    for name, is_enough in enough.items():
        if arguments.only in (None, name):
            kept = Kept(folder, name, recipe(name), again=arguments.again)
            if not trained(name, kept, data, is_enough, arguments.epochs):
                sys.exit(f"{name} is not at its end; start again to go on.")
            reached[name] = kept.epochs
    if arguments.only is None:
        compare("the basic model", 0.80, reached["fast"], reached["basic"])
        compare("the improved model", 0.85, reached["fast"], reached["improved"])


if __name__ == "__main__":
    main()
