from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import math
import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlib.events import BatchEvent, EpochEvent, RateEvent
from cnnlib.records import (
    EpochRecord,
    Record,
    RunError,
    event_from_dict,
    event_to_dict,
    from_bytes,
    state_from_bytes,
    state_to_bytes,
    to_bytes,
)

BATCH = BatchEvent(1, 2, 3, 0.5, 0.25, 1000.0, 1.5)
EPOCH = EpochEvent(1, 0.5, 0.25, 0.6, 0.2, 1000.0, 2.0)


@pytest.mark.parametrize(
    "value",
    [
        Record("running", "Ünder way.", 2, 1),
        EpochRecord(),
        EpochRecord((BATCH, BATCH), EPOCH),
        EpochRecord((dataclasses.replace(BATCH, memory_bytes=7e8, reading_seconds=0.25),)),
        EpochRecord((BATCH,), partial=True),
        EpochRecord((BATCH,), EPOCH, changes=(RateEvent(1, 2, 0.01, 0.5),)),
        EpochRecord((), dataclasses.replace(EPOCH, class_accuracy=(0.5, 1.0))),
    ],
)
def test_records_read_back_equal(value):
    assert from_bytes(type(value), to_bytes(value)) == value


def test_what_was_written_before_a_field_was_there_is_read():
    data = json.loads(to_bytes(EpochRecord((BATCH,), EPOCH)))
    del data["changes"], data["epoch"]["class_accuracy"]
    del data["batches"][0]["memory_bytes"], data["batches"][0]["reading_seconds"]
    assert from_bytes(EpochRecord, json.dumps(data).encode()) == EpochRecord((BATCH,), EPOCH)


def test_a_loss_that_is_no_number_reads_back_as_what_it_was():
    event = BatchEvent(1, 1, 1, math.nan, math.inf, -math.inf, 0.0)
    back = event_from_dict(BatchEvent, event_to_dict(event))
    assert math.isnan(back.loss)
    assert (back.accuracy, back.images_per_second) == (math.inf, -math.inf)


def test_events_travel_as_plain_numbers():
    event = BatchEvent(1, 1, 1, np.float64(0.5), 0.5, np.float64("nan"), 0.0)
    values = event_to_dict(event)
    assert {type(value) for value in values.values()} == {int, float, str}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"state": "running", "message": "", "attempt": 1}',
        b'{"state": "ready", "message": "", "attempt": 1, "starts": 0}',
        b'{"state": "running", "message": "", "attempt": true, "starts": 0}',
        b'{"state": "running", "message": "", "attempt": -1, "starts": 0}',
        b'{"state": "running", "message": "", "attempt": NaN, "starts": 0}',
        b'{"state": "running", "message": 5, "attempt": 1, "starts": 0}',
        b'{"state": "running", "message": "", "attempt": 1, "starts": 0, "more": 1}',
    ],
)
def test_a_damaged_record_is_refused_with_a_sentence(data):
    with pytest.raises(RunError, match="damaged"):
        from_bytes(Record, data)


@pytest.mark.parametrize(
    "change",
    [{"loss": "big"}, {"loss": True}, {"loss": None}, {"loss": 10**400}, {"epoch": 1.5}],
)
def test_a_damaged_event_is_refused_with_a_sentence(change):
    data = json.dumps({"batches": [event_to_dict(BATCH) | change], "epoch": None, "partial": False})
    with pytest.raises(RunError, match="damaged"):
        from_bytes(EpochRecord, data.encode())
    with pytest.raises(RunError, match="damaged"):
        event_from_dict(BatchEvent, event_to_dict(BATCH) | change)


def test_training_state_reads_back_equal():
    state = {"0": np.arange(6, dtype=np.float32).reshape(2, 3), "1": np.array(7, np.int64)}
    epoch, back = state_from_bytes(state_to_bytes(3, state))
    assert epoch == 3
    assert back.keys() == state.keys()
    for name, array in state.items():
        np.testing.assert_array_equal(back[name], array)
        assert back[name].dtype == array.dtype


WHOLE = state_to_bytes(1, {"0": np.arange(100, dtype=np.float32)})


@given(st.integers(0, len(WHOLE) - 1))
def test_a_truncated_state_is_never_read_as_whole(length):
    with pytest.raises(RunError):
        state_from_bytes(WHOLE[:length])


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_a_state_with_a_changed_byte_raises_nothing_but_run_error(place, change):
    data = bytearray(WHOLE)
    data[place] ^= change
    with contextlib.suppress(RunError):
        state_from_bytes(bytes(data))


def test_a_state_with_a_pickle_in_it_is_refused():
    buffer = io.BytesIO()
    np.savez(buffer, epoch=np.array([pickle.dumps], dtype=object), allow_pickle=True)
    with pytest.raises(RunError, match="damaged"):
        state_from_bytes(buffer.getvalue())


def test_a_state_that_would_unpack_to_gigabytes_is_refused_before_it_does():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("epoch.npy", bytes(500_000_000))
    assert len(buffer.getvalue()) < 1_000_000
    with pytest.raises(RunError, match="larger than any can be"):
        state_from_bytes(buffer.getvalue())
