"""How soon the whole network is drawn for another image, and how soon for the first.

    python tests/benchmarks/bench_network_map.py [ROUNDS]

For TinyVGG and the article's basic model on photos of 32 x 32, both with the weights that training
starts from, and the two shipped networks: opens the page of the whole network on a server that has
drawn it before, then asks for other images with the number's button and the random one. "First" is
from the start of the navigation to the frame in which the last column has been drawn; "next" from
the press of the button to the frame after which nothing in the map changes any more. The median
over ROUNDS (default 15), and the largest.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from cnnlib.network import Network
from cnnlib.presets import article_basic, tiny_vgg
from cnnlib.records import EpochRecord
from cnnlib.runs import RunStore
from cnnlib.spec import NetworkSpec, RunSpec, TrainingSpec
from cnnlib.training import EpochEvent
from tests.browser import server

WARMING_VISITS = 2  # a server has drawn a page before it is warm
FIRST_VISITS = 7
QUIET_MS = 400  # without a change, what is drawn is all of it

# Resolves with the milliseconds from the next press to the frame after the last change of the
# pictures: a canvas that is painted again gets a new size, which its attributes tell.
WATCH = """quiet => {
    let pressed = null, last = null;
    const note = () => { pressed = performance.now(); };
    addEventListener('pointerdown', note, {capture: true, once: true});
    const seen = () => requestAnimationFrame(() => { last = performance.now(); });
    const host = [...document.querySelectorAll('*')].find(
        each => each.shadowRoot?.querySelector('.network'));
    const board = (host?.shadowRoot ?? document).querySelector('.network .board');
    window.answered = new Promise(resolve => {
        const observer = new MutationObserver(changes => {
            const painted = changes.some(c => c.target.nodeName === 'CANVAS');
            if (pressed !== null && painted) seen();
        });
        observer.observe(board, {subtree: true, attributes: true, childList: true});
        const timer = setInterval(() => {
            if (last === null || performance.now() - last < quiet) return;
            clearInterval(timer);
            observer.disconnect();
            resolve(last - pressed);
        }, 50);
    });
}"""

DRAWN = """() => {
    const host = [...document.querySelectorAll('*')].find(
        each => each.shadowRoot?.querySelector('.network'));
    const items = (host?.shadowRoot ?? document).querySelectorAll('.network .item canvas');
    if (!items.length) return null;
    return new Promise(resolve => requestAnimationFrame(() => resolve(performance.now())));
}"""


def opened(browser: Browser, address: str) -> tuple[Page, float]:
    """The page, and the milliseconds until its map was drawn."""
    page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    page.set_default_timeout(60_000)
    page.goto(address, wait_until="commit")
    drawn = page.wait_for_function(DRAWN, polling="raf").json_value()
    return server.settled(page), drawn


def next_images(page: Page, button: str, rounds: int) -> list[float]:
    times = []
    for _ in range(rounds):
        page.evaluate(WATCH, QUIET_MS)
        page.locator(button).click()
        times.append(page.evaluate("() => window.answered"))
        server.settled(page)
    return times


def saved_run(store: RunStore, network: NetworkSpec) -> str:
    """A run on the photos with the weights that a training would begin with."""
    run_id = store.create(RunSpec(network, TrainingSpec(dataset="cifar10", image_count=500)))
    event = EpochEvent(1, 2.3, 0.1, 2.3, 0.1, 1000.0, 1.0)
    weights = Network.initial(network).weights
    store.save_epoch(run_id, 1, weights, EpochRecord((), event), None)
    return run_id


def report(name: str, times: list[float]) -> None:
    print(f"{name:34} {median(times):8.0f} {max(times):8.0f} ms", flush=True)


def main(rounds: int) -> None:
    path = server.chromium_path() or sys.exit("no Chromium: name one in the variable CHROMIUM")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = RunStore(folder / "runs")
        shape = (32, 32, 3)
        queries = {
            "TinyVGG": f"run={saved_run(store, tiny_vgg(shape))}",
            "basic model": f"run={saved_run(store, article_basic(shape))}",
            "shipped digits, 24 layers": "net_network=Shipped: digits",
            "shipped photos, 24 layers": "net_network=Shipped: photos",
        }
        app, log = server.ROOT / "app.py", folder / "log"
        with (
            server.streamlit_server(app, log, {"CNN_RUNS": str(folder / "runs")}) as url,
            server.chromium(path) as browser,
        ):
            server.first_visit(url)
            print(f"{'':34} {'median':>8} {'largest':>8}")
            for title, query in queries.items():
                address = f"{url}/whole-network?{query}"
                for _ in range(WARMING_VISITS):
                    opened(browser, address)[0].context.close()
                firsts = []
                for _ in range(FIRST_VISITS):
                    page, drawn = opened(browser, address)
                    firsts.append(drawn)
                    if len(firsts) < FIRST_VISITS:
                        page.context.close()
                report(f"{title}: first", firsts)
                step = "[data-testid=stNumberInputStepUp] >> nth=0"
                report(f"{title}: next number", next_images(page, step, rounds))
                random = "[class*=st-key-net_][class*=_number_random] button"
                report(f"{title}: random", next_images(page, random, rounds))
                page.context.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
