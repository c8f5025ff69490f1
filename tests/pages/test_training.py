"""The training page around a run: its orders, its epochs, its step laid open, and other runs."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cnnlib import datasets
from cnnlib.admission import check_run
from cnnlib.control import Control
from cnnlib.evaluation import confusion_matrix
from cnnlib.events import BatchEvent, EpochEvent, RateEvent, StepDetail
from cnnlib.network import Network
from cnnlib.records import EpochRecord
from cnnlib.spec import (
    LIMITS,
    ConvLayer,
    DenseLayer,
    FlattenLayer,
    NetworkSpec,
    PoolLayer,
    RescaleLayer,
    RunSpec,
    TrainingSpec,
)
from pages.support import held_back, jobs

PAGE = "pages/first_models/training.py"
LAYERS = (ConvLayer(4), PoolLayer(size=4, stride=4), FlattenLayer(), DenseLayer(10, "softmax"))
NETWORK = NetworkSpec((28, 28, 1), LAYERS)
UNKNOWN = "A" * 16


class Engine:
    """Notes its orders and trains nothing; what it says of a run is what the store says."""

    def __init__(self) -> None:
        self.orders: list[tuple] = []
        self.visitors: set[str] = set()
        self.submitted: list[tuple[RunSpec, tuple[str, int] | None]] = []

    def submit(
        self, spec: RunSpec, *, start_from: tuple[str, int] | None = None, visitor: str
    ) -> str:
        self.visitors.add(visitor)
        self.submitted.append((spec, start_from))
        return jobs.store().create(spec)

    def status(self, run_id: str):
        return jobs.store().status(run_id)

    def events(self, run_id: str):
        history = jobs.store().history(run_id)
        return (*history.batches, *history.changes, *history.epochs)

    def __getattr__(self, name: str):
        if name not in ("pause", "resume", "step", "cancel", "set_learning_rate", "watch_kernel"):
            raise AttributeError(name)
        return lambda *values, **whose: self._take(name, values, **whose)

    def _take(self, name: str, values: tuple, visitor: str | None = None) -> None:
        self.orders.append((name, *values))
        # Those who put a run into the queue say whose it is, and nobody else does.
        assert (visitor is not None) == (name in ("resume", "step"))
        self.visitors |= {visitor} - {None}


@pytest.fixture
def engine(monkeypatch, tmp_path):
    monkeypatch.setenv("CNN_RUNS", str(tmp_path))
    made = Engine()
    monkeypatch.setattr(jobs, "engine", lambda: made)
    return made


def spec(**training) -> RunSpec:
    return RunSpec(NETWORK, TrainingSpec(**{"image_count": 600, "epochs": 3} | training))


def save_run(asked: RunSpec | None = None, *, epochs: int = 2, state: str = "done") -> str:
    """A run on disk with weights drawn anew for each epoch."""
    asked = asked or spec()
    store = jobs.store()
    run_id = store.create(asked)
    for epoch in range(epochs + 1):
        weights = Network.initial(asked.network, seed=epoch).weights
        record = EpochRecord()
        if epoch:
            record = EpochRecord(
                (BatchEvent(epoch, 5, 9, 2.0 / epoch, 0.5, 1000.0, epoch - 0.5),),
                EpochEvent(epoch, 1.5 / epoch, 0.6, 1.2 / epoch, 0.5 + epoch / 10, 1e3, epoch),
                changes=(RateEvent(epoch, 3, 0.03, epoch - 0.6),) if epoch == 2 else (),
            )
        store.save_epoch(run_id, epoch, weights, record, None)
    store.update(run_id, state=state, message="Paused after 5 of 9 batches of epoch 2.")
    return run_id


def save_step(run_id: str, optimizer: str = "sgd") -> StepDetail:
    rng = np.random.default_rng(0)
    before, gradient = (rng.uniform(-1, 1, (3, 3, 1)).astype(np.float32) for _ in range(2))
    detail = StepDetail(
        epoch=2,
        batch=5,
        indices=np.arange(40),
        labels=np.arange(40) % 10,
        probabilities=np.eye(10, dtype=np.float32)[np.zeros(40, int)],
        loss=2.25,
        learning_rate=0.5,
        gradient_norms=np.array([0.5, np.nan, np.nan, 2.0]),
        weight_norms=np.array([1.0, np.nan, np.nan, 4.0]),
        layer=0,
        filter=2,
        before=before,
        gradient=gradient,
        after=before - np.float32(0.5) * gradient,
    )
    jobs.store().save_step(run_id, detail)
    return detail


def said(app) -> str:
    return "\n".join(
        element.value for element in (*app.markdown, *app.html, *app.caption, *app.text)
    )


def component_data(app, key: str) -> dict:
    """What a component's script was given."""
    found = [x.proto for x in app.get("bidi_component") if x.proto.id.endswith(key)]
    assert found, f"no component {key}"
    return json.loads(found[0].json)


