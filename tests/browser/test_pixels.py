"""The page on pixels in a real browser: linked planes, keys, a changed pixel, one's own photo."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from cnnlib.pixels import fit_square
from cnnlib.quantisation import quantise
from pages.support import photos
from tests.browser.acts import noting
from tests.pictures import plain_png

pytestmark = pytest.mark.browser

PIXELS = "pixels"
VIEWS = ("picture", "plane0", "plane1", "plane2")
ACCENT = (45, 212, 191)
# The colour in the middle of a pixel's upper edge, where its frame runs.
EDGE = """(canvas, [row, column, side]) => {
  const unit = canvas.width / side;
  const dots = canvas.getContext("2d").getImageData(
    Math.round((column + 0.5) * unit), Math.round(row * unit) - 1, 1, 2).data;
  return [...dots];
}"""
# The colour in the middle of a pixel too small to have a number written on it.
INSIDE = """(canvas, [row, column, side]) => {
  const unit = canvas.width / side;
  const [x, y] = [(column + 0.5) * unit, (row + 0.5) * unit].map(Math.floor);
  return [...canvas.getContext("2d").getImageData(x, y, 1, 1).data].slice(0, 3);
}"""


def part(page: Page, name: str):
    return page.locator(f'[data-part="{name}"]')


def ready(page: Page) -> Page:
    """The page, once its component hears keys and pointers."""
    expect(part(page, "readout")).not_to_be_empty()
    return page


def shipped(title: str, side: int) -> np.ndarray:
    rgb = np.asarray(Image.open(photos.shipped_photos()[title]).convert("RGB"))
    return np.rint(255 * fit_square(rgb, side)).astype(np.uint8)


def hover(page: Page, name: str, row: int, column: int, side: int) -> None:
    canvas = part(page, name)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    x, y = (column + 0.5) / side * box["width"], (row + 0.5) / side * box["height"]
    page.mouse.move(box["x"] + x, box["y"] + y)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


def is_marked(page: Page, name: str, row: int, column: int, side: int) -> bool:
    dots = np.array(part(page, name).evaluate(EDGE, [row, column, side])).reshape(-1, 4)
    return bool((np.abs(dots[:, :3] - ACCENT).max(axis=1) < 60).any())


def sentence(image: np.ndarray, row: int, column: int) -> str:
    red, green, blue = image[row, column]
    return f"Row {row + 1}, column {column + 1}: red {red}, green {green}, blue {blue}"


def check_selection(page: Page, image: np.ndarray, row: int, column: int) -> None:
    side = len(image)
    expect(part(page, "readout")).to_have_text(sentence(image, row, column))
    for channel, name in enumerate(("Red", "Green", "Blue")):
        shown = part(page, f"name{channel}")
        expect(shown).to_have_text(f"{name}: {image[row, column, channel]}")
    assert all(is_marked(page, view, row, column, side) for view in VIEWS)


def test_a_pixel_under_the_pointer_is_marked_in_all_planes(open_page):
    page = ready(open_page(PIXELS))
    image = shipped("Astronaut", 32)
    for view in VIEWS:
        for row, column in ((5, 9), (31, 31), (20, 3)):
            hover(page, view, row, column, 32)
            check_selection(page, image, row, column)
            assert not is_marked(page, view, 12, 25, 32)


def test_the_planes_hold_the_light_of_one_channel_each(open_page):
    page = ready(open_page(f"{PIXELS}?pixels_picture=Cat&pixels_side=16&pixels_bits=3"))
    image = quantise(shipped("Cat", 16), 3)
    expect(part(page, "size")).to_have_text("Cat: 16 × 16 pixels")
    expect(part(page, "counted")).to_have_text("16 × 16 × 3 = 768 numbers")
    for row, column in ((2, 3), (13, 11)):
        for channel in range(3):
            alone = [0, 0, 0]
            alone[channel] = int(image[row, column, channel])
            shown = part(page, f"plane{channel}").evaluate(INSIDE, [row, column, 16])
            assert shown == alone
        shown = part(page, "picture").evaluate(INSIDE, [row, column, 16])
        assert shown == image[row, column].tolist()


def test_arrow_keys_move_the_selection_and_it_is_spoken(open_page):
    page = ready(open_page(PIXELS))
    image = shipped("Astronaut", 32)
    plane = part(page, "plane1")
    plane.focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowLeft"):
        plane.press(key)
    expect(part(page, "spoken")).to_have_text(sentence(image, 14, 15))
    check_selection(page, image, 14, 15)
    for _ in range(20):
        plane.press("ArrowUp")
    expect(part(page, "spoken")).to_have_text(sentence(image, 0, 15))


def test_the_selection_returns_to_the_chosen_pixel(open_page):
    page = ready(open_page(f"{PIXELS}?pixels_at=4.6"))
    image = shipped("Astronaut", 32)
    hover(page, "plane0", 20, 20, 32)
    check_selection(page, image, 20, 20)
    page.mouse.move(0, 0)
    check_selection(page, image, 4, 6)


def test_the_volumes_rod_follows(open_page):
    page = ready(open_page(PIXELS))
    hover(page, "plane2", 2, 2, 32)
    before = part(page, "volume").screenshot()
    hover(page, "plane2", 28, 28, 32)
    assert part(page, "volume").screenshot() != before


def test_looking_around_asks_nothing_of_the_server(open_page):
    sent = []
    page = ready(open_page(PIXELS, watch=noting("framesent", sent)))
    expect(part(page, "readout")).not_to_be_empty()
    page.wait_for_timeout(1_500)  # what Streamlit says at the start
    sent.clear()
    for row in range(0, 32, 3):
        hover(page, "plane0", row, row, 32)
    part(page, "picture").focus()
    part(page, "picture").press("ArrowDown")
    page.wait_for_timeout(300)
    assert sent == []


@pytest.mark.parametrize("way", ["click", "Enter"])
def test_a_chosen_pixel_is_changed_in_picture_and_planes_and_taken_back(open_page, way):
    page = ready(open_page(f"{PIXELS}?pixels_side=16"))
    image = shipped("Astronaut", 16)
    if way == "click":
        hover(page, "plane0", 3, 12, 16)
        page.mouse.down()
        page.mouse.up()
        row, column = 3, 12
    else:
        part(page, "picture").focus()
        part(page, "picture").press("ArrowDown")
        part(page, "picture").press("Enter")
        row, column = 9, 8
    heading = page.get_by_text(f"Pixel in row {row + 1}, column {column + 1}")
    expect(heading).to_be_visible()
    expect(page).to_have_url(re.compile(f"pixels_at={row}\\.{column}"))
    red = page.get_by_role("spinbutton", name="Red")
    expect(red).to_have_value(str(image[row, column, 0]))
    red.fill("255")
    red.press("Enter")
    changed = image.copy()
    changed[row, column, 0] = 255
    expect(part(page, "name0")).to_have_text("Red: 255")
    check_selection(page, changed, row, column)
    assert part(page, "plane0").evaluate(INSIDE, [row, column, 16]) == [255, 0, 0]
    inside = part(page, "picture").evaluate(INSIDE, [row, column, 16])
    assert inside == changed[row, column].tolist()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(part(page, "name0")).to_have_text(f"Red: {image[row, column, 0]}")
    expect(red).to_have_value(str(image[row, column, 0]))


def test_a_changed_picture_comes_back_by_its_address(open_page):
    page = ready(open_page(f"{PIXELS}?pixels_at=1.2&pixels_edits=1.2.9.8.7"))
    expect(part(page, "readout")).to_have_text("Row 2, column 3: red 9, green 8, blue 7")
    expect(page.get_by_role("spinbutton", name="Blue")).to_have_value("7")


def test_fewer_bits_are_written_in_binary(open_page):
    page = ready(open_page(f"{PIXELS}?pixels_bits=3&pixels_at=0.0&pixels_edits=0.0.100.0.255"))
    expect(part(page, "readout")).to_have_text("Row 1, column 1: red 109, green 0, blue 255")
    shown = [part(page, f"bits{channel}").inner_text() for channel in range(3)]
    assert shown == ["011 in binary", "000 in binary", "111 in binary"]


def test_a_finger_chooses_a_pixel(open_page):
    page = ready(open_page(PIXELS, width=390, has_touch=True, is_mobile=True))
    canvas = part(page, "picture")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    x, y = box["x"] + 4.5 / 32 * box["width"], box["y"] + 7.5 / 32 * box["height"]
    page.touchscreen.tap(x, y)
    expect(page.get_by_text("Pixel in row 8, column 5")).to_be_visible()


def test_ones_own_photo_is_taken_apart(open_page):
    page = open_page(f"{PIXELS}?pixels_picture=Your+own")
    data = plain_png((640, 480), (10, 120, 240))
    photo = {"name": "sea.png", "mimeType": "image/png", "buffer": data}
    page.locator('input[type="file"]').set_input_files(photo)
    expect(part(page, "size")).to_have_text("Your photo: 32 × 32 pixels")
    hover(page, "plane2", 7, 7, 32)
    expect(part(page, "readout")).to_have_text("Row 8, column 8: red 10, green 120, blue 240")


def test_a_drawing_is_taken_apart(open_page):
    page = open_page(f"{PIXELS}?pixels_picture=Your+own&pixels_picture_way=Draw")
    canvas = page.locator("canvas.upper-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 140)
    page.mouse.down()
    page.mouse.move(box["x"] + 260, box["y"] + 140, steps=8)
    page.mouse.up()
    expect(part(page, "size")).to_have_text("Your drawing: 32 × 32 pixels")
    hover(page, "plane0", 16, 16, 32)
    dark = re.compile(r"^Row 17, column 17: red (\d\d?), green \1, blue \1$")  # below 100
    expect(part(page, "readout")).to_have_text(dark)
    hover(page, "plane0", 4, 4, 32)
    expect(part(page, "readout")).to_have_text("Row 5, column 5: red 255, green 255, blue 255")
