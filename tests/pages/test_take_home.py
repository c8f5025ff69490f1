"""The panels that hand out a run's files and take them back, without a browser or a worker."""

from __future__ import annotations

import functools
import json

import numpy as np
import pytest

from cnnlib.demos import DemoStatus
from cnnlib.events import BatchEvent, EpochEvent
from cnnlib.export import story_json, weights_npz
from cnnlib.network import Network
from cnnlib.records import EpochRecord
from cnnlib.runs import RunStore
from cnnlib.spec import (
    ConvLayer,
    DenseLayer,
    FlattenLayer,
    Limits,
    NetworkSpec,
    RunSpec,
    TrainingSpec,
)
from pages.support import jobs, take_home

PAGE = "pages/first_models/training.py"
LAYERS = (ConvLayer(2), FlattenLayer(), DenseLayer(10, "softmax"))
SPEC = RunSpec(NetworkSpec((28, 28, 1), LAYERS), TrainingSpec(epochs=2, image_count=500))


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_RUNS", str(tmp_path / "runs"))
    return RunStore()


def made_run(store, network=None, **create):
    run_id = store.create(SPEC, **create)
    network = network or Network.initial(SPEC.network)
    store.save_epoch(run_id, 0, network.weights, EpochRecord(), None)
    batches = tuple(BatchEvent(1, n, 2, 2.0, 0.5, 400.0, 1.0) for n in (1, 2))
    end = EpochEvent(1, 2.0, 0.5, 1.9, 0.6, 400.0, 2.0)
    store.save_epoch(run_id, 1, network.weights, EpochRecord(batches, end), None)
    store.update(run_id, state="done")
    return run_id


@pytest.fixture
def run_id(store):
    return made_run(store)


@pytest.fixture
def opened(visit):
    """`opened(run_id, "take_home")` is the training page with a run and that panel open."""

    def open_panel(run_id, panel):
        app = visit(PAGE, {"run": run_id} if run_id else {})
        app.session_state[panel] = True
        app.run()
        assert not app.exception
        return app

    return open_panel


def labels(app):
    return [button.label for button in app.get("download_button")]


def test_a_run_with_weights_can_be_taken_home(opened, run_id):
    app = opened(run_id, "take_home")
    assert labels(app) == [
        *("Script (.py)", "Notebook (.ipynb)", "Data (.npz)", "Weights (.npz)", "Story (.json)"),
    ]
    codes = [code.value for code in app.code]
    assert "python digits-run.py" in codes
    assert "jupyter lab digits-run.ipynb" in codes
    assert 'model = keras.saving.load_model("digits-run.keras")' in codes
    assert app.button("take_home_make").label == "Make the Keras file"


def test_nothing_is_offered_while_there_are_no_weights(opened, visit, store):
    assert labels(visit(PAGE)) == []
    fresh = store.create(SPEC)
    assert labels(opened(fresh, "take_home")) == []


def test_nothing_is_drawn_in_a_closed_panel(visit, run_id):
    assert labels(visit(PAGE, {"run": run_id})) == []


def test_files_are_named_after_the_run(opened, store, run_id):
    store.rename(run_id, "Wide, 5 × 5")
    codes = [code.value for code in opened(run_id, "take_home").code]
    assert "python wide-5-5.py" in codes


def test_a_run_that_began_with_anothers_weights_hands_those_out(opened, store):
    run_id = made_run(store, initial=Network.initial(SPEC.network, 4), began_from="epoch 1 of “A”")
    assert "First weights" in labels(opened(run_id, "take_home"))


def test_a_full_set_is_not_handed_out(opened, store, monkeypatch):
    full = RunSpec(SPEC.network, TrainingSpec(source="full", image_count=500, epochs=2))
    monkeypatch.setitem(globals(), "SPEC", full)
    app = opened(made_run(store), "take_home")
    assert "Data (.npz)" not in labels(app)
    assert any("fetch the full MNIST themselves" in text.value for text in app.markdown)