@pytest.mark.parametrize("view", ["Filters", "One image", "Classes", "Step by step", "Runs"])
@pytest.mark.parametrize("state", ["done", "paused", "stopped"])
def test_every_view_of_a_run_is_drawn(visit, engine, view, state):
    run_id = save_run(state=state)
    save_step(run_id)
    app = visit(PAGE, {"run": run_id, "training_view": view})
    assert not app.error
    assert app.segmented_control(key="training_view").value in view.lower() or view


@pytest.mark.parametrize(
    "query",
    [
        {"epoch": "99"},
        {"epoch": "-1"},
        {"epoch": "1e400"},
        {"epoch": "²"},
        {"training_view": "💥"},
        {"training_view": "runs", "runs": "../../etc,," + UNKNOWN},
        {"runs": "é" * 500},
        {"train_scaling": "nonsense", "train_patience": "-3", "train_label_noise": "nan"},
        {"training_question": "0"},
    ],
)
def test_odd_addresses_fall_back(visit, engine, query):
    app = visit(PAGE, {"run": save_run(), **query})
    assert not app.error


def test_the_newest_epoch_is_shown_until_the_address_names_another(visit, engine):
    run_id = save_run()
    assert "validation loss **0.600**, accuracy **70.0%**" in said(visit(PAGE, {"run": run_id}))
    earlier = visit(PAGE, {"run": run_id, "epoch": "1"})
    assert "validation loss **1.200**, accuracy **60.0%**" in said(earlier)
    first = visit(PAGE, {"run": run_id, "epoch": "0"})
    assert "has not learned anything" in said(first)


def test_classes_are_counted_on_the_images_held_back(visit, engine):
    run_id = save_run()
    app = visit(PAGE, {"run": run_id, "training_view": "Classes", "epoch": "1"})
    digits = datasets.load("digits")
    _, members = datasets.training_split(digits.y_train, 600, 0, 0.1)
    network = Network.initial(NETWORK, seed=1)
    answers = network.predict(datasets.scale(digits.x_train[members])).argmax(axis=1)
    matrix = confusion_matrix(digits.y_train[members], answers, 10)
    (table,) = [html.value for html in app.html if "Confusion matrix" in html.value]
    shown = [cell.split(">")[1].split("<")[0] for cell in table.split("<td ")[1:]]
    assert [int(cell or 0) for cell in shown] == matrix.ravel().tolist()
    assert "all 60 images" in said(app)
    assert (held_back.matrix_at(run_id, 1) == matrix).all()


def test_a_paused_run_can_go_on_step_and_stop(visit, engine):
    run_id = save_run(state="paused")
    app = visit(PAGE, {"run": run_id})
    assert app.progress[0].text == "Paused after 5 of 9 batches of epoch 2."
    for key in ("training_pause", "training_step", "training_stop"):
        app.button(key=key).click().run()
        assert not app.exception
    assert engine.orders == [("resume", run_id), ("step", run_id), ("cancel", run_id)]


def test_the_rate_is_changed_beside_the_run(visit, engine):
    run_id = save_run(spec(learning_rate=0.002), state="paused")
    app = visit(PAGE, {"run": run_id})
    slider = app.select_slider(key=f"training_rate_{run_id}")
    assert slider.value == 0.002  # one of its own, among the round ones
    slider.set_value(0.03).run()
    assert engine.orders == [("set_learning_rate", run_id, 0.03)]


def test_a_rate_that_was_set_elsewhere_is_shown(visit, engine):
    run_id = save_run(state="paused")
    app = visit(PAGE, {"run": run_id})
    jobs.store().steer(run_id, learning_rate=0.3)
    assert jobs.store().control(run_id) == Control(learning_rate=0.3)
    app.run()
    assert app.select_slider(key=f"training_rate_{run_id}").value == 0.3
    assert engine.orders == []


