"""The simple cell in a real browser: the bar by drag, by keys, and the arithmetic behind it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from cnnlib import simple_cell
from cnnlib.simple_cell import SIDE
from tests.browser.acts import noting

pytestmark = pytest.mark.browser

PAGE = "brief-history"
MIDDLE = SIDE // 2


def part(page: Page, name: str):
    return page.locator(f'.cell [data-part="{name}"]')


def open_cell(open_page, query: str = "", **options) -> Page:
    page = open_page(f"{PAGE}{query}", **options)
    page.wait_for_selector(".cell[data-rate]")
    part(page, "screen").scroll_into_view_if_needed()
    return page


def state(page: Page) -> dict[str, float]:
    """What the script holds: the bar's row, column and angle, the rate, and how many points."""
    return {
        name: float(value)
        for name, value in page.locator(".cell").evaluate("e => ({...e.dataset})").items()
    }


def expected_rate(
    now: dict[str, float], *, phase: float = 0, width: float = 5, light: str = "light"
):
    field = simple_cell.gabor(SIDE, 14, 60, phase)
    bar = simple_cell.bar_image(
        SIDE, now["row"], now["column"], now["angle"], width=width, light=light
    )
    return simple_cell.spike_rate(bar, field)


def screen_point(page: Page, row: float, column: float) -> tuple[float, float]:
    box = part(page, "screen").bounding_box()
    unit = box["width"] / SIDE
    return box["x"] + (column + 0.5) * unit, box["y"] + (row + 0.5) * unit


def drag(page: Page, start: tuple[float, float], end: tuple[float, float], steps: int = 8) -> None:
    page.mouse.move(*screen_point(page, *start))
    page.mouse.down()
    page.mouse.move(*screen_point(page, *end), steps=steps)
    page.mouse.up()


def test_the_bar_is_dragged_and_the_rate_is_that_of_the_library(open_page):
    page = open_cell(open_page)
    assert state(page)["rate"] == pytest.approx(expected_rate(state(page)), abs=1e-3)
    at, rates = (MIDDLE, MIDDLE), set()
    for place in ((12, 25), (30, 8), (20, 20), (5, 35)):
        drag(page, at, place)
        now = state(page)
        assert (now["row"], now["column"]) == pytest.approx(place, abs=0.6)
        assert now["rate"] == pytest.approx(expected_rate(now), abs=1e-3)
        at = (now["row"], now["column"])
        rates.add(round(now["rate"], 2))
    assert len(rates) > 2


def test_the_bar_is_turned_by_its_end_and_the_curve_grows(open_page):
    page = open_cell(open_page)
    # The handle of a level bar is half its length, and two pixels, right of its middle.
    drag(page, (MIDDLE, MIDDLE + 17.5), (2, MIDDLE), steps=24)
    now = state(page)
    assert now["angle"] == 90
    assert now["rate"] == pytest.approx(expected_rate(now), abs=1e-3)
    assert now["points"] > 12
    expect(part(page, "points")).to_contain_text(f"{now['points']:.0f} of 36 angles tried")
    expect(part(page, "curve")).to_have_attribute("aria-label", re.compile(r"at 60 degrees\.$"))
    page.get_by_role("button", name="Start again").click()
    assert state(page)["points"] == 1


def test_keys_move_and_turn_the_bar_and_it_is_spoken(open_page):
    page = open_cell(open_page)
    screen = part(page, "screen")
    screen.focus()
    for key in ["]"] * 12:
        screen.press(key)
    now = state(page)
    assert now["angle"] == 60
    assert now["points"] == 13
    rate = expected_rate(now)
    assert now["rate"] == pytest.approx(rate, abs=1e-3)
    assert rate > 70
    words = f"Bar at 60 degrees, row 21, column 21: {rate:.0f} spikes a second."
    expect(part(page, "spoken")).to_have_text(words)
    screen.press("Shift+ArrowRight")
    screen.press("ArrowDown")
    screen.press("[")
    now = state(page)
    assert (now["row"], now["column"], now["angle"]) == (21, 25, 55)
    assert now["rate"] == pytest.approx(expected_rate(now), abs=1e-3)
    outline = screen.evaluate("e => getComputedStyle(e).outlineStyle")
    assert outline == "solid"


