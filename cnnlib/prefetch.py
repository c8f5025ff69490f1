"""Items made ahead of their use, in a thread of their own.

NumPy leaves the interpreter to others while it calculates, so batches are varied while the batch
before them is trained on, and neither processor waits.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

DEPTH = 2  # items that lie ready; more would only take memory
_POLL_SECONDS = 0.1
_END = object()

Item = TypeVar("Item")


def ahead(items: Iterable[Item], depth: int = DEPTH) -> Iterator[Item]:
    """The very same items in order, made up to `depth` ahead.

    What making one raises is raised here, after the items before it. When the reader leaves off,
    no further item is begun.

    >>> list(ahead(number * number for number in range(4)))
    [0, 1, 4, 9]
    """
    ready: queue.Queue = queue.Queue(depth)
    left = threading.Event()

    def put(item: object) -> bool:
        while not left.is_set():
            try:
                ready.put(item, timeout=_POLL_SECONDS)
                return True
            except queue.Full:
                continue
        return False

    def make() -> None:
        try:
            for item in items:
                if not put((item, None)):
                    return
            put((_END, None))
        except BaseException as error:  # it is raised again where the items are read
            put((_END, error))

    thread = threading.Thread(target=make, name="prefetch", daemon=True)
    thread.start()
    try:
        while True:
            item, error = ready.get()
            if error is not None:
                raise error
            if item is _END:
                return
            yield item
    finally:
        left.set()
        thread.join()
