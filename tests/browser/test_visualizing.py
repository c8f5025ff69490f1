"""Feature maps in a real browser: what is drawn, what is clicked, who can use it."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from cnnlib import datasets, explain
from cnnlib.network import Network
from pages.support.networks import MODELS
from tests.browser.acts import narrow, noting

pytestmark = pytest.mark.browser

MAPS = "feature-maps"
LAYER = 3  # the first ReLU of the shipped digits network


@pytest.fixture(scope="module")
def network() -> Network:
    return Network.load(MODELS / "digits.npz")


@pytest.fixture(scope="module")
def seven(digits) -> np.ndarray:
    """The second test image of class 7, as a network takes it."""
    return datasets.scale(digits.x_test[digits.y_test == 7][1])


def address(**choices: object) -> str:
    return f"{MAPS}?{urlencode({'maps_digits_class': 7, 'maps_digits_number': 2, **choices})}"


def sheet(page: Page, layer: int) -> Locator:
    """The maps of a layer, counted from 1."""
    return page.get_by_role("list", name=f"The feature maps of layer {layer}", exact=True)


def cell(page: Page, layer: int, number: int) -> Locator:
    """A map of a layer, both counted from 1."""
    return sheet(page, layer).get_by_role("button", name=re.compile(f"^Map {number}:"))


def readout(page: Page, layer: int) -> Locator:
    section = page.locator("section.maps").filter(has=sheet(page, layer))
    return section.locator('[data-part="readout"]')


def pixels(cell: Locator) -> np.ndarray:
    """The colours of a map's cells: (height, width, 3)."""
    height, width, data = cell.locator("canvas").evaluate(
        """canvas => [canvas.height, canvas.width, [...canvas.getContext("2d")
            .getImageData(0, 0, canvas.width, canvas.height).data]]"""
    )
    return np.array(data, np.uint8).reshape(height, width, 4)[:, :, :3]


@pytest.mark.parametrize("scale", ["Per map", "Per layer"])
def test_every_cell_has_the_colour_of_its_number(open_page, network, seven, scale):
    page = open_page(address(maps_scale=scale))
    for layer, signed in ((1, True), (LAYER, False), (7, False)):
        maps = network.activations(seven[np.newaxis])[layer - 1][0]
        expect(cell(page, layer, 5)).to_be_visible()
        limits = explain.map_limits(maps, per_map=scale == "Per map")
        levels = explain.map_levels(maps, limits, signed=signed)
        expected = explain.palette(signed=signed)[levels[4]]
        assert (pixels(cell(page, layer, 5)) == expected).all()


def test_maps_are_enlarged_by_whole_numbers_and_fit(open_page):
    page = open_page(address(maps_all_21="true"))
    for width in (1400, 390):
        narrow(page, width)
        expect(cell(page, 21, 112)).to_be_visible()
        for layer, size in ((1, 28), (7, 14), (14, 7), (21, 3)):
            shown = cell(page, layer, 1).locator("canvas").bounding_box()["width"]
            assert shown % size == 0
            assert shown > 20
        main = page.get_by_test_id("stMain")
        assert main.evaluate("element => element.scrollWidth <= element.clientWidth")


def test_pointing_reads_a_maps_numbers_and_asks_nothing_of_the_server(open_page, network, seven):
    sent = []
    page = open_page(address(), watch=noting("framesent", sent))
    expect(readout(page, LAYER)).to_have_text(re.compile("^16 maps"))
    page.wait_for_timeout(500)
    before = len(sent)
    cell(page, LAYER, 2).hover()
    largest = network.activations(seven[np.newaxis])[LAYER - 1][0][:, :, 1].max()
    expect(readout(page, LAYER)).to_have_text(f"Map 2: from 0 to {largest:.3g}")
    page.mouse.move(5, 5)
    expect(readout(page, LAYER)).to_have_text(re.compile("^16 maps"))
    assert len(sent) == before


def test_a_click_looks_into_a_map_and_the_address_keeps_it(open_page):
    page = open_page(address())
    cell(page, LAYER, 9).click()
    made = page.get_by_text("Each negative number becomes 0")
    expect(made).to_be_visible()
    expect(cell(page, LAYER, 9)).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile("maps_layer=3"))
    expect(page).to_have_url(re.compile("maps_map=9"))
    copy = open_page(page.url.rsplit("/", 1)[1])
    expect(cell(copy, LAYER, 9)).to_have_attribute("aria-pressed", "true")
    expect(copy.get_by_role("list", name="Map 9, large")).to_be_visible()


def test_arrow_keys_and_enter_do_the_same(open_page):
    page = open_page(address())
    cell(page, LAYER, 1).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(cell(page, LAYER, 3)).to_be_focused()
    expect(readout(page, LAYER)).to_have_text(re.compile("^Map 3: "))
    page.keyboard.press("ArrowDown")
    expect(cell(page, LAYER, 11)).to_be_focused()
    page.keyboard.press("Home")
    expect(cell(page, LAYER, 1)).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(cell(page, LAYER, 16)).to_have_attribute("aria-pressed", "true")
    expect(cell(page, LAYER, 16)).to_be_focused()
    expect(page).to_have_url(re.compile("maps_map=16"))


def test_a_large_map_and_its_kernel_are_the_networks(open_page, network, seven):
    page = open_page(address(maps_layer=1, maps_map=4))
    kernel = page.get_by_role("list", name="The kernel of map 4").get_by_role("button")
    expect(kernel).to_have_count(1)
    weights = network.weights[0]["kernel"][:, :, 0, 3]
    written = kernel.locator(".cells span").all_inner_texts()
    assert written == [f"{weight:.2f}".replace("-", "−") for weight in weights.ravel()]
    large = page.get_by_role("list", name="Map 4, large").get_by_role("button")
    maps = network.activations(seven[np.newaxis])[0][0]
    levels = explain.map_levels(maps, explain.map_limits(maps, per_map=True), signed=True)
    assert (pixels(large) == explain.palette(signed=True)[levels[3]]).all()


def test_a_layers_maps_can_be_saved(open_page, network, seven):
    page = open_page(address(maps_layer=LAYER))
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the layer's maps").click()
    assert download.value.suggested_filename == "layer-3.png"
    maps = network.activations(seven[np.newaxis])[LAYER - 1][0]
    expected = explain.contact_sheet(
        maps, explain.map_limits(maps, per_map=True), signed=False, columns=16, scale=2, gap=4
    )
    with Image.open(download.value.path()) as file:
        assert (np.asarray(file) == expected).all()


def test_feature_maps_load_no_plotting_library(open_page):
    loaded = []

    def watch(page: Page) -> None:
        page.on("request", lambda request: loaded.append(request.url))

    page = open_page(address(), watch=watch)
    expect(cell(page, 1, 1)).to_be_visible()
    assert loaded
    assert not [url for url in loaded if "plotly" in url.lower()]
