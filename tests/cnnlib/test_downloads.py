"""What is fetched, and how far it is. The way from there to a file is tested with the data sets."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from cnnlib import downloads
from cnnlib.datasets import DATASETS
from cnnlib.downloads import DownloadError, download


def ignore(done, total):
    pass


def part(count, image_shape):
    """Images and labels as `keras.datasets` gives them, labels as a column of 64-bit numbers."""
    return np.zeros((count, *image_shape), np.uint8), np.arange(count)[:, None] % 10


@pytest.mark.parametrize(("name", "module"), [("digits", "mnist"), ("cifar10", "cifar10")])
def test_each_set_comes_from_its_keras_module_with_labels_in_a_row(
    keras, monkeypatch, name, module
):
    train, test = part(30, (28, 28)), part(10, (28, 28))
    monkeypatch.setattr(getattr(keras.datasets, module), "load_data", lambda: (train, test))
    arrays = download(DATASETS[name], ignore)
    assert sorted(arrays) == ["x_test", "x_train", "y_test", "y_train"]
    np.testing.assert_array_equal(arrays["x_train"], train[0])
    assert arrays["y_train"].tolist() == list(range(10)) * 3
    assert arrays["y_test"].dtype == np.uint8


@pytest.mark.parametrize(
    "error",
    [Exception("URL fetch failure on it: 404"), OSError(28, "No space left"), ValueError("hash")],
)
def test_whatever_keras_raises_comes_out_as_one_error_that_says_why(keras, monkeypatch, error):
    def load_data():
        raise error

    monkeypatch.setattr(keras.datasets.mnist, "load_data", load_data)
    with pytest.raises(DownloadError) as refusal:
        download(DATASETS["digits"], ignore)
    assert str(refusal.value) == str(error)


def test_progress_is_the_growth_of_the_file_that_keras_writes(keras, tmp_path, monkeypatch, capsys):
    known, cache = DATASETS["digits"], tmp_path / "datasets"
    cache.mkdir()
    (cache / "of_before.npz").write_bytes(b"x" * 5_000)
    (cache / "a_folder").mkdir()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(downloads, "LOOK_EVERY_SECONDS", 0.002)
    seen: list[tuple[int, int]] = []
    looked = threading.Condition()

    def on_progress(done, total):
        with looked:
            seen.append((done, total))
            looked.notify_all()

    def load_data():
        print("a progress bar")
        for size in (0, 1_000, 4_000_000, 99_000_000):
            with open(cache / "mnist.npz", "wb") as file:
                file.truncate(size)
            expected = min(size, known.download_bytes), known.download_bytes
            with looked:
                assert looked.wait_for(lambda e=expected: seen and seen[-1] == e, timeout=20)
        return part(3, (28, 28)), part(1, (28, 28))

    monkeypatch.setattr(keras.datasets.mnist, "load_data", load_data)
    threads = threading.active_count()
    download(known, on_progress)
    done = [done for done, _ in seen]
    assert done == sorted(done)
    assert done[-1] == 11_490_434
    assert capsys.readouterr().out == ""
    assert threading.active_count() == threads


def test_a_file_that_shrinks_or_goes_counts_as_nothing_fetched(tmp_path, monkeypatch):
    file = tmp_path / "datasets" / "mnist.npz"
    file.parent.mkdir()
    file.write_bytes(b"a broken download of yesterday")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(downloads, "LOOK_EVERY_SECONDS", 0.002)
    reported = threading.Event()
    seen = []

    def on_progress(done, total):
        seen.append(done)
        reported.set()

    with downloads._watched(DATASETS["digits"], on_progress):
        file.unlink()
        reported.clear()
        assert reported.wait(20)
    assert set(seen) == {0}


def test_a_file_that_goes_while_it_is_looked_at_does_no_harm(tmp_path, monkeypatch):
    (tmp_path / "stays").write_bytes(b"12345")
    gone = tmp_path / "goes"
    gone.symlink_to(tmp_path / "nowhere")
    monkeypatch.setattr(type(gone), "is_file", lambda self: True)
    assert downloads._bytes_in(tmp_path) == 5


def test_without_a_folder_nothing_is_there_yet(tmp_path):
    assert downloads._bytes_in(tmp_path / "none") == 0
