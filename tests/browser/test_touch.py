"""A finger on a phone: a swipe that begins on a figure, a map, or beside the paper moves the page.

That nothing as wide as the screen keeps a finger is looked after on every page by test_access.py.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.acts import PHONE, SWIPE, swipe

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("address", "selector"),
    [
        ("batches", ".chart .plot"),
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
