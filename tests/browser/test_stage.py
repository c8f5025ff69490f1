"""The stage in Chromium: what it works out, what moves it, what it tells Python."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib import shapes
from pages.support.components import FOLDER
from pages.support.scene import scene_of
from tests.browser.acts import drawn, ledger, narrow, noting, number
from tests.browser.rules import violations
from tests.browser.server import ROOT
from tests.browser.stage_app import SCENES

pytestmark = pytest.mark.browser

OUTPUT = ".output .grid"
INPUT = ".plane .grid"


@pytest.fixture(scope="module")
def app_path():
    return ROOT / "tests" / "browser" / "stage_app.py"


@pytest.fixture
def open_stage(open_page):
    """Open a scene and wait for it to be drawn."""

    def opener(scene, **options):
        page = open_page(f"?scene={scene}", **{"height": 1700, **options})
        page.wait_for_selector(".stage[data-mode]")
        return page

    return opener


def scene_named(name):
    fields = ("images", "kernel", "window", "bias", "stride", "padding", "dilation", "mode")
    chosen = {key: SCENES[name][key] for key in (*fields, "activation") if key in SCENES[name]}
    return scene_of(**chosen)


def centre(page, selector, row, column, shape):
    """Pixels from the corner of a grid of `shape` cells to the middle of one."""
    box = page.locator(selector).first.bounding_box()
    return {
        "x": (column + 0.5) * box["width"] / shape[1],
        "y": (row + 0.5) * box["height"] / shape[0],
    }


def hover(page, selector, row, column, shape):
    box = page.locator(selector).first.bounding_box()
    point = centre(page, selector, row, column, shape)
    page.mouse.move(box["x"] + point["x"], box["y"] + point["y"])
    frame(page)


def frame(page):
    """Wait until everything asked for has been drawn, and a frame later the steps written."""
    page.evaluate(
        """() => new Promise((done) =>
          requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"""
    )


def steps(page, channel=0):
    """The numbers of a steps table, a row a tap."""
    drawn(page)
    rows = page.locator(".steps table").nth(channel).locator("tbody tr").all_inner_texts()
    return np.array([[number(cell) for cell in row.split("\t")] for row in rows])


def status(page):
    drawn(page)
    return page.locator(".status").inner_text()


def marks_at(page, selector, row, column, shape, index=0):
    """Whether a cell's upper edge carries a mark (its second canvas is not empty there)."""
    return page.evaluate(
        """([selector, index, row, column, rows, columns]) => {
          const root = document.querySelector("[data-testid=stBidiComponentIsolated]").shadowRoot;
          const canvas = root.querySelectorAll(selector)[index].querySelectorAll("canvas")[1];
          const x = Math.floor((column + 0.5) * canvas.width / columns);
          const y = Math.floor(row * canvas.height / rows + 2);
          return canvas.getContext("2d").getImageData(x, y, 1, 1).data[3] > 0;
        }""",
        [selector, index, row, column, *shape],
    )


# ---- the arithmetic, without a page --------------------------------------------------


@pytest.fixture(scope="module")
def geometry(browser):
    """A blank page that knows the stage's arithmetic."""
    page = browser.new_page()
    page.add_script_tag(path=FOLDER / "stage_geometry.js")
    page.add_script_tag(path=FOLDER / "stage_words.js")
    yield page
    page.close()


@pytest.mark.parametrize("name", SCENES)
def test_every_output_cell_is_worked_out_as_the_library_does(geometry, name):
    scene = scene_named(name)
    traced = geometry.evaluate(
        """(data) => {
          const model = readModel(data);
          const cells = [];
          for (let row = 0; row < model.height; row++)
            for (let column = 0; column < model.width; column++) {
              const { value, channels } = traceCell(model, { row, column });
              cells.push(model.kernel ? [value] : channels.map(({ result }) => result));
            }
          return cells;
        }""",
        scene.data(),
    )
    output = scene.output()
    np.testing.assert_allclose(np.reshape(traced, output.shape), output, atol=2e-5)


def test_windows_agree_with_the_shape_arithmetic(geometry):
    rng = np.random.default_rng(3)
    axes = []
    while len(axes) < 200:
        size, kernel, stride, dilation, before, after = rng.integers(
            [1, 1, 1, 1, 0, 0], [20, 6, 5, 4, 4, 4]
        ).tolist()
        if size + before + after > dilation * (kernel - 1):
            axes.append(
                {"size": size, "kernel": kernel, "stride": stride}
                | {"dilation": dilation, "before": before, "after": after}
            )
    found = geometry.evaluate(
        """(axes) => axes.map((axis) => {
          const positions = Array.from({ length: axis.size + axis.before + axis.after },
            (_, i) => i - axis.before);
          return {
            windows: outputSize(axis),
            over: positions.map((p) => windowsOver(axis, p)),
            unreached: unreachedPositions(axis),
          };
        })""",
        axes,
    )
    for axis, answer in zip(axes, found, strict=True):
        padding = ((axis["before"], axis["after"]), (0, 0))
        options = {"stride": axis["stride"], "padding": padding, "dilation": axis["dilation"]}
        windows = shapes.output_size(axis["size"], axis["kernel"], **options)
        assert answer["windows"] == windows
        taps = [
            {
                w * axis["stride"] - axis["before"] + t * axis["dilation"]
                for t in range(axis["kernel"])
            }
            for w in range(windows)
        ]
        positions = range(-axis["before"], axis["size"] + axis["after"])
        assert answer["over"] == [[w for w in range(windows) if p in taps[w]] for p in positions]
        assert answer["unreached"] == [p for p in positions if not any(p in t for t in taps)]
        last = positions.stop - shapes.unused_cells(axis["size"], axis["kernel"], **options)
        assert [p for p in answer["unreached"] if p >= last] == list(range(last, positions.stop))


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(-0.004, 2, "0.00"), (-0.5, 2, "\u22120.50"), (12, 0, "12"), (0.125, 3, "0.125")],
)
def test_numbers_have_a_true_minus_and_no_negative_zero(geometry, value, decimals, text):
    assert geometry.evaluate("(args) => formatNumber(...args)", [value, decimals]) == text


