"""A network in space: it turns under the pointer and by keys, and the server hears of nothing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PageOpener
from tests.browser.server import ROOT

# How many dots of the canvas differ from those of the picture taken before.
TAKE = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const now = new Uint32Array(data.buffer);
  const before = window.before;
  window.before = now;
  return before ? now.filter((dot, at) => dot !== before[at]).length : 0;
}"""
# A dot of the digit's ground, which alone is black in the dark theme.
BLACK = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const dots = new Uint32Array(data.buffer);
  const at = dots.findIndex((dot, n) => dot === 0xff000000 && dots[n + 5] === dot);
  return [at % canvas.width + 2, Math.floor(at / canvas.width)]
    .map((dot) => dot * canvas.clientWidth / canvas.width);
}"""
# From now on count what is sent on the page's socket.
COUNT = """() => {
  window.sent = 0;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...parts) {
    window.sent++;
    return send.apply(this, parts);
  };
}"""
FIRST_VIEW = "36 12 1.00"  # degrees around, degrees above, zoom


@pytest.fixture(scope="module")
def app_path():
    return ROOT / "tests" / "browser" / "orbit_app.py"


def test_it_turns_by_drag_and_by_keys_and_tells_nobody(open_page: PageOpener):
    page = open_page()
    orbit, scene = page.locator(".orbit"), page.locator(".orbit .scene")
    expect(orbit).to_have_attribute("data-view", FIRST_VIEW)
    page.evaluate(COUNT)
    scene.evaluate(TAKE)
    box = scene.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] - 100, middle[1] + 50, steps=4)
    page.mouse.up()
    expect(orbit).to_have_attribute("data-view", "76 32 1.00")
    assert scene.evaluate(TAKE) > 20_000

    scene.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(orbit).to_have_attribute("data-view", "71 27 1.00")
    page.keyboard.press("+")
    expect(orbit).to_have_attribute("data-view", "71 27 1.40")
    page.get_by_role("button", name="Zoom out").click()
    expect(orbit).to_have_attribute("data-view", "71 27 1.00")
    expect(page.get_by_role("button", name="Zoom out")).to_be_disabled()
    slowly = page.get_by_role("button", name="Turn slowly")
    slowly.click()
    expect(orbit).not_to_have_attribute("data-view", "71 27 1.00")
    slowly.click()
    expect(slowly).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Back to the first view").click()
    expect(orbit).to_have_attribute("data-view", FIRST_VIEW)
    assert page.evaluate("window.sent") == 0


def test_a_plane_is_named_by_finger_and_keys_and_a_layer_spreads(open_page: PageOpener):
    page = open_page("?per=layer", width=390, dark=True, reduced_motion="reduce", has_touch=True)
    orbit, scene = page.locator(".orbit"), page.locator(".orbit .scene")
    expect(orbit).to_have_attribute("data-view", FIRST_VIEW)
    assert orbit.evaluate("e => e.scrollWidth <= e.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.get_by_role("button", name="Turn slowly")).to_be_hidden()
    words, spoken = page.locator(".orbit .words"), page.locator(".orbit [data-part=spoken]")

    scene.focus()
    page.keyboard.press("Shift+ArrowDown")
    expect(words).to_contain_text("The image")
    for _ in range(8):
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowRight")
    expect(words).to_contain_text(re.compile(r"Map \d+ of \d+: from −\S+ to \S+"))
    expect(words).to_contain_text(re.compile(r"16 of \d\d maps, the strongest"))
    expect(spoken).to_contain_text(re.compile(r"16 of \d\d maps, the strongest"))

    scene.evaluate(TAKE)
    page.keyboard.press("Enter")
    page.wait_for_function(f"(canvas) => ({TAKE})(canvas) > 2000", arg=scene.element_handle())
    for _ in range(20):
        page.keyboard.press("Shift+ArrowDown")
    expect(words).to_contain_text(re.compile(r"Unit 1 of 10, \S+: "))
    box = scene.bounding_box()
    page.touchscreen.tap(box["x"] + 2, box["y"] + 2)
    expect(words).to_contain_text("Point at a plane")
    x, y = scene.evaluate(BLACK)
    page.touchscreen.tap(box["x"] + x, box["y"] + y)
    expect(words).to_contain_text("The image")
