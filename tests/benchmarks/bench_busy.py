"""What one visitor's training costs the others' pages.

    python tests/benchmarks/bench_busy.py [MOVES]

The median over MOVES key presses (default 12) of the time from a slider's key press on *Model
building* to the frame that shows its effect: while nothing trains ("idle"), and while another
visitor trains a network ("training"). The peer of the busy page is the same page, idle.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from playwright.sync_api import expect

from tests.benchmarks.bench_pages import OUR_SLIDER, slider_moves
from tests.benchmarks.peer import opened
from tests.browser import server

WARM_MS = 25_000  # until the worker has its Keras and has measured itself


def main(moves: int) -> None:
    path = server.chromium_path() or sys.exit("no Chromium: name one in the variable CHROMIUM")
    with tempfile.TemporaryDirectory() as name, server.chromium(path) as browser:
        folder = Path(name)
        runs = {"CNN_RUNS": str(folder / "runs")}
        with server.streamlit_server(server.ROOT / "app.py", folder / "log", runs) as url:
            page = opened(browser, f"{url}/model-building")
            page.wait_for_timeout(WARM_MS)
            slider_moves(page, *OUR_SLIDER, moves=4)
            idle = median(slider_moves(page, *OUR_SLIDER, moves=moves))
            trainer = opened(browser, f"{url}/training?train_epochs=30&model_filters=32")
            trainer.get_by_role("button", name="Train", exact=True).click()
            status = trainer.get_by_test_id("stProgress").first
            expect(status).to_contain_text("Training, epoch", timeout=60_000)
            address = trainer.url
            trainer.context.close()  # another visitor's browser draws on another machine
            busy = median(slider_moves(page, *OUR_SLIDER, moves=moves))
            status = opened(browser, address).get_by_test_id("stProgress").first
            expect(status).to_contain_text("Training, epoch")  # all along
        print(f"{'idle':>10} {'training':>10}  ratio")
        print(f"{idle:7.1f} ms {busy:7.1f} ms {busy / idle:5.2f}x")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 12)
