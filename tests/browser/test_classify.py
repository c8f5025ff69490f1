"""Classify in Chromium: digits drawn with the mouse, files, the keyboard, small and dark."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from pages.support.drawing import SIDE
from tests.browser import rules
from tests.browser.acts import narrow
from tests.browser.server import ROOT

pytestmark = pytest.mark.browser

SEVEN = [(70, 60), (210, 60), (130, 220)]
ONE = [(140, 40), (140, 240)]
# Streamlit's own sidebar and header; the third-party canvas and its toolbar have no violation.
NOT_OURS = "[data-testid=stSidebar], [data-testid=stHeader]"


@pytest.fixture
def open_classify(open_page):
    """Open the page and wait for what the browser loads late."""

    def opener(query: str = "", **options) -> Page:
        page = open_page(f"classify{query}", **options)
        expect(verdict(page)).to_be_visible()
        expect(page.get_by_role("listitem").filter(has=page.locator(".track"))).to_have_count(10)
        return page

    return opener


def verdict(page: Page):
    return page.get_by_test_id("stMetricValue")


def paper(page: Page):
    return page.locator("canvas.upper-canvas")


def draw(page: Page, points: list[tuple[int, int]]) -> None:
    """One stroke of the mouse along `points`, in pixels of the paper."""
    paper(page).scroll_into_view_if_needed()
    corner = paper(page).bounding_box()
    places = [(corner["x"] + x, corner["y"] + y) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for x, y in places[1:]:
        page.mouse.move(x, y, steps=12)
    page.mouse.up()


def seen(page: Page):
    return page.locator(".st-key-classify_seen img")


def violations(page: Page) -> list[str]:
    return [
        f"{found['id']}: {node['target']}"
        for found in rules.violations(page)
        for node in found["nodes"]
        if not page.evaluate(
            "([target, ours]) => typeof target === 'string' && "
            "!!document.querySelector(target)?.closest(ours)",
            [node["target"][0], NOT_OURS],
        )
    ]


@pytest.mark.parametrize(("width", "dark"), [(1400, True), (390, False)])
def test_a_seven_drawn_with_the_mouse_is_read(open_classify, width, dark):
    page = open_classify(width=width, dark=dark)
    expect(verdict(page)).to_have_text("–")
    draw(page, SEVEN)
    expect_a_seven(page)


def expect_a_seven(page: Page) -> None:
    expect(verdict(page)).to_have_text("7")
    expect(page.get_by_text(re.compile(r"^Sure: 7, with"))).to_be_visible()
    expect(seen(page)).to_have_attribute("alt", "your drawing as 28 × 28 pixels")
    expect(page.locator("li.best .name")).to_have_text("7")


def test_each_stroke_is_answered_and_clear_asks_for_a_drawing(open_classify):
    page = open_classify()
    draw(page, ONE)
    expect(verdict(page)).to_have_text("1")
    draw(page, [(140, 40), (60, 150), (230, 150)])
    expect(verdict(page)).to_have_text("4")
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("The paper is empty")).to_be_visible()
    expect(verdict(page)).to_have_text("–")
    draw(page, SEVEN)
    expect(verdict(page)).to_have_text("7")


def test_nothing_jumps_when_an_answer_arrives(open_classify):
    page = open_classify()
    places = [page.get_by_test_id("stMetric"), page.locator(".st-key-classify_bars"), paper(page)]
    places.append(page.get_by_text("What the network sees"))
    before = [place.bounding_box() for place in places]
    expect(verdict(page)).to_have_text("–")
    draw(page, SEVEN)
    expect_a_seven(page)
    assert [place.bounding_box() for place in places] == before


def test_the_paper_is_white_and_keeps_its_drawing_when_the_theme_or_the_pen_changes(
    open_classify,
):
    page = open_classify()
    draw(page, SEVEN)
    expect(verdict(page)).to_have_text("7")
    page.emulate_media(color_scheme="dark")
    slider = page.get_by_role("slider", name="Pen width")
    slider.press("ArrowRight")
    expect(slider).to_have_value("19")
    expect(verdict(page)).to_have_text("7")
    shot = Image.open(io.BytesIO(paper(page).locator("..").screenshot())).convert("L")
    assert shot.getpixel((20, SIDE - 20)) == 255
    assert shot.getpixel((140, 60)) < 30


def test_a_phone_has_room_to_scroll_beside_the_paper(open_classify):
    page = open_classify(width=390)
    box = paper(page).bounding_box()
    assert box["width"] == SIDE
    assert box["x"] + SIDE <= 390 - 60
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    answer, input_picture = verdict(page), page.get_by_text("What the network sees")
    assert box["y"] < answer.bounding_box()["y"] < input_picture.bounding_box()["y"]


def test_a_photo_of_a_seven_is_uploaded_and_read(open_classify, tmp_path):
    image = Image.new("RGB", (900, 1200), (225, 220, 205))
    ImageDraw.Draw(image).line([(250, 300), (650, 300), (420, 900)], fill=(20, 30, 90), width=40)
    image.save(tmp_path / "seven.jpg")
    (tmp_path / "notes.png").write_text("no picture at all")
    page = open_classify("?classify_way=Upload")
    page.locator("input[type=file]").set_input_files(tmp_path / "notes.png")
    expect(page.get_by_text("This file is not a picture that can be read here.")).to_be_visible()
    page.locator("input[type=file]").set_input_files(tmp_path / "seven.jpg")
    expect(verdict(page)).to_have_text("7")


def test_a_photo_of_a_cat_is_uploaded_and_called_a_cat(open_classify):
    page = open_classify("?classify_network=Shipped%3A+photos&classify_photo_way=Upload")
    page.locator("input[type=file]").set_input_files(ROOT / "assets" / "photos" / "cat.jpg")
    expect(verdict(page)).to_have_text("cat")
    expect(seen(page)).to_have_attribute("alt", "your picture as 32 × 32 pixels")


def test_a_sample_is_chosen_and_answered_with_the_keyboard_alone(open_classify):
    page = open_classify()
    page.get_by_role("radio", name="Draw").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "Space"):
        page.keyboard.press(key)
    expect(page.get_by_text("In truth: 0. The answer is right.")).to_be_visible()
    page.get_by_role("combobox").focus()
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    expect(page.get_by_text("In truth: 3. The answer is right.")).to_be_visible()
    expect(page.locator(".spoken")).to_contain_text("3, ")
    page.wait_for_url(re.compile("classify_way=Sample"))


def test_no_accessibility_violation_is_ours(open_classify):
    page = open_classify()
    draw(page, SEVEN)
    expect(verdict(page)).to_have_text("7")
    page.get_by_text("What happens to your drawing").click()
    expect(page.get_by_text("The ink is found")).to_be_visible()
    for width, theme in ((1400, "light"), (1400, "dark"), (390, "dark"), (390, "light")):
        narrow(page, width)
        page.emulate_media(color_scheme=theme)
        expect(verdict(page)).to_have_text("7")
        page.wait_for_function("document.getAnimations().every(a => a.playState !== 'running')")
        assert violations(page) == [], f"{width} pixels wide, {theme}"
