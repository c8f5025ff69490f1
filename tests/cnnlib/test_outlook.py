from __future__ import annotations

import dataclasses

import pytest

from cnnlib import outlook
from cnnlib.events import BatchEvent
from cnnlib.feed import Feed
from cnnlib.forecast import Speed, forecast
from cnnlib.job_queue import Job, JobQueue
from cnnlib.leases import Leases
from cnnlib.limits import Limits
from cnnlib.outlook import CROWDED_SECONDS, Outlook
from cnnlib.presets import article_basic
from cnnlib.spec import RunSpec, TrainingSpec
from cnnlib.turns import Start

SPEC = RunSpec(article_basic(), TrainingSpec("cifar10", image_count=1_000, epochs=10))
SPEED = Speed(1e-4, 1e-12, 1e-12, 1e-12, 1e-9, 1e-9, 0.1, 1e-9, {}, 1e-9, 0.01, 5e8)
SECONDS = forecast(SPEC, SPEED).seconds


class World:
    def __init__(self):
        self.now, self.speed = 0.0, SPEED
        self.jobs, self.feed = JobQueue(lambda: self.now), Feed()
        self.leases = Leases(Limits(), lambda visitor: True, lambda run_id: None, lambda: self.now)
        self.outlook = Outlook(
            self.jobs, self.feed, self.leases, lambda: self.speed, lambda: self.now
        )
        self.outlook.slots = 1
        for name in ("a1", "a2", "b1"):
            self.jobs.add(Job(name, SPEC, visitor=name[0]))

    def run(self, run_id):
        job = self.jobs.get(run_id)
        job.state, job.future = "running", object()
        return job

    def train(self, seconds):
        for _ in range(round(seconds)):
            self.leases.look(self.jobs.active())
            self.now += 1.0
        self.leases.look(self.jobs.active())

    def starts(self):
        return {run_id: self.outlook.start_of(run_id) for run_id in ("a1", "a2", "b1")}


@pytest.fixture
def world():
    return World()


def test_before_anything_is_known_there_is_a_place_and_no_time(world):
    world.speed = None
    assert world.starts() == {"a1": Start(1, 0.0), "b1": Start(2, None), "a2": Start(3, None)}
    world.speed, world.outlook.slots = SPEED, 0
    assert world.starts() == {"a1": Start(1, None), "b1": Start(2, None), "a2": Start(3, None)}


def test_what_waits_takes_what_is_forecast(world):
    world.run("a1")
    assert world.starts() == {
        "a1": None,
        "b1": Start(1, pytest.approx(SECONDS)),
        "a2": Start(2, pytest.approx(2 * SECONDS)),
    }


def test_a_run_that_goes_on_takes_what_is_left_of_it(world):
    world.run("a1")
    world.jobs.get("b1").share = 0.25
    assert world.starts()["a2"].seconds == pytest.approx(1.25 * SECONDS)


def test_the_pace_of_the_run_that_trains_counts_more_than_its_forecast(world):
    world.run("a1")
    for batch, seconds in ((1, 1.0), (2, 2.0), (5, 5.0)):  # 10 epochs of 10 batches a second each
        world.feed.add("a1", BatchEvent(1, batch, 10, 1.0, 0.5, 64.0, seconds))
    assert world.outlook.start_of("b1").seconds == pytest.approx(95.0)


def test_before_it_has_a_pace_the_time_that_it_has_trained_is_gone(world):
    world.run("a1")
    world.leases.look(world.jobs.active())
    world.now += 0.5 * SECONDS
    world.leases.look(world.jobs.active())
    assert world.outlook.start_of("b1").seconds == pytest.approx(0.5 * SECONDS)


def test_a_paused_run_has_its_place_a_while_longer(world):
    world.run("a1").paused_at = world.now
    world.now += 5.0
    assert world.outlook.start_of("b1").seconds == CROWDED_SECONDS - 5.0
    world.now += 50.0
    assert world.outlook.start_of("b1").seconds == 0.0


def test_it_is_worked_out_anew_when_somebody_comes_or_a_second_has_gone(world, monkeypatch):
    made = []
    inner = world.jobs.starts
    monkeypatch.setattr(world.jobs, "starts", lambda *args: made.append(1) or inner(*args))
    world.starts()
    assert len(made) == 1
    world.jobs.add(Job("c1", SPEC, visitor="c"))
    assert world.outlook.start_of("c1").position == 3
    world.run("a1")
    assert world.outlook.start_of("c1").position == 2
    assert len(made) == 3
    world.now += outlook.FRESH_SECONDS + 0.1
    world.starts()
    assert len(made) == 4


def test_it_learns_from_runs_that_took_longer_than_was_forecast(world):
    slow = dataclasses.replace(SPEED, layer=0.01)
    world.speed = slow
    seconds = forecast(SPEC, slow).seconds
    assert seconds > 5
    ann = world.run("a1")
    world.train(round(1.5 * seconds))
    world.outlook.learn(ann)
    world.jobs.end(ann, "done", "")
    found = world.starts()
    assert found["b1"] == Start(1, 0.0)
    assert found["a2"].seconds == pytest.approx(1.5 * seconds, rel=0.1)
