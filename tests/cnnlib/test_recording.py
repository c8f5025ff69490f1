"""One start of one run, with a training that is made up."""

from __future__ import annotations

import dataclasses
import errno
import os
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from cnnlib import pacing, recording, watch
from cnnlib.events import (
    BatchEvent,
    DoneEvent,
    EpochEvent,
    RateEvent,
    SnapshotEvent,
    StepDetail,
)
from cnnlib.network import Network
from cnnlib.recording import train_and_record
from cnnlib.runs import RunStore
from cnnlib.spec import DenseLayer, FlattenLayer, NetworkSpec, RunSpec, TrainingSpec

NETWORK = NetworkSpec((28, 28, 1), (FlattenLayer(), DenseLayer(10, "softmax")))
SPEC = RunSpec(NETWORK, TrainingSpec(image_count=40, epochs=3))
BATCHES = 5


class Training:
    """Yields what `train` would, a batch a tenth of a second by a clock of its own."""

    def __init__(
        self, monkeypatch, *, batches=BATCHES, fail_in=None, before_epoch=None, seconds=0.1
    ):
        self.batches, self.fail_in, self.before_epoch = batches, fail_in, before_epoch
        self.batch_seconds = seconds
        self.now = 100.0
        self.resumed = None
        monkeypatch.setattr(recording, "train", self.train)
        monkeypatch.setattr(pacing, "time", SimpleNamespace(monotonic=lambda: self.now))

    def train(self, spec, dataset, *, ask, resume, initial, learning_rate):
        self.resumed, started = resume, self.now
        self.initial, self.learning_rate = initial, learning_rate
        first = resume[0] + 1 if resume else 1
        done = int(resume[1]["position"][0]) if resume else 0
        if resume is None:
            yield self.snapshot(0)
        for epoch in range(first, spec.training.epochs + 1):
            if self.before_epoch:
                self.before_epoch(epoch)
            if epoch == self.fail_in:
                raise FloatingPointError("a made-up error")
            for number in range(done + 1, self.batches + 1):
                order = ask(False)
                if order.ending:
                    if number > 1:
                        yield self.snapshot(epoch, number - 1)
                    yield DoneEvent(epoch - 1, order.ending, self.now - started)
                    return
                if order.snapshot and number > 1:
                    yield self.snapshot(epoch, number - 1)
                rate = order.learning_rate or 0.001
                if rate != (self.learning_rate or 0.001):
                    self.learning_rate = rate
                    yield RateEvent(epoch, number, rate, self.now - started)
                self.now += self.batch_seconds
                if order.kernel is not None:
                    yield step_detail(epoch, number, *order.kernel)
                seconds = self.now - started
                yield BatchEvent(epoch, number, self.batches, 1.0, 0.5, 100.0, seconds)
            done = 0
            yield self.snapshot(epoch)
            yield EpochEvent(epoch, 1.0, 0.5, 1.1, 0.4, 100.0, self.now - started)
        yield DoneEvent(spec.training.epochs, "finished", self.now - started)

    def snapshot(self, epoch, done=0):
        kernel = np.full((784, 10), epoch, np.float32)
        weights = ({}, {"kernel": kernel, "bias": np.zeros(10, np.float32)})
        return SnapshotEvent(epoch, weights, {"position": np.array([done, 0.0])})


def step_detail(epoch, batch, layer=1, filter=0):
    kernel = np.zeros(784, np.float32)
    norms = np.array([np.nan, 1.0])
    labels = np.array([3, 4])
    answers = np.full((2, 10), 0.1, np.float32)
    return StepDetail(
        *(epoch, batch, labels, labels, answers, 2.3, 0.01, norms, norms),
        *(layer, filter, kernel, kernel, kernel),
    )


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
    Training(monkeypatch, batches=4_000)  # six minutes and more
    run_id = store.create(SPEC)
    record(store, run_id)
    kept = store.history(run_id).batches
    assert 600 <= len(kept) <= 3 * (pacing.MOST_BATCHES + 1)
    assert [(batch.epoch, batch.batch) for batch in kept] == sorted(
        {(batch.epoch, batch.batch) for batch in kept}
    )


def test_a_stop_before_the_first_batch_leaves_the_initial_weights(store, monkeypatch):
    Training(monkeypatch)
    run_id = store.create(SPEC)
    store.steer(run_id, stop=True)
    assert record(store, run_id)[0] == ("stopped", "Stopped before it had learned anything.")
    assert store.epochs(run_id) == (0,)

    store.begin_control(run_id)
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


