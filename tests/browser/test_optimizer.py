"""The race in a real browser: a click starts it, and what it shows is what the library computes."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from cnnlib.descent import TITLES, all_optimizers, race
from cnnlib.surfaces import SURFACES
from tests.browser.acts import noting

pytestmark = pytest.mark.browser

PAGE = "optimizer"
RAVINE = SURFACES["ravine"]


def part(page: Page, name: str):
    return page.locator(f'.race [data-part="{name}"]')


def open_race(open_page, query: str = "", **options) -> Page:
    page = open_page(f"{PAGE}{query}", **options)
    page.wait_for_selector(".race[data-step]")
    part(page, "map").scroll_into_view_if_needed()
    return page


def state(page: Page) -> dict:
    """What the script holds: step, start, and where every optimizer is."""
    found = page.locator(".race").evaluate("e => ({...e.dataset})")
    start = tuple(float(n) for n in found["start"].split(","))
    return {
        "step": int(found["step"]),
        "start": start,
        "places": json.loads(found["places"]),
        "surface": found["surface"],
    }


def expected(surface: str, start, rate: float, steps: int = 100, **options):
    return race(SURFACES[surface], start, all_optimizers(rate), steps=steps, **options)


def assert_on_the_paths(now: dict, paths: dict) -> None:
    assert now["places"].keys() == paths.keys() == TITLES.keys()
    for name, place in now["places"].items():
        at = min(now["step"], paths[name].steps)
        assert place == pytest.approx(paths[name].points[at].tolist(), abs=1e-6)


def click_map(page: Page, x: float, y: float) -> None:
    left, right, bottom, top = RAVINE.bounds
    box = part(page, "map").bounding_box()
    part(page, "map").click(
        position={
            "x": (x - left) / (right - left) * box["width"],
            "y": (top - y) / (top - bottom) * box["height"],
        }
    )


def wait_for_start(page: Page, x: float, y: float) -> None:
    root = page.locator(".race")
    expect(root).to_have_attribute("data-waiting", "false")
    assert state(page)["start"] == pytest.approx((x, y), abs=0.05)


def test_a_click_starts_the_race_there_and_the_paths_are_the_librarys(open_page):
    page = open_race(open_page)
    click_map(page, 2.0, -1.0)
    root = page.locator(".race")
    expect(root).to_have_attribute("data-playing", "true")
    wait_for_start(page, 2.0, -1.0)
    start = state(page)["start"]
    paths = expected("ravine", start, RAVINE.learning_rate)
    page.wait_for_timeout(600)
    part(page, "play").click()  # pause
    now = state(page)
    assert 0 < now["step"] < 100
    assert_on_the_paths(now, paths)
    part(page, "on").click()
    assert state(page)["step"] == now["step"] + 1
    assert_on_the_paths(state(page), paths)
    part(page, "scrub").fill("60")
    assert_on_the_paths(state(page), paths)
    # The start is in the address, so the race can be sent to somebody.
    expect(page).to_have_url(re.compile(rf"optimizer_ravine_x={start[0]:g}"))


def test_keys_move_the_start_step_and_play(open_page):
    page = open_race(open_page)
    canvas = part(page, "map")
    canvas.focus()
    outline = canvas.evaluate("e => getComputedStyle(e).outlineStyle")
    assert outline == "solid"
    x, y = RAVINE.start
    canvas.press("ArrowRight")
    canvas.press("Shift+ArrowUp")
    expect(part(page, "spoken")).to_have_text(f"Start at x {x + 0.1:g}, y {y + 0.5:g}.")
    expect(page.locator(".race")).to_have_attribute("data-playing", "true")
    wait_for_start(page, x + 0.1, y + 0.5)
    canvas.press("Space")
    expect(page.locator(".race")).not_to_have_attribute("data-playing", "true")
    paths = expected("ravine", (x + 0.1, y + 0.5), RAVINE.learning_rate)
    step = state(page)["step"]
    canvas.press(".")
    canvas.press(".")
    canvas.press(",")
    now = state(page)
    assert now["step"] == step + 1
    assert_on_the_paths(now, paths)
    height = paths["momentum"].values[now["step"]]
    expect(part(page, "spoken")).to_contain_text(f"Step {now['step']}. SGD height ")
    if height >= 1e-3:
        expect(part(page, "spoken")).to_contain_text(f"Momentum height {height:.4f}")


def test_divergence_is_said_and_marked(open_page):
    page = open_race(open_page, "?optimizer_ravine_rate=0.15")
    paths = expected("ravine", RAVINE.start, 0.15)
    gone = {name: path.diverged for name, path in paths.items() if path.diverged}
    assert gone.keys() == {"sgd", "nesterov"}
    rows = part(page, "board")
    for name, step in gone.items():
        expect(rows.locator(f'[data-name="{name}"]')).to_contain_text(f"diverged at step {step}")
    expect(rows.locator('[data-name="adam"]')).not_to_contain_text("diverged")
    assert_on_the_paths(state(page), paths)
    expect(page.get_by_text("SGD and Nesterov diverged", exact=False)).to_be_visible()
    part(page, "scrub").fill("1")
    expect(rows.locator('[data-name="sgd"]')).not_to_contain_text("diverged")


def test_noise_momentum_and_another_surface_reach_the_map(open_page):
    query = "?optimizer_surface=Many+valleys&optimizer_noise=1.5&optimizer_seed=3"
    page = open_race(open_page, f"{query}&optimizer_steps=50")
    surface = SURFACES["valleys"]
    now = state(page)
    assert now["surface"] == "valleys"
    assert now["step"] == 50
    paths = expected("valleys", surface.start, surface.learning_rate, steps=50, noise=1.5, seed=3)
    assert_on_the_paths(now, paths)


def test_the_formulas_follow_the_step(open_page):
    page = open_race(open_page, "?optimizer_formulas=SGD")
    expect(page.get_by_text("SGD, step 100.", exact=False)).to_be_visible()
    part(page, "scrub").fill("7")
    expect(page.get_by_text("SGD, step 7.", exact=False)).to_be_visible()


def test_an_optimizer_can_be_taken_off_the_map(open_page):
    page = open_race(open_page)
    picture = "e => e.toDataURL()"
    before = part(page, "map").evaluate(picture)
    page.get_by_label("Adam", exact=True).uncheck()
    assert part(page, "map").evaluate(picture) != before
    part(page, "back").click()
    expect(part(page, "spoken")).to_contain_text("RMSprop height")
    expect(part(page, "spoken")).not_to_contain_text("Adam")


def test_playing_and_scrubbing_ask_nothing_of_the_server_until_they_rest(open_page):
    sent = []
    page = open_page(PAGE, watch=noting("framesent", sent))
    page.wait_for_selector(".race[data-step]")
    page.wait_for_timeout(1_500)  # what Streamlit says at the start
    sent.clear()
    part(page, "play").click()
    page.wait_for_timeout(1_000)
    assert state(page)["step"] > 0
    assert sent == []
    part(page, "play").click()
    page.wait_for_timeout(1_000)
    assert len(sent) == 1


def test_who_wants_no_motion_gets_whole_paths_at_once(open_page):
    page = open_race(open_page, reduced_motion="reduce")
    click_map(page, -2.0, 2.0)
    wait_for_start(page, -2.0, 2.0)
    now = state(page)
    assert now["step"] == 100
    assert_on_the_paths(now, expected("ravine", now["start"], RAVINE.learning_rate))
    expect(page.locator(".race")).not_to_have_attribute("data-playing", "true")


def test_a_finger_starts_the_race_on_a_phone(open_page):
    page = open_race(open_page, width=390, has_touch=True, is_mobile=True)
    box = part(page, "map").bounding_box()
    assert box["width"] <= 390
    page.touchscreen.tap(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
    wait_for_start(page, -2.0, 2.0)
    expect(page.locator(".race")).to_have_attribute("data-playing", "true")
