"""Full data sets being fetched by a worker, and how far each is."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from cnnlib import datasets

RESULT_SECONDS = 10.0


@dataclass(frozen=True)
class FetchStatus:
    """Where the fetching of a full data set stands; `total` bytes is 0 while it is unknown.

    `state` is absent, queued, running, done or failed; `message` a sentence, or empty.
    """

    state: str
    message: str = ""
    done: int = 0
    total: int = 0

    @property
    def is_active(self) -> bool:
        """Whether more is to come without anybody doing anything."""
        return self.state in ("queued", "running")


@dataclass
class _Fetch:
    status: FetchStatus = field(default_factory=lambda: FetchStatus("queued"))
    future: Any = None


class Fetches:
    """The fetches of one engine. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fetches: dict[str, _Fetch] = {}

    def ask(self, name: str) -> None:
        """Have a full set fetched; nothing happens if it is here or under way."""
        if datasets.full_is_here(name):
            return
        with self._lock:
            if name not in self._fetches or not self._fetches[name].status.is_active:
                self._fetches[name] = _Fetch()

    def stop(self, name: str) -> None:
        """Have a set no longer made, if it is one that is drawn; a download goes on to its end."""
        with self._lock:
            fetch = self._fetches.get(name)
            active = fetch is not None and fetch.status.is_active
            if active and fetch.future is None:
                del self._fetches[name]
                return
        if active:
            datasets.stop_fetching(name)

    def status(self, name: str) -> FetchStatus:
        """Raises DatasetError for an unknown data set."""
        here = datasets.full_is_here(name)
        with self._lock:
            fetch = self._fetches.get(name)
            if fetch is None or (here and not fetch.status.is_active):
                return FetchStatus("done" if here else "absent")
            return fetch.status

    @property
    def are_active(self) -> bool:
        with self._lock:
            return any(fetch.status.is_active for fetch in self._fetches.values())

    def on_progress(self, name: str, done: int, total: int) -> None:
        with self._lock:
            fetch = self._fetches.get(name)
            if fetch is not None and fetch.status.is_active:
                fetch.status = FetchStatus("running", "", done, total)

    def step(self, send: Callable[[str, str], Any]) -> None:
        """Give new fetches to the cluster by `send(key, name)`, and take note of ended ones."""
        with self._lock:
            fetches = [(n, f) for n, f in self._fetches.items() if f.status.is_active]
        for name, fetch in fetches:
            if fetch.future is None:
                fetch.future = send(f"fetch-{name}-{secrets.token_hex(4)}", name)
            elif fetch.future.done():
                state, message = "failed", "The worker that fetched it was ended. Try again."
                if fetch.future.status == "finished":
                    state, message = fetch.future.result(timeout=RESULT_SECONDS)
                with self._lock:
                    fetch.status = replace(fetch.status, state=state, message=message)
                    fetch.future = None

    def lose(self) -> None:
        """The cluster is gone: what it was fetching is to be fetched again."""
        with self._lock:
            for fetch in self._fetches.values():
                fetch.future = None
