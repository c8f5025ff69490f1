"""The Dask cluster that trains: one in a process of its own, or a scheduler somewhere else.

The web process is a client of it and nothing more. The scheduler and its worker do not live inside
the web process, because Dask starts workers with `multiprocessing`, which runs the parent's main
script again in each of them: of an app that is Streamlit and the app itself. In a process of their
own they import neither, share no interpreter lock with the pages, and end when their standard input
does, which it also does when the web process is killed.

    python -m cnnlib.cluster 1        what `LocalProcess` runs: a scheduler and one worker
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from cnnlib.feed import TOPIC
from cnnlib.limits import LIMITS
from cnnlib.processor import cores

START_SECONDS = 60
STOP_SECONDS = 10
CONNECT_SECONDS = 10
ANSWER_SECONDS = 30.0  # a scheduler that hangs for so long is as good as gone
RETRY_SECONDS = 5.0
WORKERLESS_SECONDS = 90.0  # a worker that dies is back in less, even on a busy machine


class ClusterError(RuntimeError):
    """The cluster cannot be reached or started; a sentence for people."""


class Cluster:
    """A connection to a cluster; one is started here unless `scheduler` is the address of one.

    `on_message` is called with each dict that a worker sends, in a thread of Dask's: keep it short.
    Every method may wait for the network, so only the engine's own thread calls them.
    """

    def __init__(
        self, scheduler: str | None, workers: int, on_message: Callable[[dict[str, Any]], None]
    ):
        self._process = None if scheduler else LocalProcess(workers)
        self.client = None
        self._sent: WeakKeyDictionary[Any, str] = WeakKeyDictionary()  # to which worker
        self._answers = True
        try:
            self._connect(scheduler or self._process.address, on_message)
        except Exception as error:  # of the network, of TLS, of Dask: it stays unreachable
            self.close()
            raise ClusterError(
                f"The training server {scheduler or 'on this machine'} does not answer "
                f"({str(error) or type(error).__name__})."
            ) from None

    def _connect(self, address: str, on_message: Callable[[dict[str, Any]], None]) -> None:
        from distributed import Client

        from cnnlib.worker import WarmUp

        asyncio.run(_shake_hands(address))
        self.client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        self.client.subscribe_topic(TOPIC, lambda event: on_message(event[1]))
        self.client.register_plugin(WarmUp(), name="cnn-warm-up")

    @property
    def is_own(self) -> bool:
        """Whether it was started here."""
        return self._process is not None

    @property
    def is_up(self) -> bool:
        alive = self._process is None or self._process.is_alive
        answers = self._answers and self.client is not None and self.client.status == "running"
        return alive and answers

    def workers(self) -> dict[str, int]:
        """The address of each worker, and how many runs it trains at a time.

        Nothing if the scheduler does not say; from then on the cluster is not up any more.
        """
        tasks = self._tasks()
        begun = set().union(*tasks.values())
        placed = [task for task, worker in self._sent.items() if worker and task.key in begun]
        if placed:
            # From here on they may go to any worker, also to one that comes when all are gone.
            with contextlib.suppress(OSError, TimeoutError, KeyError):
                free = dict.fromkeys(task.key for task in placed)
                self.client.sync(self.client.scheduler.set_restrictions, worker=free)
            self._sent.update(dict.fromkeys(placed, ""))
        return dict.fromkeys(tasks, 1)

    def _tasks(self) -> dict[str, set[str]]:
        """The keys of what each worker has to do, for whichever app."""
        ask = self.client.scheduler.processing
        try:
            found = self.client.sync(ask, workers=None, callback_timeout=ANSWER_SECONDS)
        except (OSError, TimeoutError):
            self._answers = False
            return {}
        return {worker: set(keys) for worker, keys in found.items()}

    def submit(self, key: str, function: Callable, *args: Any, priority: int = 0) -> Any:
        """A future of `function(*args)`. Its own key, since Dask shares work of equal keys.

        It is done also when this process, or the worker that does it, ends meanwhile.
        """
        from distributed import fire_and_forget

        worker = self._least_busy()
        future = self.client.submit(
            function,
            *args,
            key=key,
            pure=False,
            priority=priority,
            workers=worker or None,
            allow_other_workers=bool(worker),
        )
        self._sent[future] = worker[0] if worker else ""
        fire_and_forget(future)
        return future

    def _least_busy(self) -> list[str]:
        """The worker that has the fewest tasks, of whichever app; none if there is no choice.

        Dask takes one that trains for idle, as a training leaves its queue.
        """
        tasks = self._tasks()
        for future, worker in self._sent.items():  # what the scheduler may not have heard of yet
            if worker in tasks and not future.done():
                tasks[worker].add(future.key)
        return sorted(tasks, key=lambda worker: len(tasks[worker]))[:1] if len(tasks) > 1 else []

    def restart_workers(self, addresses: list[str] | None = None) -> None:
        """End these workers' processes, or those of all that do nothing, and start new ones."""
        workers = addresses or [worker for worker, tasks in self._tasks().items() if not tasks]
        with contextlib.suppress(OSError, ValueError, KeyError, TimeoutError):
            self.client.restart_workers(workers, timeout=START_SECONDS, raise_for_error=False)

    def close(self) -> None:
        # The client first, or it would try to find its scheduler again.
        if self.client is not None:
            with _quiet_client(), contextlib.suppress(OSError, TimeoutError):
                self.client.close(timeout=STOP_SECONDS)
            self.client = None
        if self._process is not None:
            self._process.close()


