"""The transfer page, through the router."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib import datasets, feature_space
from cnnlib.events import EpochEvent
from cnnlib.network import Network
from cnnlib.records import EpochRecord
from cnnlib.transfer_trials import NAMES, SOURCES, STARTED_FROM, trained_on, transfer_trial
from cnnlib.verdict import percent
from pages.support import jobs, networks, transfer_data
from pages.support.transfer_data import TESTED_EACH, training_points
from tests.pages.seen import charts, words

TRANSFER = "pages/improving/transfer.py"


@pytest.fixture(scope="module")
def shipped() -> Network:
    return networks.shipped_network(STARTED_FROM)


def tables(app) -> list[str]:
    return [html.value for html in app.html if "<table" in html.value]


def test_the_runs_are_those_of_a_trial_on_the_chosen_classes(visit, submitted, shipped):
    query = {"transfer_each": "10", "transfer_seed": "4", "transfer_classes_photos": ["dog", "cat"]}
    app = visit(TRANSFER, query)
    app.button(key="transfer_start").click().run()
    assert not app.exception
    trial = transfer_trial(SOURCES["photos"], (3, 5), 10, 4, shipped.spec)
    assert submitted == list(trial.values())


def test_the_page_says_how_near_the_features_are_to_the_classes(visit):
    app = visit(TRANSFER)
    assert "This flatters transfer" in words(app)
    titles = {"Drawn shapes": "has never seen these drawn shapes", "Handwritten digits": "a digit"}
    for title, said in titles.items():
        app.segmented_control(key="transfer_source").set_value(
            next(name for name, source in SOURCES.items() if source.title == title)
        ).run()
        assert not app.exception
        assert said in words(app)


def test_the_nearest_mean_is_worked_out_on_images_that_are_new(visit, shipped):
    app = visit(TRANSFER, {"transfer_each": "5", "transfer_classes_photos": ["frog", "ship"]})
    training = transfer_trial(SOURCES["photos"], (6, 8), 5, 0, shipped.spec)["small"].training
    photos = datasets.load(training.dataset)
    known = trained_on(photos.y_train, training.image_count, training.validation_share, 0)
    asked = np.concatenate([np.flatnonzero(photos.y_test == x)[:TESTED_EACH] for x in (0, 1)])
    # The output of the layer before the last one, however it is come by.
    points, others = (
        shipped.activations(datasets.scale(images))[-2]
        for images in (photos.x_train[known], photos.x_test[asked])
    )
    accuracy = feature_space.nearest_mean_accuracy(
        points, photos.y_train[known], others, photos.y_test[asked]
    )
    assert f"for **{percent(accuracy)}** by their" in words(app)


def test_a_finished_run_adds_its_accuracy_on_test_images(visit, recorder, shipped):
    (spec,) = (
        spec
        for kind, spec in transfer_trial(SOURCES["photos"], (3, 5), 5, 0, shipped.spec).items()
        if kind == "small"
    )
    network = Network.initial(spec.network, 1)
    run_id = jobs.store().create(spec)
    event = EpochEvent(spec.training.epochs, 0.5, 0.9, 0.6, 0.84, 1000.0, 1.0)
    jobs.store().save_epoch(
        run_id, spec.training.epochs, network.weights, EpochRecord((), event), None
    )
    jobs.store().update(run_id, state="done")
    query = {"transfer_classes_photos": ["cat", "dog"], "transfer_runs": run_id}
    app = visit(TRANSFER, query)
    photos = datasets.load(spec.training.dataset)
    asked = np.concatenate([np.flatnonzero(photos.y_test == x)[:TESTED_EACH] for x in (0, 1)])
    right = network.predict(datasets.scale(photos.x_test[asked])).argmax(1) == photos.y_test[asked]
    (table,) = (table for table in tables(app) if "Learned from" in table)
    (row,) = (row for row in table.split("<tr>") if NAMES["small"] in row)
    assert percent(float(right.mean())) in row
    others = {"transfer_classes_photos": ["cat", "frog"], "transfer_runs": run_id}
    (table,) = (x for x in tables(visit(TRANSFER, others)) if "Learned from" in x)
    (row,) = (row for row in table.split("<tr>") if NAMES["small"] in row)
    assert "%" not in row.partition(NAMES["small"])[2]


@pytest.mark.parametrize(
    "query",
    [
        {"transfer_classes_photos": ["cat"]},
        {"transfer_classes_photos": ["unicorn", "zebra"]},
        {"transfer_source": "Moths", "transfer_each": "7000", "transfer_seed": "-3"},
    ],
    ids=str,
)
def test_nonsense_in_the_address_falls_back(visit, query, submitted, shipped):
    app = visit(TRANSFER, query)
    too_few = query.get("transfer_classes_photos") == ["cat"]
    assert any("2 classes or more" in warning.value for warning in app.warning) is too_few
    app.button(key="transfer_start").click().run()
    usual = SOURCES["photos"]
    assert submitted == list(transfer_trial(usual, usual.labels, 20, 0, shipped.spec).values())


def test_figures_tell_what_they_show_without_being_seen(visit):
    titles = [chart["title"] for chart in charts(visit(TRANSFER))]
    assert titles[:2] == ["By their pixels", "By their features"]
    assert titles[2].startswith("Accuracy on 250 test images")


def test_the_network_is_asked_about_each_image_once(monkeypatch, shipped):
    asked, features = [], transfer_data._features
    monkeypatch.setattr(
        transfer_data, "_features", lambda images: asked.append(len(images)) or features(images)
    )

    def points(each: int, seed: int = 77):
        training = transfer_trial(SOURCES["photos"], (0, 9), each, seed, shipped.spec)["small"]
        training = training.training
        return training_points(
            training.dataset, training.image_count, training.validation_share, seed
        )

    points(10)
    assert asked == [2 * 10]
    more = points(15)
    assert asked == [20, 10]
    points(5)
    assert asked == [20, 10]
    np.testing.assert_allclose(more.features, features(more.images), atol=1e-5)
    points(5, seed=78)
    assert asked == [20, 10, 10]
