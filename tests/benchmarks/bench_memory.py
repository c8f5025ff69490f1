"""What the app takes of the machine's memory, process by process.

    python tests/benchmarks/bench_memory.py [warm | small]

Each process of a real server is looked at once its worker is warm and all is still: the web
process, the one that looks after the worker, and the worker. So it is again after a browser has
opened every page and left, and after it has trained on the digits with the training page's own
settings; the largest sum of all processes during that is told, too. The small server is one with
`CNN_IDLE_SECONDS`: it is looked at before anything was trained, and after its worker was ended. The
browser itself is not counted.

Two sums are told. In that of resident set sizes what two processes share, some 90 MB of libraries,
is counted twice. That of proportional set sizes is what the machine has to have, if nothing else
runs on it that shares those libraries; it is the one that is held to the limit.
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
IDLE_SECONDS = 20
AFTERWARDS_SECONDS = 12.0  # the web process looks every few seconds whether anybody is there
PATIENCE = 120.0
TRAINING = "training"
Memory = dict[str, tuple[float, float]]
NAMES = (
    ("streamlit", "web process"),
    ("cnnlib.cluster", "scheduler"),
    ("resource_tracker", "Python's resource tracker"),
    ("--multiprocessing-fork", "worker"),
)


def main(which: str) -> None:
    with tempfile.TemporaryDirectory() as scratch, server.chromium(chromium()) as browser:
        page = browser.contexts[0].new_page()
        page.set_default_timeout(PATIENCE * 1000)
        if which != "small":
            with app(Path(scratch) / "warm") as address:
                warm(page, address)
        if which != "warm":
            with app(Path(scratch) / "small", CNN_IDLE_SECONDS=str(IDLE_SECONDS)) as address:
                small(page, address)


def warm(page: Page, address: str) -> None:
    """A server as it is without any setting."""
    server.first_visit(address)
    wait(lambda: is_warm(), "for a warm worker")
    time.sleep(10)  # it measures its own speed, and the web process loads what is used later
    idle("idle, nobody there yet")
    for path in ("", *(entry.url_path for entry in navigation.ENTRIES[1:])):
        visit(page, f"{address}/{path}")
    leave(page)
    idle(f"idle, after a visit of all {len(navigation.ENTRIES)} pages")
    train(page, address)
    leave(page)
    idle("idle again, after that training")


def small(page: Page, address: str) -> None:
    """One whose worker is there at need only."""
    server.first_visit(address)
    time.sleep(10)
    idle("a small server, before anything is trained")
    train(page, address)
    leave(page)
    wait(lambda: not is_warm(), "for the worker's end")
    time.sleep(2)
    idle(f"a small server, {IDLE_SECONDS} s after a training")


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


def leave(page: Page) -> None:
    """Close the app, and give it the time to note it."""
    page.goto("about:blank")
    time.sleep(AFTERWARDS_SECONDS)


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
        self.most: Memory = {}
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
            self.most = max(self.most, taken(), key=total)


def taken() -> Memory:
    """Bytes of each process of the server: proportional and resident set size."""
    found: Memory = {}
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


def total(memory: Memory) -> float:
    return sum(share for share, _ in memory.values())


def is_warm() -> bool:
    """Whether there is a worker with TensorFlow loaded."""
    return taken().get("worker", (0.0, 0.0))[1] > 300 * MEGABYTE


def wait(question, what: str) -> None:
    give_up = time.monotonic() + PATIENCE
    while not question():
        if time.monotonic() > give_up:
            sys.exit(f"Waited too long {what}.")
        time.sleep(0.5)


def idle(title: str) -> None:
    show(title, taken(), IDLE_LIMIT)


def show(title: str, memory: Memory, limit: float) -> None:
    print(title)
    resident = sum(whole for _, whole in memory.values())
    for name, (share, whole) in {**memory, "all": (total(memory), resident)}.items():
        print(f"  {name:27} {share / MEGABYTE:7,.0f} MB   ({whole / MEGABYTE:,.0f} MB resident)")
    said = "within" if total(memory) <= limit else "OVER"
    print(f"  {said} {limit / MEGABYTE:,.0f} MB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "both")
