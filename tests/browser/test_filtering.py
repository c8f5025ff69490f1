"""The filtering page in a real browser: products under the pointer, weights, stride, own photo."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from cnnlib import filtering
from cnnlib.convolution import conv2d
from cnnlib.filtering import Settings
from cnnlib.kernels import KERNELS
from cnnlib.pixels import fit_square
from pages.support.photos import read_photo
from tests.browser import server
from tests.browser.test_stage import INPUT, OUTPUT, hover, ledger, status, steps

pytestmark = pytest.mark.browser

SIDE = 24  # pixels of the small picture
SOBEL = KERNELS["sobel_x"].weights
ASTRONAUT = server.ROOT / "assets" / "photos" / "astronaut.jpg"


def small_picture() -> np.ndarray:
    """The picture on the stage: grey float32 (SIDE, SIDE)."""
    return filtering.grey(fit_square(read_photo(ASTRONAUT.read_bytes()), SIDE))


@pytest.fixture
def filtering_page(open_page):
    """Open the page with a query, tall enough to have the stage in sight, and wait for it."""

    def opener(query: str = "", **options) -> Page:
        page = open_page(f"filtering{query}", **{"height": 1900, **options})
        page.wait_for_selector(".stage[data-mode]")
        return page

    return opener


def test_hover_shows_the_products_that_conv2d_adds_up(filtering_page):
    page = filtering_page()
    image = small_picture()
    answers = conv2d(image[None, :, :, None], SOBEL[:, :, None, None])[0, :, :, 0]
    for row, column in [(0, 0), (7, 3), (21, 21)]:
        hover(page, OUTPUT, row, column, answers.shape)
        shown = steps(page)
        window = image[row : row + 3, column : column + 3].ravel()
        products = window * SOBEL.ravel()
        assert shown[:, 0] == pytest.approx(window, abs=0.006)
        assert shown[:, 1] == pytest.approx(SOBEL.ravel())
        assert shown[:, 2] == pytest.approx(products, abs=0.006)
        assert shown[:, 3] == pytest.approx(products.cumsum(), abs=0.006)
        assert ledger(page)["sum"] == pytest.approx(answers[row, column], abs=0.006)


def test_arrow_keys_do_what_the_pointer_does(filtering_page):
    page = filtering_page()
    hover(page, OUTPUT, 5, 6, (22, 22))
    by_pointer = status(page)
    hover(page, OUTPUT, 5, 4, (22, 22))
    assert status(page) != by_pointer
    page.mouse.move(0, 0)
    page.locator(OUTPUT).first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert status(page) == by_pointer


def test_a_pixel_tells_of_every_answer_it_has_a_part_in(filtering_page):
    page = filtering_page()
    hover(page, INPUT, 10, 10, (SIDE, SIDE))
    assert "9" in status(page)


def test_an_edited_weight_makes_the_kernel_custom_and_changes_the_sum(filtering_page):
    page = filtering_page()
    editor = page.get_by_role("textbox", name="Row 1, column 1")
    expect(editor).to_have_value("-1")
    editor.fill("3")
    editor.press("Enter")
    expect(page.locator(".stage").get_by_text("Custom, from Sobel, left to right")).to_be_visible()
    server.settled(page)
    assert "filter_weights=3%2C" in page.url
    hover(page, OUTPUT, 7, 3, (22, 22))
    window = small_picture()[7:10, 3:6]
    changed = SOBEL.copy()
    changed[0, 0] = 3
    assert steps(page)[0, 1] == 3
    assert ledger(page)["sum"] == pytest.approx(float((window * changed).sum()), abs=0.006)


def test_weights_are_walked_by_arrow_keys_and_one_too_large_is_refused(filtering_page):
    page = filtering_page()
    first = page.get_by_role("textbox", name="Row 1, column 1")
    first.focus()
    first.press("ArrowDown")
    middle = page.get_by_role("textbox", name="Row 2, column 1")
    expect(middle).to_be_focused()
    middle.fill("1e9")
    middle.press("Enter")
    expect(page.get_by_test_id("stAlert")).to_contain_text("the largest here is 1e+09")
    expect(middle).to_have_value("-2")
    middle.fill("much")
    middle.press("Enter")
    expect(middle).to_have_attribute("aria-invalid", "true")
    assert "filter_weights" not in page.url


def test_a_stride_that_does_not_divide_leaves_the_last_column_out_and_says_so(filtering_page):
    page = filtering_page()
    expect(page.get_by_text("Every input cell is in at least one window.")).to_be_visible()
    page.get_by_role("slider", name="Stride").press("ArrowRight")
    expect(
        page.get_by_text("the last 1 of the 24 rows and columns are not reached")
    ).to_be_visible()
    server.settled(page)
    assert "filter_stride=2" in page.url
    answers = filtering.response(small_picture(), SOBEL, Settings(stride=2))
    assert answers.shape == (11, 11)
    hover(page, OUTPUT, 10, 10, answers.shape)
    assert ledger(page)["sum"] == pytest.approx(answers[10, 10], abs=0.006)


def test_an_uploaded_photo_is_filtered(filtering_page):
    page = filtering_page()
    page.get_by_text("Your own", exact=True).click()
    half = np.zeros((60, 60, 3), np.uint8)
    half[:, 30:] = 255
    file = io.BytesIO()
    Image.fromarray(half).save(file, "PNG")
    page.locator("input[type=file]").first.set_input_files(
        {"name": "half.png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    # 58 x 58 windows on 60 x 60 pixels; Sobel on a step from 0 to 1 gives 1 + 2 + 1.
    expect(page.get_by_text("at 3,364 places")).to_be_visible()
    expect(page.get_by_text("Most positive: 4.00")).to_be_visible()
    expect(page.get_by_text("no window of the photo gets an answer below zero")).to_be_visible()
