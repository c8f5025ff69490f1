"""Train the networks the app ships with, in `assets/models`.

    CNN_DATA=FOLDER python -m cnnlib.shipped digits|cifar10

FOLDER holds the full sets (see `cnnlib.datasets`). No test image is trained on, and none chooses
anything: the recipe is fixed and the last epoch's weights are taken. Progress is kept in FOLDER, so
an interrupted training goes on where it was. The finished network is evaluated on the test images
by `cnnlib.network`, as the app will run it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

from cnnlib import datasets, shipped_photos
from cnnlib.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    GlobalAveragePoolLayer,
    Layer,
    PoolLayer,
)
from cnnlib.network import Network
from cnnlib.spec import NetworkSpec, RunSpec, TrainingSpec
from cnnlib.training import EpochEvent, SnapshotEvent, train

MODELS = Path(__file__).resolve().parent.parent / "assets" / "models"


def network_spec(name: str) -> NetworkSpec:
    """Pairs of 3x3 convolutions with batch normalisation, pooling, and an average at the end."""
    known = datasets.info(name)
    widths = {"digits": (16, 32, 64), "cifar10": (32, 64, 128)}[name]
    layers: list[Layer] = []
    for filters in widths:
        for _ in range(2):
            layers.append(ConvLayer(filters, 3, 1, "same", "linear", use_bias=False))
            layers += [BatchNormLayer(), ActivationLayer("relu")]
        layers.append(PoolLayer())
    layers += [GlobalAveragePoolLayer(), DropoutLayer(0.3), DenseLayer(10, "softmax")]
    return NetworkSpec(known.image_shape, tuple(layers))


def run_spec(name: str, image_count: int) -> RunSpec:
    """The recipe. A photo may be mirrored, a digit may not; a digit may be slanted and squeezed."""
    settings = {
        "digits": {"epochs": 20, "batch_size": 64, "augmentation": ("affine", "shift")},
        "cifar10": {
            "epochs": 15,
            "batch_size": 128,
            "augmentation": ("flip", "shift"),
            "precision": "bfloat16",
        },
    }[name]
    training = TrainingSpec(
        dataset=name,
        source="full",
        image_count=image_count,
        learning_rate=0.004,
        schedule="one_cycle",
        **settings,
    )
    return RunSpec(network_spec(name), training)


def train_photos() -> Network:
    """The photo network, from the last finished epoch if there is one."""
    kept = datasets.data_folder() / ".shipped-cifar10.npz"
    network = shipped_photos.train(
        datasets.load("cifar10", full=True),
        datasets.load("digits").x_train,
        _read_state(kept),
        lambda epoch, state: _write_state(kept, epoch, state),
        lambda line: print(line, flush=True),
    )
    kept.unlink(missing_ok=True)
    return network


def train_shipped(name: str) -> Network:
    """Train to the end, from the last finished epoch if there is one, with a line an epoch."""
    if name == "cifar10":
        return train_photos()
    dataset = datasets.load(name, full=True)
    spec = run_spec(name, len(dataset.y_train))
    kept = datasets.data_folder() / f".shipped-{name}.npz"
    weights = None
    for event in train(spec, dataset, resume=_read_state(kept)):
        if isinstance(event, SnapshotEvent):
            weights = event.weights
            _write_state(kept, event.epoch, event.state)
        elif isinstance(event, EpochEvent):
            print(
                f"epoch {event.epoch}/{spec.training.epochs}: loss {event.loss:.4f}, validation "
                f"accuracy {event.validation_accuracy:.4f}, {event.images_per_second:,.0f} "
                f"images/s, {event.seconds:,.0f} s",
                flush=True,
            )
    if weights is None:
        raise SystemExit(f"{kept} is of a finished training; remove it to train again.")
    kept.unlink()
    return Network(spec.network, weights)


def _write_state(path: Path, epoch: int, state: dict[str, np.ndarray]) -> None:
    """Put it there whole, so that an interruption while writing costs no more than an epoch."""
    unfinished = path.with_suffix(".part.npz")
    np.savez(unfinished, epoch=epoch, **state)
    os.replace(unfinished, path)


def _read_state(path: Path) -> tuple[int, dict[str, np.ndarray]] | None:
    if not path.exists():
        return None
    with np.load(path, allow_pickle=False) as file:
        state = dict(file)
    return int(state.pop("epoch")), state


def report(network: Network, name: str) -> str:
    """Accuracy on the test images, overall and by class, as lines of text."""
    dataset = datasets.load(name, full=True)
    answers = network.predict(datasets.scale(dataset.x_test)).argmax(axis=-1)
    right = answers == dataset.y_test
    lines = [f"{right.sum():,} of {len(right):,} test images right: {right.mean():.2%}"]
    for label, title in enumerate(dataset.classes):
        lines.append(f"{title}: {right[dataset.y_test == label].mean():.1%}")
    return "\n".join(lines)


def main(name: str) -> None:
    network = train_shipped(name)
    MODELS.mkdir(parents=True, exist_ok=True)
    network.save(MODELS / f"{name}.npz")
    print(report(network, name))


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in datasets.DATASETS:
        sys.exit(__doc__)
    main(sys.argv[1])
