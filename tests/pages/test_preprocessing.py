"""The preprocessing page, through the router."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest

from cnnlib.scaling import channel_statistics
from cnnlib.trials import scaling_trial
from tests.pages.seen import charts, words

PREPROCESSING = "pages/first_models/preprocessing.py"
PHOTOS = {"dataset": "CIFAR-10 photos"}


def pixel_data(app) -> dict:
    """What the three linked pictures were sent."""
    (sent,) = (
        json.loads(element.proto.json)
        for element in app.get("bidi_component")
        if "levels" in element.proto.json
    )
    return sent


def test_the_statistics_are_those_of_the_training_images(visit, digits):
    mean, deviation = digits.x_train.mean() / 255, digits.x_train.std() / 255
    said = words(visit(PREPROCESSING))
    assert f"the mean of the one channel is {mean:.4f}" in said
    assert f"the standard deviation {deviation:.4f}" in said


def test_photos_have_a_mean_for_each_channel(visit):
    app = visit(PREPROCESSING, {**PHOTOS, "preprocessing_pixel_channel": "Blue"})
    assert "the mean of red, green and blue is 0." in words(app)
    assert pixel_data(app)["channel"] == "blue"


def test_the_chosen_image_is_sent_with_its_channels_statistics(visit, digits):
    query = {"preprocessing_image_digits_class": "7", "preprocessing_image_digits_number": "2"}
    sent = pixel_data(visit(PREPROCESSING, query))
    image = digits.x_test[digits.y_test == 7][1]
    levels = np.frombuffer(base64.b64decode(sent["levels"]), np.uint8)
    assert (levels.reshape(28, 28) == image[..., 0]).all()
    (mean,), (deviation,) = channel_statistics(digits.x_train)
    assert (sent["mean"], sent["deviation"]) == (mean, deviation)
    assert image[sent["row"], sent["column"], 0] == image.max()


def test_labels_are_written_one_hot(visit, digits):
    app = visit(PREPROCESSING, {"preprocessing_labels": "3"})
    (table,) = (html.value for html in app.html if "One-hot labels" in html.value)
    shown = np.random.default_rng(0).permutation(9_000)[16:24]
    assert table.count("<tr>") == 9
    for row, index in zip(table.split("<tr>")[2:], shown, strict=True):
        cells = [cell.split(">")[-1] for cell in row.split("</td>")[1:-1]]
        label = int(digits.y_train[index])
        assert cells == [str(label), str(label), *np.eye(10, dtype=int)[label].astype(str)]


def test_three_runs_are_started_alike_but_for_their_pixels(visit, submitted, digits):
    app = visit(PREPROCESSING, {"preprocessing_rate": "0.01", "preprocessing_seed": "4"})
    app.button(key="scaling_start").click().run()
    assert not app.exception
    assert submitted == list(scaling_trial("digits", digits, "sgd", 0.01, 4))
    assert len(app.query_params["scaling_runs"].split(".")) == 3


def test_the_optimizer_can_be_another(visit, submitted, digits):
    app = visit(PREPROCESSING, {"preprocessing_optimizer": "Adam"})
    app.button(key="scaling_start").click().run()
    assert submitted == list(scaling_trial("digits", digits, "adam", 0.05, 0))


@pytest.mark.parametrize(
    "query",
    [
        {"dataset": "Moths"},
        {"preprocessing_optimizer": "Newton", "preprocessing_rate": "7"},
        {"preprocessing_rate": "nan", "preprocessing_seed": "-1"},
        {"preprocessing_labels": "0"},
        {"preprocessing_labels": "99999999999"},
        {"preprocessing_image_digits_class": "cat", "preprocessing_image_digits_number": "x"},
        {**PHOTOS, "preprocessing_pixel_channel": "Ultraviolet"},
        {"scaling_runs": "../../etc/passwd"},
    ],
    ids=str,
)
def test_nonsense_in_the_address_falls_back(visit, query):
    app = visit(PREPROCESSING, query)
    assert app.button(key="scaling_start")
    assert len(charts(app)) == 3


def test_a_forged_optimizer_is_refused_in_place(visit, forge):
    app = forge(visit(PREPROCESSING), "preprocessing_optimizer", "newton")
    assert not app.exception
