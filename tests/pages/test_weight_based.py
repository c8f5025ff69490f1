"""The page of weights, through the router: what it draws at each epoch of a run."""

from __future__ import annotations

import base64
import dataclasses

import numpy as np
import pytest

from cnnlib import explain
from cnnlib.events import EpochEvent
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
from cnnlib.records import EpochRecord
from cnnlib.spec import NetworkSpec, TrainingSpec
from pages.support import filter_views, jobs, kernel_detail, kernel_views, weight_data, weight_views
from pages.support.networks import MODELS

PAGE = "pages/visualizing/weight_based.py"
ANSWER = DenseLayer(10, "softmax")
SPEC = NetworkSpec(
    (28, 28, 1),
    (
        *(RescaleLayer((2.0,), (-1.0,)), ConvLayer(4, 3), PoolLayer(), ConvLayer(70, 3, 2)),
        *(PoolLayer(), FlattenLayer(), DenseLayer(6, "tanh"), ANSWER),
    ),
)
PHOTOS = NetworkSpec(
    (32, 32, 3),
    (
        *(ConvLayer(3, 5, activation="linear"), BatchNormLayer(), ActivationLayer("tanh")),
        *(GlobalAveragePoolLayer(), ANSWER),
    ),
)


def words(app) -> str:
    parts = [*app.header, *app.subheader, *app.markdown, *app.caption, *app.error, *app.info]
    return "\n".join(part.value for part in parts)


@pytest.fixture
def drawn(monkeypatch) -> dict[str, dict]:
    """What was last sent to the browser, by the component's key."""
    sent: dict[str, dict] = {}

    def keep(data, key, **_):
        sent[key] = data

    monkeypatch.setattr(kernel_views, "_grid", keep)
    monkeypatch.setattr(weight_views, "_histogram", keep)
    monkeypatch.setattr(weight_views, "_lines", keep)
    for module in (kernel_views, kernel_detail, filter_views):
        monkeypatch.setattr(
            module, "draw_maps", lambda sheet, key, **_: sent.__setitem__(key, sheet)
        )
    return sent


@pytest.fixture
def save_epochs(tiny_run):
    """`save_epochs(networks)`: a run whose weights after each epoch, from 0 on, are those."""

    def save(networks: list[Network], dataset: str = "digits", first: int = 0) -> str:
        settings = TrainingSpec(dataset=dataset, image_count=500, epochs=len(networks))
        spec = dataclasses.replace(tiny_run, network=networks[0].spec, training=settings)
        run_id = jobs.store().create(spec)
        for epoch, network in enumerate(networks, first):
            event = EpochEvent(epoch, 0.5, 0.9, 0.6, 0.84, 1000.0, 1.0 + epoch)
            record = EpochRecord((), event if epoch else None)
            jobs.store().save_epoch(run_id, epoch, network.weights, record, None)
        return run_id

    return save


def grown(spec: NetworkSpec, factors=(1, 2, 3)) -> list[Network]:
    """A network whose weights are multiplied by those."""
    start = Network.initial(spec, seed=1)
    return [
        Network(
            spec,
            tuple({k: v * np.float32(x) for k, v in part.items()} for part in start.weights),
        )
        for x in factors
    ]