# Orders


def in_thread(store, run_id, attempt=1):
    """A recording in a thread of its own: what it sends, and a function that waits for its end."""
    sent, outcome = [], []
    thread = threading.Thread(
        target=lambda: outcome.append(train_and_record(store, run_id, attempt, sent.append))
    )
    thread.start()

    def end():
        thread.join(20)
        assert not thread.is_alive()
        return outcome[0]

    return sent, end


def until(question):
    give_up = time.monotonic() + 10
    while not (answer := question()):
        assert time.monotonic() < give_up, "waited too long"
        time.sleep(0.01)
    return answer


def pauses(sent):
    return [message["message"] for message in sent if message["kind"] == "paused"]


def test_a_paused_run_does_what_it_is_granted_and_then_goes_on(store, monkeypatch):
    Training(monkeypatch)
    run_id = store.create(SPEC)
    store.steer(run_id, paused=True)
    sent, end = in_thread(store, run_id)
    until(lambda: pauses(sent))
    assert pauses(sent) == ["Paused before its first batch."]
    assert store.step_detail(run_id) is None
    store.steer(run_id, steps=1)
    until(lambda: len(pauses(sent)) == 2)
    detail = store.step_detail(run_id)
    assert (detail.epoch, detail.batch, detail.layer, detail.filter) == (1, 1, -1, 0)
    store.steer(run_id, steps=5, layer=1, filter=7)
    until(lambda: len(pauses(sent)) == 3)
    detail = store.step_detail(run_id)
    assert (detail.epoch, detail.batch, detail.layer, detail.filter) == (2, 1, 1, 7)
    assert pauses(sent)[-1] == "Paused after 1 of 5 batches of epoch 2."
    # Every step is told at once, and kept.
    live = [m["event"]["batch"] for m in sent if m["kind"] == "batch"]
    assert {1, 2, 3, 4, 5} <= set(live)
    store.steer(run_id, paused=False)
    assert end() == ("done", "")
    assert pauses(sent)[-1] == ""
    assert len(store.history(run_id).epochs) == 3
    assert store.history(run_id).batches[4].batch == 5


def test_a_paused_run_is_parked_with_its_place_after_a_while_and_goes_on_there(store, monkeypatch):
    monkeypatch.setattr(watch, "LEASE_SECONDS", 0.3)
    Training(monkeypatch)
    run_id = store.create(SPEC)
    store.steer(run_id, paused=True, steps=7)
    sent, end = in_thread(store, run_id)
    sentence = (
        "Paused after 2 of 5 batches of epoch 2. All of it is kept; it goes on from there when you "
        "like."
    )
    assert end() == ("paused", sentence)
    assert (store.status(run_id).state, store.status(run_id).held) == ("paused", False)
    assert store.status(run_id).progress == pytest.approx(1.4 / 3)
    before = store.history(run_id)
    assert [(b.epoch, b.batch) for b in before.batches][-2:] == [(2, 1), (2, 2)]

    store.begin_control(run_id)
    store.update(run_id, state="queued", attempt=2, starts=0)
    training = Training(monkeypatch)
    outcome, sent = record(store, run_id, 2)
    assert training.resumed[0] == 1
    assert outcome == ("done", "Resumed in epoch 2, after its batch 2.")
    assert (sent[0]["epoch"], sent[0]["batch"]) == (1, 2)
    history = store.history(run_id)
    assert history.batches[: len(before.batches)] == before.batches
    seconds = [batch.seconds for batch in history.batches]
    assert seconds == sorted(seconds)
    assert [e.epoch for e in history.epochs] == [1, 2, 3]


def test_a_paused_run_makes_room_when_it_is_told_to(store, monkeypatch):
    Training(monkeypatch)
    run_id = store.create(SPEC)
    store.steer(run_id, paused=True)
    sent, end = in_thread(store, run_id)
    until(lambda: pauses(sent))
    store.steer(run_id, park=True)
    assert end() == ("paused", "Paused before it had learned anything.")


def test_a_run_that_trains_is_not_parked(store, monkeypatch):
    Training(monkeypatch)
    run_id = store.create(SPEC)
    store.steer(run_id, park=True)
    assert record(store, run_id)[0] == ("done", "")


