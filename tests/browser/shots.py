"""Pictures of every page, to look at: wide and narrow, light and dark.

    python -m tests.browser.shots FOLDER [page address ...]

Without addresses all listed pages are taken. Nothing is compared: this is for eyes.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser

from pages.support import navigation
from tests.browser import server

WIDTHS = (1400, 390)
HEIGHT = 900
SETTLING_MS = 2_500  # what is drawn in the browser, once the page's script has run


def take(browser: Browser, address: str, path: str, folder: Path) -> None:
    """Four pictures of one page, each as long as the page is."""
    for width in WIDTHS:
        for theme in ("light", "dark"):
            page = browser.new_page(viewport={"width": width, "height": HEIGHT}, color_scheme=theme)
            page.goto(f"{address}/{path}")
            server.settled(page)
            page.wait_for_timeout(SETTLING_MS)
            length = page.get_by_test_id("stMainBlockContainer").evaluate("e => e.scrollHeight")
            page.set_viewport_size({"width": width, "height": max(length, HEIGHT)})
            page.wait_for_timeout(500)
            name = path.split("?")[0] or "home"
            page.screenshot(path=folder / f"{name}-{width}-{theme}.png")
            page.close()


def main(folder: Path, paths: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    chromium = server.chromium_path()
    if chromium is None:
        sys.exit("no Chromium: install one or name it in the variable CHROMIUM")
    with (
        tempfile.TemporaryDirectory() as scratch,
        server.streamlit_server(
            server.ROOT / "app.py", Path(scratch) / "log", {"CNN_RUNS": scratch}
        ) as address,
        server.chromium(chromium) as browser,
    ):
        for path in paths:
            take(browser, address, path, folder)
            print(path or "home")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    listed = ["", *(entry.url_path for entry in navigation.ENTRIES[1:])]
    main(Path(sys.argv[1]), sys.argv[2:] or listed)
