"""What can be taken home of a run, as bytes: its weights, its story, and the data it learned from.

The weights are an `.npz` file that NumPy reads (`cnnlib.archive` says what is in it), the story is
JSON: how the run was trained and what its curves were. Both together are read back by
`cnnlib.imports`.
"""

from __future__ import annotations

import dataclasses
import io
import json

import numpy as np

from cnnlib.datasets import Dataset
from cnnlib.events import BatchEvent
from cnnlib.records import EpochRecord, event_to_dict
from cnnlib.runs import RunStore

FORMAT = "cnn-made-easy run"
VERSION = 1
MOST_BATCHES = 10_000  # of a whole run in its story


def weights_npz(store: RunStore, run_id: str, epoch: int | None = None) -> bytes:
    """The network after `epoch`, or after the last one, as `Network.save` writes it."""
    buffer = io.BytesIO()
    store.network(run_id, epoch).save(buffer)
    return buffer.getvalue()


def story_json(store: RunStore, run_id: str) -> bytes:
    """How a run was trained and what came of it, without its id, which is a secret."""
    about, records = store.about(run_id), store.epoch_records(run_id)
    most = max(1, MOST_BATCHES // max(1, len(records)))
    story = {
        "format": FORMAT,
        "version": VERSION,
        "name": about.name,
        "began_from": about.began_from,
        "spec": store.spec(run_id).to_dict(),
        "records": {
            str(number): event_to_dict(_thinned(record, most)) for number, record in records.items()
        },
    }
    return json.dumps(story, allow_nan=False).encode()


def _thinned(record: EpochRecord, most: int) -> EpochRecord:
    """The record with at most so many of its batches, evenly spaced, the last among them."""
    count = len(record.batches)
    if count <= most:
        return record
    kept: list[BatchEvent] = [
        record.batches[(number + 1) * count // most - 1] for number in range(most)
    ]
    return dataclasses.replace(record, batches=tuple(kept))


def data_npz(dataset: Dataset) -> bytes:
    """A data set as the exported programs read it: x_train, y_train, x_test, y_test, uint8."""
    buffer = io.BytesIO()
    names = ("x_train", "y_train", "x_test", "y_test")
    np.savez_compressed(buffer, **{name: getattr(dataset, name) for name in names})
    return buffer.getvalue()
