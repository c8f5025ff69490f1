"""A finger on a phone: a swipe that begins on a figure, a map, or beside the paper moves the page.

That nothing as wide as the screen keeps a finger is looked after on every page by test_access.py.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.acts import drawn

pytestmark = pytest.mark.browser

SWIPE, STEP = 240, 20  # pixels
PHONE = {"width": 390, "height": 800, "has_touch": True, "reduced_motion": "reduce"}


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


@pytest.mark.parametrize(
    ("address", "selector"),
    [
        ("batches", "[data-testid=stPlotlyChart]"),
        ("feature-maps", "section.maps canvas"),
        ("pixels", "canvas.picture"),
    ],
)
def test_a_swipe_that_begins_on_a_picture_moves_the_page(open_page, address, selector):
    page = open_page(address, **PHONE)
    picture = page.locator(selector).first
    expect(picture).to_be_visible()
    assert swipe(page, picture) > SWIPE / 2


def test_the_paper_takes_a_finger_and_the_margin_beside_it_moves_the_page(open_page):
    page = open_page("classify", **PHONE)
    paper = page.locator("canvas.upper-canvas")
    expect(paper).to_be_visible()
    answer = page.get_by_test_id("stMetricValue")
    expect(answer).to_have_text("–")
    assert swipe(page, paper, beside=True) > SWIPE / 2
    expect(answer).to_have_text("–")
    assert abs(swipe(page, paper)) < 2
    expect(answer).not_to_have_text("–")  # the swipe was a stroke
