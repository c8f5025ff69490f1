"""Home and what a computer sees, in a real browser: what moves, what is touched, who can use it."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from pages.support import photos
from tests.browser import server
from tests.browser.acts import noting

pytestmark = pytest.mark.browser

SEES = "what-a-computer-sees"
FROG = f"{SEES}?see_picture=A+frog"


def part(page: Page, name: str):
    return page.locator(f'[data-part="{name}"]')


def number(text: str) -> int:
    return int(text.replace("−", "-").replace("×", "").strip())


def the_sum(page: Page) -> tuple[int, int]:
    """The sum of the nine products on screen, added up here, and the sum that home shows."""
    script = """root => [
        [...root.querySelectorAll('.pixel')].map(cell => cell.textContent),
        [...root.querySelectorAll('.weight')].map(cell => cell.textContent),
        root.querySelector('[data-part="sum"]').textContent]"""
    pixels, weights, shown = page.locator(".opening").evaluate(script)
    products = [number(a) * number(b) for a, b in zip(pixels, weights, strict=True)]
    return sum(products), number(shown)


def painted(page: Page) -> np.ndarray:
    """The colours of the answers' canvas, (height, width, 3)."""
    return np.asarray(Image.open(io.BytesIO(part(page, "answers").screenshot())).convert("RGB"))


def test_home_moves_by_itself_and_stops_when_asked(open_page):
    page = open_page()
    expect(part(page, "sum")).not_to_be_empty()
    before = painted(page)
    page.wait_for_timeout(700)
    assert (painted(page) != before).any()
    page.get_by_role("button", name="Pause").click()
    page.mouse.move(0, 0)
    still = painted(page)
    page.wait_for_timeout(400)
    assert (painted(page) == still).all()
    computed, shown = the_sum(page)
    assert computed == shown


def test_homes_window_follows_pointer_and_arrow_keys(open_page):
    page = open_page()
    canvas = part(page, "input")
    canvas.hover(position={"x": 3, "y": 3})
    assert the_sum(page) == (0, 0)  # a corner of empty paper
    box = canvas.bounding_box()
    sums = set()
    for share in np.linspace(0.3, 0.7, 9):
        canvas.hover(position={"x": box["width"] * share, "y": box["height"] * 0.5})
        computed, shown = the_sum(page)
        assert computed == shown
        sums.add(shown)
    assert len(sums) > 2
    canvas.focus()
    canvas.press("ArrowDown")
    expect(part(page, "spoken")).to_have_text(
        re.compile(r"^Row \d+, column \d+: the sum is −?\d+\.$")
    )
    computed, shown = the_sum(page)
    assert computed == shown


def test_home_shows_a_finished_picture_to_who_wants_no_motion(open_page):
    page = open_page(reduced_motion="reduce")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    before = painted(page)
    page.wait_for_timeout(500)
    assert (painted(page) == before).all()
    expect(part(page, "verdict").locator("li.best")).to_contain_text("7")


def test_pointing_and_zooming_asks_nothing_of_the_server(open_page):
    sent = []
    page = open_page(SEES, watch=noting("framesent", sent))
    expect(part(page, "readout")).not_to_be_empty()
    page.wait_for_timeout(3_500)  # the opening zoom, and what Streamlit says at the start
    sent.clear()
    for share in (0.2, 0.5, 0.8):
        box = part(page, "picture").bounding_box()
        part(page, "picture").hover(position={"x": box["width"] * share, "y": box["height"] / 2})
    part(page, "zoom").fill("0.9")
    assert sent == []


def test_the_lens_reads_the_pixel_under_the_pointer(open_page, cifar10):
    frog = cifar10.x_test[cifar10.y_test == cifar10.classes.index("frog")][16]
    page = open_page(FROG, reduced_motion="reduce")
    canvas = part(page, "picture")
    box = canvas.bounding_box()
    for row, column in ((0, 0), (31, 31), (12, 20)):
        x, y = (column + 0.5) / 32 * box["width"], (row + 0.5) / 32 * box["height"]
        canvas.hover(position={"x": x, "y": y})
        red, green, blue = frog[row, column]
        expect(part(page, "readout")).to_have_text(
            f"Row {row + 1}, column {column + 1}: red {red}, green {green}, blue {blue}"
        )
        expect(part(page, "planes")).to_contain_text(f"Green: {green}")


