"""The pages that open a network up: its feature maps, and its results on the test images."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from cnnlib import datasets, evaluation, explain
from cnnlib.network import Network
from cnnlib.pixels import to_png, upscale
from cnnlib.records import EpochRecord
from cnnlib.spec import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    NetworkSpec,
    PoolLayer,
)
from pages.support import evaluations, image_choice, jobs, maps
from pages.support.answered import caption
from pages.support.networks import shipped_network
from tests.pages.seen import captions, metrics

MAPS = "pages/visualizing/feature_maps.py"
RESULTS = "pages/visualizing/results.py"
ODD = ["", "0", "-1", "999999999999", "nan", "1e3", "²", "abc", "../..", "None", "1.5", "[1]"]


def words(app) -> str:
    return "\n".join(text.value for text in [*app.markdown, *app.caption, *app.error])


def headings(app) -> list[str]:
    """Those of the layers."""
    return [heading.value for heading in app.subheader if " · " in heading.value]


@pytest.fixture(scope="module")
def every_layer() -> Network:
    """A small network with most kinds of layer, one of them with many maps."""
    layers = (
        ConvLayer(70, 3, 2, activation="linear", use_bias=False),
        BatchNormLayer(),
        ActivationLayer("relu"),
        PoolLayer("average"),
        DropoutLayer(),
        ConvLayer(2, 3, activation="tanh"),
        ActivationLayer("linear"),
        FlattenLayer(),
        DenseLayer(5, "sigmoid"),
        DenseLayer(10, "softmax"),
    )
    return Network.initial(NetworkSpec((28, 28, 1), layers), seed=3)


# Feature maps


def test_every_layer_of_a_shipped_network_is_shown_in_order(visit):
    app = visit(MAPS)
    network = shipped_network("digits")
    shown = headings(app)
    steps = [step for step in network.spec.trace() if not explain.changes_nothing(step.layer)]
    assert [int(text.split(" · ")[0]) for text in shown] == [step.index + 1 for step in steps]
    assert shown[0] == "1 · Convolution 16 of 3 × 3, same padding :small[28 × 28 × 16]"
    assert shown[-1].endswith(":small[10 numbers]")
    assert "**23 · Dropout 30%** · Passes on" in words(app)


def test_photos_have_their_network_too(visit):
    app = visit(MAPS, {"maps_network": "Shipped: photos"})
    assert app.selectbox(key="maps_cifar10_class").value == "airplane"
    assert headings(app)[0].endswith("32 × 32 × 32]")


def test_a_readers_own_network_with_all_kinds_of_layers(visit, save_run, every_layer):
    app = visit(MAPS, {"run": save_run(every_layer), "maps_layer": "1", "maps_map": "70"})
    assert app.segmented_control(key="maps_network").value == "run"
    assert [text.split(" · ")[0] for text in headings(app)] == ["1", "2", "3", "4", "6", "9", "10"]
    assert app.number_input(key="maps_map").value == 70
    assert app.toggle(key="maps_all_1").label == "Show all 70 maps, not only the 32 strongest"
    app.toggle(key="maps_all_1").set_value(True).run()
    assert not app.exception


@pytest.mark.parametrize("layer", ["1", "2", "3", "4", "6"])
def test_any_map_of_any_layer_can_be_looked_into(visit, save_run, every_layer, layer):
    app = visit(MAPS, {"run": save_run(every_layer), "maps_layer": layer, "maps_map": "2"})
    said = {
        "1": "window times kernel, summed over all slices, plus the bias 0.",
        "2": "Each number times 1, then 0 added.",
        "3": "Each negative number becomes 0",
        "4": "The mean of each 2 × 2 window.",
        "6": "The kernel has one slice for each map of the layer before.",
    }[layer]
    assert said in words(app)
    assert "**Map 2**" in words(app)


def test_the_strongest_map_is_looked_into_first(visit):
    app = visit(MAPS)
    digits = datasets.load("digits")
    zero = datasets.scale(digits.x_test[digits.y_test == 0][:1])
    first = shipped_network("digits").activations(zero)[0][0]
    assert app.number_input(key="maps_map").value == explain.strongest_first(first)[0] + 1


def test_the_answer_is_the_networks(visit):
    app = visit(MAPS, {"maps_digits_class": "7", "maps_digits_number": "3"})
    digits = datasets.load("digits")
    image = datasets.scale(digits.x_test[digits.y_test == 7][2:3])
    said = shipped_network("digits").predict(image)[0].argmax()
    assert f"**{said}**" in words(app)
    assert "Test image 3 of class 7" in words(app)
    assert "It is **7**" in words(app)


def test_a_random_image_goes_into_the_widgets(visit, monkeypatch):
    app = visit(MAPS)
    monkeypatch.setattr(image_choice.random, "choice", lambda classes: classes[4])
    monkeypatch.setattr(image_choice.random, "randint", lambda low, high: high)
    app.button(key="maps_digits_number_random").click().run()
    assert app.selectbox(key="maps_digits_class").value == "4"
    assert app.number_input(key="maps_digits_number").value == 100
    assert "Test image 100 of class 4" in words(app)


@pytest.mark.parametrize("scale", ["Per map", "Per layer"])
def test_the_scale_says_what_it_means(visit, scale):
    app = visit(MAPS, {"maps_scale": scale})
    said = {"Per map": "Each map has a scale of its own", "Per layer": "All maps of a layer share"}
    assert said[scale] in words(app)


@pytest.mark.parametrize("value", ODD)
def test_odd_addresses_show_the_page_all_the_same(visit, value):
    parts = ("layer", "map", "scale", "network", "way", "digits_class", "digits_number")
    app = visit(MAPS, {f"maps_{part}": value for part in parts})
    assert len(headings(app)) == 23
    assert 1 <= app.number_input(key="maps_map").value <= 16
    assert "Test image 1 of class" in words(app)


def test_forged_choices_are_the_first(visit, forge):
    app = visit(MAPS)
    for key in ("maps_digits_class", "maps_way", "maps_scale", "maps_network"):
        forge(app, key, "nonsense")
        assert "Test image 1 of class 0" in words(app)


def test_a_map_beyond_a_smaller_layer_is_brought_back(visit, save_run, every_layer):
    app = visit(MAPS, {"run": save_run(every_layer), "maps_layer": "1", "maps_map": "66"})
    app.query_params["maps_layer"] = "6"
    app.run()
    assert not app.exception
    assert 1 <= app.number_input(key="maps_map").value <= 2


def photo_of_a_digit() -> bytes:
    digits = datasets.load("digits")
    digit = digits.x_test[digits.y_test == 3][0]
    return to_png(upscale(255 - np.pad(digit, ((14, 14), (14, 14), (0, 0))), 6))


def test_ones_own_picture_takes_the_place_of_the_test_image(visit):
    app = visit(MAPS, {"maps_way": "Your picture"})
    assert "Test image 1 of class 0" in words(app)
    app.file_uploader(key="maps_file").set_value(("three.png", photo_of_a_digit(), "image/png"))
    app.run()
    assert not app.exception
    assert "Your picture" in words(app)
    assert "**3**" in words(app)
    assert "It is" not in words(app)


@pytest.mark.parametrize("data", [b"", b"no picture", photo_of_a_digit()[:300]])
def test_a_picture_that_cannot_be_read_is_a_sentence(visit, data):
    app = visit(MAPS, {"maps_way": "Your picture"})
    app.file_uploader(key="maps_file").set_value(("three.png", data, "image/png")).run()
    assert not app.exception
    assert app.error
    assert "Test image 1 of class 0" in words(app)


def test_a_network_whose_numbers_overflow_is_drawn_and_told_of(visit, save_run, tiny_network):
    weights = [dict(layer) for layer in Network.initial(tiny_network).weights]
    for layer in weights:  # finite, but the sums of their products are not
        if "kernel" in layer:
            layer["kernel"] = np.full_like(layer["kernel"], 1e38)
    run_id = save_run(Network(tiny_network, tuple(weights)))
    app = visit(MAPS, {"run": run_id})
    assert "something that is no number" in words(app)
    assert len(headings(app)) == 4
    app = visit(RESULTS, {"run": run_id})
    assert "something that is no number" in words(app)
    assert not app.metric


# What a layer's maps are drawn from


def decoded(data: dict, name: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(data[name]), np.uint8)


def test_a_sheet_holds_levels_and_says_every_maps_numbers():
    values = np.zeros((1, 2, 3), np.float32)
    values[0, :, 0] = 1, 4
    values[0, :, 2] = 0, 8
    data = maps.sheet_data(maps.Sheet("Maps", values, signed=False))
    assert decoded(data, "levels").reshape(3, 1, 2).tolist() == [[[32, 128]], [[0, 0]], [[0, 255]]]
    assert decoded(data, "palette").size == 3 * 256
    assert (data["height"], data["width"], data["scale"]) == (1, 2, 36)
    assert [entry["text"] for entry in data["maps"]] == [
        "from 1 to 4",
        "0 everywhere",
        "from 0 to 8",
    ]
    assert [entry["dead"] for entry in data["maps"]] == [False, True, False]
    assert {entry["limit"] for entry in data["maps"]} == {"8"}
    assert data["hint"] == "3 maps, 1 of them 0 everywhere. Point at one to read its numbers."


def test_a_sheet_in_another_order_keeps_the_maps_numbers():
    values = np.float32([[[-3.0, 0.5, 2.0]]])
    sheet = maps.Sheet("Maps", values, signed=True, per_map=True, order=[2, 0])
    data = maps.sheet_data(sheet)
    assert [(entry["number"], entry["limit"]) for entry in data["maps"]] == [(3, "2"), (1, "3")]
    assert decoded(data, "levels").tolist() == [254, 0]
    assert data["hint"].startswith("The 2 strongest of 3.")


def test_units_are_numbers_without_a_picture():
    data = maps.sheet_data(maps.Sheet("Units", np.float32([0, -1234.5]), True, noun="unit"))
    assert [entry["text"] for entry in data["maps"]] == ["0", "−1,234"]
    assert [entry["dead"] for entry in data["maps"]] == [False, False]
    assert (data["noun"], data["labels"], data["most"]) == ("Unit", False, data["scale"])


def test_small_kernels_have_their_weights_written_in_their_cells():
    kernel = np.float32([[[-0.126], [0.5], [-0.001]]])
    sheet = maps.Sheet("Kernel", kernel, signed=True, written=True)
    assert maps.sheet_data(sheet)["maps"][0]["cells"] == ["−0.13", "0.50", "0.00"]


def test_a_layers_maps_are_saved_as_one_picture():
    values = np.zeros((2, 2, 20), np.float32)
    values[0, 1, 17] = 5
    png = maps.sheet_png(maps.Sheet("Maps", values, signed=False))
    with Image.open(io.BytesIO(png)) as file:
        picture = np.asarray(file)
    # Sixteen maps to a row, 72 pixels and a gap of 4 each.
    assert picture.shape == (2 * 72 + 4, 16 * 76 - 4, 3)
    assert picture[76 + 18, 76 + 54].tolist() == [246, 236, 153]
    assert picture[76 + 54, 76 + 54].tolist() == [0, 34, 77]


# Results


def test_accuracy_is_that_of_the_test_images(visit):
    app = visit(RESULTS)
    digits = datasets.load("digits")
    answers = shipped_network("digits").predict(datasets.scale(digits.x_test)).argmax(axis=1)
    right = int((answers == digits.y_test).sum())
    shown = metrics(app)
    assert shown["Accuracy"] == f"{right / 10:.1f} %"
    assert shown["Test images"] == "1,000"
    assert shown["Mistakes"] == str(1000 - right)
    low, high = evaluation.accuracy_interval(right, 1000)
    assert f"between {low:.1%} and {high:.1%}".replace("%", " %") in words(app)
    assert "none of which it was trained on" in words(app)


def test_the_largest_confusion_is_shown_with_its_pictures(visit):
    app = visit(RESULTS)
    digits = datasets.load("digits")
    shares = shipped_network("digits").predict(datasets.scale(digits.x_test))
    matrix = evaluation.confusion_matrix(digits.y_test, shares.argmax(axis=1), 10)
    true, answer = evaluation.largest_confusion(matrix)
    assert app.selectbox(key="results_digits_true").value == str(true)
    assert app.selectbox(key="results_digits_answer").value == str(answer)
    members = evaluation.in_cell(digits.y_test, shares, true, answer)
    assert captions(app, 0) == [
        caption(str(answer), float(shares[index].max()), str(true)) for index in members
    ]


def test_a_cell_of_right_answers_is_cut_to_the_surest(visit):
    app = visit(RESULTS, {"results_digits_true": "0", "results_digits_answer": "0"})
    assert "answered **0**" in words(app)
    assert "The 30 surest answers are shown." in words(app)
    assert len(captions(app, 0)) == 30


def test_an_empty_cell_says_so(visit):
    app = visit(RESULTS, {"results_digits_true": "0", "results_digits_answer": "1"})
    assert "No test image of class 0 was taken for 1." in words(app)


def test_the_most_confident_mistakes_come_first(visit):
    app = visit(RESULTS)
    digits = datasets.load("digits")
    shares = shipped_network("digits").predict(datasets.scale(digits.x_test))
    indices = evaluation.most_confident_mistakes(digits.y_test, shares, 12)
    assert captions(app, 1) == [
        caption(str(shares[index].argmax()), float(shares[index].max()), str(digits.y_test[index]))
        for index in indices
    ]


def table_rows(app: AppTest, first: str) -> list[list[str]]:
    """The cells of the table whose upper left one is `first`, without its heads."""
    (table,) = (part.value for part in app.html if f">{first}</th>" in part.value)
    rows = re.findall(r"<tr>(.*?)</tr>", table)[1:]
    return [re.findall(r">([^<]*)</t[hd]>", row) for row in rows]


def test_the_matrix_has_a_twin_for_those_who_cannot_see_it(visit):
    rows = table_rows(visit(RESULTS), "true class")
    assert [row[0] for row in rows] == list("0123456789")
    assert sum(int(count) for row in rows for count in row[1:]) == 1000


def test_classes_have_their_recall_and_precision(visit):
    rows = table_rows(visit(RESULTS), "Class")
    assert [row[0] for row in rows] == list("0123456789")
    assert sum(int(row[4]) for row in rows) == 1000
    digits = datasets.load("digits")
    said = shipped_network("digits").predict(datasets.scale(digits.x_test)).argmax(axis=1)
    found = [100 * np.mean(said[digits.y_test == label] == label) for label in range(10)]
    trusted = [100 * np.mean(digits.y_test[said == label] == label) for label in range(10)]
    assert [row[1] for row in rows] == [f"{share:.1f}" for share in found]
    assert [row[3] for row in rows] == [f"{share:.1f}" for share in trusted]


@pytest.mark.parametrize("value", ODD)
def test_odd_addresses_show_the_largest_confusion(visit, value):
    parts = ("network", "digits_true", "digits_answer")
    app = visit(RESULTS, {f"results_{part}": value for part in parts})
    assert metrics(app)["Test images"] == "1,000"
    digit = value if value == "0" else None
    assert digit is None or app.selectbox(key="results_digits_true").value == digit


def test_a_forged_class_is_the_first_shown(visit, forge):
    app = visit(RESULTS)
    forge(app, "results_digits_true", "cat")
    forge(app, "results_digits_answer", "")
    assert metrics(app)["Test images"] == "1,000"


def test_a_run_is_compared_with_its_validation(visit, save_run, tiny_network):
    app = visit(RESULTS, {"run": save_run(Network.initial(tiny_network))})
    # 84 % of 50 held-back images, and the guesses of untrained weights on the test images.
    assert "450 to learn from, and 50 held back" in words(app)
    assert "**84.0 %** after epoch 1" in words(app)
    assert "Chance alone rarely makes so large a difference" in words(app)


def test_a_run_without_an_epoch_is_called_untrained(visit, tiny_run):
    run_id = jobs.store().create(tiny_run)
    weights = Network.initial(tiny_run.network).weights
    jobs.store().save_epoch(run_id, 0, weights, EpochRecord(), None)
    app = visit(RESULTS, {"run": run_id})
    assert "which are guesses" in words(app)


def test_a_run_whose_history_is_damaged_is_tested_all_the_same(visit, save_run, tiny_network):
    run_id = save_run(Network.initial(tiny_network))
    (Path(jobs.store().root) / run_id / "epochs" / "0001.json").write_text("{")
    app = visit(RESULTS, {"run": run_id})
    assert metrics(app)["Test images"] == "1,000"


def test_a_run_on_a_full_set_that_is_gone_is_doubted(visit, save_run, tiny_network):
    app = visit(RESULTS, {"run": save_run(Network.initial(tiny_network), source="full")})
    assert "not on this server any more" in words(app)
    assert "none of which it was trained on" not in words(app)


def test_a_run_on_the_full_set_is_tested_on_its_test_images(
    visit, save_run, tiny_network, few_digits, monkeypatch
):
    monkeypatch.setattr(datasets, "full_is_here", lambda name: name == "digits")
    monkeypatch.setattr(
        evaluations, "load_dataset", lambda name, full=False: few_digits if full else None
    )
    app = visit(RESULTS, {"run": save_run(Network.initial(tiny_network), source="full")})
    assert metrics(app)["Test images"] == "60"
    assert "none of which it was trained on" in words(app)


def test_a_network_is_asked_once(visit, save_run, tiny_network, monkeypatch):
    asked = []
    predict = Network.predict

    def counting(self, images, **options):
        asked.append(len(images))
        return predict(self, images, **options)

    monkeypatch.setattr(Network, "predict", counting)
    query = {"run": save_run(Network.initial(tiny_network, seed=5))}
    visit(RESULTS, query)
    assert asked == [evaluations.BATCH] * 10
    visit(RESULTS, query)
    assert len(asked) == 10


def test_a_mistake_can_be_followed_into_the_network(visit):
    app = visit(RESULTS)
    (link,) = [x.proto for x in app.get("page_link") if "Follow the first" in x.proto.label]
    query = dict(parse_qsl(link.query_string))
    inside = visit(MAPS, query)
    digits = datasets.load("digits")
    name, number = query["maps_digits_class"], int(query["maps_digits_number"])
    index = np.flatnonzero(digits.y_test == int(name))[number - 1]
    answers = shipped_network("digits").predict(datasets.scale(digits.x_test[index : index + 1]))
    assert str(answers[0].argmax()) == app.selectbox(key="results_digits_answer").value
    assert "wrong" in words(inside)


def test_photos_are_evaluated_too(visit):
    app = visit(RESULTS, {"results_network": "Shipped: photos"})
    assert metrics(app)["Test images"] == "1,000"
    assert "cat" in app.selectbox(key="results_cifar10_true").options
