"""The whole network in a real browser: what lights up, what comes apart, and by keyboard."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from cnnlib import datasets, explain
from cnnlib.network import Network
from cnnlib.network_map import network_map
from pages.support.networks import MODELS

pytestmark = pytest.mark.browser

PAGE = "whole-network"
LAYER, MAP = 4, 3  # a convolution of the shipped digits network, and a map of it


@pytest.fixture(scope="module")
def layers(digits):
    network = Network.load(MODELS / "digits.npz")
    return explain.layer_passes(network, datasets.scale(digits.x_test[digits.y_test == 0][0]))


def item(page: Page, layer: int, number: int) -> Locator:
    """A map of a layer, both counted from 1."""
    return page.locator(f'.network .item[data-at="{layer}"][data-number="{number - 1}"]')


def edges(page: Page) -> Locator:
    return page.locator(".network .edges path")


def pixels(canvas: Locator) -> np.ndarray:
    height, width, data = canvas.evaluate(
        """canvas => [canvas.height, canvas.width, [...canvas.getContext("2d")
            .getImageData(0, 0, canvas.width, canvas.height).data]]"""
    )
    return np.array(data, np.uint8).reshape(height, width, 4)[:, :, :3]


def expected_colours(layer, number: int, limit: float) -> np.ndarray:
    column = network_map([layer])[1]
    share = column.levels[number].astype(np.float64)
    share = (share - 127) / 127 if column.signed else share / 255
    share *= float(column.limits[number]) / limit
    # Half a level more, as scripts round halves up.
    level = np.floor((share + 1) * 127 + 0.5) if column.signed else np.floor(share * 255 + 0.5)
    return explain.palette(signed=column.signed)[level.astype(int)]


def test_pointing_lights_up_and_clicking_takes_apart(open_page, layers):
    page = open_page(PAGE)
    expect(item(page, LAYER, MAP)).to_be_visible()
    # Colours are those of the numbers, on a scale of the map's own and on that of the net.
    layer = layers[LAYER - 1]
    limit = float(np.abs(layer.passed_on[:, :, MAP - 1]).max())
    found = pixels(item(page, LAYER, MAP).locator("canvas"))
    off = np.abs(found.astype(int) - expected_colours(layer, MAP - 1, limit))
    assert off.max() <= 4  # a level's difference, from rounding twice

    item(page, LAYER, MAP).hover()
    lit = page.locator(f'.network .item.lit[data-at="{LAYER - 1}"]')
    expect(lit).to_have_count(10)
    assert 1 < edges(page).count() <= 10
    readout = page.locator('.network [data-part="readout"]')
    expect(readout).to_contain_text(f"Map {MAP} of layer {LAYER}, Conv 3×3")
    expect(readout).to_contain_text("Made from all 16 maps of layer 3, ReLU")

    item(page, LAYER, MAP).click()
    expect(page.get_by_role("heading", name=re.compile(f"^Layer {LAYER},"))).to_be_visible()
    expect(page).to_have_url(re.compile(rf"net_layer={LAYER}.*net_map={MAP}"))
    total = page.locator(".parts figure").last.locator("canvas")
    expect(total).to_be_visible()
    box = total.bounding_box()
    total.hover(position={"x": box["width"] * 10.5 / 28, "y": box["height"] * 9.5 / 28})
    value = float(layer.passed_on[9, 10, MAP - 1])
    said = page.locator(".parts .readout")
    expect(said).to_contain_text("Row 10, column 11:")
    shown = float(re.search(r"sum ([−\d.]+)\.$", said.inner_text())[1].replace("−", "-"))
    assert shown == pytest.approx(value, abs=0.006)
    total.click(position={"x": box["width"] * 10.5 / 28, "y": box["height"] * 9.5 / 28})
    expect(page).to_have_url(re.compile("net_cell=10-11"))
    expect(page.locator(".stage")).to_be_visible()


def test_the_keyboard_goes_everywhere_and_a_phone_scrolls_inside(open_page):
    page = open_page(f"{PAGE}?net_layer=1&net_map=2", width=390)
    start = item(page, 1, 2)
    expect(start).to_have_attribute("aria-pressed", "true")
    expect(start).to_have_attribute("tabindex", "0")
    start.focus()
    page.keyboard.press("ArrowRight")
    expect(item(page, 2, 2)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(item(page, 2, 3)).to_be_focused()
    expect(edges(page)).to_have_count(2)  # back through layer 1 to the image
    page.keyboard.press("PageDown")
    expect(item(page, 2, 13)).to_be_focused()
    expect(page.locator('.network [data-part="spoken"]')).to_contain_text("layer")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("net_layer=2.*net_map=13"))
    scroller = page.locator(".network .scroller")
    expect(scroller).to_have_attribute("tabindex", "0")
    inside, across = scroller.evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert inside > across
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