def test_arrow_keys_move_the_lens_and_the_pixel_is_spoken(open_page, cifar10):
    frog = cifar10.x_test[cifar10.y_test == cifar10.classes.index("frog")][16]
    page = open_page(FROG, reduced_motion="reduce")
    part(page, "picture").focus()
    part(page, "picture").press("ArrowUp")
    part(page, "picture").press("ArrowRight")
    red, green, blue = frog[15, 17]
    expect(part(page, "spoken")).to_have_text(
        f"Row 16, column 18: red {red}, green {green}, blue {blue}"
    )


def test_zooming_goes_from_the_whole_picture_to_a_few_pixels(open_page):
    page = open_page(FROG, reduced_motion="reduce")
    seen = part(page, "seen")
    expect(seen).to_have_text("9 × 9 pixels")
    part(page, "zoom").fill("0")
    expect(seen).to_have_text("32 × 32 pixels")
    part(page, "zoom").fill("1")
    expect(seen).to_have_text("5 × 5 pixels")
    part(page, "closeup").focus()
    part(page, "closeup").press("-")
    expect(seen).not_to_have_text("5 × 5 pixels")
    part(page, "closeup").press("+")
    expect(seen).to_have_text("5 × 5 pixels")


def test_a_photo_goes_from_the_whole_to_its_numbers(open_page):
    photo = np.asarray(Image.open(photos.shipped_photos()["Cat"]))
    page = open_page(f"{SEES}?see_picture=Cat", reduced_motion="reduce")
    expect(part(page, "size")).to_have_text("Cat: 451 × 300 pixels")
    part(page, "zoom").fill("0")
    expect(part(page, "seen")).to_have_text("451 × 300 pixels")
    canvas = part(page, "picture")
    box = canvas.bounding_box()
    x, y = 120.5 / 451 * box["width"], 200.5 / 300 * box["height"]
    canvas.hover(position={"x": x, "y": y})
    part(page, "zoom").fill("1")
    expect(part(page, "seen")).to_have_text("5 × 5 pixels")
    found = re.search(r"Row (\d+), column (\d+): (.*)$", part(page, "readout").inner_text())
    row, column = int(found[1]) - 1, int(found[2]) - 1
    assert abs(row - 200) <= 1  # a dot of the screen is half a pixel of the photo
    assert abs(column - 120) <= 1
    red, green, blue = photo[row, column]
    assert found[3] == f"red {red}, green {green}, blue {blue}"
    # Square cells: the middle of the close-up is the pixel, a fifth further right its neighbour.
    at = """(canvas, x) => [...canvas.getContext("2d").getImageData(
        Math.floor(canvas.width * x), Math.floor(canvas.height * 0.42), 1, 1).data].slice(0, 3)"""
    for share, step in ((0.42, 0), (0.62, 1), (0.82, 2)):
        assert part(page, "closeup").evaluate(at, share) == photo[row, column + step].tolist()


def test_ones_own_picture_goes_under_the_lens(open_page):
    page = open_page(f"{SEES}?see_picture=Your+own", reduced_motion="reduce")
    file = io.BytesIO()
    Image.new("RGB", (40, 30), (10, 120, 240)).save(file, "JPEG", quality=100)
    picture = {"name": "sea.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}
    page.locator('input[type="file"]').set_input_files(picture)
    expect(part(page, "size")).to_have_text("Your photo: 40 × 30 pixels")
    expect(page.get_by_test_id("stMain")).to_contain_text("3,600")


def test_a_link_followed_right_after_the_servers_start_finds_its_page(browser, tmp_path):
    with server.streamlit_server(server.ROOT / "app.py", tmp_path / "log") as address:
        page = browser.new_page()
        page.goto(f"{address}/{SEES}")
        expect(page.get_by_role("heading", name="What a computer sees")).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.wait_for_timeout(500)
        assert page.get_by_role("dialog").count() == 0
        page.close()
