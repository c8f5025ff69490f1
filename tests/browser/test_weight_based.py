"""Weights in a real browser: what is drawn of each epoch, what is clicked, and what stays."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from cnnlib import explain
from cnnlib.events import EpochEvent
from cnnlib.layers import ConvLayer, DenseLayer, FlattenLayer, PoolLayer
from cnnlib.network import Network
from cnnlib.records import EpochRecord
from cnnlib.runs import RunStore
from cnnlib.spec import NetworkSpec, RunSpec, TrainingSpec

pytestmark = pytest.mark.browser

SPEC = NetworkSpec(
    (32, 32, 3),
    (
        *(ConvLayer(6, 3), PoolLayer("max", 4, 4), ConvLayer(12, 3), PoolLayer("max", 4, 4)),
        *(FlattenLayer(), DenseLayer(10, "softmax")),
    ),
)
FACTORS = (1.0, 1.5, 2.0)
SHOWS = """([canvas, colours]) => {
    const {width, height} = canvas;
    const dots = canvas.getContext("2d").getImageData(0, 0, width, height).data;
    return String(dots.filter((_, at) => at % 4 < 3)) === String(colours);
}"""


@pytest.fixture(scope="module")
def networks() -> list[Network]:
    """The weights after each epoch: they grow."""
    start = Network.initial(SPEC, seed=3)
    return [
        Network(
            SPEC,
            tuple({k: v * np.float32(x) for k, v in part.items()} for part in start.weights),
        )
        for x in FACTORS
    ]


@pytest.fixture(scope="module")
def run(run_store: RunStore, networks: list[Network]) -> str:
    settings = TrainingSpec(dataset="cifar10", image_count=500, epochs=len(networks) - 1)
    run_id = run_store.create(RunSpec(SPEC, settings))
    for epoch, network in enumerate(networks):
        event = EpochEvent(epoch, 0.5, 0.9, 0.6, 0.84, 1000.0, 1.0 + epoch) if epoch else None
        run_store.save_epoch(run_id, epoch, network.weights, EpochRecord((), event), None)
    run_store.update(run_id, state="done")
    return run_id


def kernels(page: Page, name: str = "Convolution 1") -> Locator:
    return page.get_by_role("list", name=f"The kernels of {name}", exact=True)


def expected(networks: list[Network], epoch: int, number: int) -> list[int]:
    """Colours around mid-grey, on the scale of the largest weight of all epochs."""
    kernel = networks[epoch].weights[0]["kernel"]
    limit = float(np.abs(networks[-1].weights[0]["kernel"]).max())
    levels = explain.map_levels(kernel[..., number], np.full(3, limit, np.float32), signed=True)
    return np.moveaxis(levels, 0, -1).ravel().tolist()


def wait_until_drawn(page: Page, picture: Locator, colours: list[int]) -> None:
    """Red, green and blue of a picture's cells, row by row."""
    page.wait_for_function(SHOWS, arg=[picture.locator("canvas").element_handle(), colours])


def test_all_follows_the_slider_which_stays_in_sight(open_page, run, networks):
    page = open_page(f"weight-based?run={run}")
    slider = page.get_by_role("slider", name="Epoch")
    second = kernels(page).get_by_role("button").nth(1)
    wait_until_drawn(page, second, expected(networks, 2, 1))
    slider.press("Home")
    wait_until_drawn(page, second, expected(networks, 0, 1))
    expect(page).to_have_url(re.compile("epoch=0"))
    spread = page.locator("section.histogram").first
    expect(spread.locator('[data-part="nowname"]')).to_have_text("before training")

    second.click()
    expect(page.get_by_role("heading", name="Filter 2", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("wt_filter=2"))

    norms = page.locator("section.epoch-lines").first
    norms.scroll_into_view_if_needed()
    expect(slider).to_be_in_viewport()
    plot = norms.get_by_role("application")
    plot.focus()
    page.keyboard.press("ArrowDown")
    expect(norms.locator('[data-part="readout"]')).to_contain_text("Filter 3: ")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Filter 3", exact=True)).to_be_attached()
    moved = page.locator("section.epoch-lines").nth(1)
    slider.press("End")
    expect(moved.locator('[data-part="readout"]')).to_have_text(
        "Convolution 1: 0.0 % before training, 100 % after epoch 2"
    )


def test_slices_are_chosen_by_key_and_click_on_a_phone(open_page, run, networks):
    page = open_page(f"weight-based?run={run}&wt_layer=Convolution+2", width=390)
    grid = page.get_by_role("application", name="The kernels of Convolution 2")
    grid.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="Filter 3", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("wt_channel=2"))
    readout = page.locator("section.kernel-grid .readout")
    norm = np.sqrt((networks[2].weights[2]["kernel"][:, :, 1, 2] ** 2).sum())
    expect(readout).to_have_text(f"Filter 3, input channel 2: L2 norm {norm:.3g}")
    box = grid.bounding_box()
    assert box["x"] + box["width"] <= 390
    grid.click(position={"x": box["width"] - 4, "y": box["height"] - 4})
    expect(page.get_by_role("heading", name="Filter 12", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("wt_channel=6"))
    shift = page.evaluate("() => document.scrollingElement.scrollWidth - innerWidth")
    assert shift <= 0