# ---- hovering ------------------------------------------------------------------------


def test_hovering_an_output_cell_writes_out_its_products_and_their_sum(open_stage):
    page, scene = open_stage("small"), scene_named("small")
    for row, column in [(0, 0), (2, 4), (4, 1)]:
        hover(page, OUTPUT, row, column, (5, 5))
        window = scene.images[row : row + 3, column : column + 3, 0].ravel()
        weights = scene.kernel[..., 0].ravel()
        products = window.astype(np.float64) * weights
        expected = np.stack([window, weights, products, products.cumsum()], axis=1)
        np.testing.assert_allclose(steps(page), expected, atol=0.0051)
        total = products.sum() + 0.5
        assert ledger(page) == pytest.approx(
            {"products": products.sum(), "bias": 0.5, "sum": total, "after ReLU": max(total, 0)},
            abs=0.0051,
        )
        assert ledger(page)["after ReLU"] == pytest.approx(
            float(scene.output()[row, column, 0]), abs=0.0051
        )
        assert status(page).startswith(f"Row {row + 1}, column {column + 1}: sum ")
        assert marks_at(page, INPUT, row, column, (7, 7))
        assert not marks_at(page, INPUT, row + 3 if row < 4 else 0, column, (7, 7))


def test_three_channels_give_three_partial_sums_a_bias_and_one_number(open_stage):
    page, scene = open_stage("colour"), scene_named("colour")
    hover(page, OUTPUT, 20, 21, (30, 30))
    products = scene.images[20:23, 21:24].astype(np.float64) * scene.kernel
    for channel, name in enumerate("RGB"):
        np.testing.assert_allclose(
            steps(page, channel)[:, 2], products[..., channel].ravel(), atol=0.0051
        )
        assert ledger(page)[name] == pytest.approx(products[..., channel].sum(), abs=0.0051)
    assert ledger(page)["sum"] == pytest.approx(products.sum() + 0.25, abs=0.0051)
    assert ledger(page)["after ReLU"] == pytest.approx(scene.output()[20, 21, 0], abs=0.0051)


