"""The page of the whole network, through the router."""

from __future__ import annotations

import base64
import dataclasses

import numpy as np
import pytest

from cnnlib import datasets, explain
from cnnlib.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    PoolLayer,
)
from cnnlib.network import Network
from cnnlib.network_map import network_map
from cnnlib.places import NetworkPlace
from cnnlib.records import EpochRecord
from cnnlib.spec import NetworkSpec, TrainingSpec
from cnnlib.training import EpochEvent
from pages.support import jobs, layer_detail, map_parts
from pages.support import network_map as drawing
from pages.support.networks import MODELS

PAGE = "pages/visualizing/whole_network.py"
SHIPPED = {name: Network.load(MODELS / f"{name}.npz") for name in ("digits", "cifar10")}

# A run of a reader's that has a layer of every kind the shipped networks lack.
OWN = NetworkSpec(
    (28, 28, 1),
    (
        *(ConvLayer(70, 3, 2), DropoutLayer(), ConvLayer(4, 3, activation="tanh")),
        *(PoolLayer("average", 3, 2, "same"), FlattenLayer(), DenseLayer(20), BatchNormLayer()),
        *(ActivationLayer("sigmoid"), DenseLayer(10, "softmax")),
    ),
)


def texts(app) -> str:
    return "\n".join(x.value for x in [*app.markdown, *app.caption, *app.warning, *app.info])


@pytest.fixture
def drawn(monkeypatch) -> dict[str, list]:
    """What was sent to be drawn, the latest last: the map, the linked pictures, the stage."""
    sent = {"map": [], "parts": [], "stage": []}
    monkeypatch.setattr(drawing, "_map", lambda data, **_: sent["map"].append(data))
    monkeypatch.setattr(map_parts, "_parts", lambda data, **_: sent["parts"].append(data))
    monkeypatch.setattr(
        layer_detail, "stage", lambda *given, **named: sent["stage"].append((given, named))
    )
    return sent


@pytest.fixture
def own_run(tiny_run) -> str:
    network = Network.initial(OWN, 3)
    settings = TrainingSpec(image_count=500, epochs=1)
    run_id = jobs.store().create(dataclasses.replace(tiny_run, network=OWN, training=settings))
    event = EpochEvent(1, 0.5, 0.9, 0.6, 0.84, 1000.0, 1.0)
    jobs.store().save_epoch(run_id, 1, network.weights, EpochRecord((), event), None)
    return run_id


def numbers(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), kind)


def image_of(dataset, label, number=1) -> np.ndarray:
    return datasets.scale(dataset.x_test[dataset.y_test == label][number - 1])


def test_the_map_is_that_of_the_network_and_the_image(visit, drawn, digits):
    app = visit(PAGE, {"net_digits_class": "7", "net_digits_number": "2"})
    layers = explain.layer_passes(SHIPPED["digits"], image_of(digits, 7, 2))
    columns = drawn["map"][-1]["columns"]
    assert len(columns) == 25
    for sent, column in zip(columns, network_map(layers), strict=True):
        assert (numbers(sent["levels"], "u1") == column.levels.ravel()).all()
        assert (numbers(sent["limits"], "<f4") == column.limits).all()
    assert columns[-1]["captions"] == list("0123456789")
    assert "The network says **7**" in texts(app)
    assert drawn["map"][-1]["scale"] == "map"
    app.segmented_control(key="net_scale").set_value("net").run()
    assert drawn["map"][-1]["scale"] == "net"
    first = drawn["map"][-1]["chosen"]
    assert first["layer"] == 0
    app.number_input(key="net_digits_number").set_value(5).run()
    assert drawn["map"][-1]["chosen"] == first  # what is looked at does not change with the image


def test_a_convolution_comes_apart_down_to_its_window(visit, drawn, digits):
    app = visit(PAGE, {"net_layer": "4", "net_map": "3", "net_cell": "10-12"})
    assert "Layer 4, Convolution 16 of 3 × 3, same padding: map 3" in texts(app)
    layer = explain.layer_passes(SHIPPED["digits"], image_of(digits, 0))[3]
    parts = drawn["parts"][-1]
    assert (len(parts["rows"]), parts["chosen"]) == (8, [9, 11])
    maps = [numbers(row["pictures"][2]["values"], "<f4") for row in parts["rows"]]
    rest, bias, total = parts["finals"]
    maps.append(numbers(rest["picture"]["values"], "<f4"))
    summed = np.sum(maps, axis=0) + bias["number"]
    np.testing.assert_allclose(summed, layer.passed_on[:, :, 2].ravel(), atol=1e-4)
    np.testing.assert_allclose(numbers(total["picture"]["values"], "<f4"), summed, atol=1e-4)
    ((images, kernel), named) = drawn["stage"][-1]
    assert images.shape == (28, 28, 16)
    assert (named["cell"], named["padding"], named["bias"]) == ((9, 11), "same", bias["number"])
    value = float((images[8:11, 10:13] * kernel).sum())
    assert value == pytest.approx(float(layer.passed_on[9, 11, 2]) - bias["number"], abs=1e-4)
    app.segmented_control(key="net_channels").set_value(16).run()
    assert len(drawn["parts"][-1]["rows"]) == 16


