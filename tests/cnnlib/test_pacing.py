"""Which batches of an epoch are kept."""

from __future__ import annotations

from cnnlib.events import BatchEvent
from cnnlib.pacing import MOST_BATCHES, Batches


def batch(number: int) -> BatchEvent:
    return BatchEvent(1, number, 1_000, 2.0, 0.1, 100.0, 0.001 * number)


def kept_of(batches: Batches, count: int) -> list[int]:
    for number in range(1, count + 1):
        batches.add(batch(number))
    return [event.batch for event in batches.take()]


def test_of_batches_in_quick_succession_the_first_and_the_last_are_kept():
    assert kept_of(Batches(), 100) == [1, 100]


def test_without_a_pause_every_batch_is_kept_and_in_the_next_epoch_too():
    batches = Batches(pause=0.0)
    assert kept_of(batches, 200) == list(range(1, 201))
    assert kept_of(batches, 50) == list(range(1, 51))


def test_even_without_a_pause_there_is_an_end():
    kept = kept_of(Batches(pause=0.0), 3 * MOST_BATCHES)
    assert len(kept) <= MOST_BATCHES + 1
    assert kept[-1] == 3 * MOST_BATCHES
