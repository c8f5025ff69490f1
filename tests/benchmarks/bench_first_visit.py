"""What the first visit of each page costs: bytes, seconds, runs; beside a two-line app.

    python tests/benchmarks/bench_first_visit.py [PAGE ...] [--rounds N] [--details N]

PAGE is an address such as model-building, home for the first page; without one, all pages. Each is
visited N times (default 3), the pages in turn, each time by a browser context of its own: no file,
cookie or compiled script of an earlier visit is there. The server is warm: every page has been
opened once, its worker has its Keras, and somebody else is there (or it would forget what it has
worked out). The browser runs on the server's processors.

A visit begins with the navigation and ends at the last of these moments. None of them has come
again half a second later, and no skeleton or spinner is on the page, whose state is "not running":

run      the message arrives that tells the end of the script's, or a fragment's, last run
arrived  the last file that the page asked for has arrived
drawn    the frame is drawn after the last element was added, in the document or in a component's
         shadow root, or the last canvas or picture got another size or source
idle     the last task of the main thread of over 50 ms (what browsers call a long task) ends

That is the time to interactive: all is drawn, and the page answers the next press within 50 ms.
Other columns: the kilobytes that came by HTTP (Resource Timing: bodies as sent, and 300 bytes of
headers each) and by WebSocket (its messages); the runs of the script and of fragments that ended
(`script_finished`); the seconds of the script: from the browser's first message to the last end.
"page" and "server" are processor seconds, of the page's main thread and of the server's process;
unlike all others they hardly depend on what else the machine does. Each is the median of the
visits, runs the most. A star marks a page over 2 s or of over 2 runs.

--details N prints for each page its N slowest files and largest messages too.
"""

from __future__ import annotations

import argparse
import base64
import math
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil
from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from pages.support import navigation
from tests.benchmarks.bench_load import tour, wait_until_warm
from tests.benchmarks.peer import two_line_app
from tests.browser import server
from tests.streamlit_session import Session

PEER, HOME = "two-line app", "home"
MOST_SECONDS, MOST_RUNS = 2.0, 2
QUIET_MS, PATIENCE_MS = 500, 20_000
SIZE = {"width": 1400, "height": 1000}

# Runs in a page before any script of its own, and notes what happens on it.
NOTE = """(() => {
    const noted = window.noted = {frames: [], asked: null, drawn: 0, idle: 0};
    performance.setResourceTimingBufferSize(2000);
    window.WebSocket = class extends WebSocket {
        constructor(...all) {
            super(...all);
            this.addEventListener('message', event => {
                noted.frames.push([performance.now(), event.data]);
            });
        }
        send(data) {
            noted.asked ??= performance.now();
            super.send(data);
        }
    };
    new PerformanceObserver(list => {
        for (const task of list.getEntries())
            noted.idle = Math.max(noted.idle, task.startTime + task.duration);
    }).observe({type: 'longtask', buffered: true});
    const isDrawn = change => change.type === 'attributes'
        || [...change.addedNodes].some(node => node.nodeType === Node.ELEMENT_NODE);
    const observer = new MutationObserver(changes => {
        if (changes.some(isDrawn))
            requestAnimationFrame(() => { noted.drawn = performance.now(); });
    });
    const filter = {subtree: true, childList: true, attributes: true,
                    attributeFilter: ['width', 'height', 'src']};
    observer.observe(document, filter);
    const attach = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function (options) {
        const root = attach.call(this, options);
        observer.observe(root, filter);
        return root;
    };
    noted.files = () => [...performance.getEntriesByType('navigation'),
                         ...performance.getEntriesByType('resource')];
})()"""

