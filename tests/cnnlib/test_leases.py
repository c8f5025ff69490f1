from __future__ import annotations

import pytest

from cnnlib.job_queue import Job
from cnnlib.leases import Leases
from cnnlib.limits import Limits
from cnnlib.presets import article_basic
from cnnlib.spec import RunSpec, TrainingSpec

SPEC = RunSpec(article_basic(), TrainingSpec(dataset="cifar10", image_count=100))
LIMITS = Limits(lease_seconds=600.0, run_seconds=3_600.0)


class World:
    """A clock, who has a page open, and what another app has noted."""

    def __init__(self):
        self.now, self.present, self.stamp = 1_000.0, set(), None
        self.leases = Leases(
            LIMITS, self.present.__contains__, lambda run_id: self.stamp, lambda: self.now
        )
        self.job = Job("r", SPEC, visitor="ann", state="running")

    def after(self, seconds):
        """What is to end `seconds` later, with a look every second as the engine's thread has."""
        found = {}
        for _ in range(round(seconds)):
            self.now += 1.0
            found = self.leases.look([self.job]) or found
        return found


@pytest.fixture
def world():
    world = World()
    assert world.leases.look([world.job]) == {}
    return world


def test_a_run_that_nobody_watches_ends_after_its_lease_and_not_before(world):
    assert world.after(600) == {}
    assert world.after(1) == {
        "r": "Nobody had had it open for 10 minutes, so it made room for others. "
        "You can let it go on."
    }


@pytest.mark.parametrize("state", ["waiting", "sent", "running"])
def test_it_is_so_in_the_queue_too(world, state):
    world.job.state = state
    assert world.after(600) == {}
    assert "Nobody" in world.after(1)["r"]


def test_an_open_page_of_its_visitor_keeps_it_and_a_closed_one_does_for_its_lease(world):
    world.present.add("ann")
    assert world.after(2_000) == {}
    world.present.clear()
    assert world.after(600) == {}
    assert "Nobody" in world.after(1)["r"]


def test_a_page_of_anybody_who_looks_at_it_keeps_it(world):
    world.after(599)
    world.leases.renew("r")
    assert world.after(600) == {}
    assert "Nobody" in world.after(1)["r"]
    world.leases.renew("of another app")


def test_a_page_of_another_app_keeps_it(world):
    world.after(300)
    world.stamp = (1, 2)
    assert world.after(300) == {}
    # It is looked for when the lease is over: from then on there is another one.
    assert world.after(601) == {}
    assert "Nobody" in world.after(1)["r"]


def test_what_was_noted_before_the_run_was_queued_counts_for_nothing(world):
    world.stamp = (1, 2)
    world.leases.look([])
    world.leases.look([world.job])
    assert "Nobody" in world.after(601)["r"]


def test_a_run_of_nobody_in_particular_is_watched_by_who_asks_for_it_only(world):
    world.present.add("")
    world.job.visitor = ""
    assert "Nobody" in world.after(601)["r"]


def test_a_run_ends_when_it_has_trained_for_too_long(world):
    world.present.add("ann")
    assert world.after(3_600) == {}
    assert world.leases.trained("r") == 3_600.0
    assert world.after(1) == {"r": "It had trained for 1 hour, as long as a run may here."}


def test_neither_waiting_nor_a_pause_counts_as_training(world):
    world.present.add("ann")
    world.job.state = "waiting"
    world.after(2_000)
    world.job.state, world.job.paused_at = "running", world.now
    world.after(2_000)
    assert world.leases.trained("r") == 0.0
    world.job.paused_at = None
    assert world.after(3_600) == {}
    assert "1 hour" in world.after(1)["r"]


def test_what_is_gone_is_forgotten(world):
    world.after(10)
    world.leases.look([])
    assert world.leases.trained("r") == 0.0
    assert world.leases.trained("never there") == 0.0
