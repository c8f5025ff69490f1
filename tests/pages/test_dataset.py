"""The data set page, through the router."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from cnnlib import datasets
from cnnlib.fetches import FetchStatus
from pages.support import full_set

DATASET = "pages/first_models/dataset.py"
PHOTOS = {"dataset_name": "CIFAR-10 photos"}


def words(app) -> str:
    return "\n".join(text.value for text in app.markdown)


def metrics(app) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def captions(app, row: int = 0) -> list[str]:
    """The labels under the images of the first (browsed) or second (held back) row."""
    return [image.caption for image in app.get("image")[row].proto.imgs]


@pytest.fixture
def fetching(monkeypatch):
    """Stands in for the engine: `fetching.status` is what it says, `fetching.asked` what it got."""
    engine = SimpleNamespace(status=FetchStatus("absent"), asked=[])
    engine.fetch = engine.asked.append
    engine.fetch_status = lambda name: engine.status
    monkeypatch.setattr(full_set, "engine", lambda: engine)
    return engine


def test_the_digits_are_shown_and_counted(visit):
    app = visit(DATASET)
    assert metrics(app) == {
        "Training images": "9,000",
        "Test images": "1,000",
        "Classes": "10",
        "Numbers in an image": "28 × 28 × 1",
    }
    assert captions(app) == [str(digit) for digit in range(10) for _ in range(6)]


def test_the_photos_are_shown_and_counted(visit):
    app = visit(DATASET, PHOTOS)
    assert metrics(app)["Training images"] == "5,000"
    assert metrics(app)["Numbers in an image"] == "32 × 32 × 3"
    assert captions(app)[::6] == list(datasets.DATASETS["cifar10"].classes)
    assert "Krizhevsky" in words(app)


def test_one_class_and_its_last_page_of_the_test_images(visit):
    query = {**PHOTOS, "dataset_class_cifar10": "cat", "dataset_part": "Test", "dataset_page": "2"}
    app = visit(DATASET, query)
    assert captions(app) == ["cat"] * 40  # 100 test images of a class, 60 a page


def test_every_image_has_its_own_text(visit):
    alts = [image.alt for image in visit(DATASET).get("image")[0].proto.imgs]
    assert alts[0].startswith("0, training image ")
    assert len(set(alts)) == len(alts) == 60


def test_the_split_is_that_of_a_training_with_the_same_seed(visit, digits):
    app = visit(DATASET, {"dataset_count": "2000", "dataset_seed": "5"})
    training, validation = datasets.training_split(digits.y_train, 2000, 5)
    assert f"| Training | {len(training):,} |" in words(app)
    assert f"| Validation | {len(validation):,} |" in words(app)
    assert (len(training), len(validation)) == (1800, 200)
    shown = [int(caption) for caption in captions(app, row=1)]
    held_back = digits.y_train[validation[:: len(validation) // 12]][:12]
    assert shown == held_back.tolist()


@pytest.mark.parametrize(
    "query",
    [
        {"dataset_name": "Moths"},
        {"dataset_name": ""},
        {"dataset_class_digits": "11"},
        {"dataset_class_digits": "cat", "dataset_part": "Both"},
        {"dataset_page": "0"},
        {"dataset_page": "99999999999999999999"},
        {"dataset_page": "-3"},
        {"dataset_page": "two"},
        {"dataset_count": "1"},
        {"dataset_count": "1e9"},
        {"dataset_count": "nan"},
        {"dataset_count": "107"},
        {"dataset_seed": "-1"},
        {"dataset_seed": "99999999999999999999"},
        {"dataset_seed": "π"},
        {"dataset_full": "true"},
        {"nobody_asked": "x" * 2000},
    ],
    ids=str,
)
def test_nonsense_in_the_address_falls_back(visit, query):
    app = visit(DATASET, query)
    assert len(captions(app)) == 60
    assert metrics(app)["Training images"] == "9,000"


@pytest.mark.parametrize(
    ("key", "value"),
    [("dataset_name", "moths"), ("dataset_part", "both"), ("dataset_class_digits", "eleven")],
)
def test_forged_choices_are_taken_for_the_first(visit, forge, key, value):
    app = forge(visit(DATASET), key, value)
    assert metrics(app)["Training images"] == "9,000"
    assert captions(app)[:7] == ["0"] * 6 + ["1"]


def test_a_page_past_the_end_of_a_smaller_class_is_its_last(visit):
    app = visit(DATASET, {"dataset_page": "150"})
    app.selectbox(key="dataset_class_digits").select("3").run()
    assert not app.exception
    assert set(captions(app)) == {"3"}


def test_the_full_set_is_fetched_by_the_worker(visit, fetching):
    app = visit(DATASET)
    assert "60,000 training and 10,000 test images" in words(app)
    app.button(key="dataset_fetch_digits").click().run()
    assert fetching.asked == ["digits"]


def test_progress_is_shown_while_it_is_fetched(visit, fetching):
    fetching.status = FetchStatus("running", "", 42_624_518, 170_498_071)
    app = visit(DATASET, PHOTOS)
    assert (app.progress[0].value, app.progress[0].text) == (25, "43 of 170 MB")
    assert not [button for button in app.button if "fetch" in str(button.key)]


def test_without_a_network_the_page_says_so_and_goes_on(visit, fetching):
    fetching.status = FetchStatus("failed", "MNIST could not be fetched (no route to host).")
    app = visit(DATASET)
    assert app.warning[0].value == "MNIST could not be fetched (no route to host)."
    assert app.button(key="dataset_fetch_digits")
    assert len(captions(app)) == 60


def test_a_full_set_that_is_here_can_be_looked_at(visit, monkeypatch, tmp_path):
    images = np.zeros((200, 28, 28), np.uint8)
    labels = np.arange(200, dtype=np.uint8) % 10
    np.savez(tmp_path / "digits.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    monkeypatch.setenv("CNN_DATA", str(tmp_path))
    app = visit(DATASET)
    app.toggle(key="dataset_full").set_value(True).run()
    assert not app.exception
    assert metrics(app)["Training images"] == "200"
    assert "is on this server" in words(app)