# Resolves once nothing has changed for `quiet`, with true; after `patience` with false.
STILL = """([quiet, patience]) => new Promise(resolve => {
    const busy = '[data-testid=stSkeleton], [data-testid=stAppSkeleton], [data-testid=stSpinner]';
    const ready = '[data-testid=stApp][data-test-script-state=notRunning]';
    const timer = setInterval(() => {
        const now = performance.now();
        const last = Math.max(noted.drawn, noted.idle, noted.frames.at(-1)?.[0] ?? now,
                              ...noted.files().map(file => file.responseEnd));
        const isStill = document.querySelector(ready) !== null
            && document.querySelector(busy) === null && now - last > quiet;
        if (!isStill && now < patience) return;
        clearInterval(timer);
        resolve(isStill);
    }, 50);
})"""

TOLD = """() => ({
    asked: noted.asked, drawn: noted.drawn, idle: noted.idle,
    files: noted.files().map(file => [file.name, file.startTime, file.responseEnd,
                                      file.transferSize]),
    frames: noted.frames.map(([when, data]) =>
        [when, btoa(Array.from(new Uint8Array(data), byte => String.fromCharCode(byte)).join(''))]),
})"""


@dataclass(frozen=True)
class File:
    """What a page asked for by HTTP: when it began and how long it took, in seconds, and bytes."""

    address: str
    began: float
    took: float
    size: int


@dataclass(frozen=True)
class Visit:
    """One visit; times in seconds from the navigation."""

    asked: float
    finished: tuple[float, ...]
    drawn: float
    idle: float
    files: tuple[File, ...]
    messages: tuple[tuple[str, int], ...]  # what each held, and its bytes
    page_work: float  # processor seconds of its main thread
    server_work: float  # and of the server's process
    is_still: bool  # or else it was left while it still changed

    @property
    def arrived(self) -> float:
        return max(file.began + file.took for file in self.files)

    @property
    def interactive(self) -> float:
        end = max(self.finished[-1], self.arrived, self.drawn, self.idle)
        return end if self.is_still else math.inf

    @property
    def figures(self) -> tuple[float, ...]:
        """As in the table, after the name and before the stars."""
        http = sum(file.size for file in self.files) / 1000
        socket = sum(size for _, size in self.messages) / 1000
        script = self.finished[-1] - self.asked
        ends = (self.finished[-1], self.arrived, self.drawn, self.idle)
        work = (self.page_work, self.server_work)
        return (self.interactive, len(self.finished), http, socket, script, *ends, *work)


def visit(browser: Browser, address: str, process: psutil.Process) -> Visit:
    """Open an address of the server that is this process, as somebody who has never been there."""
    used = _used(process)
    context = browser.new_context(viewport=SIZE)
    try:
        context.add_init_script(NOTE)
        page = context.new_page()
        page.set_default_timeout(3 * PATIENCE_MS)
        session = context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.goto(address, wait_until="commit")
        is_still = page.evaluate(STILL, [QUIET_MS, PATIENCE_MS])
        metrics = session.send("Performance.getMetrics")["metrics"]
        page_work = next(one["value"] for one in metrics if one["name"] == "TaskDuration")
        work = (page_work, _used(process) - used)
        return _visit_of(page.evaluate(TOLD), work, is_still)
    finally:
        context.close()


def server_of(app: Path) -> psutil.Process:
    """The server of this app that this process has started."""
    return next(child for child in psutil.Process().children() if str(app) in child.cmdline())


def _used(process: psutil.Process) -> float:
    return sum(process.cpu_times()[:2])


def _visit_of(told: Mapping, work: tuple[float, float], is_still: bool) -> Visit:
    finished, messages = [], []
    for when, text in told["frames"]:
        data = base64.b64decode(text)
        message = ForwardMsg()
        message.ParseFromString(data)
        messages.append((_kind(message), len(data)))
        if message.WhichOneof("type") == "script_finished":
            finished.append(when / 1000)
    files = tuple(
        File(name, begun / 1000, (end - begun) / 1000, size)
        for name, begun, end, size in told["files"]
    )
    asked, drawn, idle = (told[name] / 1000 for name in ("asked", "drawn", "idle"))
    return Visit(asked, tuple(finished), drawn, idle, files, tuple(messages), *work, is_still)


