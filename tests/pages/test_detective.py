"""The detective page, through the router."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from streamlit.delta_generator import DeltaGenerator

from cnnlib import datasets
from cnnlib.evidence import open_case
from cnnlib.network import Network
from cnnlib.pixels import ImageError
from cnnlib.spec import (
    ConvLayer,
    DenseLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    NetworkSpec,
)
from pages.support import account, image_choice, scans
from pages.support.networks import MODELS, Chosen
from tests.pictures import plain_png

PAGE = "pages/game_changer/detective.py"
DIGITS = "detective_digits_struck"
MINUS = "−"


def texts(app) -> str:
    return "\n".join(x.value for x in [*app.markdown, *app.caption, *app.subheader, *app.warning])


def sums(app) -> list[list[float]]:
    """The numbers of the lines that say for, against, bias and total, one line a class."""
    return [
        [float(n.replace(MINUS, "-")) for n in re.findall(rf"[+{MINUS}]?\d+\.\d{{5}}", x.value)]
        for x in app.markdown
        if x.value.startswith("For ")
    ]


def case_of(name: str, label: int, number: int):
    dataset = datasets.load(name)
    network = Network.load(MODELS / f"{name}.npz")
    image = datasets.scale(dataset.x_test[dataset.y_test == label][number - 1])
    return open_case(network, image), network.logits(image[np.newaxis])[0]


@pytest.mark.parametrize(
    ("query", "name", "label", "number"),
    [
        ({}, "digits", 8, 10),
        ({"detective_digits_class": "7"}, "digits", 7, 1),
        ({"detective_network": "Shipped: photos"}, "cifar10", 5, 84),
    ],
)
def test_the_sums_shown_are_the_logits(visit, query, name, label, number):
    app = visit(PAGE, query)
    _, logits = case_of(name, label, number)
    shown = sums(app)
    assert len(shown) == 2
    for (speaks_for, against, bias, total), logit in zip(
        shown, np.sort(logits)[::-1], strict=False
    ):
        assert total == pytest.approx(float(logit), abs=1e-4)
        assert speaks_for + against + bias == pytest.approx(float(logit), abs=1e-4)
    assert f"the network's own forward pass gives {logits.max():.5f}" in texts(app)


def test_every_convolution_is_asked(visit):
    app = visit(PAGE)
    assert [x.value.split(" :small")[0] for x in app.subheader[:6]] == [
        f"Convolution {number}" for number in range(1, 7)
    ]
    assert "16 of 16 filters fire somewhere in this image." in texts(app)


def test_struck_evidence_is_gone_from_the_scores(visit):
    app = visit(PAGE, {DIGITS: "40, 42"})
    case, _ = case_of("digits", 8, 10)
    after = case.strike([39, 41]).logits
    assert [line[-1] for line in sums(app)] == pytest.approx(list(after[[8, 6]]), abs=1e-4)
    assert "The verdict" in texts(app)
    app.text_input(DIGITS).set_value("").run()
    assert [line[-1] for line in sums(app)] == pytest.approx(list(case.logits[[8, 6]]), abs=1e-4)
    assert "Nothing is struck out yet." in texts(app)


def test_the_strongest_can_be_struck_again_and_again_until_the_verdict_changes(visit):
    app = visit(PAGE)
    case, _ = case_of("digits", 8, 10)
    order = np.argsort(-case.features * case.weights[:, 8])
    strikes = int(re.search(r"changes after \*\*(\d+)\*\* of 112", texts(app))[1])
    for step in range(1, strikes + 1):
        app.button("detective_strongest").click().run()
        listed = {int(number) for number in app.text_input(DIGITS).value.split(", ")}
        assert listed == set((order[:step] + 1).tolist())
        changed = "The verdict changes" in texts(app)
        assert changed == (step == strikes)
    app.button("detective_admit").click().run()
    assert app.text_input(DIGITS).value == ""
    assert app.query_params.get(DIGITS) in (None, [""], "")


def test_what_is_no_feature_is_said_and_the_rest_struck(visit):
    app = visit(PAGE, {DIGITS: "113, x, 40"})
    assert app.warning[0].value.endswith("What is none of them: 113, x")
    case, _ = case_of("digits", 8, 10)
    assert sums(app)[0][-1] == pytest.approx(case.strike([39]).logits[8], abs=1e-4)


@pytest.mark.parametrize(
    "query",
    [
        {DIGITS: "-1,,;;0 ² 1e9 " + "9" * 3000},
        {DIGITS: "<img src=x onerror=alert(1)>"},
        {DIGITS: ", ".join(map(str, range(1, 113)))},
        {"detective_network": "Cats", "detective_filters": "99", "detective_way": "?"},
        {"detective_digits_class": "cat", "detective_digits_number": "-4"},
        {"detective_filters": "nan", "detective_question": "0", "run": "../../etc"},
    ],
)
def test_odd_addresses_fall_back(visit, query):
    app = visit(PAGE, query)
    assert len(sums(app)) == 2


def test_a_forged_network_falls_back(visit, forge):
    assert len(sums(forge(visit(PAGE), "detective_network", "nonsense"))) == 2


def test_a_picture_of_one_s_own(visit):
    app = visit(PAGE, {"detective_network": "Shipped: photos", "detective_way": "Your picture"})
    app.file_uploader[0].upload("teal.png", plain_png((60, 40))).run()
    assert not app.exception
    assert "Your picture" in [x.value for x in app.caption]
    app.file_uploader[0].upload("teal.png", b"no picture").run()
    assert not app.exception
    assert app.error


@pytest.mark.parametrize("network", ["Shipped: digits", "Shipped: photos"])
def test_a_drawing_of_one_s_own(visit, monkeypatch, network):
    paper = np.full((280, 280, 4), 255, np.uint8)
    paper[60:220, 130:150, :3] = 0  # a 1
    monkeypatch.setattr(image_choice, "draw_canvas", lambda label, key: paper)
    app = visit(PAGE, {"detective_network": network, "detective_way": "Your drawing"})
    assert "Your drawing" in [x.value for x in app.caption]
    assert len(sums(app)) == 2
    monkeypatch.setattr(image_choice, "draw_canvas", lambda label, key: None)
    assert "test image 1 of class" in " ".join(x.value for x in app.run().caption).lower()
    monkeypatch.setattr(image_choice, "draw_canvas", refuse)
    assert app.run().error[0].value == "No digit."


def refuse(label: str, key: str):
    raise ImageError("No digit.")


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ((ConvLayer(3), GlobalAveragePoolLayer()), "one for each filter of the last convolution"),
        ((ConvLayer(2, 5, 4), FlattenLayer()), "There are 72 features here: every cell"),
        (
            (ConvLayer(2, 5, 4), FlattenLayer(), DenseLayer(6)),
            "There are 6 features here, the units",
        ),
        ((FlattenLayer(),), "There are 784 features here: numbers taken from the image"),
    ],
)
def test_a_run_of_one_s_own_whatever_its_head(visit, save_run, layers, said):
    network = Network.initial(NetworkSpec((28, 28, 1), (*layers, DenseLayer(10, "softmax"))))
    app = visit(PAGE, {"run": save_run(network)})
    assert said in texts(app)
    assert ("has no filters to ask" in texts(app)) == (len(layers) == 1)
    for speaks_for, against, bias, total in sums(app):
        assert speaks_for + against + bias == pytest.approx(total, abs=1e-4)


def test_a_run_that_blew_up_says_so_and_the_page_goes_on(visit, save_run):
    layers = (ConvLayer(2, activation="linear"), FlattenLayer(), DenseLayer(10, "softmax"))
    initial = Network.initial(NetworkSpec((28, 28, 1), layers))
    first = {name: np.full_like(array, 3e38) for name, array in initial.weights[0].items()}
    app = visit(PAGE, {"run": save_run(Network(initial.spec, (first, *initial.weights[1:])))})
    assert "weighs something that is no number" in app.error[0].value
    assert app.text_input[-1].label == "Your answer"


def test_dead_filters_are_said(visit, save_run):
    layers = (ConvLayer(2, 3), GlobalAveragePoolLayer(), DenseLayer(10, "softmax"))
    initial = Network.initial(NetworkSpec((28, 28, 1), layers))
    kernel = np.abs(initial.weights[0]["kernel"]) * np.array([1, -1], np.float32)
    weights = ({**initial.weights[0], "kernel": kernel}, *initial.weights[1:])
    app = visit(PAGE, {"run": save_run(Network(initial.spec, weights))})
    said = "1 of 2 filters fire somewhere in this image. 1 filter is dead: no firing in any of the"
    assert said in texts(app)


def test_a_scan_that_takes_long_shows_how_far_it_is(visit, save_run, monkeypatch):
    shown = []

    def progress(self, share, text):
        shown.append((share, text))

    monkeypatch.setattr(DeltaGenerator, "progress", progress)
    monkeypatch.setattr(scans, "QUIET_SECONDS", -1)
    layers = (ConvLayer(2, 5, 4), FlattenLayer(), DenseLayer(10, "softmax"))
    network = Network.initial(NetworkSpec((28, 28, 1), layers), seed=1)
    app = visit(PAGE, {"run": save_run(network)})
    assert len(sums(app)) == 2
    assert shown[-1] == (1.0, "Looking through 1,000 training images")


def test_a_large_network_looks_through_fewer_images():
    small = NetworkSpec((28, 28, 1), (FlattenLayer(), DenseLayer(10, "softmax")))
    layers = (ConvLayer(256, 3, padding="same"),) * 2
    large = NetworkSpec((32, 32, 3), (*layers, FlattenLayer(), DenseLayer(10, "softmax")))
    assert scans.images_scanned(small, 9_000) == 1_000
    assert scans.images_scanned(small, 40) == 40
    # 9 x 3 x 256 and 9 x 256 x 256 products at 1,024 places, and 262,144 x 10 in the dense layer
    assert large.multiply_adds == 7_077_888 + 603_979_776 + 2_621_440
    assert scans.images_scanned(large, 5_000) == 100


def test_patches_and_examples_are_the_scanned_images_own(digits):
    network = Network.load(MODELS / "digits.npz")

    class Silent:
        def progress(self, *_):
            raise AssertionError("a short scan shows no progress")

        def empty(self):
            pass

    few = dataclasses.replace(digits, x_train=digits.x_train[::90], y_train=digits.y_train[::90])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scans, "load_dataset", lambda name: few)
        patch.setattr(scans, "QUIET_SECONDS", 1e9)
        scan = scans.scan_of(Chosen(network, "digits", "", None, "test-of-scans"), Silent())
    assert len(scan.images) == 100
    drawn = scans.patches(scan, 0, 4)
    assert len(drawn) == 6
    (value, image, _, _) = next(scan.found.filters[0].fired(4))
    assert drawn[0]["caption"] == str(scan.labels[image])
    assert f"where the filter gives {value:.3g}" in drawn[0]["alt"]
    assert (drawn[0]["width"], drawn[0]["scale"]) == (3, 21)
    examples = scans.examples(scan, 4)
    outputs = network.activations(datasets.scale(scan.images))[-2][:, 4]
    assert f"where the feature is {outputs.max():.3g}" in examples[0]["alt"]
    assert len(examples) == 2


def test_signed_numbers_have_a_sign_and_no_negative_zero():
    assert account.signed_text(-1234.5, 1) == f"{MINUS}1,234.5"
    assert account.signed_text(-1e-9, 5) == "0.00000"
    assert account.signed_text(0.000004, 5) == "0.00000"
    assert account.signed_text(0.000006, 5) == "+0.00001"


def test_an_exercise_is_checked(visit):
    app = visit(PAGE, {"detective_question": "1"})
    app.text_input[-1].set_value("4.18")
    app.button[-1].click().run()
    assert app.success[0].value == "Right."