def test_some_batches_are_granted_from_the_step_view(visit, engine):
    run_id = save_run(state="paused")
    app = visit(PAGE, {"run": run_id, "training_view": "Step by step"})
    assert "takes one step" in app.info[0].value
    app.number_input(key="training_grant").set_value(25).run()
    app.button(key="training_some").click().run()
    assert engine.orders == [("step", run_id, 25)]


def test_a_step_is_laid_open(visit, engine):
    run_id = save_run(spec(optimizer="sgd"), state="paused")
    detail = save_step(run_id)
    app = visit(PAGE, {"run": run_id, "training_view": "Step by step"})
    whole = said(app)
    assert "Loss **2.2500**, 4 of 40 right, learning rate 0.5" in whole
    (gradients,) = [html.value for html in app.html if ">Gradient</th>" in html.value]
    assert "width:25.0%" in gradients
    assert "width:100.0%" in gradients
    assert gradients.count('scope="row"') == 2  # layers with weights only
    row, column = np.unravel_index(np.abs(detail.gradient[:, :, 0]).argmax(), (3, 3))
    assert f"row {row + 1}, column {column + 1}" in whole
    assert f"{detail.after[row, column, 0]:.6g}" in app.latex[0].value


def test_a_kernel_is_watched(visit, engine):
    run_id = save_run(state="paused")
    app = visit(PAGE, {"run": run_id, "training_view": "Step by step"})
    app.number_input(key=f"training_watch_filter_{run_id}_0").set_value(4).run()
    app.selectbox(key=f"training_watch_{run_id}").set_value(3).run()
    assert engine.orders == [("watch_kernel", run_id, 0, 3), ("watch_kernel", run_id, 3, 0)]


def test_the_same_start_is_the_same_spec(visit, engine):
    run_id = save_run(spec(seed=5))
    app = visit(PAGE, {"run": run_id})
    app.button(key="training_again").click().run()
    assert engine.submitted == [(spec(seed=5), None)]
    assert app.query_params["run"] != run_id


def test_a_run_goes_on_from_an_epoch_with_other_settings(visit, engine):
    run_id = save_run()
    app = visit(PAGE, {"run": run_id, "epoch": "1", "train_optimizer": "SGD"})
    app.button(key="training_on").click().run()
    ((asked, start),) = engine.submitted
    assert start == (run_id, 1)
    assert asked.network == NETWORK
    assert asked.training.optimizer == "sgd"
    assert app.query_params["run"] != run_id
    assert "epoch" not in app.query_params


def test_further_settings_reach_the_run(visit, engine):
    query = {"train_patience": "3", "train_label_noise": "0.2", "train_scaling": "Standardised"}
    query |= {"train_schedule": "Steps", "train_weight_decay": "0.1"}
    query |= {"train_averaging": "0.99", "train_precision": "16 bits"}
    app = visit(PAGE, query | {"train_label_smoothing": "0.15"})
    app.button(key="training_start").click().run()
    ((asked, _),) = engine.submitted
    assert asked.training.patience == 3
    assert asked.training.label_noise == 0.2
    assert (asked.training.schedule, asked.training.weight_decay) == ("step", 0.1)
    assert asked.training.label_smoothing == 0.15
    assert (asked.training.averaging, asked.training.precision) == (0.99, "bfloat16")
    assert isinstance(asked.network.layers[0], RescaleLayer)


def test_wrong_labels_are_told_of_and_taken_back_in_one_press(visit, engine):
    query = {"train_label_noise": "0.25", "train_9000_image_count": "2000"}
    app = visit(PAGE, query | {"train_validation_share": "0.2"})
    assert "**400 of 1,600 labels will be wrong**, 25%" in said(app)
    app.button(key="training_true_labels").click().run()
    assert not app.exception
    assert "labels will be wrong" not in said(app)
    assert app.slider(key="train_label_noise").value == 0.0
    app.button(key="training_start").click().run()
    assert engine.submitted[-1][0].training.label_noise == 0.0


PHOTOS = {"dataset": "CIFAR-10 photos"}
WRITTEN = "v1~28x28x1~conv_4_3_relu~max_2~flatten~dense_10_softmax"


