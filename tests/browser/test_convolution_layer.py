"""The convolution layer page in Chromium: sums under the pointer, leafing, fields, temperature."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from cnnlib.convolution import conv2d, relu
from cnnlib.filter_bank import learned_filters
from cnnlib.receptive import receptive_fields
from cnnlib.verdict import percent
from cnnlib.worked import softmax_steps
from pages.support.networks import shipped_network
from pages.support.photos import small_picture
from tests.browser.acts import ledger, narrow, noting, number
from tests.browser.rules import violations
from tests.pages.test_convolution_layer import STEPS

pytestmark = pytest.mark.browser

PAGE = "convolution-layer"
STREAMLITS_OWN = {"list", "listitem"}
MOST_BYTES = 1_500_000


@pytest.fixture(scope="module")
def frog():
    return small_picture("A frog").astype(np.float32) / 255


@pytest.fixture(scope="module")
def bank():
    return learned_filters(shipped_network("cifar10"))


@pytest.fixture
def open_step(open_page):
    def opener(step, query="", **options):
        page = open_page(f"{PAGE}?layer_step={step.replace(' ', '+')}{query}", **options)
        page.get_by_role("heading", name=step, level=2).wait_for()
        return page

    return opener


def part(page, name):
    return page.locator(f'[data-part="{name}"]')


def point_at(page, grid, row, column, shape):
    """Move the pointer to a cell of a grid of `shape` cells, and wait for two frames."""
    grid.scroll_into_view_if_needed()
    box = grid.bounding_box()
    page.mouse.move(
        box["x"] + (column + 0.5) * box["width"] / shape[1],
        box["y"] + (row + 0.5) * box["height"] / shape[0],
    )
    page.evaluate("() => new Promise((d) => requestAnimationFrame(() => requestAnimationFrame(d)))")


def expected_ledger(frog, bank, filter_number, row, column):
    """A cell's partial sums, each a convolution of its own."""
    window = frog[None, row : row + 3, column : column + 3]
    partials = [
        conv2d(window[..., c : c + 1], bank.kernels[:, :, c : c + 1, [filter_number]]).item()
        for c in range(3)
    ]
    bias = float(bank.bias[filter_number])
    names = ("R", "G", "B", "bias", "sum")
    return dict(zip(names, (*partials, bias, sum(partials) + bias), strict=True))


def test_pointing_at_the_output_shows_three_partial_sums_and_the_bias(open_step, frog, bank):
    page = open_step("One number", "&layer_filter=12")
    page.wait_for_selector(".stage[data-mode]")
    output = page.locator(".output .grid")
    for row, column in ((3, 7), (20, 11), (29, 0)):
        point_at(page, output, row, column, (30, 30))
        expected = expected_ledger(frog, bank, 11, row, column)
        assert ledger(page) == pytest.approx(expected, abs=0.0051)
        results = page.locator(".partial .number").all_inner_texts()
        assert [number(r) for r in results] == pytest.approx([*expected.values()][:3], abs=0.0051)


