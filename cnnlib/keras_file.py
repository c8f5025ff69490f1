"""A run's network as a `.keras` file, which a worker makes and leaves in the run's folder.

file = keras_file(store, run_id)
if not file.is_there(): engine.demo(file)  # and ask again a little later
file.read()
"""

from __future__ import annotations

from dataclasses import dataclass

from cnnlib.records import RunError
from cnnlib.run_files import RunFiles
from cnnlib.runs import RunStore

MAX_BYTES = 300_000_000


@dataclass(frozen=True)
class KerasFile:
    """The file of the weights after `epoch`, as they were when `stamp` was their file's time."""

    root: str
    run_id: str
    epoch: int
    stamp: int

    @property
    def name(self) -> str:
        """Its place in the run's folder. Weights that are trained anew make another file."""
        return f"epochs/{self.epoch:04d}-{self.stamp:x}.keras"

    def is_there(self) -> bool:
        return RunFiles(self.root).has(self.run_id, self.name)

    def read(self) -> bytes:
        """The file; RunError if it is not there."""
        return RunFiles(self.root).read(self.run_id, self.name, MAX_BYTES)

    def write(self, data: bytes) -> None:
        RunFiles(self.root).write(self.run_id, self.name, data)


def keras_file(store: RunStore, run_id: str) -> KerasFile:
    """The file of a run's last weights, whether it is there or not; RunError without weights."""
    epoch = max(store.epochs(run_id), default=None)
    if epoch is None:
        raise RunError("this run has kept no weights yet.")
    stamp = RunFiles(store.root).stamp(run_id, f"epochs/{epoch:04d}.npz")
    return KerasFile(store.root, run_id, epoch, stamp[0] if stamp else 0)