def test_hovering_a_pixel_outlines_every_output_it_feeds(open_stage):
    page = open_stage("small")
    hover(page, INPUT, 1, 5, (7, 7))
    images = scene_named("small").images
    assert status(page) == f"Pixel in row 2, column 6: {images[1, 5, 0]:.2f}, in 4 windows"
    marked = {(r, c) for r in range(5) for c in range(5) if marks_at(page, OUTPUT, r, c, (5, 5))}
    assert marked == {(0, 3), (0, 4), (1, 3), (1, 4), (2, 2)}  # and the selected middle


def test_a_pixel_in_the_window_lights_the_weight_that_meets_it(open_stage):
    page = open_stage("small")
    hover(page, OUTPUT, 1, 1, (5, 5))
    hover(page, INPUT, 2, 3, (7, 7))  # row 1, column 2 of the window over rows 1-3, columns 1-3
    lit = page.locator(".steps tbody tr").evaluate_all(
        "(rows) => rows.map((row) => row.classList.contains('lit'))"
    )
    assert lit == [False] * 5 + [True] + [False] * 3
    for patch in range(3):  # window, kernel, products
        assert marks_at(page, ".patch .grid", 1, 2, (3, 3), patch)
        assert not marks_at(page, ".patch .grid", 0, 0, (3, 3), patch)


def test_a_weight_lights_its_pixel_and_its_product(open_stage):
    page = open_stage("small")
    images = scene_named("small").images
    hover(page, ".term figure:nth-of-type(2) .grid", 0, 0, (3, 3))  # the kernel
    pixel = float(images[2, 2, 0])  # the window in the middle starts at row 2, column 2
    assert status(page) == (
        f"Row 1, column 1 of the window: {pixel:.2f} \u00d7 \u22121 = \u2212{pixel:.2f}"
    )
    assert marks_at(page, INPUT, 2, 2, (7, 7))
    page.locator(".steps tbody tr").nth(8).hover()
    frame(page)
    assert marks_at(page, ".patch .grid", 2, 2, (3, 3), 1)
    assert status(page).startswith("Row 3, column 3 of the window:")


def test_padding_counts_as_zero_and_is_named(open_stage):
    page = open_stage("strided")
    hover(page, OUTPUT, 0, 0, (4, 4))
    assert (steps(page)[:3, 0] == 0).all()
    assert page.locator(".steps td.pixel", has_text="pad 0").count() == 3
    hover(page, INPUT, 0, 3, (9, 10))
    assert status(page) == "Padding, in 1 window"


def test_large_windows_show_products_as_a_grid_instead_of_a_list(open_stage):
    page, scene = open_stage("large"), scene_named("large")
    assert page.locator(".steps table").count() == 0
    assert page.locator(".steps .products").count() == 3
    hover(page, OUTPUT, 3, 4, (32, 32))
    assert ledger(page)["sum"] == pytest.approx(scene.output()[3, 4, 0], abs=0.0051)
    page.locator(".steps .products .grid").first.hover(position={"x": 5, "y": 5})
    frame(page)
    product = float(scene.images[1, 2, 0] * scene.kernel[0, 0, 0])
    assert f"= {product:.2f}".replace("-", "\u2212") in status(page)


def test_of_many_channels_the_one_pointed_at_is_worked_out(open_stage):
    page, scene = open_stage("many"), scene_named("many")
    hover(page, OUTPUT, 2, 7, (10, 10))
    page.locator(INPUT).nth(11).hover()
    frame(page)
    products = scene.images[2:5, 7:10, 11] * scene.kernel[..., 11]
    np.testing.assert_allclose(steps(page)[:, 2], products.ravel(), atol=0.0051)
    assert ledger(page)["16 partial sums"] == pytest.approx(scene.output()[2, 7, 0], abs=0.0051)


