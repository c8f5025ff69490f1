"""What a training is told between two batches."""

from __future__ import annotations

import os
import threading
import time

import pytest

from cnnlib import watch
from cnnlib.spec import DenseLayer, FlattenLayer, NetworkSpec, RunSpec, TrainingSpec
from cnnlib.training import Order
from cnnlib.watch import Watch

NETWORK = NetworkSpec((28, 28, 1), (FlattenLayer(), DenseLayer(10, "softmax")))
SPEC = RunSpec(NETWORK, TrainingSpec(image_count=40))


@pytest.fixture
def run_id(store):
    return store.create(SPEC)


def asked(watching, validating=False):
    """What `ask` answers, in a list that is empty while it waits."""
    answers = []
    thread = threading.Thread(target=lambda: answers.append(watching.ask(validating)), daemon=True)
    thread.start()
    thread.join(0.3)
    return answers


def until(question):
    give_up = time.monotonic() + 10
    while not question():
        assert time.monotonic() < give_up, "waited too long"
        time.sleep(0.01)


def test_a_run_that_nobody_steers_just_goes_on(store, run_id):
    with Watch(store, run_id, 1, print) as watching:
        assert watching.ask() == watching.ask(True) == Order()


def test_it_waits_while_paused_and_does_what_it_is_granted(store, run_id):
    store.steer(run_id, paused=True, steps=1, learning_rate=0.5, layer=1, filter=2)
    held = []
    with Watch(store, run_id, 1, held.append) as watching:
        assert watching.ask() == Order(learning_rate=0.5, kernel=(1, 2))
        # The validation that a granted batch brings with it is not waited in.
        assert watching.ask(True) == Order()
        assert held == []
        answers = asked(watching)
        assert answers == []
        assert held == [True]
        store.steer(run_id, paused=False)
        until(lambda: answers)
        assert answers == [Order(learning_rate=0.5)]
        assert held == [True, False]


def test_a_pause_in_the_middle_of_a_validation_is_obeyed(store, run_id):
    with Watch(store, run_id, 1, lambda held: None) as watching:
        assert watching.ask() == Order()
        store.steer(run_id, paused=True)
        until(lambda: watching._control.paused)
        answers = asked(watching, validating=True)
        assert answers == []
        store.steer(run_id, stop=True)
        until(lambda: answers)
        assert answers == [Order("stopped")]


def test_a_step_granted_in_a_validation_ends_it_and_is_the_next_batch(store, run_id):
    with Watch(store, run_id, 1, lambda held: None) as watching:
        assert watching.ask() == Order()
        store.steer(run_id, paused=True)
        until(lambda: watching._control.paused)
        answers = asked(watching, validating=True)
        assert answers == []
        store.steer(run_id, steps=1)
        until(lambda: answers)
        assert answers == [watching.ask(True)] == [Order()]
        assert watching.ask() == Order(kernel=(-1, 0))
        assert asked(watching) == []
        store.steer(run_id, stop=True)


def test_it_is_parked_when_the_lease_ends_and_a_step_renews_it(store, run_id, monkeypatch):
    monkeypatch.setattr(watch, "LEASE_SECONDS", 1.0)
    store.steer(run_id, paused=True)
    with Watch(store, run_id, 1, lambda held: None) as watching:
        answers = asked(watching)
        store.steer(run_id, steps=1)
        until(lambda: answers)
        assert answers[0].kernel == (-1, 0)
        began = time.monotonic()
        assert watching.ask() == Order("parked")
        assert time.monotonic() - began >= 1.0


def test_it_says_that_the_run_is_alive(store, run_id):
    alive = os.path.join(store.root, run_id, "alive")
    os.utime(alive, (1e9, 1e9))
    with Watch(store, run_id, 1, lambda held: None):
        until(lambda: store.is_alive(run_id))


def test_a_run_that_was_resumed_elsewhere_is_let_go(store, run_id, monkeypatch):
    monkeypatch.setattr(watch, "BEAT_SECONDS", 0.1)
    store.steer(run_id, paused=True)
    with Watch(store, run_id, 1, lambda held: None) as watching:
        answers = asked(watching)
        store.update(run_id, attempt=2)
        until(lambda: answers)
        assert watching.superseded
        assert answers == [Order("stopped")]


def test_a_run_whose_worker_was_given_up_and_comes_back_is_let_go(store, run_id, monkeypatch):
    monkeypatch.setattr(watch, "BEAT_SECONDS", 0.1)
    store.update(run_id, starts=1)
    store.steer(run_id, paused=True)
    with Watch(store, run_id, 1, lambda held: None, starts=1) as watching:
        answers = asked(watching)
        store.update(run_id, starts=2)  # another worker has begun where this one was
        until(lambda: answers)
        assert watching.superseded
        assert answers == [Order("stopped")]


def test_damaged_orders_leave_the_ones_before_in_force(store, run_id, caplog):
    store.steer(run_id, learning_rate=0.5)
    with Watch(store, run_id, 1, lambda held: None) as watching:
        with open(os.path.join(store.root, run_id, "control.json"), "wb") as file:
            file.write(b"{")
        until(lambda: "damaged" in caplog.text)
        assert watching.ask() == Order(learning_rate=0.5)