def floats(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f4")


def test_every_view_follows_the_epoch_and_the_scales_do_not(visit, drawn, save_epochs):
    networks = grown(SPEC)
    run = save_epochs(networks)
    limits, bars, edges = set(), [], []
    for epoch in (0, 1, 2):
        app = visit(PAGE, {"run": run, "epoch": str(epoch)})
        kernel = networks[epoch].weights[1]["kernel"]
        np.testing.assert_array_equal(drawn["wt_flow"].values, kernel[:, :, 0])
        limits.add(float(drawn["wt_flow"].limits[0]))
        bars.append(drawn["wt_spread_weights"]["shares"])
        edges.append(drawn["wt_spread_weights"]["edges"])
        assert drawn["wt_filter_lines"]["now"] == epoch
    assert limits == {float(np.abs(networks[2].weights[1]["kernel"]).max())}
    assert bars[0] != bars[1] != bars[2]
    assert edges[0] == edges[1] == edges[2]
    said = words(app)
    assert "the largest weight in the layer at **any** epoch" in said
    assert "The layer before rescales the pixels" in said
    assert "cosine similarity with what it began as **1**" in said
    # Multiplied by 3, the layer is twice its first length away from where it began.
    moved = floats(drawn["wt_layer_lines"]["values"]).reshape(4, 3)
    np.testing.assert_allclose(moved, [[0, 1, 2]] * 4, atol=1e-5)
    norms = floats(drawn["wt_filter_lines"]["values"]).reshape(4, 3)
    expected = np.sqrt((networks[0].weights[1]["kernel"] ** 2).sum(axis=(0, 1, 2)))
    np.testing.assert_allclose(norms, np.outer(expected, (1, 2, 3)), rtol=1e-5)


def test_a_kernel_stands_beside_what_it_was(visit, drawn, save_epochs):
    networks = grown(SPEC)
    query = {"wt_layer": "Convolution 2", "wt_filter": "66", "wt_channel": "3"}
    visit(PAGE, {"run": save_epochs(networks), **query})
    before, now = (networks[at].weights[3]["kernel"] for at in (0, 2))
    sheet = drawn["wt_numbers"]
    assert list(sheet.names) == ["before training", "now", "difference"]
    np.testing.assert_array_equal(sheet.values[:, :, 0], before[:, :, 2, 65])
    np.testing.assert_array_equal(sheet.values[:, :, 1], now[:, :, 2, 65])
    np.testing.assert_allclose(sheet.values[:, :, 2], (now - before)[:, :, 2, 65], atol=1e-7)
    # All 70 filters are too many at a time: the block that this one is in is shown.
    grid = drawn["wt_grid"]
    assert (grid["rows"], grid["columns"], grid["first"]) == (6, 4, {"row": 65, "column": 1})
    assert grid["chosen"] == {"row": 1, "column": 2}
    levels = np.frombuffer(base64.b64decode(grid["levels"]), np.uint8).reshape(6, 4, 3, 3)
    largest = np.full(1, np.abs(now).max())
    exact = explain.map_levels(now[:, :, 2, 65:66], largest, signed=True)
    np.testing.assert_array_equal(levels[1, 2], exact[0])
    norm = floats(grid["numbers"]).reshape(6, 4)[1, 2]
    assert norm == pytest.approx(float(np.sqrt((now[:, :, 2, 65] ** 2).sum())), rel=1e-5)


def test_what_training_changed_has_a_scale_of_its_own(visit, drawn, save_epochs):
    networks = grown(SPEC)
    query = {"wt_show": "Their change since the start", "wt_scale": "One for each", "epoch": "1"}
    app = visit(PAGE, {"run": save_epochs(networks), **query})
    start = networks[0].weights[1]["kernel"]
    np.testing.assert_allclose(drawn["wt_flow"].values, start[:, :, 0], atol=1e-6)
    largest = 2 * np.abs(start).max(axis=(0, 1, 2))
    np.testing.assert_allclose(drawn["wt_flow"].limits, largest, rtol=1e-5)
    assert "up to its largest change at **any** epoch" in words(app)


def test_dense_weights_are_laid_back_onto_the_maps(visit, drawn, save_epochs):
    networks = grown(SPEC)
    run = save_epochs(networks)
    app = visit(PAGE, {"run": run, "wt_layer": "Dense 1", "wt_filter": "2"})
    kernel = networks[2].weights[6]["kernel"].reshape(3, 3, 70, 6)
    np.testing.assert_array_equal(drawn["wt_slices"].values, kernel[:, :, :64, 1])
    assert "see **where** on each map" in words(app)
    assert "Units of dense layers are not tried" in words(app)
    app = visit(PAGE, {"run": run, "wt_layer": "Dense 2", "wt_filter": "4", "wt_channel": "6"})
    assert (drawn["wt_grid"]["rows"], drawn["wt_grid"]["columns"]) == (10, 6)
    assert "Unit 4, for 3" in words(app)
    assert "The weight from input 6" in words(app)


def test_colours_and_layers_that_cannot_die(visit, drawn, save_epochs):
    networks = grown(PHOTOS)
    app = visit(PAGE, {"run": save_epochs(networks, "cifar10"), "wt_colour": "Blue"})
    assert drawn["wt_flow"].colours.shape == (3, 5, 5, 3)
    kernel = networks[2].weights[0]["kernel"]
    np.testing.assert_array_equal(drawn["wt_numbers"].values[:, :, 1], kernel[:, :, 2, 0])
    assert "so none can be dead in that sense" in words(app)


def test_twins_and_dead_filters_are_found(visit, drawn, save_epochs):
    (network,) = grown(SPEC, (1,))
    first = {name: array.copy() for name, array in network.weights[1].items()}
    first["kernel"][..., 3] = 2 * first["kernel"][..., 1]
    first["kernel"][..., 2] *= 0.01
    first["bias"][0] = -1000
    twin = Network(SPEC, (network.weights[0], first, *network.weights[2:]))
    run = save_epochs([network, twin])
    app = visit(PAGE, {"run": run, "wt_alike": "0.99"})
    assert drawn["wt_pairs"].names == ["2 and 4: 1.00"]
    # Rescaled pixels are −1 at the border, which a faint filter may answer to or not.
    names = drawn["wt_idle"].names
    assert names[0] == "1 dead"
    assert names[1].startswith("3 ")
    assert names[1].endswith("faint")
    assert "cosine similarity of 0.99 or more" in words(app)
    assert "**One filter of this layer: faint.**" in words(app)


def test_a_run_that_diverged_can_be_looked_at_where_it_had_not(visit, drawn, save_epochs):
    networks = grown(SPEC, (1, 2))
    broken = [{k: np.full_like(v, np.nan) for k, v in part.items()} for part in networks[1].weights]
    run = save_epochs([*networks, Network(SPEC, tuple(broken))])
    app = visit(PAGE, {"run": run})
    assert "Training diverged: by the end of epoch 2" in words(app)
    assert not drawn
    assert "Your run after epoch 1" in words(app)  # in the exercise
    app = visit(PAGE, {"run": run, "epoch": "1"})
    assert "diverged" not in words(app)
    assert drawn["wt_filter_lines"]["epochs"] == (0, 1)
    largest = np.abs(networks[1].weights[1]["kernel"]).max()
    assert drawn["wt_flow"].limits[0] == pytest.approx(largest)


def test_a_run_of_nothing_but_broken_weights_is_told_of(visit, drawn, save_epochs):
    start = Network.initial(PHOTOS)
    broken = [{k: np.full_like(v, np.nan) for k, v in part.items()} for part in start.weights]
    app = visit(PAGE, {"run": save_epochs([Network(PHOTOS, tuple(broken))], "cifar10")})
    assert "What follows is the shipped digits network" in app.warning[0].value
    assert drawn["wt_flow"].values.shape == (3, 3, 16)


def test_a_run_without_its_beginning_has_no_before(visit, drawn, save_epochs):
    flat = NetworkSpec((28, 28, 1), (FlattenLayer(), ANSWER))
    app = visit(PAGE, {"run": save_epochs(grown(flat), first=1)})
    assert "What it was before training was not kept" in words(app)
    assert "This network has no convolution" in words(app)
    assert "wt_show" not in [control.key for control in app.segmented_control]
    assert drawn["wt_spread_weights"]["names"]["other"] == "what Keras starts with"
    assert drawn["wt_flow"].names[3] == "for 3"


def test_shipped_networks_have_no_epochs(visit, drawn):
    app = visit(PAGE, {"wt_network": "Shipped: photos", "wt_layer": "Convolution 6"})
    assert "a slider over its epochs appears here" in words(app)
    assert "There is no history to draw" in words(app)
    assert drawn["wt_grid"]["rows"] == 64
    assert "at **any** epoch" not in words(app)


@pytest.mark.parametrize(
    "query",
    [
        {"wt_layer": "Convolution 99", "wt_filter": "0", "wt_alike": "2", "epoch": "77"},
        {"wt_filter": "999", "wt_channel": "-1", "wt_alike": "nan", "epoch": "x"},
        {"wt_show": "?", "wt_scale": "?", "wt_colour": "?", "wt_question": "0", "run": "../.."},
    ],
)
def test_odd_addresses_fall_back(visit, drawn, save_epochs, query):
    visit(PAGE, {"run": save_epochs(grown(PHOTOS, (1, 2)), "cifar10"), **query})
    assert drawn["wt_numbers"].values.size


def test_forged_layers_fall_back(visit, forge):
    forge(visit(PAGE), "wt_layer", "nonsense")


def test_a_layer_with_fewer_filters_keeps_the_number_in_range(visit, drawn):
    app = visit(PAGE, {"wt_layer": "Convolution 6", "wt_filter": "64", "wt_channel": "64"})
    app.selectbox("wt_layer").set_value("Dense 1").run()
    assert not app.exception
    assert app.number_input("wt_filter").value == 10


def test_figures_of_an_epoch_are_taken_once(visit, drawn, save_epochs, monkeypatch):
    measured = []
    original = weight_data.statistics_of

    def counting(kernels, *given, **named):
        measured.append(kernels.shape)
        return original(kernels, *given, **named)

    monkeypatch.setattr(weight_data, "statistics_of", counting)
    run = save_epochs(grown(PHOTOS))
    visit(PAGE, {"run": run})
    assert len(measured) == 3 * 2
    visit(PAGE, {"run": run, "epoch": "1"})
    assert len(measured) == 3 * 2


def test_an_exercise_is_checked(visit):
    app = visit(PAGE, {"wt_question": "3"})
    steps = Network.load(MODELS / "digits.npz").spec.steps()
    kernels = [s for s in steps if isinstance(s.layer, (ConvLayer, DenseLayer))]
    *convolutions, dense = kernels
    counts = {f"Convolution {n}": 9 * s.input_shape[2] for n, s in enumerate(convolutions, 1)}
    counts["Dense 1"] = dense.input_shape[0]
    question = next(x.value for x in app.markdown if "How many weights has the kernel" in x.value)
    answer = next(count for name, count in counts.items() if name in question)
    app.text_input[-1].set_value(str(answer))
    app.button[-1].click().run()
    assert app.success[0].value == "Right."
