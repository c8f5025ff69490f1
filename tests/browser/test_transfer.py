"""The transfer page in a real browser: clusters, four trainings, and their accuracy."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from cnnlib.transfer_trials import NAMES

pytestmark = pytest.mark.browser

WORKER_PATIENCE = 150_000  # starting a worker, and four trainings
SMALLEST = "transfer?transfer_classes_photos=cat&transfer_classes_photos=ship&transfer_each=5"


def test_four_trainings_fill_the_figure(open_page):
    page = open_page(SMALLEST)
    plot = page.locator("figure.chart")
    expect(plot.filter(has_text="By their features").first).to_be_visible()
    learned = page.get_by_role("table").filter(has_text="Learned from")
    row = learned.get_by_role("row").filter(has_text=NAMES["frozen"])
    expect(row).to_contain_text("–")
    page.get_by_role("button", name="Train all four").click()
    bar = page.get_by_test_id("stProgress")
    done = ", ".join(f"{name}: done" for name in NAMES.values())
    expect(bar).to_contain_text(done, timeout=WORKER_PATIENCE)
    # Two classes that the features were made for: guessing would be half of them.
    expect(row).to_contain_text(re.compile(r"(?:[89]\d\.\d|100) %"))
    for name in NAMES.values():
        expect(learned.get_by_role("row").filter(has_text=name)).to_contain_text("%")
    expect(page).to_have_url(re.compile(r"transfer_runs=[\w.-]{67}"))
