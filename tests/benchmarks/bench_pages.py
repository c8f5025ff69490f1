"""How soon a page answers, beside a two-line Streamlit app, in the same run.

    python tests/benchmarks/bench_pages.py [ROUNDS]

Two figures, each the median over ROUNDS (default 7), ours and the two-line app's in turn:

cold start   from starting the server's process to the first page settled in the browser, with a
             fresh browser context, so that nothing is cached
slider       from the key press that moves a slider to the frame in which the page shows the new
             value (ours: the parameter count of the model page; the peer: the number itself)
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.peer import opened, two_line_app
from tests.browser import server

OURS, PEER = "ours", "two-line app"
OUR_SLIDER = ("Filters in the first block", '[data-testid="stMetricValue"]', 1)
PEER_SLIDER = ("Value", '[data-testid="stMarkdownContainer"] p', -1)

# Resolves with the milliseconds from the next key press to the frame after the text changes.
WATCH = """([selector, index]) => {
    const texts = () => [...document.querySelectorAll(selector)].map(e => e.textContent);
    const before = texts().at(index);
    let pressed = null;
    const note = () => { pressed = performance.now(); };
    addEventListener('keydown', note, {capture: true, once: true});
    window.answered = new Promise(resolve => {
        const observer = new MutationObserver(() => {
            if (pressed === null || texts().at(index) === before) return;
            observer.disconnect();
            requestAnimationFrame(() => resolve(performance.now() - pressed));
        });
        observer.observe(document.body, {subtree: true, childList: true, characterData: true});
    });
}"""


def cold_start(browser: Browser, app: Path, folder: Path) -> float:
    """Seconds from starting the server to the first page settled."""
    context = browser.new_context()
    started = time.perf_counter()
    with server.streamlit_server(app, folder / "log", {"CNN_RUNS": str(folder / "runs")}) as url:
        page = context.new_page()
        page.goto(url)
        server.settled(page)
        seconds = time.perf_counter() - started
        context.close()
    return seconds


def slider_moves(page: Page, label: str, selector: str, index: int, moves: int) -> list[float]:
    """Milliseconds from each of `moves` key presses to the frame that shows what follows."""
    slider = page.get_by_role("slider", name=label)
    times = []
    for move in range(moves):
        slider.focus()
        page.evaluate(WATCH, [selector, index])
        slider.press("ArrowRight" if move % 2 else "ArrowLeft")
        times.append(page.evaluate("() => window.answered"))
        server.settled(page)
        page.wait_for_timeout(300)  # the next key must not fall into the slider's own delay
    return times


def report(name: str, unit: str, times: dict[str, list[float]]) -> None:
    ours, peer = median(times[OURS]), median(times[PEER])
    print(f"{name:12} {ours:8.2f} {peer:8.2f} {unit:3} {ours / peer:6.2f}x", flush=True)


def main(rounds: int) -> None:
    path = server.chromium_path() or sys.exit("no Chromium: name one in the variable CHROMIUM")
    with tempfile.TemporaryDirectory() as name, server.chromium(path) as browser:
        folder = Path(name)
        apps = {OURS: server.ROOT / "app.py", PEER: two_line_app(folder)}
        print(f"{'':12} {OURS:>8} {'peer':>8}     ratio")
        for app in apps.values():  # compiled files and the system's file cache, for both
            cold_start(browser, app, folder)
        starts = {name: [] for name in apps}
        for _ in range(rounds):
            for name, app in apps.items():
                starts[name].append(cold_start(browser, app, folder))
        report("cold start", "s", starts)
        runs = {"CNN_RUNS": str(folder / "runs")}
        with (
            server.streamlit_server(apps[OURS], folder / "log", runs) as our_url,
            server.streamlit_server(apps[PEER], folder / "log2") as peer_url,
        ):
            pages = {
                OURS: opened(browser, f"{our_url}/model-building"),
                PEER: opened(browser, peer_url),
            }
            pages[OURS].wait_for_timeout(20_000)  # until the worker has its Keras
            times = {OURS: [], PEER: []}
            for _ in range(rounds):
                times[OURS] += slider_moves(pages[OURS], *OUR_SLIDER, moves=4)
                times[PEER] += slider_moves(pages[PEER], *PEER_SLIDER, moves=4)
            report("slider", "ms", times)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
