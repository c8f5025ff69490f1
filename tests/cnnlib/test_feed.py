from __future__ import annotations

import pytest

from cnnlib import feed
from cnnlib.events import BatchEvent, EpochEvent, RateEvent
from cnnlib.feed import Feed, merged, running_status
from cnnlib.presets import article_basic
from cnnlib.records import EpochRecord
from cnnlib.spec import RunSpec, TrainingSpec


def batch(epoch, number, seconds=0.0, batches=10):
    return BatchEvent(epoch, number, batches, 1.0, 0.5, 100.0, seconds)


def epoch_end(epoch, seconds=0.0):
    return EpochEvent(epoch, 1.0, 0.5, 1.1, 0.4, 100.0, seconds)


SPEC = RunSpec(article_basic(), TrainingSpec(dataset="cifar10", image_count=100, epochs=4))


def test_events_come_back_in_order_by_run():
    live = Feed()
    live.add("a", batch(1, 1))
    live.add("b", batch(1, 5))
    live.add("a", epoch_end(1))
    assert live.events("a") == (batch(1, 1), epoch_end(1))
    assert live.events("b") == (batch(1, 5),)
    assert live.events("c") == ()


def test_what_is_reported_again_replaces_what_was_said_before():
    live = Feed()
    for event in (batch(1, 1), batch(1, 5), epoch_end(1), batch(2, 3)):
        live.add("a", event)
    live.add("a", batch(1, 4, seconds=9.0))
    assert live.events("a") == (batch(1, 1), batch(1, 4, seconds=9.0))


def test_a_run_that_goes_on_from_an_epoch_forgets_what_came_after_it():
    live = Feed()
    for event in (batch(1, 1), epoch_end(1), batch(2, 1), batch(2, 2)):
        live.add("a", event)
    live.rewind("a", 1)
    live.rewind("unknown", 1)
    assert live.events("a") == (batch(1, 1), epoch_end(1))


def test_a_long_run_is_thinned_where_it_is_old_and_keeps_its_epochs(monkeypatch):
    monkeypatch.setattr(feed, "MOST_EVENTS", 100)
    live = Feed()
    for epoch in range(1, 5):
        for number in range(1, 101):
            live.add("a", batch(epoch, number, batches=100))
        live.add("a", epoch_end(epoch))
    events = live.events("a")
    assert len(events) <= 101
    assert [event.epoch for event in events if isinstance(event, EpochEvent)] == [1, 2, 3, 4]
    assert events[-21:] == (*(batch(4, n, batches=100) for n in range(81, 101)), epoch_end(4))


def test_only_the_latest_runs_are_kept(monkeypatch):
    monkeypatch.setattr(feed, "MOST_RUNS", 2)
    live = Feed()
    for run in "abca":
        live.add(run, batch(1, 1))
    live.add("d", batch(1, 1))
    assert [run for run in "abcd" if live.events(run)] == ["a", "d"]


def test_the_curve_is_disk_then_live_without_gap_or_repetition():
    records = {
        0: EpochRecord(),
        1: EpochRecord((batch(1, 1), batch(1, 10)), epoch_end(1)),
    }
    live = (batch(1, 10), epoch_end(1), batch(2, 1))
    expected = (batch(1, 1), batch(1, 10), epoch_end(1), batch(2, 1))
    assert merged(records, live) == expected
    assert merged(records, ()) == expected[:-1]
    assert merged({}, live) == live


def test_time_left_follows_the_pace_of_the_batches():
    # Ten batches an epoch, one a second: 25 of 40 batches are done.
    events = tuple(batch(n // 10 + 1, n % 10 + 1, seconds=float(n + 1)) for n in range(25))
    status = running_status(SPEC, events)
    assert (status.state, status.epoch, status.epochs) == ("running", 3, 4)
    assert status.progress == pytest.approx(25 / 40)
    assert status.seconds_left == pytest.approx(15.0)
    assert status.images_per_second == 100.0


def test_one_batch_is_no_pace_yet():
    assert running_status(SPEC, ()).seconds_left is None
    status = running_status(SPEC, (batch(1, 1, seconds=3.0),))
    assert status.seconds_left is None
    assert status.progress == pytest.approx(1 / 40)


def test_the_end_of_an_epoch_counts_as_a_whole_one():
    events = (batch(1, 5, seconds=1.0), batch(1, 10, seconds=2.0), epoch_end(1, seconds=2.5))
    status = running_status(SPEC, events, "A message.")
    assert status.progress == pytest.approx(0.25)
    assert status.seconds_left == pytest.approx(2.0 * 3)
    assert status.message == "A message."


def rate(epoch, number):
    return RateEvent(epoch, number, 0.5, 0.0)


def test_a_change_of_the_rate_stands_before_the_first_batch_with_it():
    live = Feed()
    for event in (batch(1, 4), batch(1, 5), rate(1, 5)):
        live.add("a", event)
    assert live.events("a") == (batch(1, 4), rate(1, 5))
    records = {1: EpochRecord((batch(1, 1), batch(1, 5)), epoch_end(1), changes=(rate(1, 5),))}
    assert merged(records, ()) == (batch(1, 1), rate(1, 5), batch(1, 5), epoch_end(1))


def test_a_change_of_the_rate_is_no_progress():
    events = (batch(1, 5), batch(1, 9), rate(1, 10))
    assert running_status(SPEC, events).progress == pytest.approx(9 / 40)


def test_an_epoch_under_way_is_on_disk_as_far_as_it_goes_and_live_from_there():
    records = {
        0: EpochRecord(),
        1: EpochRecord((batch(1, 10),), epoch_end(1)),
        2: EpochRecord((batch(2, 1), batch(2, 4)), partial=True),
    }
    live = (batch(2, 3), batch(2, 4), batch(2, 6))
    expected = (batch(1, 10), epoch_end(1), batch(2, 1), batch(2, 4), batch(2, 6))
    assert merged(records, live) == expected


def test_a_run_that_goes_on_within_an_epoch_keeps_what_is_before():
    live = Feed()
    for number in (3, 4, 5):
        live.add("a", batch(2, number))
    live.rewind("a", 1, 4)
    assert live.events("a") == (batch(2, 3), batch(2, 4))
