from __future__ import annotations

import pytest

from cnnlib import job_queue
from cnnlib.job_queue import Job, JobQueue
from cnnlib.presets import article_basic
from cnnlib.spec import RunSpec, TrainingSpec
from cnnlib.turns import Start

SPEC = RunSpec(article_basic(), TrainingSpec(dataset="cifar10", image_count=100))


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def jobs(clock):
    queue = JobQueue(clock)
    for name in "abc":
        queue.add(Job(name, SPEC))
    return queue


@pytest.fixture
def shared(clock):
    """Ann has four runs in the queue, and then Bob and Cy come with two and one."""
    queue = JobQueue(clock)
    for name in ("a1", "a2", "a3", "a4", "b1", "b2", "c1"):
        queue.add(Job(name, SPEC, visitor=name[0]))
    return queue


def send(jobs, run_id):
    job = jobs.get(run_id)
    job.state, job.future = "running", object()
    return job


def places(jobs):
    found = jobs.starts(lambda job: 10.0, 1)
    return [found[name].position if name in found else None for name in "abc"]


def ids(jobs):
    return [job.run_id for job in jobs]


def test_jobs_of_nobody_wait_in_the_order_they_came(jobs):
    assert ids(jobs.waiting()) == ["a", "b", "c"]
    assert places(jobs) == [1, 2, 3]
    jobs.add(Job("a", SPEC, attempt=2))
    assert ids(jobs.waiting()) == ["b", "c", "a"]
    assert jobs.get("a").attempt == 2
    assert jobs.copy("d") is None


def test_a_job_that_is_sent_has_a_place_until_it_runs(jobs):
    first = jobs.get("a")
    first.state, first.future = "sent", object()
    assert places(jobs) == [1, 2, 3]
    assert ids(jobs.sent()) == ["a"]
    assert ids(jobs.waiting()) == ["b", "c"]
    first.state = "running"
    assert places(jobs) == [None, 1, 2]


def test_a_copy_stays_as_it_is(jobs):
    copy = jobs.copy("a")
    jobs.get("a").message = "Changed."
    assert copy.message == ""


def test_visitors_take_turns_to_the_end(shared):
    trained = []
    while shared.active():
        (job,) = shared.next_up(1)
        trained.append(job.run_id)
        send(shared, job.run_id)
        shared.end(job, "done", "")
    assert trained == ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]


def test_who_comes_while_others_train_stands_before_their_next_runs(shared):
    ann = send(shared, "a1")
    assert ids(shared.next_up(1)) == ["b1"]
    shared.add(Job("d1", SPEC, visitor="d"))
    bob = send(shared, "b1")
    shared.end(ann, "done", "")
    assert ids(shared.next_up(9)) == ["c1", "d1", "a2"]
    shared.end(bob, "stopped", "")
    assert ids(shared.next_up(9)) == ["c1", "d1", "a2", "b2"]


def test_nobody_has_two_runs_at_work(shared):
    assert ids(shared.next_up(9)) == ["a1", "b1", "c1"]
    send(shared, "a1")
    assert ids(shared.next_up(9)) == ["b1", "c1"]
    assert ids(shared.next_up(1)) == ["b1"]
    assert shared.next_up(0) == shared.next_up(-1) == []


def test_a_run_that_the_cluster_lost_is_the_next_again(shared):
    job = send(shared, "a1")
    job.state, job.future = "waiting", None
    assert ids(shared.next_up(1)) == ["a1"]


def test_leaving_the_line_gives_no_better_place(shared):
    shared.end(shared.get("b1"), "stopped", "")
    assert ids(shared.next_up(9)) == ["a1", "b2", "c1"]
    shared.end(shared.get("b2"), "stopped", "")
    shared.add(Job("b3", SPEC, visitor="b"))
    assert ids(shared.next_up(9)) == ["a1", "c1", "b3"]


def test_what_is_foreseen_is_what_happens(shared):
    seconds = {"a": 30.0, "b": 5.0, "c": 20.0}
    ann = send(shared, "a1")
    found = shared.starts(lambda job: seconds[job.visitor], 1)
    assert found["b1"] == Start(1, 30.0)
    assert found["c1"] == Start(2, 35.0)
    assert found["a2"] == Start(3, 55.0)
    assert found["a4"] == Start(6, 55.0 + 30 + 5 + 30)
    order = sorted(found, key=lambda run_id: found[run_id].position)
    shared.end(ann, "done", "")
    for run_id in order:
        assert ids(shared.next_up(1)) == [run_id]
        shared.end(send(shared, run_id), "done", "")


def test_a_paused_run_makes_room_for_somebody_who_has_none_at_work(shared):
    ann, bob = send(shared, "a1"), send(shared, "b1")
    assert shared.could_go_on([]) == 1  # Cy
    assert shared.could_go_on([ann]) == 2
    assert shared.could_go_on([ann, bob]) == 3
    shared.end(shared.get("c1"), "stopped", "")
    assert shared.could_go_on([]) == 0


def test_what_ended_is_forgotten_after_a_while_or_at_once(jobs, clock):
    for name in "ab":
        jobs.end(jobs.get(name), "done", "")
    assert ids(jobs.active()) == ["c"]
    assert jobs.forget_ended() == []
    assert jobs.forget_ended(at_once="b") == ["b"]
    assert jobs.forget_ended(at_once="c") == []
    clock.now += job_queue.REMEMBER_SECONDS + 1
    assert jobs.forget_ended() == ["a"]
    assert jobs.get("c").state == "waiting"
