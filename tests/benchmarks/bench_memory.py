"""What the app takes of the machine's memory, process by process.

    python tests/benchmarks/bench_memory.py

A real server is visited by a browser, which opens every page; once a worker is warm and all is
still, each process is looked at: the web process, the one that looks after the worker, and the
worker. Then the digits are trained on with the training page's own settings, and the largest sum of
all processes during that is told. At last the same server with `CNN_IDLE_SECONDS` set: before
anything has been trained, and after its worker was ended. The browser's own memory is not counted.

Memory is the proportional set size: what two processes share is counted half in each, so that the
sum is what the machine has to have. Beside it stands the resident set size, which counts it twice.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import psutil
from playwright.sync_api import Page

from pages.support import navigation
from tests.browser import server

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1e6
IDLE_LIMIT, TRAINING_LIMIT = 1_000 * MEGABYTE, 1_600 * MEGABYTE
IDLE_SECONDS = 30
PATIENCE = 120.0
TRAINING = "training"
NAMES = (
    ("streamlit", "web process"),
    ("cnnlib.cluster", "scheduler"),
    ("resource_tracker", "Python's resource tracker"),
    ("--multiprocessing-fork", "worker"),
)


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch, server.chromium(chromium()) as browser:
        page = browser.contexts[0].new_page()
        page.set_default_timeout(PATIENCE * 1000)
        with app(Path(scratch) / "warm") as address:
            server.first_visit(address)
            wait(lambda: is_warm(), "for a warm worker")
            time.sleep(
                10
            )  # it measures its own speed, and the web process loads what is used later
            idle("idle, nobody there yet", IDLE_LIMIT)
            for path in ("", *(entry.url_path for entry in navigation.ENTRIES[1:])):
                visit(page, f"{address}/{path}")
            time.sleep(5)
            idle(f"idle, after a visit of all {len(navigation.ENTRIES)} pages", IDLE_LIMIT)
            train(page, address)
            time.sleep(5)
            idle("idle again, after that training", IDLE_LIMIT)
            page.goto("about:blank")
        with app(Path(scratch) / "small", CNN_IDLE_SECONDS=str(IDLE_SECONDS)) as address:
            server.first_visit(address)
            time.sleep(10)
            idle("a small server, before anything is trained", IDLE_LIMIT)
            train(page, address)
            wait(lambda: not is_warm(), "for the worker's end")
            time.sleep(2)
            idle(f"a small server, {IDLE_SECONDS} s after a training", IDLE_LIMIT)


def chromium() -> str:
    path = server.chromium_path()
    if path is None:
        sys.exit("This needs a Chromium; CHROMIUM may name one.")
    return path


@contextmanager
def app(folder: Path, **environment: str) -> Iterator[str]:
    folder.mkdir()
    runs = {"CNN_RUNS": str(folder / "runs")}
    with server.streamlit_server(ROOT / "app.py", folder / "log", runs | environment) as address:
        yield address


def visit(page: Page, address: str) -> None:
    page.goto(address)
    server.settled(page)


def train(page: Page, address: str) -> None:
    """Train with the page's own settings, and tell the most that was taken meanwhile."""
    visit(page, f"{address}/{TRAINING}")
    button = page.get_by_role("button", name="Train", exact=True)
    seen = Peak()
    with seen:
        button.click()
        page.get_by_role("button", name="Same start again").wait_for(timeout=PATIENCE * 1000)
    said = page.get_by_test_id("stProgress").first.inner_text().splitlines()[0]
    show(f"training on the digits, at its most ({said})", seen.most, TRAINING_LIMIT)


class Peak:
    """What all processes take when they take most together, looked up four times a second."""

    def __init__(self) -> None:
        self.most: dict[str, tuple[float, float]] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.25):
            now = taken()
            if total(now) > total(self.most):
                self.most = now


def taken() -> dict[str, tuple[float, float]]:
    """Bytes of each process of the server: proportional and resident set size."""
    found: dict[str, tuple[float, float]] = {}
    for process in psutil.Process().children(recursive=True):
        try:
            memory, line = process.memory_full_info(), " ".join(process.cmdline())
        except psutil.Error:  # it has ended meanwhile
            continue
        name = next((name for word, name in NAMES if word in line), None)
        if name is not None:
            share, resident = found.get(name, (0.0, 0.0))
            found[name] = (share + memory.pss, resident + memory.rss)
    return found


def total(memory: dict[str, tuple[float, float]]) -> float:
    return sum(share for share, _ in memory.values())


def is_warm() -> bool:
    """Whether there is a worker with TensorFlow loaded."""
    return taken().get("worker", (0.0, 0.0))[0] > 300 * MEGABYTE


def wait(question, what: str) -> None:
    give_up = time.monotonic() + PATIENCE
    while not question():
        if time.monotonic() > give_up:
            sys.exit(f"Waited too long {what}.")
        time.sleep(0.5)


def idle(title: str, limit: float) -> None:
    show(title, taken(), limit)


def show(title: str, memory: dict[str, tuple[float, float]], limit: float) -> None:
    print(title)
    for name, (share, resident) in memory.items():
        print(f"  {name:27} {share / MEGABYTE:7,.0f} MB   ({resident / MEGABYTE:,.0f} resident)")
    said = "within" if total(memory) <= limit else "OVER"
    resident = sum(resident for _, resident in memory.values())
    print(
        f"  {'all':27} {total(memory) / MEGABYTE:7,.0f} MB   "
        f"({resident / MEGABYTE:,.0f} resident), {said} {limit / MEGABYTE:,.0f} MB",
        flush=True,
    )


if __name__ == "__main__":
    main()
