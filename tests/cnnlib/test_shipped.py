"""The shipped networks: their recipe by hand, a training that survives an interruption, and what
the finished ones get right."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from cnnlib import datasets, shipped
from cnnlib.network import Network
from cnnlib.spec import BatchNormLayer, ConvLayer, DenseLayer
from cnnlib.training import EpochEvent, SnapshotEvent, train

# Share of every other bundled test image that must come out right. The networks were trained
# without them; measured when they were shipped: digits 0.996, cifar10 0.878.
LEAST_RIGHT = {"digits": 0.99, "cifar10": 0.86}


@pytest.fixture
def full_set(few_digits, tmp_path, monkeypatch):
    """A data folder in which the full set of digits is a small one."""
    monkeypatch.setenv("CNN_DATA", str(tmp_path))
    np.savez(
        tmp_path / "digits.npz",
        x_train=few_digits.x_train,
        y_train=few_digits.y_train,
        x_test=few_digits.x_test,
        y_test=few_digits.y_test,
    )
    return tmp_path


@pytest.fixture
def short_recipe(tiny_run, monkeypatch):
    """Three epochs of a small network in the recipe's place."""
    run = dataclasses.replace(
        tiny_run, training=dataclasses.replace(tiny_run.training, epochs=3, source="full")
    )
    monkeypatch.setattr(shipped, "run_spec", lambda name, image_count: run)
    return run


@pytest.mark.parametrize(
    ("name", "kernels", "channels", "outputs"),
    [
        # 9 weights for each pair of channels, four numbers a normalised channel, dense 10.
        ("digits", 9 * (16 + 16 * 16 + 16 * 32 + 32 * 32 + 32 * 64 + 64 * 64), 224, 65 * 10),
        ("cifar10", 9 * (96 + 32 * 32 + 32 * 64 + 64 * 64 + 64 * 128 + 128 * 128), 448, 129 * 10),
    ],
)
def test_the_network_by_hand(name, kernels, channels, outputs):
    spec = shipped.network_spec(name)
    assert spec.input_shape == datasets.info(name).image_shape
    assert spec.classes == 10
    assert spec.parameters == kernels + 4 * channels + outputs
    kinds = [layer.kind for layer in spec.layers]
    pair = ["conv", "batch_norm", "activation"] * 2
    assert kinds == [*[*pair, "pool"] * 3, "global_average_pool", "dropout", "dense"]


@pytest.mark.parametrize("name", datasets.DATASETS)
def test_the_recipe_is_one_that_any_visitor_could_run(name):
    count, _ = datasets.info(name).full_counts
    run = shipped.run_spec(name, count)
    run.check()
    assert run.training.image_count == count
    assert (run.training.dataset, run.training.source) == (name, "full")


def test_photos_are_mirrored_and_digits_are_not():
    augmentations = {
        name: set(shipped.run_spec(name, 1_000).training.augmentation) for name in datasets.DATASETS
    }
    assert augmentations == {"digits": {"affine", "shift"}, "cifar10": {"flip", "shift"}}


def test_training_ends_with_the_last_epochs_weights(
    keras, full_set, short_recipe, few_digits, capsys
):
    network = shipped.train_shipped("digits")
    events = list(train(short_recipe, few_digits))
    last = [event for event in events if isinstance(event, SnapshotEvent)][-1]
    for ours, expected in zip(network.weights, last.weights, strict=True):
        for name, array in expected.items():
            np.testing.assert_array_equal(ours[name], array)
    lines = capsys.readouterr().out.splitlines()
    epochs = [event for event in events if isinstance(event, EpochEvent)]
    assert len(lines) == len(epochs) == 3
    for line, epoch in zip(lines, epochs, strict=True):
        assert line.startswith(
            f"epoch {epoch.epoch}/3: loss {epoch.loss:.4f}, validation accuracy "
            f"{epoch.validation_accuracy:.4f}, "
        )
    assert [path.name for path in full_set.iterdir()] == ["digits.npz"]


def test_an_interrupted_training_goes_on_and_ends_the_same(
    keras, full_set, short_recipe, monkeypatch, capsys
):
    def interrupted(*arguments, **options):
        for event in train(*arguments, **options):
            yield event
            if isinstance(event, EpochEvent) and event.epoch == 2:
                raise KeyboardInterrupt

    monkeypatch.setattr(shipped, "train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        shipped.train_shipped("digits")
    assert sorted(path.name for path in full_set.iterdir()) == [
        ".shipped-digits.npz",
        "digits.npz",
    ]
    capsys.readouterr()
    monkeypatch.setattr(shipped, "train", train)
    resumed = shipped.train_shipped("digits")
    assert [line[:9] for line in capsys.readouterr().out.splitlines()] == ["epoch 3/3"]
    whole = shipped.train_shipped("digits")
    for ours, expected in zip(resumed.weights, whole.weights, strict=True):
        for name, array in expected.items():
            np.testing.assert_array_equal(ours[name], array)


def test_an_interruption_while_a_state_is_written_leaves_the_one_before(
    keras, full_set, short_recipe, monkeypatch
):
    kept = full_set / ".shipped-digits.npz"
    save = np.savez

    def breaking(path, **arrays):
        save(path, **arrays)
        if arrays["epoch"] == 1:
            path.write_bytes(path.read_bytes()[:100])
            raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", breaking)
    with pytest.raises(KeyboardInterrupt):
        shipped.train_shipped("digits")
    with np.load(kept, allow_pickle=False) as state:
        assert state["epoch"] == 0


def test_a_finished_training_is_not_taken_up_again(keras, full_set, short_recipe, few_digits):
    *_, last, _, _ = train(short_recipe, few_digits)
    assert last.epoch == 3
    np.savez(full_set / ".shipped-digits.npz", epoch=3, **last.state)
    with pytest.raises(SystemExit, match=r"is of a finished training; remove it to train again\."):
        shipped.train_shipped("digits")


def test_the_report_by_hand(full_set, few_digits):
    class Mistaken:
        """Right about everything but every other digit of class 3, which it takes for an 8."""

        def predict(self, images):
            np.testing.assert_array_equal(images, few_digits.x_test.astype(np.float32) / 255)
            answers = few_digits.y_test.copy()
            threes = np.flatnonzero(answers == 3)
            answers[threes[: len(threes) // 2]] = 8
            return np.eye(10)[answers]

    threes = np.count_nonzero(few_digits.y_test == 3)
    assert threes == 6
    lines = shipped.report(Mistaken(), "digits").splitlines()
    assert lines[0] == "57 of 60 test images right: 95.00%"
    assert lines[1:] == [f"{digit}: {50.0 if digit == 3 else 100.0}%" for digit in range(10)]


SHIPPED = sorted(path.stem for path in shipped.MODELS.glob("*.npz"))


def test_a_network_is_shipped_for_every_data_set():
    assert set(SHIPPED) == set(datasets.DATASETS)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_network_is_of_the_recipe_and_right_about_new_images(request, name):
    network = Network.load(shipped.MODELS / f"{name}.npz")
    assert network.spec == shipped.network_spec(name)
    dataset = request.getfixturevalue(name)
    images, labels = dataset.x_test[::2], dataset.y_test[::2]
    answers = network.predict(datasets.scale(images)).argmax(axis=-1)
    assert (answers == labels).mean() >= LEAST_RIGHT[name]
    for layer, arrays in zip(network.spec.layers, network.weights, strict=True):
        if isinstance(layer, (ConvLayer, DenseLayer, BatchNormLayer)):
            assert all(np.isfinite(array).all() and array.any() for array in arrays.values())
