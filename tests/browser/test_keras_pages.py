"""Sequential model and Layer class in a real browser, the second one with a real worker."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Locator, Page, expect

from cnnlib.arithmetic import layer_text
from cnnlib.keras_code import layer_code, sequential_code
from cnnlib.layers import LAYERS, ConvLayer, DenseLayer, DropoutLayer, FlattenLayer, PoolLayer
from cnnlib.network_text import from_text, to_text
from cnnlib.presets import PRESETS
from cnnlib.spec import NetworkSpec
from tests.browser.acts import pick, press

pytestmark = pytest.mark.browser

SMALL = NetworkSpec(
    (28, 28, 1), (ConvLayer(8), PoolLayer(), FlattenLayer(), DenseLayer(10, "softmax"))
)
LAYERS_BY_TITLE = {layer.title: layer for layer in LAYERS.values()}
WORKER_MS = 90_000  # of patience: the worker may still be starting


@pytest.fixture
def sequential(open_page):
    """The Sequential model page with SMALL on it."""

    def opener(network: NetworkSpec = SMALL, **options) -> Page:
        page = open_page(f"sequential-model?net={to_text(network)}", **options)
        page.wait_for_selector(".layers button")
        return page

    return opener


def expect_network(page: Page, *layers, shape=(28, 28, 1)) -> None:
    """The address, the list and the code all say that the network has these layers."""
    network = NetworkSpec(shape, layers)
    page.wait_for_function(
        "text => new URLSearchParams(location.search).get('net') === text", arg=to_text(network)
    )
    expect(rows(page)).to_contain_text([layer_text(layer) for layer in layers])
    lines = [line.strip() for line in sequential_code(network).splitlines() if "layers." in line]
    for line in lines:
        expect(page.locator(".code pre")).to_contain_text(line)


def rows(page: Page):
    return page.locator(".layers button")


def test_layers_are_added_moved_removed_and_come_back_after_a_reload(sequential, settled):
    page = sequential()
    conv, pool, flatten, dense = SMALL.layers
    pick(page, page.get_by_role("combobox", name="Layer to add"), "Dropout")
    settled(page)
    press(page, "Add after layer 1")
    expect_network(page, conv, DropoutLayer(), pool, flatten, dense)
    press(page, "Move layer 2 down")
    expect_network(page, conv, pool, DropoutLayer(), flatten, dense)
    expect(page.get_by_role("button", name="Remove layer 3")).to_be_visible()
    rows(page).nth(1).click()
    press(page, "Remove layer 2")
    expect_network(page, conv, DropoutLayer(), flatten, dense)
    page.reload()
    settled(page)
    expect_network(page, conv, DropoutLayer(), flatten, dense)


def test_a_setting_changes_sums_and_code(sequential, settled):
    page = sequential()
    filters = page.get_by_role("spinbutton", name="Filters")
    filters.fill("12")
    filters.press("Enter")
    expect_network(page, ConvLayer(12), *SMALL.layers[1:])
    expect(rows(page).first).to_contain_text("(3 × 3 × 1 + 1) × 12 = 120")
    expect(rows(page).first).to_contain_text("3 × 3 × 1 × 26 × 26 × 12 = 73,008")
    expect(rows(page).first).to_contain_text("26 × 26 × 12")
    page.go_back()  # the browser's way to undo
    settled(page)
    expect_network(page, *SMALL.layers)
    expect(page.get_by_role("spinbutton", name="Filters")).to_have_value("8")


def test_quick_presses_are_all_counted(sequential):
    page = sequential()
    last = rows(page).nth(3)
    last.click()
    expect(page.get_by_role("button", name="Move layer 4 up")).to_be_visible()
    more = page.get_by_role("spinbutton", name="Units")
    more.focus()
    for _ in range(8):
        more.press("ArrowUp", delay=20)
    expect_network(page, *SMALL.layers[:3], DenseLayer(18, "softmax"))


def test_a_layer_is_chosen_and_moved_with_the_keyboard(sequential):
    page = sequential()
    first = rows(page).first
    first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(rows(page).nth(2)).to_have_attribute("aria-pressed", "true")
    up = page.get_by_role("button", name="Move layer 3 up")
    expect(up).to_be_visible()
    up.focus()
    page.keyboard.press("Enter")
    conv, pool, flatten, dense = SMALL.layers
    expect_network(page, conv, flatten, pool, dense)
    # The focus stays on the button, so that it can be pressed again.
    expect(page.get_by_role("button", name="Move layer 2 up")).to_be_focused()
    page.keyboard.press("Enter")
    expect_network(page, flatten, conv, pool, dense)


def test_a_wrong_stack_is_explained_at_the_layer_that_is_wrong(sequential):
    page = sequential()
    rows(page).nth(2).click()
    press(page, "Remove layer 3")
    fault = "A dense layer needs a row of numbers, but what arrives is 13 x 13 x 8."
    expect(rows(page).nth(2)).to_contain_text(fault)
    expect(rows(page).nth(1)).not_to_contain_text("A dense layer")
    expect(page.get_by_test_id("stAlert")).to_contain_text(fault)
    expect(page.locator(".code pre")).to_contain_text("# does not fit what arrives here")
    expect(page.get_by_role("link", name="Train this network")).to_have_count(0)


def test_a_preset_is_sent_to_the_training_page(sequential, settled):
    page = sequential()
    press(page, "Improved model")
    improved = PRESETS["improved"].network
    expect_network(page, *improved.layers, shape=(32, 32, 3))
    page.get_by_role("link", name="Train this network").click()
    page.wait_for_url(re.compile("/training"))
    settled(page)
    query = parse_qs(urlparse(page.url).query)
    assert from_text(query["net"][0]) == improved
    expect(page.get_by_text("This is the network that was built layer by layer.")).to_be_visible()
    expect(page.get_by_text("26 layers, 290 thousand parameters.")).to_be_visible()
    assert query["train_augmentation"] == ["Mirror", "Shift"]


def test_nothing_is_cut_off_on_a_phone(sequential):
    page = sequential(PRESETS["basic"].network, width=390)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("element => element.scrollWidth <= element.clientWidth")
    for row in rows(page).all():
        assert row.evaluate("element => element.scrollWidth <= element.clientWidth")


def column_of(page: Page, title: str) -> Locator:
    """The column that a heading of this text stands in."""
    return page.get_by_test_id("stColumn").filter(has_text=title).last


def numbers_under(page: Page, title: str) -> list[str]:
    """The numbers of the grids that follow a heading."""
    return column_of(page, title).locator("td").all_text_contents()


def test_keras_and_numpy_agree_in_the_browser(open_page):
    page = open_page("layer-class", height=2400)
    same = page.get_by_text(re.compile(r"Largest difference: (0|\de-0[6-9])$"))
    expect(same).to_be_visible(timeout=WORKER_MS)
    expect(column_of(page, "Output, our NumPy").locator("td")).to_have_count(4 * 4 * 2)
    expect(column_of(page, "Output, Keras").locator("td")).to_have_count(4 * 4 * 2)
    ours = numbers_under(page, "Output, our NumPy")
    assert numbers_under(page, "Output, Keras") == ours
    expect(page.get_by_text("Weights of Conv2D before build: none.")).to_be_visible()
    size = page.get_by_role("slider", name="Kernel size")
    size.focus()
    size.press("ArrowLeft")
    expect(page.get_by_text("kernel_size=2")).to_be_visible()
    expect(page.get_by_text("5 × 5 × 2").nth(1)).to_be_visible(timeout=WORKER_MS)
    expect(same).to_be_visible(timeout=WORKER_MS)
    expect(column_of(page, "Output, Keras").locator("td")).to_have_count(5 * 5 * 2)
    assert numbers_under(page, "Output, Keras") == numbers_under(page, "Output, our NumPy") != ours


def test_noise_stops_when_training_does(open_page):
    page = open_page("layer-class?layer_class_own=Noise+that+only+trains", height=3200)
    output = page.get_by_role("img", name="Output of the layer")
    expect(output).to_be_visible(timeout=WORKER_MS)
    middle = page.get_by_role("group", name="The 6 × 6 numbers in its middle")
    assert middle.nth(0).inner_text() != middle.nth(1).inner_text()
    page.get_by_text("Training", exact=True).last.click()
    expect(page.get_by_text("outputs = layer(images, training=False)")).to_be_visible()
    page.wait_for_function(
        """() => {
          const grids = document.querySelectorAll('[aria-label^="The 6 × 6 numbers"]');
          return grids.length === 2 && grids[0].innerText === grids[1].innerText;
        }""",
        timeout=WORKER_MS,
    )


def test_every_formula_and_grid_fits_on_a_phone(open_page, settled):
    page = open_page("layer-class", width=390)
    for title in LAYERS_BY_TITLE:
        page.get_by_role("radio", name=title, exact=True).click()
        code = layer_code(LAYERS_BY_TITLE[title]()).partition("(")[0]
        expect(page.locator(".code pre").first).to_contain_text(code)
        settled(page)
        wide = page.evaluate(
            """() => [...document.querySelectorAll('.katex-display, [role=group]:not([tabindex])')]
              .filter(element => element.scrollWidth > element.clientWidth + 1)
              .map(element => element.textContent)"""
        )
        assert wide == [], title
