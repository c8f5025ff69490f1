"""Time from a pointer event to the painted frame while a network in space is turned, in Chromium.

    python tests/benchmarks/bench_orbit.py            the table
    python tests/benchmarks/bench_orbit.py --check    also fail if a frame's target is missed

The shipped digits network on a page 1400 pixels wide: dragged to and fro, and then dragged with a
layer spread. The clock is that of bench_stage.py, which says what the columns are.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
from playwright.sync_api import Browser, Page

from tests.benchmarks.bench_stage import (
    STOPWATCH,
    Row,
    check,
    measure_empty,
    print_table,
    task_seconds,
)
from tests.browser.server import ROOT, chromium, chromium_path, settled, streamlit_server

MOVES = 400


def main() -> None:
    path = chromium_path()
    if path is None:
        sys.exit("No Chromium: install one or name it in the variable CHROMIUM.")
    app = ROOT / "tests" / "browser" / "orbit_app.py"
    with (
        tempfile.TemporaryDirectory() as folder,
        streamlit_server(app, Path(folder) / "log") as address,
        chromium(path) as browser,
    ):
        rows = [
            measure(browser, address, "all layers", spread=False),
            measure(browser, address, "one layer spread", spread=True),
            measure_empty(browser),
        ]
    print_table(rows)
    if "--check" in sys.argv:
        check(rows)


def measure(browser: Browser, address: str, name: str, *, spread: bool) -> Row:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    sent = []
    page.on("websocket", lambda ws: ws.on("framesent", lambda message: sent.append(message)))
    page.goto(address)
    settled(page).wait_for_selector(".orbit[data-view]")
    page.wait_for_timeout(1000)
    box = page.locator(".orbit .scene").bounding_box()
    if spread:
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_timeout(1000)
    sent.clear()
    row = Row(f"digits network, {name}", *turn(page, box), len(sent))
    page.close()
    return row


def turn(page: Page, box: dict[str, float]) -> tuple[np.ndarray, float]:
    """Drag over the canvas; the timings of every move and the processor time of one."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 20, middle[1])
    page.evaluate(STOPWATCH)
    before = task_seconds(session)
    for move in range(MOVES):
        angle = 2 * np.pi * move / 100
        page.mouse.move(middle[0] + 150 * np.sin(angle), middle[1] + 40 * np.sin(2 * angle))
    page.wait_for_timeout(200)
    processor = (task_seconds(session) - before) * 1000 / MOVES
    page.mouse.up()
    return np.array(page.evaluate("window.timings")), processor


if __name__ == "__main__":
    main()
