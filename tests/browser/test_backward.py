"""The way back in a real browser: pictures that are linked, by pointer and by keyboard."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from cnnlib import datasets
from cnnlib.backward_steps import backward_pass, winners
from cnnlib.kernel_gradient import kernel_correlation
from cnnlib.network import Network
from pages.support.networks import MODELS
from tests.browser.acts import noting

pytestmark = pytest.mark.browser

NUMBER = r"−?\d[\d,]*(?:\.\d+)?(?:e[−+]?\d+)?"


@pytest.fixture(scope="module")
def taken():
    dataset = datasets.load("digits")
    image = datasets.scale(dataset.x_test[dataset.y_test == 9][31])
    return backward_pass(Network.load(MODELS / "digits.npz"), image, 9)


def linked(page: Page, title: str) -> Locator:
    found = page.locator("section.linked").filter(has=page.get_by_role("group", name=title))
    expect(found.locator("canvas").first).to_be_visible()
    found.scroll_into_view_if_needed()
    return found


def numbers(text: str) -> list[float]:
    found = re.findall(NUMBER, text)
    return [float(number.replace("−", "-").replace(",", "")) for number in found]


def test_a_kernels_gradient_is_worked_out_in_the_browser(open_page, taken):
    sent = []
    page = open_page("backward?back_filter_1=4", watch=noting("framesent", sent))
    found = kernel_correlation(taken.layers[0], 3, 0)
    view = linked(page, re.compile("How the gradient of filter 4's kernel"))
    kernel = view.get_by_role("application", name="Kernel's gradient")
    rows = view.locator(".ledger tbody tr")
    # By keyboard, and without the server: from the weight in use to the corner, then one down.
    kernel.focus()
    before = len(sent)
    assert before > 0
    for key in ("ArrowUp", "ArrowUp", "ArrowLeft", "ArrowLeft", "ArrowDown"):
        page.keyboard.press(key)
    expect(view.locator(".readout")).to_contain_text("Weight in row 2, column 1: 784 products")
    expect(rows).to_have_count(7)
    (gradient,) = numbers(rows.last.inner_text())
    assert gradient == pytest.approx(float(found.gradient[1, 0]), rel=0.01)
    products = found.products(1, 0)
    at = np.unravel_index(np.argmax(np.abs(products)), products.shape)
    row, column, met, pull, product = numbers(rows.first.inner_text())
    assert (row, column) == (at[0] + 1, at[1] + 1)
    expected = (found.met(1, 0)[at], found.pull[at], products[at])
    assert (met, pull, product) == pytest.approx([float(n) for n in expected], rel=0.01)
    # Pointing at a product marks what it was made of.
    picture = view.get_by_role("application", name="Products")
    box = picture.bounding_box()
    unit = box["width"] / 28
    picture.hover(position={"x": (at[1] + 0.5) * unit, "y": (at[0] + 0.5) * unit})
    expect(view.locator(".readout")).to_contain_text(f"Sum at row {at[0] + 1}, column {at[1] + 1}")
    expect(rows.first).to_have_class("lit")
    assert len(sent) == before
    # A click tells Python, and the formula below is of that weight.
    kernel.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("back_weight=2-1"))
    expect(page.get_by_text("marked weight, in row 2, column 1")).to_be_visible()


def test_max_pooling_names_the_winner_and_maps_open(open_page, taken):
    page = open_page("backward?back_layer=7&back_map=3", width=390)
    view = linked(page, re.compile("How pooling passes the gradient of map 3 back"))
    layer = taken.layers[6]
    arriving = view.get_by_role("application", name="Arrives")
    arriving.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    # The first press goes to the middle.
    at = (7, 8)
    row, column = divmod(int(winners(layer)[at][2]), 28)
    said = f"Row 8, column 9: .* goes to row {row + 1}, column {column + 1}, whose"
    expect(view.locator(".readout")).to_have_text(re.compile(said))
    main = page.get_by_test_id("stMain")
    assert main.evaluate("element => element.scrollWidth <= element.clientWidth")
    sheet = page.get_by_role("list", name="The gradients that layer 3 passes back")
    sheet.get_by_role("button").first.click()
    expect(page).to_have_url(re.compile("back_layer=3"))
    linked(page, re.compile("what arrives, times the slope"))
