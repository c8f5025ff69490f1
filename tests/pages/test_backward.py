"""The page "Backward, step by step", through the router."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from cnnlib import datasets
from cnnlib.backward_steps import backward_pass, winners
from cnnlib.descent import optimizer
from cnnlib.descent_formulas import first_step_formulas
from cnnlib.kernel_gradient import image_loss, kernel_correlation, kernel_step, stepped
from cnnlib.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    PoolLayer,
    RescaleLayer,
)
from cnnlib.network import Network
from cnnlib.spec import NetworkSpec
from pages.support import account, image_choice, linked, maps
from pages.support.backward_layers import map_orders
from pages.support.backward_step import loss_text
from pages.support.networks import MODELS

PAGE = "pages/visualizing/backward.py"
DIGITS = Network.load(MODELS / "digits.npz")
EVERY_KIND = NetworkSpec(
    (28, 28, 1),
    (
        RescaleLayer((2.0,), (-1.0,)),
        ConvLayer(3, 5, 2, "same", "tanh"),
        PoolLayer("average", 3, 2, "same"),
        ConvLayer(70, 2),
        BatchNormLayer(),
        ActivationLayer("sigmoid"),
        FlattenLayer(),
        DenseLayer(12),
        BatchNormLayer(),
        ActivationLayer("relu"),
        DenseLayer(10, "softmax"),
    ),
)


def words(app) -> str:
    return "\n".join(x.value for x in [*app.markdown, *app.caption, *app.error])


@pytest.fixture
def drawn(monkeypatch) -> dict[str, dict]:
    """What was sent to the browser, by key."""
    sent = {}

    def keep(data, key, **_):
        sent[key] = data

    for module, name in ((linked, "_linked"), (maps, "_maps"), (account, "_evidence")):
        monkeypatch.setattr(module, name, keep)
    return sent


def values(picture: dict) -> np.ndarray:
    floats = np.frombuffer(base64.b64decode(picture["values"]), "<f4")
    return floats.reshape(picture["height"], picture["width"])


def test_image(label: int, number: int) -> np.ndarray:
    dataset = datasets.load("digits")
    return datasets.scale(dataset.x_test[dataset.y_test == label][number - 1])


test_image.__test__ = False


def test_the_story_is_the_library_s(visit, drawn):
    app = visit(PAGE, {"back_digits_class": "9", "back_digits_number": "66", "back_filter_1": "4"})
    image = test_image(9, 66)
    taken = backward_pass(DIGITS, image, 9)
    assert f"{taken.loss:.6g}" in app.latex[0].value
    bars = drawn["back_logits"]["rows"]
    np.testing.assert_allclose([row["share"] for row in bars], taken.at_logits, atol=1e-6)
    assert bars[9]["detail"].endswith(" − 1")
    assert bars[4]["detail"].endswith(" − 0")
    found = kernel_correlation(taken.layers[0], 3, 0)
    seen, pull, _, gradient = drawn["back_correlation"]["pictures"]
    np.testing.assert_array_equal(values(seen), found.seen)
    np.testing.assert_array_equal(values(pull), found.pull)
    np.testing.assert_array_equal(values(gradient), found.gradient)
    step = kernel_step(DIGITS, image, taken, optimizer("sgd", 0.001), layer=0, filter=3, channel=0)
    said = words(app)
    assert f"from {loss_text(step.loss)} to {loss_text(step.loss_after)}" in said
    assert f"it would be {loss_text(step.loss_of_kernel)}" in said
    # The strips are the gradients, of the maps where they are largest.
    pool = drawn["back_layer_13"]
    assert [sheet["number"] - 1 for sheet in pool["maps"]] == map_orders(taken.layers, most=11)[13]
    opened = drawn["back_pooling"]
    number = int(app.number_input("back_map").value) - 1
    layer = taken.layers[13]
    expected = (layer.received, layer.arriving, layer.leaving)
    for picture, array in zip(opened["pictures"], expected, strict=True):
        np.testing.assert_array_equal(values(picture), array[..., number])
    sent = np.frombuffer(base64.b64decode(opened["winners"]), "<i4")
    assert (sent == winners(layer)[..., number].ravel()).all()


def test_each_network_opens_with_an_image_it_gets_wrong(visit, drawn):
    # A map that the other network does not have falls back too.
    app = visit(PAGE, {"back_network": "Shipped: photos", "back_layer": "18", "back_map": "128"})
    assert "Test image 9 of class cat" in words(app)
    app.segmented_control("back_network").set_value("digits").run()
    assert not app.exception
    assert "Test image 32 of class 9" in words(app)
    assert drawn["back_correlation"]


def test_optimizer_rate_and_weight_reach_the_formula(visit, drawn):
    query = {"back_optimizer": "Adam", "back_rate": "0.03", "back_weight": "3-1"}
    app = visit(PAGE, {**query, "back_filter_1": "2"})
    taken = backward_pass(DIGITS, test_image(9, 32), 9)
    gradient = float(taken.layers[0].to_weights["kernel"][2, 0, 0, 1])
    weight = float(DIGITS.weights[0]["kernel"][2, 0, 0, 1])
    assert drawn["back_correlation"]["weight"] == (2, 0)
    assert "row 3, column 1" in words(app)
    expected = first_step_formulas(optimizer("adam", 0.03), weight, gradient, figures=6)
    assert f"{gradient:.6g}" in expected[0]
    assert [latex.value.strip("$\n") for latex in app.latex[1:]] == list(expected)
    after = image_loss(stepped(DIGITS, taken, optimizer("adam", 0.03)), test_image(9, 32), 9)
    assert f"to {loss_text(after)}" in words(app)


def test_a_drawing_gets_its_label_from_the_reader(visit, drawn, monkeypatch):
    paper = np.full((280, 280, 4), 255, np.uint8)
    paper[60:220, 130:150, :3] = 0
    monkeypatch.setattr(image_choice, "draw_canvas", lambda label, key: paper)
    app = visit(PAGE, {"back_way": "Your drawing"})
    box = next(box for box in app.selectbox if box.label == "Its label")
    before = [row["share"] for row in drawn["back_logits"]["rows"]]
    assert int(np.argmin(before)) == datasets.info("digits").classes.index(box.value)
    box.set_value("7").run()
    after = [row["share"] for row in drawn["back_logits"]["rows"]]
    assert int(np.argmin(after)) == 7


@pytest.fixture
def every_kind(save_run) -> str:
    return save_run(Network.initial(EVERY_KIND, 3))


def test_every_kind_of_layer_can_be_looked_into(visit, drawn, every_kind):
    query = {"run": every_kind, "back_digits_class": "3"}
    expected = {
        "1": "times 2 everywhere",
        "2": "The kernel at work",
        "3": "each cell of its window gets an equal part",
        "4": "The kernel at work",
        "6": "times the slope, is what is passed back",
        "7": "of the row, rows and columns counted from 0",
        "8": "went into 12 units",
        "10": "At this number: ",
        "11": "went into 10 units",
    }
    app = visit(PAGE, query)
    for layer, said in expected.items():
        app.query_params["back_layer"] = layer
        app.run()
        assert not app.exception
        assert said in words(app), layer


def test_a_run_without_convolution_ends_at_its_layers(visit, drawn, save_run):
    layers = (GlobalAveragePoolLayer(), DenseLayer(10, "softmax"))
    run = save_run(Network.initial(NetworkSpec((28, 28, 1), layers), 3))
    app = visit(PAGE, {"run": run, "back_layer": "1"})
    assert "there is no kernel to follow" in words(app)
    assert "back_correlation" not in drawn
    assert "The mean was over 784 cells" in words(app)


def test_a_run_that_blew_up_says_so(visit, drawn, save_run):
    layers = (ConvLayer(2), FlattenLayer(), DenseLayer(10, "softmax"))
    network = Network.initial(NetworkSpec((28, 28, 1), layers))
    first = {name: np.full_like(array, 3e38) for name, array in network.weights[0].items()}
    app = visit(PAGE, {"run": save_run(Network(network.spec, (first, *network.weights[1:])))})
    assert "nothing can be followed back" in app.error[0].value
    assert "back_correlation" not in drawn


@pytest.mark.parametrize(
    "query",
    [
        {"back_layer": "0", "back_map": "999", "back_weight": "9-9", "back_filter_1": "-1"},
        {
            **{"back_layer": "nan", "back_map": "x", "back_kernel_layer": "99 · Cat"},
            **{"back_optimizer": "magic", "back_rate": "7", "back_scale": "?"},
            **{"back_network": "x", "run": "../../etc", "back_question": "0"},
        },
    ],
)
def test_odd_addresses_fall_back(visit, drawn, query):
    app = visit(PAGE, query)
    assert "back_correlation" in drawn
    assert "fell" in words(app)


def test_the_browser_may_choose_a_weight_and_nothing_else(monkeypatch):
    chosen, told = [], {}
    monkeypatch.setattr(
        linked, "_linked", lambda data, key, on_weight_change: told.update(f=on_weight_change)
    )
    taken = backward_pass(DIGITS, test_image(1, 1), 1)
    found = kernel_correlation(taken.layers[0], 0, 0)
    linked.draw_correlation(
        linked.Picture("Input", found.seen),
        found,
        (0, 0),
        title="",
        key="k",
        on_choose=chosen.append,
    )
    for sent in (5, 0, 9, -1, "3", None, 2.0, True, [1]):
        state = type("State", (), {"weight": sent})()
        monkeypatch.setattr(linked.st, "session_state", {"k": state})
        told["f"]()
    assert chosen == [(1, 2), (0, 0)]


def test_the_same_maps_are_shown_between_two_convolutions():
    taken = backward_pass(DIGITS, test_image(9, 32), 9)
    orders = map_orders(taken.layers, most=5)
    assert orders[23] is None
    assert orders[21] == orders[20] == orders[19] == orders[18]
    assert orders[18] != orders[17]
    strength = np.abs(taken.layers[17].leaving).mean(axis=(0, 1))
    assert orders[17] == np.argsort(-strength, kind="stable")[:5].tolist()
    assert orders[0] == [0]
    assert map_orders(taken.layers)[13] == list(range(48))
