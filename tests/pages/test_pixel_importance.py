"""The pixel importance page, through the router."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from cnnlib import datasets
from cnnlib.layers import ConvLayer, DenseLayer, FlattenLayer
from cnnlib.network import Network
from cnnlib.occlusion import Occluder, occlusion
from cnnlib.saliency import (
    enlarged,
    grad_cam,
    integrated_gradients,
    randomised,
    rank_correlation,
    saliency,
)
from cnnlib.spec import NetworkSpec
from pages.support import image_choice, importance, overlay, sanity
from pages.support.networks import MODELS
from tests.pictures import plain_png

PAGE = "pages/visualizing/pixel_importance.py"
DIGITS = Network.load(MODELS / "digits.npz")
COARSE = {"pix_stride": "4"}  # where occlusion is not the point: it takes longest


def texts(app) -> str:
    return "\n".join(x.value for x in [*app.markdown, *app.caption, *app.warning])


@pytest.fixture
def drawn(monkeypatch) -> dict[str, dict]:
    """What was sent to the browser, by key."""
    sent = {}
    monkeypatch.setattr(overlay, "_overlay", lambda data, key: sent.update({key: data}))
    return sent


def values(panel: dict, data: dict) -> np.ndarray:
    floats = np.frombuffer(base64.b64decode(panel["values"]), "<f4")
    return floats.reshape(data["height"], data["width"])


def first_of(name: str, label: int) -> np.ndarray:
    dataset = datasets.load(name)
    return datasets.scale(dataset.x_test[dataset.y_test == label][0])


def test_the_four_maps_are_the_library_s(visit, drawn):
    visit(PAGE, {"pix_digits_class": "7", "pix_patch": "4", "pix_stride": "2"})
    data, image = drawn["pix_maps"], first_of("digits", 7)
    assert [panel["title"] for panel in data["panels"]] == list(importance.METHODS.values())
    covered, slopes, cam, integrated = (values(panel, data) for panel in data["panels"])
    found = occlusion(DIGITS, image, Occluder(4, 2))
    np.testing.assert_allclose(covered, found.per_pixel(found.drops(7)), atol=1e-6)
    np.testing.assert_allclose(slopes, saliency(DIGITS, image, 7), rtol=1e-5)
    last = len(DIGITS.spec.layers) - 4  # the last pooling
    np.testing.assert_allclose(
        cam, enlarged(grad_cam(DIGITS, image, 7, last), 28, 28), rtol=1e-4, atol=1e-6
    )
    expected = integrated_gradients(DIGITS, image, 7).values.sum(axis=2)
    np.testing.assert_allclose(integrated, expected, atol=1e-5)
    assert [panel["signed"] for panel in data["panels"]] == [True, False, False, True]


def test_settings_reach_the_maps(visit, drawn):
    visit(PAGE)
    before = drawn["pix_maps"]
    for key, value, changed in (
        ("pix_fill", "Blur", 0),
        ("pix_measure", "Score", 0),
        ("pix_sign", "Sign", 1),
        ("pix_layer", "6 · Activation", 2),
        ("pix_baseline", "White", 3),
    ):
        visit(PAGE, {key: value})
        same = [
            new["values"] == old["values"]
            for new, old in zip(drawn["pix_maps"]["panels"], before["panels"], strict=True)
        ]
        assert same == [at != changed for at in range(4)], key


def test_another_class_has_other_maps(visit, drawn):
    app = visit(PAGE, {"pix_digits_for": "3", **COARSE})
    assert "Four maps for 3" in texts(app)
    data = drawn["pix_maps"]
    expected = saliency(DIGITS, first_of("digits", 0), 3)
    np.testing.assert_allclose(values(data["panels"][1], data), expected, rtol=1e-5)


def test_completeness_is_shown(visit):
    app = visit(PAGE)
    found = integrated_gradients(DIGITS, first_of("digits", 0), 0)
    gain = found.logit - found.baseline_logit
    assert f"here, against {gain:.3g}" in texts(app)


def test_the_sanity_check_runs_when_asked(visit, drawn):
    app = visit(PAGE, COARSE)
    assert "pix_stages" not in drawn
    app.toggle("pix_check").set_value(True).run()
    data = drawn["pix_stages"]
    assert [panel["title"] for panel in data["panels"]] == [
        "As trained",
        *(f"{count} of 7 layers random" for count in (1, 2, 4, 7)),
    ]
    image = first_of("digits", 0)
    random = saliency(randomised(DIGITS, 7, 1), image, 0)
    correlation = rank_correlation(saliency(DIGITS, image, 0), random)
    assert f"**{correlation:.2f}**".replace("-", "−") in texts(app)
    np.testing.assert_allclose(values(data["panels"][-1], data), random, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("method", list(importance.METHODS.values()))
def test_every_map_can_be_checked(visit, drawn, method):
    query = {"pix_check": "true", "pix_checked": method, "pix_stride": "3"}
    app = visit(PAGE, query)
    assert len(drawn["pix_stages"]["panels"]) == 5
    assert "With all layers random" in texts(app)


def test_a_picture_and_a_drawing_of_one_s_own(visit, monkeypatch):
    app = visit(PAGE, {"pix_network": "Shipped: photos", "pix_way": "Your picture", **COARSE})
    app.file_uploader[0].upload("teal.png", plain_png((60, 40))).run()
    assert not app.exception
    assert "Your picture" in [x.value for x in app.caption]
    paper = np.full((280, 280, 4), 255, np.uint8)
    paper[60:220, 130:150, :3] = 0
    monkeypatch.setattr(image_choice, "draw_canvas", lambda label, key: paper)
    app = visit(PAGE, {"pix_way": "Your drawing", **COARSE})
    assert "Your drawing" in [x.value for x in app.caption]


@pytest.mark.parametrize(
    "query",
    [
        {"pix_patch": "0", "pix_stride": "nan", "pix_fill": "cats"},
        {"pix_patch": "15", "pix_stride": "8"},
        {"pix_patch": "1", "pix_stride": "7", "pix_measure": "?"},
        {"pix_layer": "99 · Cat", "pix_baseline": "Pink", "pix_sign": "?"},
        {"pix_digits_for": "cat", "pix_network": "x", "run": "../../etc"},
        {"pix_check": "maybe", "pix_checked": "Guessing", "pix_seed": "-5", "pix_question": "0"},
    ],
)
def test_odd_addresses_fall_back(visit, drawn, query):
    visit(PAGE, query)
    assert len(drawn["pix_maps"]["panels"]) == 4


@pytest.mark.parametrize("key", ["pix_fill", "pix_layer", "pix_baseline", "pix_digits_for"])
def test_forged_choices_fall_back(visit, forge, key):
    forge(visit(PAGE), key, "nonsense")


def test_a_run_without_maps_has_no_grad_cam(visit, drawn, save_run):
    spec = NetworkSpec((28, 28, 1), (FlattenLayer(), DenseLayer(10, "softmax")))
    run = save_run(Network.initial(spec, 3))
    visit(PAGE, {"run": run, "pix_stride": "3"})
    titles = [panel["title"] for panel in drawn["pix_maps"]["panels"]]
    assert titles == ["Occlusion", "Saliency", "Integrated gradients"]
    app = visit(PAGE, {"run": run, "pix_check": "true", "pix_checked": "Grad-CAM"})
    assert app.info[0].value == "This network has no such map."


def test_a_run_that_blew_up_says_so(visit, drawn, save_run):
    layers = (ConvLayer(2), FlattenLayer(), DenseLayer(10, "softmax"))
    network = Network.initial(NetworkSpec((28, 28, 1), layers))
    first = {name: np.full_like(array, 3e38) for name, array in network.weights[0].items()}
    run = save_run(Network(network.spec, (first, *network.weights[1:])))
    app = visit(PAGE, {"run": run, "pix_stride": "4", "pix_check": "true"})
    assert app.error
    assert "its maps are empty" in texts(app)
    for data in drawn.values():
        assert all(np.isfinite(panel["limit"]) for panel in data["panels"])


def test_stages_of_the_check():
    assert sanity.stage_counts(1) == (0, 1)
    assert sanity.stage_counts(14) == (0, 1, 2, 7, 14)


def test_an_exercise_is_checked(visit):
    app = visit(PAGE, {"pix_question": "3"})
    app.radio[-1].set_value("It rises")
    app.button[-1].click().run()
    assert app.success or app.info
