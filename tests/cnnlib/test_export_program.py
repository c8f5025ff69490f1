"""A run as a script and as a notebook: both run by themselves and come out where the run did."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from cnnlib import datasets
from cnnlib.events import EpochEvent, RateEvent
from cnnlib.export import data_npz
from cnnlib.export_notebook import notebook
from cnnlib.export_script import script
from cnnlib.network import Network
from cnnlib.spec import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    NetworkSpec,
    PoolLayer,
    RescaleLayer,
    RunSpec,
    TrainingSpec,
)
from cnnlib.start import MODELS
from cnnlib.taken_run import TakenRun, data_file, first_weights_file
from cnnlib.training import Order, train
from cnnlib.variants import variant

LAYERS = (
    RescaleLayer((3.2,), (-0.4,)),
    ConvLayer(6, 5, activation="linear", use_bias=False),
    BatchNormLayer(),
    ActivationLayer("relu"),
    PoolLayer(),
    DropoutLayer(0.25),
    FlattenLayer(),
    DenseLayer(24, "tanh"),
    DropoutLayer(0.3),
    DenseLayer(10, "softmax"),
)
NETWORK = NetworkSpec((28, 28, 1), LAYERS)
POINTS = 0.005  # of accuracy


def trained(network=NETWORK, rates=None, initial=None, **training) -> TakenRun:
    """A run of a spec; `rates` are learning rates by the number of the batch they begin at."""
    training = {"image_count": 900, "epochs": 2, "seed": 7} | training
    spec = RunSpec(network, TrainingSpec(**training))
    asked, rate = 0, None

    def ask(validating):
        nonlocal asked, rate
        asked += not validating
        rate = (rates or {}).get(asked, rate)
        return Order(learning_rate=rate)

    data = datasets.load(spec.training.dataset)
    events = list(train(spec, data, ask=ask, initial=initial and initial.weights))
    epochs = tuple(event for event in events if isinstance(event, EpochEvent))
    changes = tuple(event for event in events if isinstance(event, RateEvent))
    return TakenRun(spec, epochs=epochs, changes=changes, has_first_weights=initial is not None)


@pytest.fixture(scope="module")
def run() -> TakenRun:
    return trained(image_count=2000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Somebody's folder with the data beside the program."""
    path = tmp_path_factory.mktemp("home")
    (path / data_file("digits")).write_bytes(data_npz(datasets.load("digits")))
    return path


