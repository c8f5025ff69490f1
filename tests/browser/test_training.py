"""A training that is steered, looked into and compared, in a real browser with a real worker."""

from __future__ import annotations

import re
import signal

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.browser.acts import press, run_of

pytestmark = pytest.mark.browser

PATIENCE = 120_000  # milliseconds: starting a worker included
SMALL = "model_filters=8&model_convolutions=1&train_9000_image_count=3000"
LONG = "model_filters=8&model_convolutions=1&train_epochs=30"  # to be stopped before its end
TABLE = "document.querySelector('[aria-label=\"Confusion matrix\"]')"
PLACE = re.compile(r"Paused after (\d+) of \d+ batches of epoch (\d+)")


def start(page: Page) -> str:
    """Press Train and return the run's id once it trains; a short run may be done by then."""
    press(page, "Train")
    run_id = run_of(page)
    trains = re.compile("Training, epoch|Done, epoch")
    expect(status_line(page)).to_contain_text(trains, timeout=PATIENCE)
    return run_id


def status_line(page: Page):
    return page.get_by_test_id("stProgress").first


def look_at(page: Page, view: str) -> None:
    page.get_by_role("radio", name=view, exact=True).click()


def paused_at(page: Page) -> tuple[int, int]:
    """(epoch, batch) that a paused run stands after."""
    expect(status_line(page)).to_contain_text(re.compile("Paused (after|before)"))
    if "before" in status_line(page).inner_text():  # between two epochs
        press(page, "One batch")
    expect(status_line(page)).to_contain_text(PLACE)
    batch, epoch = PLACE.search(status_line(page).inner_text()).groups()
    return int(epoch), int(batch)


def in_epoch(epochs: range) -> re.Pattern[str]:
    """The status line of a run that trains in one of these epochs."""
    return re.compile(rf"Training, epoch ({'|'.join(map(str, epochs))}) of")


def test_a_training_is_paused_stepped_changed_and_let_go_on(open_page):
    page = open_page(
        f"training?{LONG}&train_batch_size=32&train_optimizer=SGD&train_learning_rate=0.1"
    )
    start(page)
    # On a slow machine it would else be paused before its first batch.
    expect(status_line(page)).to_contain_text(in_epoch(range(2, 30)), timeout=PATIENCE)
    press(page, "Pause")
    epoch, batch = paused_at(page)

    look_at(page, "Step by step")
    press(page, "Train one batch")
    step = page.get_by_role("heading", name=re.compile(r"^Batch \d+ of epoch \d+$"))
    expect(step).to_be_visible()
    stepped, of = map(int, re.findall(r"\d+", step.inner_text()))
    assert (of, stepped) == (epoch, batch + 1) or (of, stepped) == (epoch + 1, 1)
    expect(status_line(page)).to_contain_text(
        re.compile(rf"Paused after {stepped} of \d+ batches of epoch {of}")
    )
    marks = page.get_by_text(re.compile("^(✓|✗)"))
    expect(marks).to_have_count(32)
    expect(page.get_by_role("region", name="Gradient")).to_be_visible()
    assert_sgd(page)

    slider = page.get_by_role("slider", name="Learning rate now")
    slider.focus()
    slider.press("ArrowLeft")
    press(page, "Train one batch")
    expect(page.get_by_text(re.compile("learning rate 0.03"))).to_be_visible()
    assert_sgd(page)
    marked = page.locator(".js-plotly-plot .annotation-text", has_text="rate 0.03")
    expect(marked).to_be_attached()

    press(page, "Go on")
    expect(status_line(page)).to_contain_text(in_epoch(range(2, 31)), timeout=PATIENCE)
    press(page, "Stop training")
    expect(status_line(page)).to_contain_text("Stopped")


