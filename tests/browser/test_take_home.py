"""A run's files, downloaded by a browser and brought back in it."""

from __future__ import annotations

import ast
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from cnnlib.events import BatchEvent, EpochEvent
from cnnlib.export import story_json, weights_npz
from cnnlib.network import Network
from cnnlib.records import EpochRecord
from cnnlib.runs import RunStore
from cnnlib.spec import ConvLayer, DenseLayer, FlattenLayer, NetworkSpec, RunSpec, TrainingSpec
from tests.browser import server
from tests.browser.acts import run_of

pytestmark = pytest.mark.browser

WORKER_SECONDS = 90_000  # of patience, in milliseconds: starting a worker included
LAYERS = (ConvLayer(4), FlattenLayer(), DenseLayer(10, "softmax"))
SPEC = RunSpec(NetworkSpec((28, 28, 1), LAYERS), TrainingSpec(epochs=3, image_count=500))


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> tuple[bytes, bytes]:
    """The weights and the story of a run of another server."""
    store = RunStore(tmp_path_factory.mktemp("elsewhere"))
    run_id = store.create(SPEC)
    for epoch in range(1, 4):
        batches = tuple(BatchEvent(epoch, n, 8, 2 / n, n / 8, 900.0, n) for n in range(1, 9))
        end = EpochEvent(epoch, 1 / epoch, 0.5, 1.2 / epoch, 0.2 * epoch, 900.0, epoch)
        weights = Network.initial(SPEC.network, epoch).weights
        store.save_epoch(run_id, epoch, weights, EpochRecord(batches, end), None)
    store.rename(run_id, "Elsewhere")
    return weights_npz(store, run_id), story_json(store, run_id)


def bring_back(page: Page, weights: bytes, story: bytes | None = None) -> None:
    page.get_by_text("Bring a run back", exact=True).click()
    button = page.get_by_role("button", name="Bring it back")
    choose(page, "npz", weights)
    expect(button).to_be_enabled()
    if story is not None:
        choose(page, "json", story)
        expect(page.get_by_role("button", name="Remove run.json")).to_be_visible()
        server.settled(page)
    button.click()


def choose(page: Page, kind: str, data: bytes) -> None:
    place = {"npz": "weights", "json": "story"}[kind]
    server.settled(page)  # a rerun would put another element there
    # Its name is there before the file has arrived.
    with page.expect_response(lambda response: response.request.method == "PUT"):
        page.locator(f".st-key-bring_back_{place} input[type=file]").set_input_files(
            {"name": f"run.{kind}", "mimeType": "application/octet-stream", "buffer": data}
        )


@pytest.fixture
def page(open_page, files) -> Page:
    """The training page with a run that has come back, and its files in sight."""
    page = open_page("training", accept_downloads=True)
    bring_back(page, *files)
    run_of(page)
    expect(page.get_by_test_id("stProgress")).to_contain_text("Done, epoch 3 of 3")
    page.get_by_text("Take it home", exact=True).click()
    expect(page.get_by_role("button", name="Script (.py)")).to_be_visible()
    return server.settled(page)


def downloaded(page: Page, label: str) -> tuple[str, bytes]:
    """The name and the bytes that a press on a button saves."""
    with page.expect_download() as download:
        page.get_by_role("button", name=label).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_every_file_is_saved_under_its_own_name_and_whole(page, files):
    name, data = downloaded(page, "Script (.py)")
    assert name == "imported-elsewhere.py"
    ast.parse(data.decode())
    assert b"layers.Conv2D(4, kernel_size=3, activation=" in data
    name, data = downloaded(page, "Notebook (.ipynb)")
    assert name == "imported-elsewhere.ipynb"
    assert json.loads(data)["nbformat"] == 4
    name, data = downloaded(page, "Data (.npz)")
    assert name == "digits-sample.npz"
    assert np.load(io.BytesIO(data))["x_train"].shape == (9000, 28, 28, 1)
    name, data = downloaded(page, "Weights (.npz)")
    assert name == "imported-elsewhere.npz"
    kernel = np.load(io.BytesIO(data))["0/kernel"]
    assert np.array_equal(kernel, np.load(io.BytesIO(files[0]))["0/kernel"])


def test_saved_weights_come_back_as_a_run(page):
    first = run_of(page)
    _, weights = downloaded(page, "Weights (.npz)")
    _, story = downloaded(page, "Story (.json)")
    page.reload()
    page.get_by_text("Bring a run back", exact=True).wait_for()
    bring_back(page, weights, story)
    page.wait_for_url(lambda url: "run=" in url and first not in url)
    expect(page.get_by_test_id("stProgress")).to_contain_text("Done, epoch 3 of 3")
    accuracy = page.get_by_test_id("stMetricValue").filter(has_text="60.0%")
    expect(accuracy.first).to_be_visible()


def test_a_worker_makes_the_keras_file_while_the_page_waits(page):
    page.get_by_role("button", name="Make the Keras file").click()
    expect(page.get_by_role("button", name="Keras file (.keras)")).to_be_visible(
        timeout=WORKER_SECONDS
    )
    name, data = downloaded(page, "Keras file (.keras)")
    assert name == "imported-elsewhere.keras"
    assert "model.weights.h5" in zipfile.ZipFile(io.BytesIO(data)).namelist()


def test_a_bad_file_is_answered_with_a_sentence(open_page):
    page = open_page("training")
    bring_back(page, b"no weights at all")
    expect(page.get_by_role("alert").get_by_text("This is not an .npz file")).to_be_visible()
    assert "run=" not in page.url