@pytest.mark.parametrize(("name", "shape"), [("max", (8, 8)), ("average", (4, 4)), ("min", (3, 2))])
def test_pooling_shows_its_window_and_result(open_stage, name, shape):
    page, scene = open_stage(name), scene_named(name)
    hover(page, OUTPUT, 0, 1, shape)
    output = scene.output()
    results = page.locator(".partial .number").all_inner_texts()
    np.testing.assert_allclose([number(text) for text in results], output[0, 1], atol=0.0051)
    if name == "average":  # the padded row above takes no part: six cells are averaged
        assert page.locator(".steps tr").last.inner_text().startswith("\u00f7 6")


def test_output_colours_are_the_librarys_values_on_the_diverging_scale(open_stage):
    page, output = open_stage("plain"), scene_named("plain").output()[..., 0]
    stops, drawn = page.evaluate(
        """() => {
          const root = document.querySelector("[data-testid=stBidiComponentIsolated]").shadowRoot;
          const style = getComputedStyle(root.querySelector(".stage"));
          const canvas = root.querySelector(".output canvas");
          const cell = canvas.width / 30;
          const context = canvas.getContext("2d");
          const drawn = [];
          for (let i = 0; i < 900; i++) {
            const [x, y] = [i % 30, Math.floor(i / 30)].map((k) => Math.floor((k + 0.5) * cell));
            drawn.push([...context.getImageData(x, y, 1, 1).data.slice(0, 3)]);
          }
          return [style.getPropertyValue("--st-chart-diverging-colors").split(","), drawn];
        }"""
    )
    ends = np.array([[int(stop.strip()[i : i + 2], 16) for i in (1, 3, 5)] for stop in stops])
    share = (output.ravel() / np.abs(output).max() + 1) / 2
    expected = [np.interp(share, np.linspace(0, 1, len(stops)), ends[:, c]) for c in range(3)]
    np.testing.assert_allclose(drawn, np.transpose(expected), atol=1.01)


# ---- keys ----------------------------------------------------------------------------


def test_arrow_keys_do_what_hovering_does(open_stage):
    page = open_stage("small")
    hover(page, OUTPUT, 3, 1, (5, 5))
    hovered = steps(page), ledger(page), status(page)
    page.mouse.move(0, 0)
    page.locator(OUTPUT).focus()
    for key in ("PageUp", "Home", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    frame(page)
    np.testing.assert_array_equal(steps(page), hovered[0])
    assert (ledger(page), status(page)) == hovered[1:]
    page.keyboard.press("End")
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowRight")  # stays in the corner
    frame(page)
    assert status(page).startswith("Row 5, column 5")


def test_the_selection_is_spoken_and_focus_is_visible(open_stage):
    page = open_stage("small")
    spoken = page.locator(".spoken[aria-live=polite]")
    page.locator(OUTPUT).focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(
        "(region) => region.textContent.startsWith('row 3, column 2: sum')",
        arg=spoken.element_handle(),
    )
    outline = page.locator(OUTPUT).evaluate("(grid) => getComputedStyle(grid).outlineStyle")
    assert outline == "solid"


def test_pixels_and_weights_have_keys_too(open_stage):
    page = open_stage("small")
    page.locator(INPUT).focus()
    page.keyboard.press("Home")
    page.keyboard.press("PageUp")
    frame(page)
    assert status(page).startswith("Pixel in row 1, column 1:")
    assert status(page).endswith("in 1 window")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    frame(page)
    assert status(page).startswith("Row 2, column 1 of the window:")
    page.keyboard.press("Tab")
    frame(page)
    assert status(page).startswith("Row 3, column 3: sum")


def test_keys_choose_the_channel_among_many(open_stage):
    page, scene = open_stage("many"), scene_named("many")
    page.locator(".partials .grid").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):  # the second row begins with channel 9
        page.keyboard.press(key)
    frame(page)
    partial = float((scene.images[5:8, 5:8, 10] * scene.kernel[..., 10]).sum())
    assert status(page).endswith(f"; channel 11 gives {partial:.2f}".replace("-", "\u2212"))
    assert marks_at(page, ".partials .grid", 1, 2, (2, 8))


# ---- Python --------------------------------------------------------------------------