def assert_sgd(page: Page) -> None:
    """The equation's numbers come out: weight less rate times gradient."""
    text = page.locator(".katex-mathml annotation").last.text_content()
    found = re.search(r"= (-?[\d.]+) - ([\d.]+) \\cdot \(?(-?[\d.e-]+)\)? .*&= (-?[\d.]+)", text)
    weight, rate, gradient, result = map(float, found.groups())
    assert result == pytest.approx(weight - rate * gradient, abs=2e-6)


def test_epochs_are_gone_over_and_two_runs_compared(open_page):
    page = open_page(f"training?{SMALL}&train_epochs=3")
    first = start(page)
    expect(status_line(page)).to_contain_text("Done, epoch 3 of 3", timeout=PATIENCE)
    look_at(page, "Classes")
    table = page.get_by_role("region", name="Confusion matrix")
    expect(table).to_be_visible()
    trained = table.text_content()
    scrub = page.locator(".scrub input")
    scrub.focus()
    for epoch in (2, 1, 0):
        scrub.press("ArrowLeft")
        page.wait_for_url(re.compile(f"epoch={epoch}"))
    expect(page.get_by_text("has not learned anything")).to_be_visible()
    assert table.text_content() != trained
    for _ in range(3):
        scrub.press("ArrowRight")
    expect(page.get_by_text("has not learned anything")).to_have_count(0)
    page.wait_for_url(lambda url: "epoch=" not in re.sub("train_epochs=", "", url))
    page.wait_for_function(f"text => {TABLE}.textContent === text", arg=trained)

    press(page, "Same start again")
    page.wait_for_url(lambda url: first not in url)
    look_at(page, "Runs")
    rows = page.locator(".runs tbody tr")
    expect(rows.filter(has_text="Done")).to_have_count(2, timeout=PATIENCE)
    cells = [row.locator("td").all_inner_texts()[1:4] for row in rows.all()]
    assert cells[0] == cells[1]  # same seed, same start: the same accuracy
    rows.nth(0).get_by_role("button").click()
    page.wait_for_url(re.compile(f"run={first}"))
    rows.nth(1).get_by_role("checkbox").uncheck()
    page.wait_for_url(re.compile(f"runs={first}(&|$)"))

    elsewhere = open_page(page.url.split("/")[-1], width=390)  # on a phone, say
    expect(elsewhere.locator(".runs tbody tr")).to_have_count(1)
    cut_off = "e => e.scrollWidth > e.clientWidth"
    assert not elsewhere.locator(".runs").evaluate(cut_off)
    legends = elsewhere.locator(".js-plotly-plot .legendtext")
    expect(legends.filter(has_text="Adam 0.001, batches of 64")).to_have_count(2)  # of two figures
    expect(status_line(elsewhere)).to_contain_text("Done, epoch 3 of 3")


def test_a_run_outlives_its_tab_and_its_worker(open_page):
    page = open_page(f"training?{LONG}&train_batch_size=8")
    run_id = start(page)
    expect(status_line(page)).to_contain_text(in_epoch(range(3, 30)), timeout=PATIENCE)
    page.close()
    worker_that_trains().send_signal(signal.SIGKILL)
    again = open_page(f"training?run={run_id}")
    expect(status_line(again)).to_contain_text("was started again; the run", timeout=PATIENCE)
    expect(status_line(again)).to_contain_text(re.compile(r"epoch [1-9]\d?"), timeout=PATIENCE)
    press(again, "Stop training")
    expect(status_line(again)).to_contain_text("Stopped")
    expect(again.locator(".scrub input")).to_be_visible()


def worker_that_trains() -> psutil.Process:
    """The one with TensorFlow in it, which no process below this one outweighs but browsers."""
    return max(psutil.Process().children(recursive=True), key=_weight_of_a_worker)


def _weight_of_a_worker(process: psutil.Process) -> int:
    """Bytes in memory; 0 for what is no worker, or ended a moment ago."""
    try:
        is_worker = "spawn_main" in " ".join(process.cmdline())
        return process.memory_info().rss if is_worker else 0
    except psutil.Error:
        return 0
