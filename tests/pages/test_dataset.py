"""The data set page, through the router."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from cnnlib import datasets
from cnnlib.fetches import FetchStatus
from cnnlib.trials import noise_trial
from pages.support import full_set
from tests.pages.seen import captions, metrics, words

DATASET = "pages/first_models/dataset.py"
TRAINING = "pages/first_models/training.py"
# The rows of images, in the order in which they stand on the page.
ROWS = ("browsed", "means", "spreads", "chosen", "neighbours", "held back", "labelled")
PHOTOS = {"dataset": "CIFAR-10 photos"}


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


def test_a_class_is_summed_up_by_its_mean_and_its_spread(visit):
    alts = [[image.alt for image in visit(DATASET).get("image")[row].proto.imgs] for row in (1, 2)]
    assert alts[0][1].endswith("images of class 1")
    assert [alt.split(":")[0] for alt in alts[1]] == [f"Spread of class {n}" for n in range(10)]


def test_the_neighbours_are_those_of_brute_force(visit, digits):
    app = visit(DATASET, {"dataset_query_digits_class": "4", "dataset_query_digits_number": "3"})
    query = digits.x_test[digits.y_test == 4][2] / 255
    distances = np.array([np.linalg.norm(image / 255 - query) for image in digits.x_train])
    order = np.argsort(distances, kind="stable")[:12]
    expected = [f"{digits.y_train[index]}, {distances[index]:.2f}" for index in order]
    assert captions(app, ROWS.index("neighbours")) == expected
    assert f"at a distance of {distances[order[0]]:.2f}" in words(app)


def test_every_test_image_is_asked_when_the_reader_wants_it(visit):
    app = visit(DATASET)
    app.button(key="dataset_query_all").click().run()
    assert "**95.1%** of the 1,000 test images" in words(app)


def test_the_split_is_that_of_a_training_with_the_same_seed(visit, digits):
    query = {"train_9000_image_count": "2000", "train_seed": "5", "train_validation_share": "0.2"}
    app = visit(DATASET, query)
    training, validation = datasets.training_split(digits.y_train, 2000, 5, 0.2)
    assert (len(training), len(validation)) == (1600, 400)
    assert "| Training | 1,600 |" in words(app)
    assert "| Validation | 400 |" in words(app)
    shown = [int(caption) for caption in captions(app, ROWS.index("held back"))]
    held_back = digits.y_train[validation[:: len(validation) // 12]][:12]
    assert shown == held_back.tolist()
    bars, classes = (html.value for html in app.html if 'role="img"' in html.value)
    assert 'aria-label="training 1,600, validation 400, test 1,000, left out 7,000"' in bars
    assert classes.count("<tr>") == 11
    threes = [int((digits.y_train[part] == 3).sum()) for part in (training, validation)]
    assert f'aria-label="training {threes[0]}, validation {threes[1]}, test ' in classes


def test_wrong_labels_are_those_that_a_training_gets(visit, digits):
    app = visit(DATASET, {"train_label_noise": "0.3", "train_seed": "2"})
    training, _ = datasets.training_split(digits.y_train, 9_000, 2)
    labels = datasets.noisy_labels(digits.y_train, training, 0.3, 10, 2)
    assert "**2,430** of 8,100 training labels are wrong" in words(app)
    expected = [
        str(said) if said == is_ else f"**{said}** (is {is_})"
        for said, is_ in zip(labels[training[:24]], digits.y_train[training[:24]], strict=True)
    ]
    assert captions(app, ROWS.index("labelled")) == expected
    assert any("(is" in caption for caption in expected)


def test_without_noise_no_label_is_wrong(visit):
    app = visit(DATASET)
    assert "**0** of 8,100 training labels are wrong" in words(app)
    assert not any("is" in caption for caption in captions(app, ROWS.index("labelled")))


def test_data_set_split_and_noise_are_kept_for_the_training_page(visit):
    app = visit(DATASET)
    app.segmented_control(key="dataset").set_value("cifar10").run()
    app.slider(key="train_label_noise").set_value(0.25).run()
    app.slider(key="train_validation_share").set_value(0.3).run()
    app.switch_page(TRAINING).run()
    assert not app.exception
    assert app.segmented_control(key="dataset").value == "cifar10"
    assert app.slider(key="train_label_noise").value == 0.25
    assert app.slider(key="train_validation_share").value == 0.3


def test_two_runs_with_and_without_noise_are_started(visit, submitted):
    app = visit(DATASET, {"train_label_noise": "0.2", "train_seed": "3"})
    app.button(key="noise_start").click().run()
    assert not app.exception
    assert submitted == list(noise_trial("digits", 0.2, 3))
    assert len(app.query_params["noise_runs"].split(".")) == 2


def test_without_noise_the_trial_has_its_usual_share(visit, submitted):
    app = visit(DATASET, PHOTOS)
    app.button(key="noise_start").click().run()
    assert submitted == list(noise_trial("cifar10", 0.4, 0))


@pytest.mark.parametrize(
    "query",
    [
        {"dataset": "Moths"},
        {"dataset": ""},
        {"dataset_class_digits": "11"},
        {"dataset_class_digits": "cat", "dataset_part": "Both"},
        {"dataset_page": "0"},
        {"dataset_page": "99999999999999999999"},
        {"dataset_page": "-3"},
        {"dataset_page": "two"},
        {"train_9000_image_count": "1"},
        {"train_9000_image_count": "1e9"},
        {"train_9000_image_count": "nan"},
        {"train_9000_image_count": "607"},
        {"train_validation_share": "0.9", "train_label_noise": "0.77"},
        {"train_validation_share": "nan", "train_label_noise": "-1"},
        {"train_validation_share": "0.123456789", "train_label_noise": "0.499999999"},
        {"train_seed": "-1"},
        {"train_seed": "99999999999999999999"},
        {"train_seed": "π"},
        {"train_source": "Full set"},
        {"dataset_query_way": "Your drawing"},
        {"dataset_query_digits_class": "cat", "dataset_query_digits_number": "-4"},
        {"noise_runs": "A" * 16},
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
    [("dataset", "moths"), ("dataset_part", "both"), ("dataset_class_digits", "eleven")],
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
    app.segmented_control(key="train_source").set_value("full").run()
    assert not app.exception
    assert metrics(app)["Training images"] == "200"
    assert "is on this server" in words(app)
