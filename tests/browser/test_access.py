"""Every page that the navigation lists: axe's rules, no sideways scrolling, one heading on top."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from pages.support.navigation import ENTRIES
from tests.browser.rules import COLOURS, violations

pytestmark = pytest.mark.browser

# What an empty multipage app of this Streamlit version has of its own, in its sidebar.
STREAMLITS_OWN = {"list", "listitem"}

ADDRESSES = ["", *(entry.url_path for entry in ENTRIES[1:]), "dataset?dataset=CIFAR-10+photos"]
THEMES = {1400: ("light", "dark"), 390: ("dark", "light")}


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address or "home")
def test_a_page_can_be_used_by_everyone(open_page, address):
    page = open_page(address, width=1400)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    # One load serves all: a page takes far longer to load than to look at.
    for width, (theme, other) in THEMES.items():
        page.set_viewport_size({"width": width, "height": 1000})
        page.emulate_media(color_scheme=theme)
        assert faults(page) == [], f"{width} pixels wide, {theme}"
        # Now the same elements are in the same places, in other colours.
        page.emulate_media(color_scheme=other)
        assert faults(page, rules=COLOURS) == [], f"{width} pixels wide, {other}"


def faults(page: Page, rules: tuple[str, ...] = ()) -> list[str]:
    """What axe finds in our part of a page as it stands, and whether it must be moved sideways."""
    # Text that is still fading in has too little contrast.
    page.wait_for_function("document.getAnimations().every(a => a.playState !== 'running')")
    found = violations(page, rules=rules)
    main = page.get_by_test_id("stMain")
    too_wide = main.evaluate("element => element.scrollWidth > element.clientWidth")
    return [
        f"{rule['id']}: {[node['html'] for node in rule['nodes']]}"
        for rule in found
        if rule["id"] not in STREAMLITS_OWN
    ] + ["wider than the screen"] * too_wide
