"""The main job with the keyboard alone: build a network, train it, look at its maps, classify."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.acts import drawn, run_of

pytestmark = pytest.mark.browser

TRAINING_MS = 120_000  # of patience: starting a worker included
MOST_STOPS = 150  # of the Tab key on one page, its sidebar included


def tab_to(page: Page, role: str, name: str, *, exact: bool = False) -> Locator:
    """Press Tab until what has this role and name has the focus, and shows it."""
    wanted = page.get_by_role(role, name=name, exact=exact)
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if wanted.evaluate_all("all => all.some((one) => one.matches(':focus-visible'))"):
            return wanted
    raise AssertionError(f"no way by the Tab key to {role} {name!r}")


def follow(page: Page, name: str, address: str, settled: Callable[..., Page]) -> None:
    """Go to a link, follow it, and wait for its page."""
    tab_to(page, "link", name)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"/{address}"))
    settled(page)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


def set_slider(page: Page, name: str, value: str, *, parameter: str) -> None:
    """Go to a slider, and to the left until it has this value."""
    slider = tab_to(page, "slider", name)
    for _ in range(64):
        if slider.input_value() == value:
            break
        page.keyboard.press("ArrowLeft")
        drawn(page)
    expect(slider).to_have_value(value)
    page.wait_for_url(re.compile(rf"{parameter}={value}(&|$)"))


def test_the_main_job_without_a_mouse(open_page, settled):
    page = open_page("")
    follow(page, "Model building", "model-building", settled)
    set_slider(page, "Filters in the first block", "4", parameter="model_filters")
    follow(page, "Train this network", "training", settled)
    set_slider(page, "Epochs", "1", parameter="train_epochs")
    tab_to(page, "button", "Train", exact=True)
    page.keyboard.press("Enter")
    run_id = run_of(page)
    expect(page.get_by_test_id("stProgress")).to_contain_text("Done", timeout=TRAINING_MS)

    follow(page, "Feature maps", "feature-maps", settled)
    sheets = page.get_by_role("list", name=re.compile("^The feature maps of layer 1"))
    expect(sheets.get_by_role("button")).to_have_count(4)
    tab_to(page, "button", "Map 1:")
    page.keyboard.press("ArrowRight")
    second = sheets.get_by_role("button", name=re.compile("^Map 2:"))
    expect(second).to_be_focused()
    page.keyboard.press("Enter")
    expect(second).to_have_attribute("aria-pressed", "true")

    follow(page, "Classify", "classify", settled)
    assert run_of(page) == run_id
    tab_to(page, "radio", "Draw")
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "Space"):
        page.keyboard.press(key)
    expect(
        page.get_by_text(re.compile(r"^In truth: 0\. The answer is (right|wrong)\."))
    ).to_be_visible()
    expect(page.get_by_test_id("stMetricValue")).to_have_text(re.compile(r"^\d$"))
