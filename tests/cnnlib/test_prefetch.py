"""What is made ahead comes in order, fails where it is read, and ends when nobody reads on."""

from __future__ import annotations

import threading
import time

import pytest

from cnnlib.prefetch import ahead


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "prefetch"]


def test_items_come_in_order_and_the_thread_ends():
    assert list(ahead(iter(range(100)))) == list(range(100))
    assert threads() == []


def test_no_more_than_the_depth_is_made_ahead():
    made = []

    def items():
        for number in range(10):
            made.append(number)
            yield number

    read = ahead(items(), depth=2)
    assert next(read) == 0
    deadline = time.monotonic() + 20
    while len(made) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    # One is read, two lie ready, one waits to be put beside them.
    assert made == [0, 1, 2, 3]
    read.close()
    assert threads() == []
    assert made == [0, 1, 2, 3]


def test_an_error_comes_after_the_items_before_it():
    def items():
        yield 1
        raise ValueError("the second cannot be made")

    read = ahead(items())
    assert next(read) == 1
    with pytest.raises(ValueError, match="the second cannot be made"):
        next(read)
    assert threads() == []
