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

from cnnlib import datasets, shipped_digits, shipped_photos
from cnnlib.network import Network
from cnnlib.spec import NetworkSpec

MODELS = Path(__file__).resolve().parent.parent / "assets" / "models"


def network_spec(name: str) -> NetworkSpec:
    """What the network in `assets/models` for a data set is made of."""
    return (shipped_digits if name == "digits" else shipped_photos).network_spec()


def train_shipped(name: str) -> Network:
    """Train to the end, from the last finished epoch if there is one, with a line an epoch."""
    kept = datasets.data_folder() / f".shipped-{name}.npz"
    dataset = datasets.load(name, full=True)
    progress = (
        _read_state(kept),
        lambda epoch, state: _write_state(kept, epoch, state),
        lambda line: print(line, flush=True),
    )
    if name == "digits":
        network = shipped_digits.train(dataset, *progress)
    else:
        network = shipped_photos.train(dataset, datasets.load("digits").x_train, *progress)
    kept.unlink(missing_ok=True)
    return network


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