def test_a_network_built_for_other_images_says_what_becomes_of_it(visit, engine):
    assert not visit(PAGE, {"net": WRITTEN}).info[0].value.startswith("It was built")
    app = visit(PAGE, {"net": WRITTEN} | PHOTOS)
    # 4 (9 + 1) + (13 * 13 * 4 + 1) 10, and 4 (27 + 1) + (15 * 15 * 4 + 1) 10
    assert app.info[0].value == (
        "It was built for images of 28 × 28 × 1; these are 32 × 32 × 3. Its layers fit them, too, "
        "so the same stack is trained on these: every shape in it changes, and 6,810 parameters "
        "become 9,122."
    )
    assert not app.error
    app.button(key="training_start").click().run()
    ((asked, _),) = engine.submitted
    assert (asked.network.input_shape, asked.network.parameters) == ((32, 32, 3), 9_122)


def test_a_network_that_does_not_fit_other_images_names_the_layer(visit, engine):
    tight = f"v1~32x32x3{3 * '~conv_2_11_relu'}~flatten~dense_10_softmax"
    app = visit(PAGE, {"net": tight, "dataset": "Handwritten digits"})
    assert app.warning[0].value.startswith(
        "It was built for images of 32 × 32 × 3; these are 28 × 28 × 1, and its layers do not fit"
    )
    assert app.error[0].value.startswith("Layer 3: ")


def test_a_run_cannot_go_on_with_other_images(visit, engine, monkeypatch):
    def submit(asked, *, start_from, visitor):
        check_run(asked, LIMITS)

    monkeypatch.setattr(engine, "submit", submit)
    app = visit(PAGE, {"run": save_run()} | PHOTOS)
    app.button(key="training_on").click().run()
    assert app.error[0].value == (
        "CIFAR-10 photos are images of 32 × 32 × 3 in 10 classes; this network takes 28 × 28 × 1 "
        "and tells 10 apart. Choose the data set that it was built for, or another network."
    )


def test_runs_are_kept_named_and_compared(visit, engine):
    first, second = save_run(), save_run(spec(optimizer="sgd", learning_rate=0.1), epochs=1)
    query = {"run": first, "runs": f"{first},{second}", "training_view": "Runs"}
    app = visit(PAGE, query)
    rows = component_data(app, "training_runs")["rows"]
    assert [row["name"] for row in rows] == [
        "Adam 0.001, batches of 64",
        "SGD 0.1, batches of 64",
    ]
    assert [row["shown"] for row in rows] == [True, False]
    assert rows[0]["cells"][:5] == ["70.0%", "70.0%, 2", f"{NETWORK.parameters:,}", "2.0", "1,000"]
    app.text_input(key=f"training_name_{first}").set_value("<b>Mine</b>").run()
    assert jobs.store().about(first).name == "<b>Mine</b>"
    assert component_data(app, "training_runs")["rows"][0]["name"] == "<b>Mine</b>"


def test_unknown_runs_in_a_comparison_are_said_in_a_sentence(visit, engine):
    run_id = save_run()
    app = visit(PAGE, {"runs": f"{run_id},{UNKNOWN},../x"})
    assert app.warning[0].value.startswith("2 runs in this page's address are not here")
    assert len(component_data(app, "training_runs")["rows"]) == 1


def test_a_network_without_convolutions_has_no_filters(visit, engine):
    dense = NetworkSpec((28, 28, 1), (FlattenLayer(), DenseLayer(10, "softmax")))
    run_id = save_run(RunSpec(dense, spec().training))
    assert "no convolution" in said(visit(PAGE, {"run": run_id}))
    assert not visit(PAGE, {"run": run_id, "training_view": "One image"}).error


def test_weights_that_blew_up_are_a_sentence(visit, engine):
    run_id = save_run(epochs=1)
    broken = [dict(layer) for layer in Network.initial(NETWORK).weights]
    broken[0]["kernel"] = np.full_like(broken[0]["kernel"], np.nan)
    lost = EpochEvent(2, float("nan"), 0.1, float("nan"), 0.1, 1e3, 2.0)
    jobs.store().save_epoch(run_id, 2, tuple(broken), EpochRecord((), lost), None)
    app = visit(PAGE, {"run": run_id})
    assert "diverged" in app.error[0].value
    assert not visit(PAGE, {"run": run_id, "epoch": "1"}).error


def test_the_exercise_asks_of_the_readers_own_run(visit, engine):
    run_id = save_run()
    app = visit(PAGE, {"run": run_id, "training_question": "2"})
    assert "In your run the validation loss after epochs 1 to 2 was 1.2000, 0.6000" in said(app)
