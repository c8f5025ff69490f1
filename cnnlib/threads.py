"""Work shared out over the cores without ever waiting for a core that is busy elsewhere.

OpenBLAS splits even a product of 20 microseconds over all cores and then spins until the last part
is done. With a training on the other core that part waits for its turn: the same product took 8 ms
(measured on two cores, also with the training at a lower priority). So this module gives BLAS one
thread for the whole process, and `share` hands out larger work in pieces: a helper thread that gets
no core takes no piece, and its share is done by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import lru_cache
from typing import TypeVar

from threadpoolctl import threadpool_limits

from cnnlib.processor import cores

Piece = TypeVar("Piece")

threadpool_limits(limits=1, user_api="blas")

# About half a millisecond of work. A helper wakes in 0.05 ms when its core is idle, but costs the
# caller several times that when it is not, so small work is better not shared.
WORTH_SHARING = 25_000_000


def share(
    work: Callable[[Iterator[Piece]], None], pieces: Sequence[Piece], multiply_adds: float
) -> None:
    """Call `work` with an iterator over `pieces`, in several threads at once if it is worth it.

    All threads draw from one iterator, so every piece is handed out once. `work` must do whatever
    pieces it gets in any order, without touching another's results; NumPy lets go of the
    interpreter lock while it computes. Returns when all pieces are done; an exception in any of
    them is raised here.

    >>> done = []
    >>> share(done.extend, range(5), multiply_adds=1e9)
    >>> sorted(done)
    [0, 1, 2, 3, 4]
    """
    queue = iter(pieces)
    helpers = min(cores(), len(pieces)) - 1 if multiply_adds >= WORTH_SHARING else 0
    if helpers < 1:
        work(queue)
        return
    # In a copy of the caller's context, so that its np.errstate holds in the helpers too.
    futures = [_pool().submit(copy_context().run, work, queue) for _ in range(helpers)]
    try:
        work(queue)
    finally:
        # A helper that has not started yet is not needed any more.
        started = [future for future in futures if not future.cancel()]
        for future in started:
            future.result()


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, cores() - 1), thread_name_prefix="cnnlib")
