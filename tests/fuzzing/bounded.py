"""Work on one file in a process of its own: what came of it, its time and its memory.

The process is forked from this one, so it costs milliseconds, and a crash, an endless loop or a
gigabyte is that file's alone. Linux only, and not to be called where other threads run.
"""

from __future__ import annotations

import os
import resource
import signal
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

MOST_BYTES = 3_000_000_000  # a process may ask for this much more than it has
MOST_SECONDS = 60
READ, REFUSED = "read", "refused"


@dataclass(frozen=True)
class Outcome:
    """What came of one case.

    `answer` is "read", "refused", or what went wrong: an exception's name and words, or a signal.
    `seconds` are of the processor; `memory` is the most that the work held beyond the file itself
    and what the process began with, in bytes.
    """

    name: str
    answer: str
    seconds: float
    memory: int

    @property
    def escaped(self) -> bool:
        """Whether it was neither read nor refused with the right exception."""
        return self.answer not in (READ, REFUSED)


def made(make: Callable[[], bytes]) -> bytes:
    """What `make` gives, made in a process of its own: memory that is given back is not free to be
    used again, so what is done with it later would seem to take none."""
    with tempfile.TemporaryFile() as file:
        child = os.fork()
        if child == 0:
            try:
                file.write(make())
                file.flush()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        file.seek(0)
        return file.read()


def outcomes(
    cases: Iterable[tuple[str, bytes]],
    task: Callable[[bytes], object],
    refusals: tuple[type[Exception], ...],
) -> Iterator[Outcome]:
    """What comes of each named case when `task` is given its bytes; `refusals` are in order."""
    for name, data in cases:
        yield _outcome(name, data, task, refusals)


def _outcome(
    name: str, data: bytes, task: Callable[[bytes], object], refusals: tuple[type[Exception], ...]
) -> Outcome:
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        _work(theirs, data, task, refusals)
    os.close(theirs)
    with os.fdopen(ours, encoding="utf-8") as pipe:
        before, _, answer = pipe.read().partition(" ")
    _, status, used = os.wait4(child, 0)
    if os.WIFSIGNALED(status):
        answer = f"ended by {signal.Signals(os.WTERMSIG(status)).name}"
    memory = 1024 * max(0, used.ru_maxrss - int(before or 0))
    return Outcome(name, answer, used.ru_utime + used.ru_stime, memory)


def _work(
    pipe: int, data: bytes, task: Callable[[bytes], object], refusals: tuple[type[Exception], ...]
) -> None:
    """Do the task, write to the pipe what came of it, and end the process."""
    try:
        had = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        os.write(pipe, f"{had} ".encode())
        resource.setrlimit(resource.RLIMIT_AS, (_address_space() + MOST_BYTES,) * 2)
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS,) * 2)
        try:
            task(data)
            answer = READ
        except refusals as error:
            answer = REFUSED if _is_sentence(str(error)) else f"no sentence: {str(error)[:200]!r}"
        except BaseException as error:
            answer = f"{type(error).__name__}: {str(error)[:200]}"
        os.write(pipe, answer.encode("utf-8", "backslashreplace"))
    finally:
        os._exit(0)


def _is_sentence(text: str) -> bool:
    """Whether a reader can be told this: one line of words, not too long, that ends."""
    return text.isprintable() and 10 < len(text) < 500 and text.endswith((".", ")"))


def _address_space() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * resource.getpagesize()
