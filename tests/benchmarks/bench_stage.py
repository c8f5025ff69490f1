"""Time from a pointer event to the painted highlight on the stage, in Chromium.

    python tests/benchmarks/bench_stage.py            the table
    python tests/benchmarks/bench_stage.py --check    also fail if a target is missed

On a machine that is busy with something else, put `chrt -r 1` before the command: it then gets the
processor when it asks for it.

The pointer crosses the output and the input of a 32 x 32 image, a cell a move. The clock starts
when the page receives the event and stops in the first task after the frame it was drawn in; "from
the system" starts when Chromium received it, which adds the wait for that frame. "Processor" is the
page's own processor time a move, which other programs on the machine hardly change; they do change
the rest, so that the last line, an empty page that draws nothing, is to be read with it. Messages
are those the page sends to the server while the pointer moves. The outlines, the window, its
products, partial sums and the sum are in that frame; the lines of "step by step" follow in the next
frame that has no newer move to draw, or in every sixteenth.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
from playwright.sync_api import Browser, CDPSession, Page

from tests.browser.server import ROOT, chromium, chromium_path, settled, streamlit_server

MOVES = 400
LIMIT_MS = 1000 / 60
SCENES = {"plain": "32 x 32 x 1, 3 x 3 kernel", "colour": "32 x 32 x 3, 3 x 3 x 3 kernel"}
TARGETS = {"output": ".output .grid", "input": ".plane .grid"}

# Registered on the window for the way down, so that it runs before the stage's own listener and
# its callback is the first of the frame's; the message is handled once the frame is painted.
STOPWATCH = """() => {
  window.timings = [];
  const channel = new MessageChannel();
  const waiting = [];
  channel.port1.onmessage = () => {
    const [system, received] = waiting.shift();
    const painted = performance.now();
    window.timings.push([painted - received, painted - system]);
  };
  window.addEventListener("pointermove", (event) => {
    const start = [event.timeStamp, performance.now()];
    requestAnimationFrame(() => { waiting.push(start); channel.port2.postMessage(0); });
  }, { capture: true });
}"""


class Row(NamedTuple):
    """What was measured: milliseconds a move, (moves, 2) of them since the page and the system."""

    name: str
    timings: np.ndarray
    processor: float
    messages: int


def main() -> None:
    path = chromium_path()
    if path is None:
        sys.exit("No Chromium: install one or name it in the variable CHROMIUM.")
    app = ROOT / "tests" / "browser" / "stage_app.py"
    with (
        tempfile.TemporaryDirectory() as folder,
        streamlit_server(app, Path(folder) / "log") as address,
        chromium(path) as browser,
    ):
        rows = [
            measure_stage(browser, address, scene, target) for scene in SCENES for target in TARGETS
        ]
        rows.append(measure_empty(browser))
    print_table(rows)
    if "--check" in sys.argv:
        check(rows)


def measure_stage(browser: Browser, address: str, scene: str, target: str) -> Row:
    page = browser.new_page(viewport={"width": 1400, "height": 1700})
    sent = []
    page.on("websocket", lambda ws: ws.on("framesent", lambda message: sent.append(message)))
    page.goto(f"{address}/?scene={scene}")
    settled(page).wait_for_selector(".stage[data-mode]")
    page.wait_for_timeout(1000)
    sent.clear()
    box = page.locator(TARGETS[target]).first.bounding_box()
    row = Row(f"{SCENES[scene]}, over the {target}", *cross(page, box), len(sent))
    page.close()
    return row


def measure_empty(browser: Browser) -> Row:
    page = browser.new_page(viewport={"width": 1400, "height": 1700})
    box = {"x": 100, "y": 100, "width": 320, "height": 320}
    row = Row("empty page", *cross(page, box), 0)
    page.close()
    return row


def cross(page: Page, box: dict[str, float]) -> tuple[np.ndarray, float]:
    """Move over a box; the timings of every move and the processor time of one."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.evaluate(STOPWATCH)
    before = task_seconds(session)
    for move in range(MOVES):
        row, column = divmod(move * 7 % 900, 30)  # a new cell each time, all over the grid
        x = box["x"] + (column + 0.5) * box["width"] / 30
        page.mouse.move(x, box["y"] + (row + 0.5) * box["height"] / 30)
    page.wait_for_timeout(200)
    processor = (task_seconds(session) - before) * 1000 / MOVES
    return np.array(page.evaluate("window.timings")), processor


def task_seconds(session: CDPSession) -> float:
    """Processor time of the page's main thread so far."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")


def print_table(rows: list[Row]) -> None:
    heads = ("moves", "median", "p95", "p95 from the system", "processor", "messages")
    print(
        f"{'milliseconds from event to paint':<46}", *(f"{head:>{len(head) + 2}}" for head in heads)
    )
    for name, timings, processor, messages in rows:
        median, p95 = np.percentile(timings[:, 0], [50, 95])
        system = np.percentile(timings[:, 1], 95)
        cells = (len(timings), *(f"{ms:.1f}" for ms in (median, p95, system, processor)), messages)
        widths = (len(head) + 2 for head in heads)
        print(f"{name:<46}", *(f"{cell:>{w}}" for cell, w in zip(cells, widths, strict=True)))


def check(rows: list[Row]) -> None:
    for name, timings, _, messages in rows[:-1]:
        p95 = np.percentile(timings[:, 0], 95)
        if len(timings) < 0.9 * MOVES or p95 > LIMIT_MS or messages:
            sys.exit(f"Missed: {name}: p95 {p95:.1f} ms, {messages} messages.")


if __name__ == "__main__":
    main()