def _kind(message: ForwardMsg) -> str:
    """What a message holds, such as "markdown", or for a component its name."""
    kind = message.WhichOneof("type")
    if kind != "delta":
        return kind
    kind = message.delta.WhichOneof("type")
    if kind != "new_element":
        return kind
    element = message.delta.new_element
    kind = element.WhichOneof("type")
    return getattr(getattr(element, kind), "component_name", "") or kind


def summary(name: str, visits: Sequence[Visit], peer: float) -> str:
    """A line of the table: the median visit, the seconds beside `peer`'s, and its mark."""
    figures = [median(values) for values in zip(*(one.figures for one in visits), strict=True)]
    seconds, runs, http, socket, script, *ends = figures
    runs = max(len(one.finished) for one in visits)
    mark = " *" if seconds > MOST_SECONDS or runs > MOST_RUNS else ""
    last = " ".join(f"{end:7.2f}" for end in ends)
    return (
        f"{name:26} {seconds:6.2f} {seconds / peer:5.2f}x {runs:5} {http:8,.0f} {socket:7,.0f} "
        f"{script:7.2f} {last}{mark}"
    )


def details(visits: Sequence[Visit], count: int) -> str:
    """The slowest files and largest messages of the visit in the middle."""
    one = sorted(visits, key=lambda each: each.interactive)[len(visits) // 2]
    lines = [
        f"    {file.took:6.2f} s from {file.began:5.2f} {file.size / 1000:7,.0f} kB {file.address}"
        for file in sorted(one.files, key=lambda file: -file.took)[:count]
    ]
    largest = sorted(one.messages, key=lambda message: -message[1])[:count]
    return "\n".join([*lines, *(f"    {size / 1000:7,.0f} kB {kind}" for kind, size in largest)])


def main(pages: Sequence[str], rounds: int, count: int) -> None:
    path = server.chromium_path() or sys.exit("no Chromium: name one in the variable CHROMIUM")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        runs = {"CNN_RUNS": str(folder / "runs")}
        app, two_lines, log = server.ROOT / "app.py", two_line_app(folder), folder / "log"
        with (
            server.streamlit_server(app, log, runs) as ours,
            server.chromium(path) as browser,
            Session(ours) as somebody,
        ):
            somebody.open()
            process = server_of(app)
            tour(ours)
            wait_until_warm(process)
            with server.streamlit_server(two_lines, folder / "peer.log") as peer:
                peer_process = server_of(two_lines)
                addresses = {PEER: (peer, peer_process)}
                for page in pages:
                    addresses[page] = (f"{ours}/{'' if page == HOME else page}", process)
                visit(browser, peer, peer_process)  # the browser's own start
                visits = {name: [] for name in addresses}
                for turn in range(rounds):
                    for name, (address, served_by) in addresses.items():
                        one = visit(browser, address, served_by)
                        visits[name].append(one)
                        said = f"{one.interactive:.2f} s, {len(one.finished)} runs"
                        print(f"{turn + 1}: {name} {said}", file=sys.stderr, flush=True)
    print(
        f"{'':26} {'s':>6} {'ratio':>6} {'runs':>5} {'HTTP kB':>8} {'WS kB':>7} {'script':>7} "
        f"{'run':>7} {'arrived':>7} {'drawn':>7} {'idle':>7} {'page':>7} {'server':>7}"
    )
    beside = median(one.interactive for one in visits[PEER])
    for name, ones in visits.items():
        print(summary(name, ones, beside), flush=True)
        if count:
            print(details(ones, count))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    every = [HOME, *(entry.url_path for entry in navigation.ENTRIES[1:])]
    parser.add_argument("pages", nargs="*", metavar="PAGE", help=", ".join(every))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--details", type=int, default=0, metavar="N")
    options = parser.parse_args()
    for page in options.pages:
        if page not in every:
            parser.error(f"there is no page {page!r}; there are {', '.join(every)}")
    main(options.pages or every, options.rounds, options.details)
