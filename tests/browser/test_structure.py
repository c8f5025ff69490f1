"""The board of runs in a real browser: a dot and a name open their run, and the front is drawn."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from cnnlib.events import EpochEvent
from cnnlib.network import Network
from cnnlib.records import EpochRecord
from cnnlib.runs import RunStore
from cnnlib.structure_trials import StructureSettings, structure_trial
from tests.browser.acts import PHONE, SWIPE, drawn, swipe

pytestmark = pytest.mark.browser

ACCURACIES = {"Lean": 0.5, "Rich": 0.7, "Poor": 0.4}  # by parameters: the first, second, and last


@pytest.fixture(scope="module")
def runs(run_store: RunStore) -> dict[str, str]:
    """Three runs on digits by their names: two on the front of parameters, and one behind."""
    narrow, wide = structure_trial(StructureSettings("width", "digits", filters=4))
    _, widest = structure_trial(StructureSettings("width", "digits", filters=8))
    found = {}
    for (name, accuracy), spec in zip(ACCURACIES.items(), (narrow, wide, widest), strict=True):
        run_id = run_store.create(spec)
        event = EpochEvent(1, 0.5, accuracy, 0.6, accuracy, 1000.0, 2.0)
        weights = Network.initial(spec.network).weights
        run_store.save_epoch(run_id, 1, weights, EpochRecord((), event), None)
        run_store.rename(run_id, name)
        found[name] = run_id
    return found


def open_board(open_page, runs: dict[str, str], **options) -> Page:
    page = open_page(
        f"structure?structure_dataset=Handwritten+digits&runs={','.join(runs.values())}", **options
    )
    expect(page.locator(".js-plotly-plot .point")).to_have_count(3)
    return page


def click_dot(page: Page, number: int) -> None:
    """Click where a dot is drawn: Plotly takes the pointer with a layer of its own above it."""
    dot = page.locator(".js-plotly-plot .point").nth(number)
    dot.evaluate("e => e.scrollIntoView({block: 'center'})")
    drawn(page)
    dot.click(force=True)


def test_a_dot_and_a_name_open_their_run(open_page, runs):
    page = open_board(open_page, runs)
    rows = page.locator(".runs tbody tr")
    expect(rows).to_have_count(3)
    assert [row.split()[:2] for row in rows.all_inner_texts()] == [
        ["●", "Lean"],
        ["●", "Rich"],
        ["○", "Poor"],
    ]
    click_dot(page, 0)  # drawn before the front: the one that is beaten
    page.wait_for_url(re.compile(f"run={runs['Poor']}"))
    opened = page.locator(".st-key-structure_board_opened")
    expect(opened).to_contain_text("Poor")

    page.locator(".runs").get_by_role("button", name="Lean").press("Enter")
    page.wait_for_url(re.compile(f"run={runs['Lean']}"))
    expect(opened).to_contain_text("Lean")
    opened.get_by_role("link", name="Its training").click()
    page.wait_for_url(re.compile(f"training.*run={runs['Lean']}"))


def test_the_board_fits_a_phone(open_page, runs):
    page = open_board(open_page, runs, width=390)
    cut_off = "e => e.scrollWidth > e.clientWidth"
    assert not page.locator(".runs").evaluate(cut_off)
    box = page.locator(".js-plotly-plot").last.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


def test_a_swipe_that_begins_on_plotlys_figure_moves_the_page(open_page, runs):
    page = open_board(open_page, runs, **PHONE)
    assert swipe(page, page.get_by_test_id("stPlotlyChart").first) > SWIPE / 2
