"""The data set page in a real browser: browsing by the address, sharp pictures, everyone."""

from __future__ import annotations

import io
import re
from base64 import b64decode

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.acts import pick, stop_button

pytestmark = pytest.mark.browser

WORKER_PATIENCE = 120_000  # milliseconds, starting a worker included


def pictures(page: Page):
    return page.get_by_test_id("stImage").first.get_by_role("img")


def loaded(page: Page) -> None:
    """Wait for all pictures: the server forgets those of a page that was left."""
    page.wait_for_function("[...document.images].every((image) => image.complete)")


def test_browsing_is_kept_in_the_address(open_page):
    page = open_page("dataset")
    expect(pictures(page)).to_have_count(60)
    page.get_by_role("radio", name="CIFAR-10 photos").click()
    expect(pictures(page).first).to_have_attribute("alt", re.compile("^airplane, training image"))
    pick(page, page.get_by_role("combobox", name="Class").first, "cat")
    expect(pictures(page).first).to_have_attribute("alt", re.compile("^cat, training image"))
    expect(page).to_have_url(re.compile("dataset_class_cifar10=cat"))
    copy = open_page(page.url.rsplit("/", 1)[1])
    expect(pictures(copy).first).to_have_attribute("alt", re.compile("^cat, training image"))


def test_every_pixel_is_a_sharp_square(open_page, digits):
    page = open_page("dataset")
    expect(pictures(page)).to_have_count(60)  # before they come, another picture is the first
    first = pictures(page).first
    source = first.evaluate("image => image.src")
    sent = np.asarray(Image.open(io.BytesIO(b64decode(source.partition(",")[2]))))
    pixels = digits.x_train[np.flatnonzero(digits.y_train == 0)[0], ..., 0]
    squares = pixels.repeat(2, axis=0).repeat(2, axis=1)
    for channel in range(3):
        assert (sent[:, 6:62, channel] == squares).all()  # between two clear strips
    assert first.evaluate("image => [image.width, image.height]") == [sent.shape[1], sent.shape[0]]


def test_the_data_set_is_one_choice_on_all_pages(open_page, settled):
    page = open_page("dataset")
    loaded(page)
    page.get_by_role("radio", name="CIFAR-10 photos").click()
    expect(page).to_have_url(re.compile("dataset=CIFAR-10"))
    expect(pictures(page).first).to_have_attribute("alt", re.compile("^airplane, training image"))
    loaded(page)
    side = page.get_by_test_id("stSidebarNav")
    side.get_by_role("link", name="Training", exact=True).click()
    expect(page).to_have_url(re.compile(r"/training\?.*dataset=CIFAR-10"))
    page.get_by_role("radio", name="Handwritten digits").click()
    expect(page).not_to_have_url(re.compile("CIFAR"))
    side.get_by_role("link", name="Dataset", exact=True).click()
    expect(pictures(page).first).to_have_attribute("alt", re.compile("^0, training image"))
    loaded(page)


def test_neighbours_follow_the_chosen_image(open_page):
    page = open_page("dataset?dataset_query_digits_class=4")
    nearest = page.get_by_alt_text(re.compile("at the distance")).first
    expect(nearest).to_have_attribute("alt", re.compile("^4, "))
    pick(page, page.get_by_role("combobox", name="Class").nth(1), "1")
    expect(nearest).to_have_attribute("alt", re.compile("^1, "))


def test_noise_spoils_labels_and_goes_along_to_the_training_page(open_page):
    page = open_page("dataset")
    slider = page.get_by_role("slider", name="Wrong labels")
    slider.focus()
    for _ in range(4):
        slider.press("ArrowRight")
    expect(page.get_by_text("1,620 of 8,100 training labels are wrong.")).to_be_visible()
    expect(page.get_by_alt_text(re.compile("^Labelled .*, but it is ")).first).to_be_visible()
    page.get_by_role("link", name="Train with this split and these labels").click()
    expect(page).to_have_url(re.compile(r"/training\?.*train_label_noise=0.2"))
    told = page.get_by_text("1,620 of 8,100 labels will be wrong")  # the slider is behind a fold
    expect(told).to_be_visible()
    page.get_by_test_id("stExpander").get_by_text("More settings").click()
    expect(page.get_by_role("slider", name="Wrong labels")).to_have_value("0.2")
    page.get_by_role("button", name="Use the true labels").click()
    expect(page.get_by_role("slider", name="Wrong labels")).to_have_value("0")
    expect(told).to_have_count(0)


def test_the_trial_can_be_started_watched_and_stopped(open_page):
    page = open_page("dataset")
    page.get_by_role("button", name="Train both").click()
    bar = page.get_by_test_id("stProgress")
    expect(bar).to_contain_text("true labels: epoch", timeout=WORKER_PATIENCE)
    stop_button(page).click()
    expect(bar).to_contain_text("40 % wrong labels: stopped", timeout=WORKER_PATIENCE)
    copy = open_page(page.url.rsplit("/", 1)[1])
    table = copy.get_by_role("table").filter(has_text="Validation accuracy")
    expect(table.get_by_role("rowheader", name="true labels")).to_be_visible()