def test_arrow_keys_do_the_same_and_enter_puts_it_in_a_line(open_step, frog, bank):
    page = open_step("One number")
    page.wait_for_selector(".stage[data-mode]")
    page.locator(".output .grid").focus()
    for key in ("PageUp", "Home", "ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    line = page.get_by_text("In row 2, column 3 of the output")
    expect(line).to_be_visible()
    expected = expected_ledger(frog, bank, 0, 1, 2)
    assert ledger(page) == pytest.approx(expected, abs=0.0051)
    numbers = re.findall(r"\u2212?\d+\.\d\d", line.inner_text())
    assert [number(n) for n in numbers] == pytest.approx([*expected.values()], abs=0.0051)


def test_the_three_channels_stand_in_line(open_step):
    page = open_step("One number")
    page.wait_for_selector(".stage[data-mode]")
    # A width that is no whole number of pixels, as columns and zoomed pages have it.
    page.locator(".stage").evaluate("e => { e.style.width = '667.6px'; }")
    for width in (1400, 1000):
        narrow(page, width)
        page.wait_for_selector(".stage[data-mode=medium]")
        tops = page.locator(".plane").evaluate_all(
            "all => all.map(e => e.getBoundingClientRect().top)"
        )
        assert len(tops) == 3
        assert len(set(tops)) == 1


def test_leafing_stays_in_the_browser_until_it_rests(open_step):
    sent = []
    page = open_step("All maps", watch=noting("framesent", sent))
    page.get_by_role("button", name="Next filter").wait_for()
    page.wait_for_timeout(1_500)
    sent.clear()
    for _ in range(4):
        page.get_by_role("button", name="Next filter").click()
    page.keyboard.press("ArrowRight")  # a button's arrow keys do nothing
    page.get_by_role("button", name="Previous filter").click()
    assert part(page, "name").inner_text() == "Map 4 of 32: Learned filter 4"
    assert sent == []
    expect(page.get_by_label("Filter to look at")).to_have_value("4")
    assert "layer_filter=4" in page.url


def test_a_cell_of_a_map_says_its_number_and_keys_move_it(open_step, frog, bank):
    page = open_step("All maps", "&layer_filter=12")
    maps = conv2d(frog[None], bank.kernels, bank.bias)[0, :, :, 11]
    canvas = page.locator(".panel canvas")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    said = part(page, "readout").first
    expect(said).to_have_text(f"Row 15, column 16: {maps[14, 15]:.2f}".replace("-", "\u2212"))
    box = canvas.bounding_box()
    behind, cell = 7 * 5, round((box["width"] - 7 * 5) / 30)
    page.mouse.move(box["x"] + 4.5 * cell, box["y"] + behind + 9.5 * cell)
    expect(said).to_have_text(f"Row 10, column 5: {maps[9, 4]:.2f}".replace("-", "\u2212"))


def test_a_map_chosen_from_all_comes_to_the_front(open_step):
    page = open_step("All maps")
    page.get_by_role("button", name=re.compile("^Map 20:")).click()
    expect(part(page, "name")).to_have_text("Map 20 of 32: Learned filter 20")


def test_relu_reads_before_and_after_at_once(open_step, frog, bank):
    page = open_step("ReLU", "&layer_filter=3")
    before = conv2d(frog[None], bank.kernels, bank.bias)[0, :, :, 2]
    row, column = np.unravel_index(before.argmin(), before.shape)
    canvas = page.locator(".panel canvas").nth(1)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    cell = round((box["width"] - 35) / 30)
    page.mouse.move(box["x"] + (column + 0.5) * cell, box["y"] + 35 + (row + 0.5) * cell)
    text = f"before ReLU {before[row, column]:.2f}, after ReLU 0.00".replace("-", "\u2212")
    expect(part(page, "readout")).to_contain_text(text)
    assert relu(before)[row, column] == 0


def test_a_larger_stride_makes_a_smaller_volume(open_step):
    page = open_step("All maps")
    expect(page.get_by_text("30 × 30 × 32 = 28,800")).to_be_visible()
    page.get_by_role("slider", name="Stride").focus()
    page.keyboard.press("End")
    expect(page.get_by_text("8 × 8 × 32 = 2,048")).to_be_visible()
    assert "layer_stride=4" in page.url


def test_a_higher_temperature_evens_the_bars_out(open_step, frog):
    page = open_step("Softmax", "&layer_temperature=9.9")
    logits = shipped_network("cifar10").logits(frog[None])[0]
    page.get_by_role("slider", name="Temperature").focus()
    for pressed, temperature in ((None, 9.9), ("End", 10.0), ("Home", 0.1)):
        if pressed:
            page.keyboard.press(pressed)
        shares = softmax_steps(logits, temperature).shares
        expect(page.locator(".bars .text")).to_have_text([percent(share) for share in shares])


def test_a_cell_s_square_is_outlined_in_the_picture(open_step):
    page = open_step("What a cell sees", "&layer_depth=7")
    field = receptive_fields(shipped_network("cifar10").spec)[6]
    grid = part(page, "map")
    for row, column in ((0, 0), (3, 5), (7, 7)):
        point_at(page, grid, row, column, (8, 8))
        rows, columns = (f"{first + 1} to {last + 1}" for first, last in field.seen(row, column))
        expect(part(page, "readout")).to_contain_text(
            f"Row {row + 1}, column {column + 1} sees rows {rows} and columns {columns} of the"
        )
    expect(part(page, "readout")).to_contain_text("of its 24 × 24 the rest is padding")
    grid.focus()
    page.keyboard.press("ArrowLeft")
    expect(part(page, "readout")).to_contain_text("Row 8, column 7 sees")
    # What it does not see is dimmed, what it sees is as it is in the picture.
    colours = part(page, "image").evaluate(
        """canvas => [[31, 31], [0, 0]].map(([row, column]) => {
          const cell = (canvas.width - 16) / 32;
          const at = (k) => Math.floor(8 + (k + 0.5) * cell);
          const dots = canvas.getContext("2d").getImageData(at(column), at(row), 1, 1).data;
          return [...dots].slice(0, 3);
        })"""
    )
    pixels = small_picture("A frog")
    veiled = np.rint(0.4 * pixels[0, 0] + 0.6 * 128)
    assert colours[0] == pixels[31, 31].tolist()
    np.testing.assert_allclose(colours[1], veiled, atol=1.5)


@pytest.mark.parametrize("step", STEPS)
def test_every_step_can_be_used_by_everyone_and_is_light(open_page, step):
    received = []
    page = open_page(
        f"{PAGE}?layer_step={step.replace(' ', '+')}",
        width=390,
        dark=STEPS.index(step) % 2 == 1,
        watch=noting("framereceived", received),
    )
    page.get_by_role("heading", name=step, level=2).wait_for()
    for expander in page.locator("[data-testid=stMain] [data-testid=stExpander] summary").all():
        expander.click()
    page.wait_for_function("document.getAnimations().every(a => a.playState !== 'running')")
    ours = [
        f"{rule['id']}: {[node['html'] for node in rule['nodes']]}"
        for rule in violations(page)
        if rule["id"] not in STREAMLITS_OWN
    ]
    assert ours == []
    main = page.get_by_test_id("stMain")
    assert main.evaluate("element => element.scrollWidth <= element.clientWidth")
    size = sum(len(frame) for frame in received)
    print(f"{step}: {size:,} bytes")
    assert 10_000 < size < MOST_BYTES