def test_hovering_sends_nothing_and_a_click_sends_the_cell_once(open_stage):
    sent = []
    page = open_stage("small", watch=noting("framesent", sent))
    page.wait_for_timeout(300)
    sent.clear()
    for column in range(5):
        hover(page, OUTPUT, 2, column, (5, 5))
        hover(page, INPUT, 4, column, (7, 7))
    page.wait_for_timeout(300)
    assert sent == []
    page.locator(OUTPUT).click(position=centre(page, OUTPUT, 1, 3, (5, 5)))
    page.get_by_text("Chosen: row 2, column 4").wait_for()
    assert len(sent) == 1
    page.get_by_text("Runs: 2").wait_for()


def test_enter_sends_the_cell_and_leaving_goes_back_to_it(open_stage):
    page = open_stage("small")
    page.locator(OUTPUT).focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.get_by_text("Chosen: row 2, column 3").wait_for()
    hover(page, OUTPUT, 4, 4, (5, 5))
    assert status(page).startswith("Row 5, column 5")
    page.mouse.move(0, 0)
    frame(page)
    assert status(page).startswith("Row 2, column 3")


def test_a_click_on_a_pixel_chooses_the_output_around_it(open_stage):
    page = open_stage("small")
    page.locator(INPUT).click(position=centre(page, INPUT, 2, 5, (7, 7)))
    page.get_by_text("Chosen: row 2, column 5").wait_for()


def test_new_numbers_keep_the_elements_and_the_selection(open_stage):
    page = open_stage("small")
    hover(page, OUTPUT, 3, 1, (5, 5))
    page.mouse.move(0, 0)
    page.locator(OUTPUT).evaluate("(grid) => { grid.wasHere = true; }")
    before = ledger(page)
    page.get_by_role("slider", name="Bias").press("ArrowRight")
    page.wait_for_function("(cell) => cell.textContent === '0.75'", arg=bias_cell(page))
    assert status(page).startswith("Row 4, column 2")
    assert ledger(page)["sum"] == pytest.approx(before["sum"] + 0.25, abs=0.0101)
    assert page.locator(OUTPUT).evaluate("(grid) => grid.wasHere === true")
    page.get_by_role("slider", name="Stride").press("ArrowRight")  # the output shrinks to 3 x 3
    page.wait_for_function("(line) => line.textContent.startsWith('Row 3')", arg=status_line(page))
    assert status(page).startswith("Row 3, column 2")
    assert page.locator(OUTPUT).evaluate("(grid) => grid.wasHere === true")


def bias_cell(page):
    return page.locator(".ledger .bias td").element_handle()


def status_line(page):
    return page.locator(".status").element_handle()


def test_cells_in_no_window_are_counted(open_stage):
    page = open_stage("small")
    assert page.locator(".note").inner_text() == "Every input cell is in at least one window."
    page.get_by_role("slider", name="Stride").press("ArrowRight")
    page.get_by_role("slider", name="Stride").press("ArrowRight")
    page.get_by_text(
        "Struck through, in no window: 1 column on the right and 1 row at the bottom."
    ).wait_for()
    hover(page, INPUT, 6, 2, (7, 7))
    assert status(page).endswith("in 0 windows")


# ---- playing -------------------------------------------------------------------------


def test_play_pause_and_single_steps(open_stage):
    page = open_stage("small")
    page.get_by_role("button", name="One cell on").click()
    frame(page)
    assert status(page).startswith("Row 3, column 4")
    page.get_by_role("button", name="One cell back").click()
    page.get_by_role("button", name="One cell back").click()
    page.get_by_role("button", name="One cell back").click()
    frame(page)
    assert status(page).startswith("Row 3, column 1")
    page.get_by_role("slider", name="Speed").fill("4")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("(line) => /^Row [45]/.test(line.textContent)", arg=status_line(page))
    page.get_by_role("button", name="Pause").click()
    frame(page)
    rested = status(page)
    page.wait_for_timeout(250)
    assert status(page) == rested