def test_too_many_channels_for_the_stage_show_the_weightiest(visit, drawn, cifar10):
    query = {"net_network": "Shipped: photos", "net_layer": "18", "net_map": "5"}
    app = visit(PAGE, query | {"net_cell": "2-3"})
    assert "Too many channels" in texts(app)
    ((images, _), named) = drawn["stage"][-1]
    assert images.shape[2] == len(named["names"]) == layer_detail.FEW
    assert named["bias"] == 0


@pytest.mark.parametrize(
    ("layer", "number", "words"),
    [
        ("2", "5", "Batch normalisation has learned two numbers"),
        ("3", "5", "ReLU sets each negative number to 0"),
        ("22", "7", "Of the whole map one number remains"),
        ("23", "7", "has something to do only while training"),
        ("24", "4", "### Softmax"),
    ],
)
def test_other_layers_have_their_own_views(visit, drawn, layer, number, words):
    app = visit(PAGE, {"net_layer": layer, "net_map": number})
    assert words in texts(app)


def test_every_layer_of_a_readers_run_comes_apart(visit, drawn, own_run, digits):
    layers = explain.layer_passes(jobs.store().network(own_run), image_of(digits, 0))
    expected = {
        1: "partial results",
        2: "while training",
        3: "Here are the 8",
        4: "the mean is kept",
        5: "only sets them in a row",
        6: "### Map by map",
        7: "Batch normalisation",
        8: "The function sigmoid",
        9: "### Softmax",
    }
    app = visit(PAGE, {"run": own_run})
    for layer, words in expected.items():
        app.query_params["net_layer"] = str(layer)
        app.query_params["net_map"] = "3"
        app.query_params["net_cell"] = "2-3"
        app.run()
        assert not app.exception
        assert words in texts(app), layer
        assert drawn["map"][-1]["chosen"] == {"layer": layer - 1, "number": 2}
    # Of 70 channels: those shown, the others, and the bias make Keras's number.
    assert drawn["stage"][-1][1]["mode"] == "average"
    assert len(drawn["stage"]) == 3  # both convolutions, and the pooling
    flat = layers[4].passed_on[2]
    assert f"**{flat:.3g}".replace("-", "−")[:5] in "".join(texts(app)) or flat == 0


@pytest.mark.parametrize(
    "query",
    [
        {"net_layer": "99", "net_map": "1"},
        {"net_layer": "²", "net_map": "nan", "net_cell": "0-0"},
        {"net_layer": "1", "net_map": "3", "net_cell": "99-1"},
    ],
)
def test_an_address_that_names_nothing_opens_at_a_map(visit, drawn, query):
    visit(PAGE, query)
    assert drawn["map"][-1]["chosen"]["layer"] == 0
    assert drawn["stage"] == []


def test_what_a_browser_sends_is_checked():
    columns = network_map(explain.layer_passes(SHIPPED["digits"], np.zeros((28, 28, 1), "f4")))
    assert drawing._place({"layer": 0, "number": 15}, columns) == NetworkPlace(0, 15)
    for odd in (
        *(None, 3, [], {"layer": 24, "number": 0}, {"layer": 0, "number": 16}),
        *({"layer": -1, "number": 0}, {"layer": True, "number": 0}, {"layer": 0, "number": 1.0}),
    ):
        assert drawing._place(odd, columns) is None
    assert map_parts._cell({"row": 1, "column": 0}, (2, 1)) == (1, 0)
    for odd in (None, {"row": 2, "column": 0}, {"row": True, "column": 0}, {"row": -1}):
        assert map_parts._cell(odd, (2, 1)) is None


def test_sums_too_large_for_any_number_are_still_drawn(visit, drawn, tiny_run):
    weights = tuple(
        {name: np.full_like(array, 3e30) for name, array in layer.items()}
        for layer in Network.initial(OWN).weights
    )
    run_id = jobs.store().create(dataclasses.replace(tiny_run, network=OWN))
    event = EpochEvent(1, 0.5, 0.9, 0.6, 0.84, 1000.0, 1.0)
    jobs.store().save_epoch(run_id, 1, weights, EpochRecord((), event), None)
    app = visit(PAGE, {"run": run_id, "net_layer": "9", "net_map": "2"})
    assert "a sum has grown too large" in texts(app)
    assert "no finite numbers" in texts(app)
    for layer in ("1", "4", "6"):
        app.query_params["net_layer"] = layer
        app.query_params["net_cell"] = "1-1"
        app.run()
        assert not app.exception
