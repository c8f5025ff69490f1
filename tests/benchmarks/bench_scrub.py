"""How soon a run is drawn as it was at another epoch, beside a two-line Streamlit app's slider.

    python tests/benchmarks/bench_scrub.py [ROUNDS] [EPOCHS]

Trains the default network on the digits for EPOCHS (default 15) epochs, then moves the slider over
the epochs with the keyboard, in each view, and the two-line app's slider in turn. Each figure is
the time from the key press to the frame after which nothing in the view changes any more; the
median over ROUNDS (default 12), and the largest. "Ahead": the page has been open for a few seconds,
in which the confusion matrices of all epochs are worked out; "at once": it has just been opened.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Locator, Page

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.peer import opened, two_line_app
from tests.browser import server

VIEWS = ("Filters", "One image", "Classes")
QUIET_MS = 400  # without a change, what is drawn is all of it
READING_MS = 5_000
NETWORK = "model_filters=16"
WINDOW = {"width": 1400, "height": 1000}

# Resolves with the milliseconds from the next key press to the frame after the last change of what
# the page's body shows: text, attributes and canvases below it. The slider itself does not count.
WATCH = """quiet => {
    let pressed = null, last = null;
    const note = () => { pressed = performance.now(); };
    addEventListener('keydown', note, {capture: true, once: true});
    const own = node => (node.nodeType === 1 ? node : node.parentElement)
        ?.closest('.scrub, [data-testid=stSlider], [data-testid=stStatusWidget]');
    const seen = () => requestAnimationFrame(() => { last = performance.now(); });
    const watched = [document.querySelector('[data-testid=stMain]')];
    for (const host of document.querySelectorAll('*')) {
        if (host.shadowRoot) watched.push(host.shadowRoot);
    }
    window.answered = new Promise(resolve => {
        const observer = new MutationObserver(changes => {
            const counts = changes.filter(c => !own(c.target) && (
                c.type !== 'attributes' || ['style', 'src', 'title'].includes(c.attributeName)));
            if (pressed !== null && counts.length) seen();
        });
        const all = {subtree: true, childList: true, characterData: true, attributes: true};
        for (const root of watched) observer.observe(root, all);
        const timer = setInterval(() => {
            if (last === null || performance.now() - last < quiet) return;
            clearInterval(timer);
            observer.disconnect();
            resolve(last - pressed);
        }, 50);
    });
}"""


def moves(page: Page, slider: Locator, count: int) -> list[float]:
    """Milliseconds from each of `count` key presses to the last frame that follows."""
    times = []
    for move in range(count):
        slider.focus()
        page.evaluate(WATCH, QUIET_MS)
        slider.press("ArrowLeft" if move % 8 < 4 else "ArrowRight")
        times.append(page.evaluate("() => window.answered"))
        server.settled(page)
    return times


def trained(browser: Browser, url: str, epochs: int) -> str:
    """Train a run on the page and return its id."""
    address = f"{url}/training?{NETWORK}&train_epochs={epochs}"
    page = opened(browser, address, viewport=WINDOW)
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_text(re.compile(f"Done, epoch {epochs} of")).wait_for(timeout=300_000)
    run_id = re.search(r"[?&]run=([\w-]{16})", page.url)[1]
    page.context.close()
    return run_id


def report(name: str, times: list[float], peer: float | None = None) -> None:
    ratio = "" if peer is None else f"{median(times) / peer:6.2f}x"
    print(f"{name:22} {median(times):8.0f} {max(times):8.0f} ms {ratio}", flush=True)


def main(rounds: int, epochs: int) -> None:
    path = server.chromium_path() or sys.exit("no Chromium: name one in the variable CHROMIUM")
    with tempfile.TemporaryDirectory() as name, server.chromium(path) as browser:
        folder = Path(name)
        two_lines = two_line_app(folder)
        runs = {"CNN_RUNS": str(folder / "runs")}
        app = server.ROOT / "app.py"
        with server.streamlit_server(app, folder / "log", runs) as url:
            server.first_visit(url)
            run_id = trained(browser, url, epochs)
        # A server that knows nothing of the run yet.
        with (
            server.streamlit_server(app, folder / "log", runs) as url,
            server.streamlit_server(two_lines, folder / "log2") as peer_url,
        ):
            server.first_visit(url)
            peer = opened(browser, peer_url, viewport=WINDOW)
            peer_times = moves(peer, peer.get_by_role("slider"), rounds)
            print(f"{'':22} {'median':>8} {'largest':>8}    ratio to the two-line app")
            report("two-line app", peer_times)
            for view, wait in (("Classes", 0), *((view, READING_MS) for view in VIEWS)):
                address = f"{url}/training?run={run_id}&training_view={view}"
                page = opened(browser, address, viewport=WINDOW)
                page.wait_for_timeout(wait)
                times = moves(page, page.locator(".scrub input"), rounds)
                report(f"{view}, {'ahead' if wait else 'at once'}", times, median(peer_times))
                page.context.close()


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:3]]
    main(*(numbers + [12, 15][len(numbers) :]))
