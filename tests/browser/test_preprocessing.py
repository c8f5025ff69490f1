"""The preprocessing page in a real browser: a pixel followed through, and three trainings."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from cnnlib.scaling import channel_statistics

pytestmark = pytest.mark.browser

WORKER_PATIENCE = 150_000  # starting a worker, and three trainings


def shown(number: float) -> str:
    return f"{number:.4f}".replace("-", "−")


def numbers(page) -> list[str]:
    return page.locator("td.number").all_inner_texts()


def test_a_pixel_is_followed_through_by_pointing_and_by_keys(open_page, digits):
    page = open_page("preprocessing?preprocessing_image_digits_class=7")
    raw = page.get_by_role("application", name=re.compile("^Raw: test image 1 of class 7"))
    expect(raw).to_be_visible()
    (mean,), (deviation,) = channel_statistics(digits.x_train)
    image = digits.x_test[digits.y_test == 7][0][..., 0]

    def expected(row: int, column: int) -> list[str]:
        level = int(image[row, column])
        scaled = level / 255
        return [str(level), shown(scaled), shown((scaled - mean) / deviation)]

    size = raw.bounding_box()["width"]
    unit = (size - 4) / 28
    raw.hover(position={"x": 2 + 14.5 * unit, "y": 2 + 7.5 * unit})
    expect(page.locator("td.sum").first).to_have_text("row 8, column 15")
    assert numbers(page) == expected(7, 14)
    raw.focus()
    raw.press("ArrowDown")
    raw.press("ArrowLeft")
    expect(page.locator("td.sum").first).to_have_text("row 9, column 14")
    assert numbers(page) == expected(8, 13)


def test_three_trainings_show_why(open_page):
    page = open_page("preprocessing")
    page.get_by_role("button", name="Train all three").click()
    bar = page.get_by_test_id("stProgress")
    expect(bar).to_contain_text(
        "raw pixels: done, scaled pixels: done, standardised pixels: done", timeout=WORKER_PATIENCE
    )
    table = page.get_by_role("table").filter(has_text="Validation accuracy")
    rows = [row.inner_text().split("\t") for row in table.get_by_role("row").all()[1:]]
    accuracy = {row[0]: float(row[2].removesuffix("%")) for row in rows}
    # The page says that raw pixels leave it guessing, and what the others come to.
    assert accuracy["raw pixels"] == pytest.approx(10, abs=2)
    assert accuracy["scaled pixels"] > 88
    assert accuracy["standardised pixels"] > 88
    curves = page.locator(".js-plotly-plot .legendtext")
    expect(curves.filter(has_text="raw pixels").first).to_be_visible()
    page.get_by_role("link", name="Open scaled pixels").click()
    expect(page).to_have_url(re.compile(r"/training\?run=[\w-]{16}"))
