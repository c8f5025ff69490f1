"""Cutting the samples loses nothing, and cutting them again writes the same bytes."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib import bundle, datasets


def photos(rng, count):
    """Plain images with a few odd pixels: all different, and quick to compress."""
    images = np.repeat(rng.integers(0, 256, (count, 1, 1, 3), dtype=np.uint8), 32, axis=1)
    images = np.repeat(images, 32, axis=2)
    images[:, 5, 7:12] = rng.integers(0, 256, (count, 5, 3), dtype=np.uint8)
    return images


@pytest.fixture
def canonical(tmp_path):
    """A folder with small stand-ins for the canonical arrays, classes in random order."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "canonical"
    folder.mkdir()
    arrays = {
        f"{kind}_{split}": values
        for split, count in (("train", 60), ("test", 40))
        for kind, values in (
            ("x", photos(rng, count)),
            ("y", rng.permutation(np.arange(count, dtype=np.uint8) % 10)),
        )
    }
    np.savez(folder / "cifar10.npz", **arrays)
    digits = {
        "x": rng.integers(0, 256, (50, 28, 28), dtype=np.uint8),
        "y": np.arange(50, dtype=np.uint8) % 10,
    }
    np.savez(folder / "digits.npz", **digits)
    return folder, arrays, digits


@pytest.fixture
def samples(tmp_path, monkeypatch):
    folder = tmp_path / "samples"
    folder.mkdir()
    monkeypatch.setattr(bundle, "SAMPLES", folder)
    monkeypatch.setattr(datasets, "SAMPLES", folder)
    monkeypatch.setattr(bundle, "PER_CLASS", {"train": 4, "test": 3})
    return folder


def test_the_first_images_of_each_class_are_kept_to_the_last_bit(canonical, samples, capsys):
    folder, arrays, digits = canonical
    bundle.main(folder)
    dataset = datasets.load("cifar10")
    for split, count in (("train", 4), ("test", 3)):
        images, labels = arrays[f"x_{split}"], arrays[f"y_{split}"]
        expected = np.concatenate([images[labels == label][:count] for label in range(10)])
        np.testing.assert_array_equal(getattr(dataset, f"x_{split}"), expected)
        assert getattr(dataset, f"y_{split}").tolist() == np.repeat(range(10), count).tolist()
    with np.load(samples / "digits.npz", allow_pickle=False) as file:
        np.testing.assert_array_equal(file["x"], digits["x"])
        np.testing.assert_array_equal(file["y"], digits["y"])
    assert len(datasets.load("digits").y_train) == 45
    size = sum(path.stat().st_size for path in samples.rglob("*") if path.is_file())
    assert capsys.readouterr().out == f"{samples}: {size / 1e6:.1f} MB\n"


def test_cutting_again_writes_the_same_bytes(canonical, samples, capsys):
    def content():
        bundle.main(canonical[0])
        return {path.name: path.read_bytes() for path in samples.rglob("*") if path.is_file()}

    first = content()
    assert len(first) == 21
    assert content() == first


def test_the_bundle_holds_what_its_own_counts_say():
    for split, count in zip(("train", "test"), (5_000, 1_000), strict=True):
        assert bundle.PER_CLASS[split] * 10 == count
    assert datasets.info("cifar10").sample_counts == (5_000, 1_000)
    names = {
        f"{split}_{name}.webp"
        for split in bundle.PER_CLASS
        for name in datasets.info("cifar10").classes
    }
    assert {path.name for path in (datasets.SAMPLES / "cifar10").iterdir()} == names
