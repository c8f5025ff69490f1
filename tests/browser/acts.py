"""What a visitor does and reads on more than one page."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

SWIPE, STEP = 240, 20  # pixels
PHONE = {"width": 390, "height": 800, "has_touch": True, "reduced_motion": "reduce"}


def press(page: Page, name: str) -> None:
    """Press the button with this very name."""
    page.get_by_role("button", name=name, exact=True).click()


def stop_button(page: Page) -> Locator:
    """The page's own "Stop"; while a page is drawn, Streamlit's header has another."""
    return page.get_by_test_id("stMain").get_by_role("button", name="Stop", exact=True)


def pick(page: Page, box: Locator, name: str) -> None:
    """Pick an option of a select box; a page that is drawn anew at that moment closes the list."""
    option = page.get_by_role("option", name=name, exact=True)

    def opened() -> bool:
        box.click()
        try:
            expect(option).to_be_visible(timeout=5_000)
        except AssertionError:
            return False
        return True

    assert any(opened() for _ in range(8))
    option.click()


def noting(event: str, frames: list) -> Callable[[Page], None]:
    """What to do with a new page to note its frames, "framesent" or "framereceived"."""

    def watch(page: Page) -> None:
        page.on("websocket", lambda socket: socket.on(event, lambda frame: frames.append(frame)))

    return watch


def narrow(page: Page, width: int) -> None:
    """Give a page another width, and wait until it has been drawn so."""
    page.set_viewport_size({"width": width, "height": page.viewport_size["height"]})
    page.wait_for_function("width => innerWidth === width", arg=width)
    page.wait_for_function("document.getAnimations().every(a => a.playState !== 'running')")
    drawn(page)


def drawn(page: Page) -> None:
    """Wait until what was done has been drawn: in the next frame, its words in the one after."""
    page.evaluate(
        "() => new Promise((done) => {"
        "  const frame = (left) => requestAnimationFrame(() => (left ? frame(left - 1) : done()));"
        "  frame(2);"
        "})"
    )


def scrolled(page: Page) -> float:
    return page.get_by_test_id("stMain").evaluate("element => element.scrollTop")


def swipe(page: Page, picture: Locator, *, beside: bool = False) -> float:
    """Swipe up from the middle of a picture, or from the margin to its right; returns how far the
    page has moved."""
    picture.evaluate("element => element.scrollIntoView({block: 'center', behavior: 'instant'})")
    box = picture.bounding_box()
    across = (box["x"] + box["width"] + 390) / 2 if beside else box["x"] + box["width"] / 2
    before = scrolled(page)
    down = box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *moved: int) -> None:
        points = [{"x": across, "y": down - far} for far in moved]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 0)
    for far in range(STEP, SWIPE + 1, STEP):
        touch("touchMove", far)
        drawn(page)
    touch("touchEnd")
    session.detach()
    return scrolled(page) - before


def run_of(page: Page) -> str:
    """The id of the run in the page's address, once it is there."""
    page.wait_for_url(re.compile("run="))
    return re.search(r"[?&]run=([\w-]{16})", page.url)[1]


def number(text: str) -> float:
    """A number as pages write it, perhaps of the padding."""
    return float(text.replace("\u2212", "-").replace("pad ", ""))


def ledger(page: Page) -> dict[str, float]:
    """The partial sums that the stage shows, by their labels."""
    drawn(page)
    rows = page.locator(".ledger tr").all_inner_texts()
    return {label: number(value) for label, value in (row.split("\t") for row in rows)}
