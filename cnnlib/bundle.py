"""Cut the bundled samples in `assets/datasets` from the canonical arrays.

    python -m cnnlib.bundle FOLDER

FOLDER holds cifar10.npz (x_train, y_train, x_test, y_test: the canonical set in its order) and
digits.npz (x, y: ten thousand MNIST digits). The first 500 training and 100 test images of every
CIFAR-10 class are taken, as they come. Running it again writes the same bytes.

A CIFAR-10 class becomes a tall strip of images, one below the other: lossless WebP makes such a
strip half the size of a compressed `.npz`, and anybody can look at it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from cnnlib.datasets import DATASETS, SAMPLES

PER_CLASS = {"train": 500, "test": 100}


def cut_cifar10(source: Path, target: Path) -> None:
    """Write one strip a class and split."""
    target.mkdir(parents=True, exist_ok=True)
    with np.load(source, allow_pickle=False) as arrays:
        for split, count in PER_CLASS.items():
            images, labels = arrays[f"x_{split}"], arrays[f"y_{split}"]
            for label, name in enumerate(DATASETS["cifar10"].classes):
                strip = images[labels == label][:count].reshape(-1, 32, 3)
                path = target / f"{split}_{name}.webp"
                Image.fromarray(strip).save(path, lossless=True, quality=100, method=6)


def cut_digits(source: Path, target: Path) -> None:
    """Write all ten thousand digits, in the order of the source."""
    with np.load(source, allow_pickle=False) as arrays:
        np.savez_compressed(target, x=arrays["x"], y=arrays["y"])


def main(folder: Path) -> None:
    cut_cifar10(folder / "cifar10.npz", SAMPLES / "cifar10")
    cut_digits(folder / "digits.npz", SAMPLES / "digits.npz")
    size = sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file())
    print(f"{SAMPLES}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]).expanduser())
