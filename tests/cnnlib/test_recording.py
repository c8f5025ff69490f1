"""One start of one run, with a training that is made up."""

from __future__ import annotations

import errno
import os
from types import SimpleNamespace

import numpy as np
import pytest

from cnnlib import recording
from cnnlib.recording import train_and_record
from cnnlib.runs import RunStore
from cnnlib.spec import DenseLayer, FlattenLayer, NetworkSpec, RunSpec, TrainingSpec
from cnnlib.training import BatchEvent, DoneEvent, EpochEvent, SnapshotEvent

NETWORK = NetworkSpec((28, 28, 1), (FlattenLayer(), DenseLayer(10, "softmax")))
SPEC = RunSpec(NETWORK, TrainingSpec(image_count=40, epochs=3))
BATCHES = 5


class Training:
    """Yields what `train` would, a batch a tenth of a second by a clock of its own."""

    def __init__(self, monkeypatch, *, batches=BATCHES, fail_in=None, before_epoch=None):
        self.batches, self.fail_in, self.before_epoch = batches, fail_in, before_epoch
        self.now = 100.0
        self.resumed = None
        monkeypatch.setattr(recording, "train", self.train)
        monkeypatch.setattr(recording, "time", SimpleNamespace(monotonic=lambda: self.now))

    def train(self, spec, dataset, *, should_stop, resume):
        self.resumed, started = resume, self.now
        first = resume[0] + 1 if resume else 1
        if resume is None:
            yield self.snapshot(0)
        for epoch in range(first, spec.training.epochs + 1):
            if self.before_epoch:
                self.before_epoch(epoch)
            if epoch == self.fail_in:
                raise FloatingPointError("a made-up error")
            for number in range(1, self.batches + 1):
                if should_stop():
                    if number > 1:
                        yield self.snapshot(epoch)
                    yield DoneEvent(epoch - 1, True, self.now - started)
                    return
                self.now += 0.1
                seconds = self.now - started
                yield BatchEvent(epoch, number, self.batches, 1.0, 0.5, 100.0, seconds)
            yield self.snapshot(epoch)
            yield EpochEvent(epoch, 1.0, 0.5, 1.1, 0.4, 100.0, self.now - started)
        yield DoneEvent(spec.training.epochs, False, self.now - started)

    def snapshot(self, epoch):
        kernel = np.full((784, 10), epoch, np.float32)
        weights = ({}, {"kernel": kernel, "bias": np.zeros(10, np.float32)})
        return SnapshotEvent(epoch, weights, {"0": np.array([epoch])})


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path)


def record(store, run_id, attempt=1):
    sent = []
    return train_and_record(store, run_id, attempt, sent.append), sent


def test_a_whole_run_is_kept_and_reported(store, monkeypatch):
    Training(monkeypatch)
    run_id = store.create(SPEC)
    outcome, sent = record(store, run_id)
    assert outcome == ("done", "")
    assert store.status(run_id).state == "done"
    assert store.epochs(run_id) == (0, 1, 2, 3)
    assert [event.epoch for event in store.history(run_id).epochs] == [1, 2, 3]
    assert [m["kind"] for m in sent if m["kind"] != "batch"] == [
        "started",
        *["epoch"] * 3,
        "finished",
    ]


def test_batches_are_thinned_to_a_few_a_second_but_the_last_of_an_epoch_is_kept(store, monkeypatch):
    Training(monkeypatch, batches=100)
    run_id = store.create(SPEC)
    _, sent = record(store, run_id)
    # Thirty seconds at four a second at most.
    live = [message["event"]["seconds"] for message in sent if message["kind"] == "batch"]
    assert 90 <= len(live) <= 120
    assert np.diff(live).min() >= 0.25
    kept = store.history(run_id).batches
    assert 90 <= len(kept) <= 125
    assert [batch.epoch for batch in kept if batch.batch == 100] == [1, 2, 3]


def test_the_history_of_a_very_long_epoch_stays_small(store, monkeypatch):
    Training(monkeypatch, batches=20_000)
    run_id = store.create(SPEC)
    record(store, run_id)
    kept = store.history(run_id).batches
    assert 600 <= len(kept) <= 3 * (recording.MOST_BATCHES + 1)
    assert [(batch.epoch, batch.batch) for batch in kept] == sorted(
        {(batch.epoch, batch.batch) for batch in kept}
    )