def output_of(path, folder):
    """What a program prints in a process that finds nothing of ours."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-I", str(path)],
        cwd=folder,
        env=environment | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def accuracy_in(output):
    return float(re.search(r"^Validation accuracy: ([0-9.]+)", output, re.MULTILINE)[1])


def test_the_script_runs_by_itself_and_reaches_the_runs_accuracy(run, folder):
    path = folder / f"{run.stem}.py"
    path.write_text(script(run), encoding="utf-8")
    output = output_of(path, folder)
    reached = run.epochs[-1].validation_accuracy
    assert reached > 0.5
    assert accuracy_in(output) == pytest.approx(reached, abs=POINTS)
    assert f"(the run: {reached:.4f})" in output
    assert (folder / "digits-run-again.keras").stat().st_size > 10_000


def test_the_notebooks_cells_run_in_order_and_reach_the_runs_accuracy(run, folder):
    cells = json.loads(notebook(run))["cells"]
    codes = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    path = folder / "cells.py"
    # A notebook has one namespace, and no file of its own.
    path.write_text(
        f"names = {{'__name__': '__main__'}}\nfor code in {codes!r}:\n    exec(code, names)\n",
        encoding="utf-8",
    )
    output = output_of(path, folder)
    assert accuracy_in(output) == pytest.approx(run.epochs[-1].validation_accuracy, abs=POINTS)


@pytest.fixture
def again(folder, monkeypatch):
    """Run a script in this process, which has Keras loaded; the names it leaves behind."""
    import keras

    policy = keras.config.dtype_policy()
    monkeypatch.setattr(keras.Sequential, "summary", lambda self: None)
    monkeypatch.setattr(keras.Sequential, "save", lambda self, path: None)  # tried above

    def execute(run):
        names = {"__name__": "__main__", "__file__": str(folder / f"{run.stem}.py")}
        exec(compile(script(run), names["__file__"], "exec"), names)
        return names

    yield execute
    keras.config.set_dtype_policy(policy)


def assert_same_curve(run, names, validation=("val_loss", "val_accuracy")):
    """`validation`: what Keras calls the loss of plain labels and the share told right."""
    history = names["history"].history
    loss, accuracy = validation
    for name, of_run in (
        ("loss", [epoch.loss for epoch in run.epochs]),
        (loss, [epoch.validation_loss for epoch in run.epochs]),
        (accuracy, [epoch.validation_accuracy for epoch in run.epochs]),
    ):
        assert history[name] == pytest.approx(of_run, rel=1e-4), name


def test_what_a_run_can_ask_for_is_written_out_to_the_same_curve(again):
    run = trained(
        optimizer="momentum",
        learning_rate=0.02,
        batch_size=50,
        augmentation=("affine", "shift", "flip"),
        schedule="one_cycle",
        label_noise=0.1,
        validation_share=0.2,
    )
    assert_same_curve(run, again(run))


def test_16_bit_layers_and_a_falling_learning_rate_come_out_the_same(again):
    run = trained(precision="bfloat16", schedule="cosine", optimizer="rmsprop")
    assert_same_curve(run, again(run))


def test_soft_labels_decay_and_a_rate_in_steps_come_out_the_same(again):
    run = trained(
        optimizer="nesterov",
        learning_rate=0.01,
        weight_decay=0.05,
        label_smoothing=0.1,
        augmentation=("cutout", "mixup"),
        schedule="step",
        patience=2,
    )
    assert_same_curve(run, again(run), ("val_categorical_crossentropy", "val_accuracy"))


def test_decay_averages_and_a_growing_rate_come_out_the_same(again):
    run = trained(
        optimizer="adam", learning_rate=0.01, weight_decay=0.1, schedule="range", averaging=0.9
    )
    assert_same_curve(run, again(run))


def test_some_classes_from_a_shipped_networks_weights_come_out_the_same(again, folder):
    name = variant("digits", (1, 4, 7))
    shipped = Network.load(MODELS / "digits.npz")
    network = NetworkSpec((28, 28, 1), (*shipped.spec.layers[:-1], DenseLayer(3, "softmax")))
    run = trained(
        network, dataset=name, start="digits", frozen=True, image_count=300, learning_rate=0.01
    )
    (folder / data_file(name)).write_bytes(data_npz(datasets.load(name)))
    spec = run.spec.training
    first = next(iter(train(RunSpec(network, spec), datasets.load(name)))).weights
    Network(network, first).save(folder / first_weights_file(run))
    assert_same_curve(run, again(dataclasses.replace(run, has_first_weights=True)))


def test_a_learning_rate_that_was_changed_by_hand_is_changed_again(again):
    run = trained(rates={4: 0.01, 20: 0.002}, schedule="cosine")
    assert [(change.epoch, change.batch) for change in run.changes] == [(1, 4), (2, 7)]
    assert_same_curve(run, again(run))
    run = trained(rates={4: 0.01}, optimizer="sgd")
    assert_same_curve(run, again(run))


def test_a_run_that_waited_in_vain_ends_early_again(again):
    run = trained(learning_rate=3.0, optimizer="sgd", epochs=9, patience=2, image_count=300)
    assert 2 < len(run.epochs) < 9
    names = again(run)
    assert len(names["history"].history["loss"]) == len(run.epochs)


def test_a_run_that_began_with_other_weights_begins_with_them_again(again, folder):
    first = Network.initial(NETWORK, seed=3)
    run = trained(initial=first, epochs=1)
    first.save(folder / first_weights_file(run))
    assert_same_curve(run, again(run))


def test_the_full_set_comes_from_keras(again, monkeypatch):
    import keras

    data = datasets.load("digits")
    given = (data.x_train[..., 0], data.y_train), (data.x_test[..., 0], data.y_test)
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: given)
    run = trained(epochs=1)
    full = dataclasses.replace(run.spec.training, source="full")
    full = dataclasses.replace(run, spec=dataclasses.replace(run.spec, training=full))
    assert_same_curve(run, again(full))
    assert "sample" not in script(full)


def test_the_full_photos_are_flattened_to_one_label_an_image():
    network = NetworkSpec((32, 32, 3), (FlattenLayer(), DenseLayer(10, "softmax")))
    training = TrainingSpec(dataset="cifar10", source="full", image_count=50_000)
    code = script(TakenRun(RunSpec(network, training)))
    assert "keras.datasets.cifar10.load_data()" in code
    assert "y_train, y_test = y_train.ravel(), y_test.ravel()" in code


def test_images_on_disk_are_read_from_their_file(again, folder, monkeypatch):
    rng = np.random.default_rng(0)
    for split, count in (("train", 80), ("test", 16)):
        images = rng.integers(0, 256, (count, 16, 16, 3), dtype=np.uint8)
        np.save(folder / f"shapes@16-{split}.npy", images)
    network = NetworkSpec((16, 16, 3), (FlattenLayer(), DenseLayer(8, "softmax")))
    training = TrainingSpec(dataset="shapes@16", source="full", image_count=80, epochs=1)
    names = again(TakenRun(RunSpec(network, training)))
    assert names["x_train"].shape == (80, 16, 16, 3)
    assert np.array_equal(names["y_train"], datasets.load("shapes@16").y_train[:80])


def test_a_run_that_was_stopped_is_trained_as_far_as_it_came(run):
    stopped = dataclasses.replace(run, is_cut_short=True, epochs=run.epochs[:1])
    assert "\nEPOCHS = 1  # of 2 that it was asked for\n" in script(stopped)
    assert "\nEPOCHS = 2\n" in script(run)
    none = dataclasses.replace(run, is_cut_short=True, epochs=())
    assert "\nEPOCHS = 2\n" in script(none)


def test_lost_first_weights_are_owned_up_to(run):
    lost = dataclasses.replace(run, began_from="epoch 3 of “Wide”")
    prose = script(lost).replace("\n# ", " ")
    assert "began with the weights of epoch 3 of “Wide”, which are not kept" in prose
    assert "np.load(FOLDER /" not in script(lost)


def test_a_script_names_nothing_of_ours_and_imports_what_is_there(run):
    code = script(run)
    assert "cnnlib" not in code
    modules = set(re.findall(r"^(?:import|from) (\w+)", code, re.MULTILINE))
    assert modules == {"itertools", "pathlib", "keras", "numpy"}


HOSTILE = (
    '"""\nraise SystemExit("pwned")\n"""',
    'x\nraise SystemExit("pwned")',
    "\\",
    "{SEED} %s ${HOME}",
    "line\u2028raise\x0cSystemExit",
    "<script>alert(1)</script> [x](javascript:alert(1)) ![y](http://z) `# `",
)


@pytest.mark.parametrize("words", HOSTILE)
def test_a_runs_name_is_never_code(run, words):
    named = dataclasses.replace(run, name=words, began_from=words, has_first_weights=True)
    plain = dataclasses.replace(run, name="plain", began_from="plain", has_first_weights=True)

    def statements(code):
        body = code[code.index("import itertools") :]  # the opening is a text
        return [line for line in body.splitlines() if line and not line.startswith("#")]

    found = [line.replace(named.stem, "plain") for line in statements(script(named))]
    assert found == statements(script(plain))
    compile(script(named), "named.py", "exec")
    assert re.fullmatch(r"[a-z0-9-]{1,40}", named.stem)


def test_a_name_in_a_notebook_is_neither_markup_nor_a_link(run):
    named = dataclasses.replace(run, name="<b>*x*</b> [y](z)")
    heading = json.loads(notebook(named))["cells"][0]["source"][0]
    assert heading == "# \\<b\\>\\*x\\*\\</b\\> \\[y\\]\\(z\\)\n"


def test_a_notebook_is_of_version_4_5_of_the_format(run):
    document = json.loads(notebook(run))
    assert (document["nbformat"], document["nbformat_minor"]) == (4, 5)
    assert set(document) == {"cells", "metadata", "nbformat", "nbformat_minor"}
    ids = [cell["id"] for cell in document["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in document["cells"]:
        assert re.fullmatch(r"[a-zA-Z0-9-_]{1,64}", cell["id"])
        keys = {"cell_type", "id", "metadata", "source"}
        is_code = cell["cell_type"] == "code"
        assert set(cell) == keys | ({"execution_count", "outputs"} if is_code else set())
        assert all(isinstance(line, str) for line in cell["source"])


def test_the_data_file_holds_what_our_loader_gives(folder):
    data = datasets.load("digits")
    with np.load(folder / data_file("digits"), allow_pickle=False) as file:
        assert sorted(file.files) == ["x_test", "x_train", "y_test", "y_train"]
        for name in file.files:
            assert np.array_equal(file[name], getattr(data, name))
    assert (folder / data_file("digits")).stat().st_size < 2_000_000
