"""A figure of lines or bars in a real browser: its points read by pointing and by keys."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PAGE = "brief-history"


def readout(page: Page):
    return page.locator("figure.chart").first.locator("[data-part=readout]")


def test_bars_are_read_by_keys_and_by_pointing_without_plotly(open_page):
    page = open_page(PAGE)
    name = re.compile(r"^Top-5 test errors as bars: NEC-UIUC 2010")
    winners = page.get_by_role("application", name=name)
    expect(winners).to_be_visible()
    winners.press("ArrowRight")
    expect(readout(page)).to_contain_text("2012 AlexNet: 15.3 %")
    winners.press("ArrowRight")
    expect(readout(page)).to_contain_text("2013 Clarifai: 11.7 %")
    winners.press("ArrowDown")
    expect(readout(page)).to_contain_text("2010 NEC-UIUC: 28.2 %")
    winners.blur()
    expect(readout(page)).to_be_hidden()
    bar = page.locator("figure.chart").first.locator("g rect").nth(0)
    bar.hover()
    expect(readout(page)).to_contain_text("2012 AlexNet: 15.3 %")
    loaded = page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    assert not [url for url in loaded if "plotly" in url.lower()]


def test_a_line_follows_its_slider_and_the_figure_fills_its_column(open_page):
    page = open_page("optimizer")
    chart = page.locator("figure.chart").filter(has_text="The line and its errors, squared")
    expect(chart.locator("circle:not(.pointed)").first).to_be_attached()
    before = chart.locator("path").last.get_attribute("d")
    page.get_by_role("slider", name="Slope a").press("ArrowRight")
    expect(chart.locator("path").last).not_to_have_attribute("d", before)
    drawn, room = (chart.locator(part).bounding_box() for part in (".panel svg", ".plot"))
    assert drawn["width"] == pytest.approx(room["width"], abs=1)
