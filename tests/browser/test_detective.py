"""The detective page in a real browser: what is drawn, what striking out does, what it weighs."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.acts import narrow, noting

pytestmark = pytest.mark.browser

MOST_BYTES = 1_500_000


def number(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


def case_file(page: Page, title: str) -> Locator:
    return page.locator("section.evidence").filter(has=page.get_by_role("list", name=title))


def exhibits(page: Page, title: str) -> Locator:
    return case_file(page, title).get_by_role("button")


def total(page: Page, title: str) -> float:
    return number(case_file(page, title).locator(".total .number").inner_text())


def exact_totals(page: Page) -> list[float]:
    """The scores as the lines under the case files say them, with five digits."""
    lines = page.get_by_text(re.compile("^For .* together "))
    expect(lines).to_have_count(2)
    return [number(re.search(r"together (.\d+\.\d{5})", x)[1]) for x in lines.all_inner_texts()]


def test_a_struck_feature_takes_exactly_its_share(open_page, settled):
    page = open_page("detective")
    first = exhibits(page, "Score of 8").first
    expect(first).to_be_visible()
    before, exact = total(page, "Score of 8"), exact_totals(page)
    share = number(first.locator(".number").inner_text())
    value, weight = (number(x) for x in first.locator(".detail").inner_text().split(" × "))
    assert value * weight == pytest.approx(share, rel=0.01)
    name = first.locator(".name").inner_text()
    first.click()
    expect(first).to_have_attribute("aria-pressed", "true")
    expect(first.locator(".number")).to_have_text("0.000")
    assert total(page, "Score of 8") == pytest.approx(before - share, abs=0.002)
    listed = name.removeprefix("Filter ")
    expect(page.get_by_label("Features struck out")).to_have_value(listed)
    expect(page).to_have_url(re.compile(f"detective_digits_struck={listed}"))
    settled(page)
    assert exact_totals(page)[0] == pytest.approx(exact[0] - share, abs=0.0006)
    # The same feature is struck from every sum that lists it, and its row keeps its place.
    assert exhibits(page, "Score of 8").first.locator(".name").inner_text() == name
    twin = exhibits(page, "Score of 6").filter(has_text=re.compile(rf"^{name}\b"))
    for row in twin.all():
        expect(row).to_have_attribute("aria-pressed", "true")


def test_the_keyboard_strikes_and_admits_and_keeps_its_place(open_page, settled):
    page = open_page("detective")
    first = exhibits(page, "Score of 8").first
    expect(first).to_be_visible()
    before = exact_totals(page)
    first.focus()
    page.keyboard.press("Space")
    expect(first).to_have_attribute("aria-pressed", "true")
    expect(first).to_be_focused()
    expect(page).to_have_url(re.compile("detective_digits_struck="))
    page.keyboard.press("Space")
    expect(first).to_have_attribute("aria-pressed", "false")
    expect(page).not_to_have_url(re.compile("detective_digits_struck="))
    settled(page)
    assert exact_totals(page) == before


def test_a_link_opens_the_case_as_it_was_sent(open_page):
    page = open_page("detective?detective_digits_struck=36,+93")
    pressed = page.locator("section.evidence button[aria-pressed=true]")
    expect(pressed.first).to_be_visible()
    names = set(pressed.locator(".name").all_inner_texts())
    assert names <= {"Filter 36", "Filter 93"}
    expect(page.get_by_text(re.compile("^The verdict (stands|changes)"))).to_be_visible()


def test_patches_are_sharp_and_marked_in_the_image(open_page):
    page = open_page("detective?detective_filters=3")
    layers = page.locator("section.clues")
    expect(layers).to_have_count(6)
    expect(layers.last.locator(".filter")).to_have_count(3)
    for layer in layers.all():
        sizes = layer.locator("img").evaluate_all(
            """pictures => pictures.map((x) => [x.naturalWidth, x.getBoundingClientRect().width,
                getComputedStyle(x).imageRendering, x.alt])"""
        )
        for own, shown, rendering, alt in sizes:
            assert own > 0
            assert shown % own == 0
            assert rendering == "pixelated"
            assert alt
    frame, box = layers.last.locator(".frame").first, layers.last.locator(".box").first
    inside, outside = box.bounding_box(), frame.bounding_box()
    assert outside["x"] - 1 <= inside["x"]
    assert inside["x"] + inside["width"] <= outside["x"] + outside["width"] + 1


def test_on_a_phone_both_pictures_of_a_feature_are_whole_and_all_is_in_its_row(open_page):
    page = open_page("detective", width=390)
    row = exhibits(page, "Score of 8").first
    expect(row.locator("img")).to_have_count(2)
    assert_in_its_row(row)
    narrow(page, 320)
    assert_in_its_row(row)


def assert_in_its_row(row: Locator) -> None:
    parts = row.evaluate(
        """row => {
          const edges = (element) => {
            const { left, right, top, bottom } = element.getBoundingClientRect();
            return { left, right, top, bottom };
          };
          const found = (selector) => [row, ...row.querySelectorAll(selector)].map(edges);
          const selectors = [".thumb", ".words", ".track", ".number", "img"];
          return Object.fromEntries(selectors.map((selector) => [selector, found(selector)]));
        }"""
    )
    outside, pictures = parts[".thumb"]
    words, bar, share = (parts[name][1] for name in (".words", ".track", ".number"))
    for image in parts["img"][1:]:
        assert pictures["left"] <= image["left"]
        assert image["right"] <= pictures["right"]
    for box in (words, bar, share):
        assert pictures["right"] <= box["left"]
        assert box["right"] <= outside["right"]
    assert words["right"] <= share["left"]
    assert words["bottom"] <= bar["top"]


@pytest.mark.parametrize(("network", "convolutions"), [("digits", 6), ("photos", 7)])
def test_the_page_s_own_data_stays_small(open_page, network, convolutions):
    received = []
    address = f"detective?detective_network=Shipped:+{network}&detective_filters=8"
    page = open_page(address, watch=noting("framereceived", received))
    expect(page.locator("section.clues")).to_have_count(convolutions)
    expect(page.get_by_role("heading", name="What to notice")).to_be_visible()
    whole = sum(map(len, received))
    assert 20_000 < whole < MOST_BYTES