@pytest.mark.parametrize(
    ("query", "settings"),
    [
        ("history_light=Dark+bar&history_width=8", {"light": "dark", "width": 8}),
        ("history_kind=An+edge&history_width=3", {"phase": 90, "width": 3}),
    ],
)
def test_other_cells_and_bars_agree_as_well(open_page, query, settings):
    page = open_cell(open_page, f"?{query}")
    screen = part(page, "screen")
    screen.focus()
    rates = []
    for key in ("]", "ArrowLeft", "ArrowUp") * 5:
        screen.press(key)
        now = state(page)
        rates.append(now["rate"])
        assert now["rate"] == pytest.approx(expected_rate(now, **settings), abs=1e-3)
    assert len(set(rates)) > 1


def test_the_slider_turns_and_the_whole_curve_is_there_to_compare(open_page):
    page = open_cell(open_page)
    part(page, "angle").fill("150")
    now = state(page)
    assert now["angle"] == 150
    assert now["rate"] == pytest.approx(expected_rate(now), abs=1e-3)
    picture = "e => e.toDataURL()"
    before = part(page, "curve").evaluate(picture)
    part(page, "whole").check()
    assert part(page, "curve").evaluate(picture) != before


def test_another_cell_starts_another_curve(open_page):
    page = open_cell(open_page)
    part(page, "angle").fill("60")
    part(page, "angle").fill("90")
    assert state(page)["points"] == 3
    page.get_by_text("An edge", exact=True).click()
    expect(page.locator(".cell")).to_have_attribute("data-points", "1")
    now = state(page)
    assert now["angle"] == 90  # the bar stays where it was
    assert now["rate"] == pytest.approx(expected_rate(now, phase=90), abs=1e-3)


def test_dragging_and_turning_ask_nothing_of_the_server(open_page):
    sent = []
    page = open_page(PAGE, watch=noting("framesent", sent))
    page.wait_for_selector(".cell[data-rate]")
    part(page, "screen").scroll_into_view_if_needed()
    page.wait_for_timeout(1_500)  # what Streamlit says at the start
    sent.clear()
    drag(page, (MIDDLE, MIDDLE), (10, 30), steps=20)
    part(page, "angle").fill("45")
    part(page, "screen").press("]")
    page.get_by_role("button", name="Listen").click()
    page.wait_for_timeout(300)
    assert state(page)["angle"] == 50
    assert sent == []


def test_spikes_come_at_the_rate_and_stop_when_paused(open_page):
    page = open_cell(open_page)
    part(page, "angle").fill("60")
    rate = state(page)["rate"]
    counts = []
    for _ in range(3):
        page.wait_for_timeout(1_000)
        counts.append(state(page).get("counted", 0))
    # The first second may have begun before the bar was turned; five standard deviations.
    assert abs(counts[-1] - rate) < 5 * rate**0.5
    page.get_by_role("button", name="Pause").click()
    picture = "e => e.toDataURL()"
    before = part(page, "spikes").evaluate(picture)
    page.wait_for_timeout(400)
    assert part(page, "spikes").evaluate(picture) == before
    page.get_by_role("button", name="Go on").click()
    page.wait_for_timeout(400)
    assert part(page, "spikes").evaluate(picture) != before


def test_who_wants_no_motion_gets_a_still_picture_a_second(open_page):
    page = open_cell(open_page, reduced_motion="reduce")
    part(page, "angle").fill("60")
    script = """async root => {
        const canvas = root.querySelector('[data-part="spikes"]');
        const pictures = new Set();
        const end = performance.now() + 2000;
        while (performance.now() < end) {
            pictures.add(canvas.toDataURL());
            await new Promise((done) => setTimeout(done, 50));
        }
        return pictures.size;
    }"""
    assert 2 <= page.locator(".cell").evaluate(script) <= 4


def test_a_finger_moves_the_bar(open_page):
    page = open_cell(open_page, width=390, has_touch=True)
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *place: float) -> None:
        points = [dict(zip("xy", screen_point(page, *place), strict=True))] if place else []
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", MIDDLE, MIDDLE)
    for step in range(1, 9):
        touch("touchMove", MIDDLE - step, MIDDLE + step)
    touch("touchEnd")
    now = state(page)
    assert (now["row"], now["column"]) == pytest.approx((12, 28), abs=0.6)
    assert now["rate"] == pytest.approx(expected_rate(now), abs=1e-3)
    # There is room beside the screen to scroll the page by.
    box = part(page, "screen").bounding_box()
    assert box["width"] <= 390 - 2 * 40
