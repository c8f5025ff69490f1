"""Every page that the navigation lists: axe's rules, no sideways scrolling, one heading on top."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from pages.support.navigation import ENTRIES

pytestmark = pytest.mark.browser

# What an empty multipage app of this Streamlit version has of its own, in its sidebar.
STREAMLITS_OWN = {"list", "listitem"}

ADDRESSES = ["", *(entry.url_path for entry in ENTRIES[1:])]


@pytest.mark.parametrize(("width", "dark"), [(1400, False), (390, True)], ids=["wide", "phone"])
@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address or "home")
def test_a_page_can_be_used_by_everyone(open_page, address, width, dark):
    page = open_page(address, width=width, dark=dark)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    # Text that is still fading in has too little contrast.
    page.wait_for_function("document.getAnimations().every(a => a.playState !== 'running')")
    found = Axe().run(page).response["violations"]
    ours = [
        f"{rule['id']}: {[node['html'] for node in rule['nodes']]}"
        for rule in found
        if rule["id"] not in STREAMLITS_OWN
    ]
    assert ours == []
    main = page.get_by_test_id("stMain")
    assert main.evaluate("element => element.scrollWidth <= element.clientWidth")
