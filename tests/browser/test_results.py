"""Results in a real browser: cells and bins that open their pictures, by mouse and by keys."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from cnnlib import datasets, evaluation, reliability
from cnnlib.network import Network
from pages.support.networks import MODELS

pytestmark = pytest.mark.browser

PAGE = "results"


@pytest.fixture(scope="module")
def shares(digits) -> np.ndarray:
    """What the shipped network says of the sample's test digits."""
    return Network.load(MODELS / "digits.npz").predict(datasets.scale(digits.x_test))


@pytest.fixture(scope="module")
def matrix(digits, shares) -> np.ndarray:
    return evaluation.confusion_matrix(digits.y_test, shares.argmax(axis=1), 10)


def cell(page: Page, matrix: np.ndarray, true: int, said: int) -> Locator:
    name = f"{true} taken for {said}: {matrix[true, said]} of 100 images"
    return page.get_by_role("button", name=name)


def test_a_cell_opens_its_pictures(open_page, matrix):
    page = open_page(PAGE)
    cells = page.get_by_role("grid", name="Confusion matrix").get_by_role("button")
    expect(cells).to_have_count(100)
    shown = [int(text or 0) for text in cells.all_text_contents()]
    assert shown == matrix.ravel().tolist()
    cell(page, matrix, 3, 3).click()
    said = page.get_by_text(f"{matrix[3, 3]} test images of class 3, answered 3.")
    expect(said).to_be_visible()
    expect(page).to_have_url(re.compile("results_digits_true=3"))
    expect(page).to_have_url(re.compile("results_digits_answer=3"))
    # The keyboard goes on from there, and only Enter asks for other pictures.
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(cell(page, matrix, 4, 4)).to_be_focused()
    readout = page.locator(".matrix [data-part=readout]")
    expect(readout).to_have_text(f"4 taken for 4: {matrix[4, 4]} of 100 images")
    expect(cell(page, matrix, 3, 3)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Enter")
    expect(cell(page, matrix, 4, 4)).to_have_attribute("aria-pressed", "true")
    expect(cell(page, matrix, 4, 4)).to_be_focused()
    expect(page).to_have_url(re.compile("results_digits_true=4"))


def test_a_bin_opens_its_pictures_and_others_are_drawn(open_page, digits, shares):
    loaded = []
    page = open_page(PAGE)
    page.on("request", lambda request: loaded.append(request.url))
    page.reload()
    last = reliability.reliability(digits.y_test, shares).bins[-1]
    plot = page.get_by_role("group", name="Reliability diagram of 1,000 answers in 15 bins")
    bins = plot.get_by_role("button")
    expect(bins).to_have_count(15)
    bins.last.focus()
    readout = page.locator(".reliability [data-part=readout]")
    expect(readout).to_have_text(re.compile(f"{last.right} of {last.count} answers right"))
    page.wait_for_function("document.getAnimations().every(a => a.playState !== 'running')")
    tall = plot.bounding_box()["height"]
    right = bins.last.locator(".bar").bounding_box()["height"]
    assert right / tall == pytest.approx(last.accuracy, abs=0.01)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("results_bin=15"))
    expect(page.get_by_text(f"{last.right} of {last.count} answers right. Mist")).to_be_visible()
    expect(bins.last).to_have_attribute("aria-pressed", "true")
    expect(bins.last).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(bins.last).not_to_be_focused()
    page.get_by_role("button", name="Show me others").click()
    expect(page).to_have_url(re.compile("results_draw="))
    assert loaded
    assert not [url for url in loaded if "plotly" in url.lower()]
