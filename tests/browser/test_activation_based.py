"""The page of grown pictures in a real browser: the film plays, is scrubbed, and stays small."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acts import noting

pytestmark = pytest.mark.browser

MOST_BYTES = 1_500_000
ADDRESS = "activation-based?act_layer=Convolution+2&act_filter=3"


def ready(page: Page) -> Page:
    expect(page.locator("section.filmstrip[data-ready=true]")).to_be_visible()
    return page


def readout(page: Page):
    return page.locator("section.filmstrip .readout")


def dots(page: Page, number: int = 0) -> int:
    """A number that differs with what a canvas shows."""
    canvas = page.locator("section.filmstrip .pictures canvas").nth(number)
    return canvas.evaluate(
        """canvas => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
            .reduce((sum, value, at) => (sum * 31 + value * (at % 251)) % 1000003, 7)"""
    )


def test_a_film_plays_by_itself_once_and_rests_where_it_ends(open_page):
    page = ready(open_page(ADDRESS))
    expect(readout(page)).to_have_text("Step 40 of 40")
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_reduced_motion_is_respected_and_scrubbing_shows_each_frame(open_page):
    page = ready(open_page(ADDRESS, reduced_motion="reduce"))
    expect(readout(page)).to_have_text("Step 40 of 40")
    last = dots(page)
    scrub = page.get_by_role("slider", name="Step", exact=True)
    scrub.focus()
    page.keyboard.press("Home")
    expect(readout(page)).to_have_text("Step 0 of 40")
    first = dots(page)
    assert first != last
    page.keyboard.press("ArrowRight")
    expect(readout(page)).to_have_text("Step 1 of 40")
    page.get_by_role("button", name="One frame on").click()
    expect(readout(page)).to_have_text("Step 2 of 40")
    page.get_by_role("button", name="Show step 40").click()
    expect(readout(page)).to_have_text("Step 40 of 40")
    assert dots(page) == last
    name = page.locator("section.filmstrip .pictures .name")
    assert re.fullmatch(r"Filter 3: \d+\.\d\d", name.inner_text())
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").click()
    expect(readout(page)).not_to_have_text("Step 40 of 40")


def test_one_of_many_is_chosen_by_a_click(open_page):
    page = ready(
        open_page(
            "activation-based?act_kind=Filters+of+a+layer&act_layer=Convolution+1",
            reduced_motion="reduce",
        )
    )
    pictures = page.locator("section.filmstrip .pictures button")
    expect(pictures).to_have_count(16)
    value = pictures.nth(6).locator(".name").inner_text()
    pictures.nth(6).click()
    expect(page.locator("section.filmstrip.single .pictures .name")).to_have_text(value)
    expect(page).to_have_url(re.compile("act_filter=7"))
    expect(page.locator("section.patches img").first).to_be_visible()


def test_pictures_are_sharp_and_fit_a_phone(open_page):
    page = ready(open_page(ADDRESS, width=390, reduced_motion="reduce"))
    canvas = page.locator("section.filmstrip .pictures canvas")
    assert canvas.evaluate("element => element.clientWidth") % 28 == 0
    assert canvas.evaluate("element => element.clientWidth") >= 250
    for patch in page.locator("section.patches img").all():
        own, shown = patch.evaluate("x => [x.naturalWidth, x.getBoundingClientRect().width]")
        assert own > 0
        assert shown % own == 0


@pytest.mark.parametrize(
    "query",
    ["", "?act_network=Shipped:+photos&act_kind=Filters+of+a+layer&act_layer=Convolution+1"],
    ids=["one filter", "a layer of photos"],
)
def test_the_page_s_own_data_stays_small(open_page, query):
    received = []
    page = open_page(f"activation-based{query}", watch=noting("framereceived", received))
    ready(page)
    expect(page.get_by_role("heading", name="What to notice")).to_be_visible()
    assert 20_000 < sum(map(len, received)) < MOST_BYTES
