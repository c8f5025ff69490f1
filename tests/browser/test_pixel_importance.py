"""The pixel importance page in a real browser: linked maps, opacity, the check."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.acts import narrow, noting

pytestmark = pytest.mark.browser

MOST_BYTES = 1_500_000


def maps(page: Page) -> Locator:
    found = page.locator("section.overlay").first
    expect(found.locator("canvas")).to_have_count(4)
    return found


def dots(canvas: Locator) -> list[int]:
    """The colour in the middle of each cell of the first row of 28."""
    return canvas.evaluate(
        """canvas => {
          const side = canvas.width / 28;
          const at = (n) => canvas.getContext("2d").getImageData((n + 0.5) * side, side / 2, 1, 1);
          return Array.from({ length: 28 }, (_, n) => [...at(n).data]).flat();
        }"""
    )


def test_pointing_at_a_pixel_reads_it_in_all_maps_without_the_server(open_page):
    sent = []
    page = open_page("pixel-importance", watch=noting("framesent", sent))
    overlay = maps(page)
    canvas = overlay.locator("canvas").nth(1)
    canvas.scroll_into_view_if_needed()
    before = len(sent)
    assert before > 0
    for share in (0.1, 0.9, 0.5):
        box = canvas.bounding_box()
        page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] * share)
    expect(overlay.locator(".readout")).to_have_text("Row 15, column 15")
    for value in overlay.locator(".value").all_inner_texts():
        assert re.fullmatch(r"−?\d+(\.\d+)?(e-\d+)?", value)
    page.mouse.move(5, 5)
    expect(overlay.locator(".readout")).to_contain_text("Point at a pixel")
    assert len(sent) == before


def test_the_keyboard_reads_and_stays_inside(open_page):
    page = open_page("pixel-importance")
    overlay = maps(page)
    overlay.locator("canvas").first.focus()
    page.keyboard.press("ArrowUp")
    expect(overlay.locator(".readout")).to_have_text("Row 15, column 15")
    for _ in range(20):
        page.keyboard.press("ArrowUp")
    expect(overlay.locator(".readout")).to_have_text("Row 1, column 15")
    expect(overlay.locator(".spoken")).to_contain_text("Row 1, column 15: Occlusion")


def test_opacity_fades_the_maps_over_the_picture(open_page):
    page = open_page("pixel-importance")
    overlay = maps(page)
    canvas = overlay.locator("canvas").nth(2)
    slider = overlay.get_by_role("slider", name="Opacity of the maps")
    slider.fill("0")
    # The corner of a digit is black, and without its map all there is to see.
    assert dots(canvas)[:3] == [0, 0, 0]
    slider.fill("100")
    covered = dots(canvas)[:3]
    assert covered != [0, 0, 0]
    slider.fill("50")
    expect(overlay.get_by_text("50 %")).to_be_visible()
    half = dots(canvas)[:3]
    assert all(abs(2 * a - b) <= 2 for a, b in zip(half, covered, strict=True))


def test_the_check_shows_the_map_at_every_stage(open_page):
    page = open_page("pixel-importance?pix_check=true&pix_checked=Grad-CAM&pix_stride=4")
    stages = page.locator("section.overlay").nth(1)
    expect(stages.locator("canvas")).to_have_count(5)
    captions = stages.locator(".caption").all_inner_texts()
    assert captions[0] == "What the others are compared with"
    assert all(x.startswith("Rank correlation ") for x in captions[1:])
    expect(page.get_by_text("With all layers random")).to_be_visible()


def test_cells_are_sharp_and_maps_fit(open_page):
    page = open_page("pixel-importance?pix_network=Shipped:+photos")
    overlay = maps(page)
    assert_sharp_and_fitting(overlay)
    narrow(page, 390)
    assert_sharp_and_fitting(overlay)


def assert_sharp_and_fitting(overlay: Locator) -> None:
    room = overlay.evaluate("element => element.clientWidth")
    for canvas in overlay.locator("canvas").all():
        side = canvas.evaluate("element => element.clientWidth")
        assert side % 32 == 0
        assert 128 <= side <= room


def test_the_page_s_own_data_stays_small(open_page):
    received = []
    address = "pixel-importance?pix_network=Shipped:+photos&pix_check=true&pix_stride=4"
    page = open_page(address, watch=noting("framereceived", received))
    expect(page.locator("section.overlay")).to_have_count(2)
    expect(page.get_by_role("heading", name="What to notice")).to_be_visible()
    assert 20_000 < sum(map(len, received)) < MOST_BYTES
