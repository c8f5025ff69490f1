"""Fetching the full data sets through `keras.datasets`, with progress. Runs in a worker."""

from __future__ import annotations

import contextlib
import io
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cnnlib.dataset_table import DatasetInfo

LOOK_EVERY_SECONDS = 0.25


class DownloadError(OSError):
    """The network, or whoever is at its other end, did not give what was asked for."""


def download(known: DatasetInfo, on_progress: Callable[[int, int], None]) -> dict[str, np.ndarray]:
    """The arrays of the full set, as `keras.datasets` gives them, labels flattened to (count,).

    Raises DownloadError with what went wrong, in the words of Keras.
    """
    from cnnlib.keras_model import import_keras

    keras = import_keras()
    module = keras.datasets.mnist if known.name == "digits" else keras.datasets.cifar10
    try:
        # Keras draws its own progress bar on standard output, which nobody reads in a worker.
        with contextlib.redirect_stdout(io.StringIO()), _watched(known, on_progress):
            (x_train, y_train), (x_test, y_test) = module.load_data()
    except Exception as error:  # keras wraps whatever the network raised in a bare Exception
        raise DownloadError(str(error)[:160]) from None
    return {
        "x_train": x_train,
        "y_train": y_train.reshape(-1).astype(np.uint8),
        "x_test": x_test,
        "y_test": y_test.reshape(-1).astype(np.uint8),
    }


@contextlib.contextmanager
def _watched(known: DatasetInfo, on_progress: Callable[[int, int], None]):
    """Report the growing file's size while Keras downloads it: Keras itself offers no callback."""
    home = os.environ.get("KERAS_HOME") or "~/.keras"  # where Keras itself looks
    folder = Path(home).expanduser() / "datasets"
    before = _bytes_in(folder)
    finished = threading.Event()

    def watch() -> None:
        while not finished.wait(LOOK_EVERY_SECONDS):
            done = min(_bytes_in(folder) - before, known.download_bytes)
            on_progress(max(done, 0), known.download_bytes)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        finished.set()
        watcher.join()


def _bytes_in(folder: Path) -> int:
    total = 0
    for path in folder.glob("*"):
        with contextlib.suppress(FileNotFoundError):  # Keras removes a file that broke off
            total += path.stat().st_size if path.is_file() else 0
    return total