def test_a_stop_before_the_first_batch_leaves_the_initial_weights(store, monkeypatch):
    Training(monkeypatch)
    run_id = store.create(SPEC)
    store.ask_to_stop(run_id)
    assert record(store, run_id)[0] == ("stopped", "Stopped before it had learned anything.")
    assert store.epochs(run_id) == (0,)

    store.clear_stop(run_id)
    attempt = store.update(run_id, state="queued", attempt=2, starts=0).attempt
    training = Training(monkeypatch)
    outcome, _ = record(store, run_id, attempt)
    assert outcome == ("done", "")
    assert training.resumed[0] == 0
    assert store.epochs(run_id) == (0, 1, 2, 3)


def test_time_goes_on_where_the_history_ends(store, monkeypatch):
    Training(monkeypatch, fail_in=3)
    run_id = store.create(SPEC)
    assert record(store, run_id)[0][0] == "failed"
    before = store.history(run_id).epochs[-1].seconds
    store.update(run_id, state="queued", attempt=2, starts=0)
    Training(monkeypatch)
    outcome, sent = record(store, run_id, 2)
    assert outcome == ("done", "Resumed from the end of epoch 2.")
    assert sent[0]["epoch"] == 2
    seconds = [epoch.seconds for epoch in store.history(run_id).epochs]
    assert seconds == sorted(seconds)
    assert seconds[-1] == pytest.approx(before + 0.1 * BATCHES)


def test_an_error_is_a_sentence_and_what_was_learned_stays(store, monkeypatch):
    Training(monkeypatch, fail_in=2)
    run_id = store.create(SPEC)
    (state, message), _ = record(store, run_id)
    assert state == "failed"
    assert "FloatingPointError: a made-up error" in message
    assert store.status(run_id).message == message
    assert store.epochs(run_id) == (0, 1)


def test_a_full_disk_in_the_middle_is_a_sentence(store, monkeypatch):
    def fail(*args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fill(epoch):
        if epoch == 2:
            monkeypatch.setattr(os, "fsync", fail)

    Training(monkeypatch, before_epoch=fill)
    run_id = store.create(SPEC)
    (state, message), _ = record(store, run_id)
    assert state == "failed"
    assert "the disk is full" in message
    assert store.epochs(run_id) == (0, 1)


def test_a_run_that_kills_its_worker_three_times_is_given_up(store, monkeypatch):
    def die(epoch):
        raise SystemExit

    run_id = store.create(SPEC)
    for _ in range(3):
        Training(monkeypatch, before_epoch=die)
        with pytest.raises(SystemExit):
            record(store, run_id)
        assert store.status(run_id).state == "running"
    (state, message), _ = record(store, run_id)
    assert state == "failed"
    assert "killed 3 times" in message


def test_after_a_death_the_visitor_is_told(store, monkeypatch):
    def die(epoch):
        if epoch == 3:
            raise SystemExit

    run_id = store.create(SPEC)
    Training(monkeypatch, before_epoch=die)
    with pytest.raises(SystemExit):
        record(store, run_id)
    training = Training(monkeypatch)
    outcome, _ = record(store, run_id)
    sentence = (
        "The training process died and was started again; the run went on from the end of epoch 2."
    )
    assert outcome == ("done", sentence)
    assert training.resumed[0] == 2


def test_an_older_attempt_leaves_the_run_alone(store, monkeypatch):
    Training(monkeypatch)
    run_id = store.create(SPEC)
    store.update(run_id, attempt=2)
    record(store, run_id, attempt=1)
    assert store.epochs(run_id) == ()
    assert store.record(run_id).state == "queued"


def test_a_run_that_has_ended_is_not_trained_again(store, monkeypatch):
    Training(monkeypatch)
    run_id = store.create(SPEC)
    store.update(run_id, state="stopped", message="Stopped.")
    assert record(store, run_id)[0] == ("stopped", "Stopped.")
    assert store.epochs(run_id) == ()


def test_a_damaged_spec_is_a_sentence(store, monkeypatch):
    Training(monkeypatch)
    run_id = store.create(SPEC)
    with open(os.path.join(store.root, run_id, "spec.json"), "wb") as file:
        file.write(b"{")
    (state, message), _ = record(RunStore(store.root), run_id)
    assert state == "failed"
    assert "damaged" in message