def test_autoplay_waits_while_pointed_at_or_focused(open_stage):
    page = open_stage("play")
    assert page.get_by_role("button", name="Pause").is_visible()
    line = status_line(page)
    page.get_by_role("slider", name="Speed").fill("4")
    start = status(page)
    page.wait_for_function("([line, old]) => line.innerText !== old", arg=[line, start])
    hover(page, INPUT, 1, 1, (5, 5))
    held = status(page)
    page.wait_for_timeout(250)
    assert status(page) == held
    page.mouse.move(0, 0)
    page.wait_for_function("([line, old]) => line.innerText !== old", arg=[line, held])
    page.locator(INPUT).press("ArrowRight")
    frame(page)
    held = status(page)
    assert held.startswith("Pixel in row")
    page.wait_for_timeout(250)
    assert status(page) == held


def test_no_autoplay_for_readers_who_asked_for_less_motion(open_stage):
    page = open_stage("play", reduced_motion="reduce")
    assert page.get_by_role("button", name="Play").is_visible()
    start = status(page)
    page.wait_for_timeout(700)
    assert status(page) == start


# ---- fingers, widths, access ---------------------------------------------------------


def test_a_finger_moves_the_selection_on_a_grid_and_scrolls_beside_it(open_stage):
    page = open_stage("small", width=390, height=844, has_touch=True)
    page.locator(OUTPUT).scroll_into_view_if_needed()
    box = page.locator(OUTPUT).bounding_box()
    session = page.context.new_cdp_session(page)

    def touch(kind, row, column):
        point = {"x": box["x"] + (column + 0.5) * box["width"] / 5}
        point["y"] = box["y"] + (row + 0.5) * box["height"] / 5
        points = [] if kind == "touchEnd" else [point]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        frame(page)

    touch("touchStart", 0, 0)
    assert status(page).startswith("Row 1, column 1")
    for step in range(1, 5):
        touch("touchMove", step, 3)
    assert status(page).startswith("Row 5, column 4")
    touch("touchEnd", 4, 3)
    assert page.locator(OUTPUT).evaluate("(g) => getComputedStyle(g).touchAction") == "none"
    assert page.locator(".body").evaluate("(g) => getComputedStyle(g).touchAction") == "auto"
    assert box["x"] + box["width"] <= 390 - 40  # a margin to scroll by


@pytest.mark.parametrize("name", ["colour", "eleven", "many", "max"])
def test_nobody_needs_to_scroll_sideways(open_stage, name):
    page = open_stage(name, width=760, height=844)
    for width in (760, 390):
        narrow(page, width)
        # The stage measures itself anew a moment after its width has changed.
        page.wait_for_function(
            "(stage) => stage.scrollWidth <= stage.clientWidth "
            "&& document.documentElement.scrollWidth <= innerWidth",
            arg=page.locator(".stage").element_handle(),
        )


@pytest.mark.parametrize(("name", "width"), [("colour", 390), ("colour", 760), ("small", 1400)])
def test_nothing_moves_while_one_points(open_stage, name, width):
    page = open_stage(name, width=width, height=2400)
    side = scene_named(name).images.shape[0]

    def places():
        return page.locator(".stage, .grid, table").evaluate_all(
            "(all) => all.map((e) => JSON.stringify(e.getBoundingClientRect()))"
        )

    page.wait_for_function("document.fonts.status === 'loaded'")
    frame(page)
    before = places()
    for selector, shape in [
        (OUTPUT, (side - 2,) * 2),
        (INPUT, (side,) * 2),
        (".patch .grid", (3, 3)),
    ]:
        for at in (0, 2):
            hover(page, selector, at, at, shape)
            assert places() == before


@pytest.mark.parametrize(
    ("name", "width", "dark"),
    [("colour", 1400, False), ("colour", 390, True), ("many", 1400, True), ("average", 390, False)],
)
def test_axe_finds_nothing(open_stage, name, width, dark):
    page = open_stage(name, width=width, dark=dark)
    found = violations(page, within="[data-testid=stBidiComponentIsolated]")
    assert [violation["id"] for violation in found] == []


def test_visitors_text_is_never_markup(open_stage):
    page = open_stage("named")
    assert page.locator(".title").inner_text() == "<b>Mine</b>"
    assert page.locator(".stage b").count() == 0
    assert page.locator(".plane figcaption").first.inner_text() == "<i>in</i>"
