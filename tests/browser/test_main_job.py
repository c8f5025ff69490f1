"""The main job, as a newcomer does it: build, train, watch, stop, reload, and see it again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acts import run_of

pytestmark = pytest.mark.browser

LONG = "train_epochs=30&train_batch_size=8&model_filters=8"  # minutes on any machine
TRAINING_SECONDS = 120_000  # of patience, in milliseconds: starting a worker included


def press_train(page: Page) -> None:
    page.get_by_role("button", name="Train", exact=True).click()


def status_line(page: Page):
    return page.get_by_test_id("stProgress")


def test_two_epochs_with_the_curve_moving(open_page, settled):
    page = open_page("model-building?model_filters=8")
    page.get_by_role("link", name="Train this network").click()
    page.wait_for_url(re.compile("/training"))
    settled(page)
    expect(page.get_by_text("12 layers, 38.3 thousand parameters.")).to_be_visible()
    slider = page.get_by_role("slider", name="Epochs")
    slider.focus()
    for _ in range(13):
        slider.press("ArrowLeft")
    expect(slider).to_have_value("2")
    page.wait_for_url(re.compile("train_epochs=2"))
    press_train(page)
    run_id = run_of(page)
    expect(status_line(page)).to_contain_text("Training, epoch", timeout=TRAINING_SECONDS)
    expect(page.locator(".js-plotly-plot .point").first).to_be_attached(timeout=TRAINING_SECONDS)
    expect(status_line(page)).to_contain_text("Done, epoch 2 of 2", timeout=TRAINING_SECONDS)
    # Four epoch points: two of training and two of validation, in each of two plots, and batches.
    points = page.locator(".js-plotly-plot .point")
    expect(points.nth(8)).to_be_attached()
    settled(page)
    shown = page.get_by_test_id("stMetricValue").all_inner_texts()

    elsewhere = open_page(f"training?run={run_id}")
    expect(status_line(elsewhere)).to_contain_text("Done, epoch 2 of 2")
    expect(elsewhere.get_by_test_id("stMetricValue")).to_have_text(shown)


def test_stop_keeps_what_was_learned(open_page):
    page = open_page(f"training?{LONG}")
    press_train(page)
    second = re.compile(r"epoch ([2-9]|\d\d) of")  # or a later one, if nobody had time to look
    expect(status_line(page)).to_contain_text(second, timeout=TRAINING_SECONDS)
    page.get_by_role("button", name="Stop training").click()
    expect(status_line(page)).to_contain_text("Stopped")
    expect(page.get_by_role("button", name="Go on from here")).to_be_visible()
    expect(page.get_by_role("link", name="Look inside it")).to_be_visible()


def test_a_second_visitor_sees_a_place_in_the_queue(open_page):
    first = open_page(f"training?{LONG}")
    press_train(first)
    expect(status_line(first)).to_contain_text("Training, epoch", timeout=TRAINING_SECONDS)
    second = open_page("training?train_epochs=1&model_filters=8")
    press_train(second)
    expect(status_line(second)).to_contain_text("Waiting, number 1 in the queue")
    first.get_by_role("button", name="Stop training").click()
    expect(status_line(second)).to_contain_text("Done", timeout=TRAINING_SECONDS)
