"""What is looked after on every page, for everybody: axe's rules and what they cannot see.

    python -m tests.browser.survey [page address ...]

goes through all pages, or some, in both themes and both widths with all rules each time, and prints
what it finds, and how many requests each page makes. In the suite, tests/browser/test_access.py
does the same, save that in half of the combinations axe looks after colours alone.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from pages.support import navigation
from tests.browser import server
from tests.browser.rules import COLOURS

EMPTY_APP = Path(__file__).with_name("empty_app.py")
SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
ADDRESSES = (
    "",
    *(entry.url_path for entry in navigation.ENTRIES[1:]),
    "dataset?dataset=CIFAR-10+photos",
)
WIDE, PHONE, SMALL_PHONE = 1400, 390, 320
THEMES = ("light", "dark")
# Widths, and whether letters are twice as large.
SIZES = ((WIDE, False), (WIDE, True), (PHONE, True), (PHONE, False), (SMALL_PHONE, False))
PATIENCE_MS = 10_000  # what is only on its way is no fault

Own = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Look:
    """One combination of width and theme, with all rules, or with those another theme can break."""

    width: int
    theme: str
    every_rule: bool = True


def looks(number: int) -> tuple[Look, ...]:
    """All four combinations, two of them, in turn by the page's number, with all rules.

    In the others the same elements are in the same places, in other colours.
    """
    turn = THEMES if number % 2 == 0 else THEMES[::-1]
    return (
        Look(WIDE, turn[0]),
        Look(WIDE, turn[1], every_rule=False),
        Look(PHONE, turn[1]),
        Look(PHONE, turn[0], every_rule=False),
    )


def thorough_looks() -> tuple[Look, ...]:
    """All four combinations with all rules."""
    return tuple(Look(width, theme) for width in (WIDE, PHONE) for theme in THEMES)


def streamlits_own(page: Page) -> Own:
    """The rules that an empty app breaks, (rule, part of the page) each, whatever it looks like."""
    found: set[tuple[str, str]] = set()
    for look in thorough_looks():
        found |= {(one["rule"], one["where"]) for one in _broken(page, look)}
    return frozenset(found)


def faults(page: Page, own: Own, combinations: Iterable[Look]) -> list[str]:
    """All that is found on a page opened with reduced motion, in words; empty if all is well.

    To lay a page out anew takes longer than to look at it, so it goes by the shortest way from one
    size to the next.
    """
    combinations = tuple(combinations)
    found = lasting(page, "moving", "nameless", "colourAlone")
    for width, enlarged in SIZES:
        _resize(page, width)
        found += [f"{width} wide: {one}" for one in _enlarge(page, enlarged)]
        if not enlarged:
            here = [look for look in combinations if look.width == width]
            found += broken_rules(page, own, here)
        questions = ("wide", "unreadable") if width == WIDE else ("wide", "traps", "unreadable")
        size = f"{width} wide, letters twice as large" if enlarged else f"{width} wide"
        found += [f"{size}: {one}" for one in lasting(page, *questions)]
    return found


def broken_rules(page: Page, own: Own, combinations: Iterable[Look]) -> list[str]:
    """What axe finds on a page and not in an empty app, and whether it is moved sideways."""
    found = []
    for look in combinations:
        found += [
            f"{look.width} wide, {look.theme}: {one['rule']}: {one['html'][:200]}"
            for one in _broken(page, look)
            if (one["rule"], one["where"]) not in own
        ]
        main = page.get_by_test_id("stMain")
        if main.evaluate("element => element.scrollWidth > element.clientWidth"):
            found.append(f"{look.width} wide, {look.theme}: wider than the screen")
    return found


def lasting(page: Page, *questions: str) -> list[str]:
    """The faults of these kinds that are still there when all has had time to find its place."""
    _prepare(page)
    asked = [f"survey.lasting({question!r}, {PATIENCE_MS})" for question in questions]
    return [fault for question in asked for fault in page.evaluate(question)]


def _enlarge(page: Page, enlarged: bool) -> list[str]:
    """Letters twice their size, which is what a browser's own setting for them does, or not; what
    does not come to rest then."""
    size = "200%" if enlarged else ""
    style = "document.documentElement.style"
    if page.evaluate(f"{style}.fontSize") == size:
        return []
    page.evaluate(f"{style}.fontSize = {size!r}")
    return lasting(page, "moving")


def _broken(page: Page, look: Look) -> list[dict]:
    _prepare(page)
    _resize(page, look.width)
    page.emulate_media(color_scheme=look.theme, reduced_motion="reduce")
    # Text that is still fading in has too little contrast.
    page.wait_for_function("document.getAnimations().every(a => a.playState !== 'running')")
    if look.every_rule:
        return page.evaluate("survey.rules({})")
    options = {"runOnly": {"type": "rule", "values": list(COLOURS)}}
    return page.evaluate(f"survey.rules({json.dumps(options)})")


def _prepare(page: Page) -> None:
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(Axe().axe_script)
        page.evaluate(SCRIPT)


def _resize(page: Page, width: int) -> None:
    if page.viewport_size["width"] == width:
        return
    page.set_viewport_size({"width": width, "height": page.viewport_size["height"]})
    page.wait_for_function("width => innerWidth === width", arg=width)
    lasting(page, "moving")  # what depends on the width is drawn anew


def main(addresses: Sequence[str]) -> int:
    """Print what is found, page by page; returns the number of faults."""
    path = server.chromium_path()
    if path is None:
        sys.exit("no Chromium: install one or name it in the variable CHROMIUM")
    with tempfile.TemporaryDirectory() as scratch, server.chromium(path) as browser:
        log = Path(scratch) / "log"
        with server.streamlit_server(EMPTY_APP, log) as empty:
            own = streamlits_own(_opened(browser, empty, []))
        print("Streamlit's own:", ", ".join(sorted(f"{rule} in {part}" for rule, part in own)))
        app = server.ROOT / "app.py"
        with server.streamlit_server(app, log, {"CNN_RUNS": scratch}) as address:
            server.first_visit(address)
            count = sum(_report(browser, address, one, own) for one in addresses)
        notes = server.asked_outside(log)
        outside = notes.read_text().splitlines() if notes.exists() else []
    print(f"{len(outside)} requests of the server and its worker to other machines", *outside)
    return count + len(outside)


def _report(browser: Browser, address: str, path: str, own: Own) -> int:
    started = time.perf_counter()
    asked: list[str] = []
    page = _opened(browser, f"{address}/{path}", asked)
    found = faults(page, own, thorough_looks())
    page.close()
    here = (f"{address}/", f"{address.replace('http', 'ws', 1)}/", "data:", "blob:")
    found += [f"asked for {url}" for url in asked if not url.startswith(here)]
    took = f"{time.perf_counter() - started:.1f} s"
    print(f"{path or 'home'}: {len(found)} faults, {len(asked)} requests, {took}", flush=True)
    for one in found:
        print("   ", one, flush=True)
    return len(found)


def _opened(browser: Browser, address: str, asked: list[str]) -> Page:
    page = browser.contexts[0].new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.set_viewport_size({"width": WIDE, "height": 1000})
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(address)
    return server.settled(page)


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:] or ADDRESSES), 1))
