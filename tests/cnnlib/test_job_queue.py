from __future__ import annotations

import pytest

from cnnlib import job_queue
from cnnlib.job_queue import Job, JobQueue
from cnnlib.presets import article_basic
from cnnlib.spec import RunSpec, TrainingSpec

SPEC = RunSpec(article_basic(), TrainingSpec(dataset="cifar10", image_count=100))


@pytest.fixture
def jobs():
    queue = JobQueue()
    for name in "abc":
        queue.add(Job(name, SPEC))
    return queue


def places(jobs):
    return [jobs.copy(name)[1] for name in "abc"]


def test_jobs_wait_in_the_order_they_came(jobs):
    assert [job.run_id for job in jobs.waiting()] == ["a", "b", "c"]
    assert places(jobs) == [1, 2, 3]
    jobs.add(Job("a", SPEC, attempt=2))
    assert [job.run_id for job in jobs.waiting()] == ["b", "c", "a"]
    assert jobs.get("a").attempt == 2
    assert jobs.copy("d") == (None, None)


def test_a_job_that_is_sent_has_a_place_until_it_runs(jobs):
    first = jobs.get("a")
    first.state, first.future = "sent", object()
    assert places(jobs) == [1, 2, 3]
    assert [job.run_id for job in jobs.sent()] == ["a"]
    assert [job.run_id for job in jobs.waiting()] == ["b", "c"]
    first.state = "running"
    assert places(jobs) == [None, 1, 2]


def test_a_copy_stays_as_it_is(jobs):
    copy, _ = jobs.copy("a")
    jobs.get("a").message = "Changed."
    assert copy.message == ""


def test_what_ended_is_forgotten_after_a_while_or_at_once(jobs, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(job_queue.time, "monotonic", lambda: now[0])
    for name in "ab":
        job = jobs.get(name)
        job.state, job.ended_at = "ended", now[0]
    assert [job.run_id for job in jobs.active()] == ["c"]
    assert jobs.forget_ended() == []
    assert jobs.forget_ended(at_once="b") == ["b"]
    assert jobs.forget_ended(at_once="c") == []
    now[0] += job_queue.REMEMBER_SECONDS + 1
    assert jobs.forget_ended() == ["a"]
    assert jobs.get("c").state == "waiting"
