"""Time from a pointer event to the painted highlight on the stage, in Chromium.

    python tests/benchmarks/bench_stage.py            the table
    python tests/benchmarks/bench_stage.py --check    also fail if a target is missed

The pointer crosses the output and the input of a 32 x 32 image, a cell a move. The clock starts
when the page receives the event and stops in the first task after the frame it was drawn in; "from
the system" starts when Chromium received it, which adds the wait for that frame. The last line is
an empty page that draws nothing: what the browser itself needs. Messages are those the page sends
to the server while the pointer moves.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
from playwright.sync_api import Browser, Page

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


def measure_stage(browser: Browser, address: str, scene: str, target: str) -> tuple:
    page = browser.new_page(viewport={"width": 1400, "height": 1700})
    sent = []
    page.on("websocket", lambda ws: ws.on("framesent", lambda message: sent.append(message)))
    page.goto(f"{address}/?scene={scene}")
    settled(page).wait_for_selector(".stage[data-mode]")
    page.wait_for_timeout(1000)
    sent.clear()
    box = page.locator(TARGETS[target]).first.bounding_box()
    timings = cross(page, box)
    messages = len(sent)
    page.close()
    return f"{SCENES[scene]}, over the {target}", timings, messages


def measure_empty(browser: Browser) -> tuple:
    page = browser.new_page(viewport={"width": 1400, "height": 1700})
    timings = cross(page, {"x": 100, "y": 100, "width": 320, "height": 320})
    page.close()
    return "empty page", timings, 0


def cross(page: Page, box: dict[str, float]) -> np.ndarray:
    """(MOVES, 2) milliseconds: since the page, and since the system, had the event."""
    page.evaluate(STOPWATCH)
    for move in range(MOVES):
        row, column = divmod(move * 7 % 900, 30)  # a new cell each time, all over the grid
        x = box["x"] + (column + 0.5) * box["width"] / 30
        page.mouse.move(x, box["y"] + (row + 0.5) * box["height"] / 30)
    page.wait_for_timeout(200)
    return np.array(page.evaluate("window.timings"))


def print_table(rows: list[tuple]) -> None:
    print(f"{'milliseconds to paint':<46}{'moves':>6}{'median':>8}{'p95':>7}", end="")
    print(f"{'p95 from the system':>21}{'messages':>10}")
    for name, timings, messages in rows:
        median, p95 = np.percentile(timings[:, 0], [50, 95])
        system = np.percentile(timings[:, 1], 95)
        print(f"{name:<46}{len(timings):>6}{median:>8.1f}{p95:>7.1f}{system:>21.1f}{messages:>10}")


def check(rows: list[tuple]) -> None:
    for name, timings, messages in rows[:-1]:
        p95 = np.percentile(timings[:, 0], 95)
        if len(timings) < 0.9 * MOVES or p95 > LIMIT_MS or messages:
            sys.exit(f"Missed: {name}: p95 {p95:.1f} ms, {messages} messages.")


if __name__ == "__main__":
    main()
