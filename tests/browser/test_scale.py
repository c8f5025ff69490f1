"""Scale against speed in a real browser: times come in as they are measured, and it can be stopped;
the atoms change with the batches learned from."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.acts import stop_button

pytestmark = pytest.mark.browser

PAGE = "scale"


def test_times_come_one_by_one_and_atoms_are_learned(open_page):
    page = open_page(f"{PAGE}?scale_network=Improved+model&scale_head=Global+average")
    expect(page.get_by_text("no parameter count depends on the side")).to_be_visible()
    page.get_by_role("button", name="Measure", exact=True).click()
    encoding = page.get_by_role("row").filter(has_text=re.compile(r"^8\d.*× \d"))
    expect(encoding).to_be_visible()
    stop = stop_button(page)
    stop.click(force=True)  # as soon as all is measured, it is disabled
    expect(stop).to_be_disabled()
    expect(page.get_by_text(re.compile("^(Stopped after side|All sides are)"))).to_be_visible()
    learned = page.get_by_role("img", name="after 100 batches")
    expect(learned).to_be_visible()
    box = learned.bounding_box()
    handle = page.get_by_role("slider", name="Batches learned from")
    handle.press("Home")
    noise = page.get_by_role("img", name="after 0 batches")
    expect(noise).to_be_visible()
    assert noise.bounding_box()["width"] == box["width"]