def test_weights_that_blew_up_are_not_offered_but_the_program_is(opened, store):
    good = Network.initial(SPEC.network)
    weights = [
        {name: np.full_like(array, np.nan) for name, array in layer.items()}
        for layer in good.weights
    ]
    app = opened(made_run(store, Network(SPEC.network, tuple(weights))), "take_home")
    assert "Script (.py)" in labels(app)
    assert "Weights (.npz)" not in labels(app)
    assert any("Training diverged" in warning.value for warning in app.warning)


class Saving:
    """What an engine says of files while a worker saves one, then has saved it."""

    def __init__(self, store, *statuses):
        self.store, self.statuses = store, list(statuses)
        self.asked = []

    def demo(self, file):
        self.asked.append(file)
        return self.statuses.pop(0)


def test_a_keras_file_is_made_when_it_is_asked_for(opened, store, run_id, monkeypatch):
    app = opened(run_id, "take_home")
    saving = Saving(store, *[DemoStatus("queued", "Starting.")] * 3)
    monkeypatch.setattr(jobs.engine(), "demo", saving.demo)
    app.button("take_home_make").click().run()
    assert not app.exception
    assert any("Starting." in caption.value for caption in app.caption)
    (file,) = set(saving.asked)
    file.write(b"a network")
    app.run()
    assert not app.exception
    assert "Keras file (.keras)" in labels(app)


def test_a_keras_file_that_cannot_be_made_says_why(opened, store, run_id, monkeypatch):
    app = opened(run_id, "take_home")
    saving = Saving(store, DemoStatus("failed", "keras could not run this: no room."))
    monkeypatch.setattr(jobs.engine(), "demo", saving.demo)
    app.button("take_home_make").click().run()
    assert not app.exception
    assert any("Keras could not run this: no room." in x.value for x in app.warning)
    assert app.button("take_home_make")


def bring(app, weights, story=None):
    app.file_uploader("bring_back_weights").upload("run.npz", weights)
    if story is not None:
        app.file_uploader("bring_back_story").upload("run.json", story)
    app.run()
    app.button("bring_back_start").click().run()
    assert not app.exception
    return app


def test_a_run_comes_back_from_its_files_and_is_open(opened, store, run_id):
    store.rename(run_id, "Wide")
    files = weights_npz(store, run_id), story_json(store, run_id)
    app = bring(opened(None, "bring_back"), *files)
    back = app.query_params["run"]
    assert back != run_id
    assert store.about(back).name == "Imported: Wide"
    assert store.spec(back) == SPEC
    assert store.history(back) == store.history(run_id)
    assert [error.value for error in app.error] == []


def test_a_bad_file_is_refused_with_one_sentence_and_changes_nothing(opened, store, run_id):
    story = json.loads(story_json(store, run_id))
    story["records"]["1"]["epoch"]["accuracy"] = 7
    for files, words in (
        ((b"PK nonsense",), "This is not an .npz file, or a damaged one."),
        (
            (weights_npz(store, run_id), json.dumps(story).encode()),
            "This run cannot be read: what it tells of epoch 1 cannot be.",
        ),
    ):
        app = bring(opened(None, "bring_back"), *files)
        (error,) = app.error
        assert error.value.startswith(words)
        assert "run" not in app.query_params


def test_who_brings_too_much_is_told_so_in_place(opened, store, run_id, monkeypatch):
    few = functools.partial(take_home.import_run, limits=Limits(imports=1))
    monkeypatch.setattr(take_home, "import_run", few)
    monkeypatch.setattr(take_home, "_visitor", lambda: "192.0.2.1")
    files = weights_npz(store, run_id), story_json(store, run_id)
    app = bring(opened(None, "bring_back"), *files)
    back = app.query_params["run"]
    app.button("bring_back_start").click().run()
    assert not app.exception
    (error,) = app.error
    assert error.value == "In an hour 1 run can be brought back; try again in 60 minutes."
    assert app.query_params["run"] == back


def test_nothing_can_be_brought_back_without_weights(opened):
    app = opened(None, "bring_back")
    assert app.button("bring_back_start").disabled