def test_a_stop_ends_a_paused_run(store, monkeypatch):
    Training(monkeypatch)
    run_id = store.create(SPEC)
    store.steer(run_id, paused=True, steps=2)
    sent, end = in_thread(store, run_id)
    until(lambda: len(pauses(sent)) == 1)
    store.steer(run_id, stop=True)
    sentence = "Stopped after 2 of 5 batches of epoch 1; what it had learned by then is kept."
    assert end() == ("stopped", sentence)
    # It goes on from whole epochs only.
    assert store.resume_point(run_id)[0] == 0
    assert store.epochs(run_id) == (0,)


def test_steps_granted_before_a_death_are_not_done_again(store, monkeypatch):
    def die(epoch):
        raise SystemExit

    run_id = store.create(SPEC)
    store.steer(run_id, paused=True, steps=2)
    Training(monkeypatch, before_epoch=die)
    with pytest.raises(SystemExit):
        record(store, run_id)
    Training(monkeypatch)
    sent, end = in_thread(store, run_id)
    until(lambda: pauses(sent))
    assert pauses(sent) == ["Paused before its first batch."]
    store.steer(run_id, paused=False)
    assert end()[0] == "done"


def test_a_changed_learning_rate_is_in_the_history_and_in_force_after_a_death(store, monkeypatch):
    def die(epoch):
        if epoch == 3:
            raise SystemExit

    run_id = store.create(SPEC)
    store.steer(run_id, learning_rate=0.5)
    Training(monkeypatch, before_epoch=die)
    with pytest.raises(SystemExit):
        record(store, run_id)
    (change,) = store.history(run_id).changes
    assert (change.epoch, change.batch, change.learning_rate) == (1, 1, 0.5)
    training = Training(monkeypatch)
    record(store, run_id)
    assert training.learning_rate == 0.5
    assert store.history(run_id).changes == (change,)


def test_the_weights_within_a_long_epoch_are_kept_now_and_then(store, monkeypatch):
    seen = []

    def look(epoch):
        if epoch == 2:
            seen.append(store.epochs(run_id))
            raise FloatingPointError

    training = Training(monkeypatch, batches=30, seconds=1.0, before_epoch=look)
    whole, partial = store.save_epoch, []

    def save(run_id, epoch, weights, record, state):
        if record.partial:
            partial.append((record.batches[-1].batch, state))
            training.now += 0.05  # so it may be done every 2.5 seconds, and 3 is more
        whole(run_id, epoch, weights, record, state)

    monkeypatch.setattr(store, "save_epoch", save)
    run_id = store.create(SPEC)
    record(store, run_id)
    assert partial == [(n, None) for n in (5, *range(8, 30, 3))]
    assert seen == [(0, 1)]
    # They count for looking only: training goes on from whole epochs.
    assert store.whole_epochs(run_id) == 1


def test_keeping_large_weights_costs_a_fiftieth_of_the_time(store, monkeypatch):
    training = Training(monkeypatch, batches=100, seconds=1.0)
    whole, times = store.save_epoch, []

    def save(run_id, epoch, weights, record, state):
        if record.partial:
            times.append(training.now)
            training.now += 0.5
        whole(run_id, epoch, weights, record, state)

    monkeypatch.setattr(store, "save_epoch", save)
    record(store, store.create(dataclasses.replace(SPEC, training=TrainingSpec(epochs=1))))
    assert np.diff(times).min() >= 25


def test_a_training_that_ends_early_is_done_and_says_why(store, monkeypatch):
    def train(*args, **settings):
        yield made.snapshot(0)
        yield made.snapshot(1)
        yield EpochEvent(1, 1.0, 0.5, 1.1, 0.4, 100.0, 1.0)
        yield DoneEvent(1, "early", 1.0, 0)

    made = Training(monkeypatch)
    monkeypatch.setattr(recording, "train", train)
    run_id = store.create(dataclasses.replace(SPEC, training=TrainingSpec(epochs=3, patience=1)))
    sentence = (
        "Ended early, after epoch 1 of 3: the validation loss had not become smaller for 1 epoch."
    )
    assert record(store, run_id)[0] == ("done", sentence)
    assert store.status(run_id).progress == 1.0


def test_a_run_begins_with_the_weights_it_was_given(store, monkeypatch):
    training = Training(monkeypatch)
    network = Network.initial(NETWORK, 5)
    record(store, store.create(SPEC, network, "another run, epoch 3"))
    np.testing.assert_array_equal(training.initial[1]["kernel"], network.weights[1]["kernel"])
    record(store, store.create(SPEC))
    assert training.initial is None