class Link:
    """The cluster as far as there is one: connected at need, and again after it was lost."""

    def __init__(
        self, scheduler: str | None, workers: int, on_message: Callable[[dict[str, Any]], None]
    ):
        self.cluster: Cluster | None = None
        self.trouble = ""
        self.workers: frozenset[str] = frozenset()  # those that were there when last asked
        self._arguments = (scheduler, workers, on_message)
        self._retry_at = self._workers_at = 0.0

    @property
    def is_elsewhere(self) -> bool:
        """Whether the cluster is one that was not started here."""
        return self._arguments[0] is not None

    @property
    def is_lost(self) -> bool:
        """Whether there was a cluster that does not answer any more."""
        return self.cluster is not None and not self.cluster.is_up

    def restore(self) -> bool:
        """Connect unless there is a connection; whether there is one now."""
        if self.cluster is None and time.monotonic() >= self._retry_at:
            try:
                self.cluster = Cluster(*self._arguments)
                self.trouble, self._workers_at = "", time.monotonic()
            except ClusterError as error:
                self.trouble = f"{error} It is tried again every few seconds."
                self._retry_at = time.monotonic() + RETRY_SECONDS
        return self.cluster is not None

    def slots(self) -> int:
        """How many runs it trains at a time; a cluster of our own without workers is given up."""
        workers, now = self.cluster.workers(), time.monotonic()
        self.workers, slots = frozenset(workers), sum(workers.values())
        if slots:
            self._workers_at = now
        elif self.cluster.is_own and now - self._workers_at > WORKERLESS_SECONDS:
            self.cluster.close()
        return slots

    def drop(self) -> None:
        """Let go of the cluster, and end it if it was started here."""
        if self.cluster is not None:
            self.cluster.close()
            self.cluster = None


class LocalProcess:
    """A scheduler and its workers in a process of their own, on this machine's loopback."""

    def __init__(self, workers: int):
        environment = os.environ | {"PYTHONPATH": _python_path()}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cnnlib.cluster", str(workers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            # Ctrl-C in the terminal is for the web process, which then ends this one in order.
            start_new_session=True,
        )
        too_late = threading.Timer(START_SECONDS, self._kill)
        too_late.start()
        self.address = self._process.stdout.readline().decode().strip()
        too_late.cancel()
        if not self.address:
            self.close()
            raise ClusterError("The training process on this machine could not be started.")

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """End it in order; by force if it takes too long."""
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill()
            self._process.wait()
        self._process.stdout.close()

    def _kill(self) -> None:
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()


async def _shake_hands(address: str) -> None:
    """TimeoutError if a scheduler does not: one that hangs takes connections all the same, and a
    client would wait for its first word without an end."""
    from distributed.comm import connect
    from distributed.security import Security

    how = Security().get_connection_args("client")
    comm = await asyncio.wait_for(connect(address, timeout=CONNECT_SECONDS, **how), CONNECT_SECONDS)
    comm.abort()


@contextlib.contextmanager
def _quiet_client() -> Iterator[None]:
    """A client closed while it looks for a lost scheduler logs its own cancellation as an error."""
    log = logging.getLogger("distributed.client")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)


def _python_path() -> str:
    """The folder of this package first, so that the new process finds it from anywhere."""
    here = str(Path(__file__).resolve().parent.parent)
    return os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])


def serve(workers: int) -> None:
    """Run a scheduler and `workers` workers until standard input ends."""
    import dask.config
    from distributed import LocalCluster

    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(max(1, cores() // workers)))
    dask.config.set(settings())
    with LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        memory_limit=round(LIMITS.process_bytes),
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"dashboard": False},
        silence_logs=logging.ERROR,
    ) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.buffer.read()


def settings() -> dict[str, Any]:
    """What Dask is set to, here and on other machines."""
    return {
        # Nothing is served over HTTP: a run's id is a secret, and Dask's pages would show it.
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
        # The sampling profiler takes the interpreter lock a hundred times a second.
        "distributed.worker.profile.enabled": False,
        # With Dask's own intervals two idle processes take 5 % of a core; with these, 1 %.
        "distributed.admin.tick.interval": "1s",
        "distributed.admin.system-monitor.interval": "5s",
        "distributed.worker.memory.monitor-interval": "1s",
        # A worker keeps nothing that could be written to disk, and one that pauses trains no more:
        # TensorFlow alone may be over the share of a small machine's memory at which they would.
        "distributed.worker.memory.target": False,
        "distributed.worker.memory.spill": False,
        "distributed.worker.memory.pause": False,
        "distributed.worker.memory.terminate": 1.0,
        "distributed.scheduler.active-memory-manager.start": False,
        "distributed.scheduler.work-stealing": False,
        # Fifteen seconds after a worker died Dask looks whether it is back, and if it happens to be
        # restarting just then, for another reason, ends what restarts it. So it is not to look.
        "distributed.deploy.lost-worker-timeout": "3650 days",
        # Dask's own setting of MALLOC_TRIM_THRESHOLD_ makes glibc give every large block back to
        # the system at once, and TensorFlow then waits for page faults.
        "distributed.nanny.pre-spawn-environ": {"OMP_NUM_THREADS": str(cores())},
    }


if __name__ == "__main__":
    serve(int(sys.argv[1]))
