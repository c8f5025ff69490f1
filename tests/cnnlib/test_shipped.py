"""The shipped networks: what they are made of by hand, a training that survives an interruption,
and what the finished ones get right."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from cnnlib import datasets, shipped, shipped_digits
from cnnlib.network import Network
from cnnlib.spec import BatchNormLayer, ConvLayer, DenseLayer

# Share of every other bundled test image that must come out right. The networks were trained
# without them.
LEAST_RIGHT = {"digits": 0.99, "cifar10": 0.91}
MOST_BYTES = {"digits": 1_000_000, "cifar10": 6_000_000}
FILTERS = {
    "digits": (16, 16, 48, 48, 112, 112),
    "cifar10": (32, 64, 64, 192, 192, 256, 224),
}


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
def epochs(tiny_network, monkeypatch):
    """Three epochs that only count in the digits' training's place. `epochs.stop` is after which
    one it is interrupted; `epochs.resumed` is what each training began with."""

    class Epochs:
        stop = 3
        resumed: tuple = ()

        def train(self, dataset, resume, keep, tell):
            self.resumed += (resume,)
            count = 0 if resume is None else int(resume[1]["count"])
            for epoch in range(count + 1, 4):
                keep(epoch, {"count": np.array(epoch)})
                tell(f"epoch {epoch}/3 of {len(dataset.y_train)} images")
                if epoch == self.stop:
                    raise KeyboardInterrupt
            return Network.initial(tiny_network)

    epochs = Epochs()
    monkeypatch.setattr(shipped_digits, "train", epochs.train)
    return epochs


@pytest.mark.parametrize("name", datasets.DATASETS)
def test_the_network_by_hand(name):
    spec = shipped.network_spec(name)
    channels = (datasets.info(name).image_shape[2], *FILTERS[name])
    # 9 weights for each pair of channels, four numbers a normalised channel, dense 10.
    kernels = 9 * sum(a * b for a, b in itertools.pairwise(channels))
    assert spec.parameters == kernels + 4 * sum(FILTERS[name]) + (channels[-1] + 1) * 10
    assert spec.input_shape == datasets.info(name).image_shape
    assert spec.classes == 10
    kinds = [layer.kind for layer in spec.layers if layer.kind != "pool"]
    convolutions = ["conv", "batch_norm", "activation"] * len(FILTERS[name])
    assert kinds == [*convolutions, "global_average_pool", "dropout", "dense"]


def test_a_finished_training_leaves_nothing_behind(full_set, epochs, capsys):
    epochs.stop = None
    shipped.train_shipped("digits")
    assert epochs.resumed == (None,)
    assert capsys.readouterr().out.splitlines() == [
        f"epoch {epoch}/3 of 240 images" for epoch in (1, 2, 3)
    ]
    assert [path.name for path in full_set.iterdir()] == ["digits.npz"]


def test_an_interrupted_training_goes_on_where_it_was(full_set, epochs, capsys):
    epochs.stop = 2
    with pytest.raises(KeyboardInterrupt):
        shipped.train_shipped("digits")
    assert sorted(path.name for path in full_set.iterdir()) == [
        ".shipped-digits.npz",
        "digits.npz",
    ]
    capsys.readouterr()
    epochs.stop = None
    shipped.train_shipped("digits")
    assert epochs.resumed == (None, (2, {"count": 2}))
    assert capsys.readouterr().out == "epoch 3/3 of 240 images\n"


def test_an_interruption_while_a_state_is_written_leaves_the_one_before(
    full_set, epochs, monkeypatch
):
    kept = full_set / ".shipped-digits.npz"
    save = np.savez

    def breaking(path, **arrays):
        save(path, **arrays)
        if arrays["epoch"] == 2:
            path.write_bytes(path.read_bytes()[:100])
            raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", breaking)
    with pytest.raises(KeyboardInterrupt):
        shipped.train_shipped("digits")
    with np.load(kept, allow_pickle=False) as state:
        assert state["epoch"] == 1


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


def test_networks_are_shipped_for_digits_and_photos():
    assert SHIPPED == ["cifar10", "digits"]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_network_is_of_the_recipe_and_right_about_new_images(request, name):
    path = shipped.MODELS / f"{name}.npz"
    assert path.stat().st_size <= MOST_BYTES[name]
    network = Network.load(path)
    assert network.spec == shipped.network_spec(name)
    dataset = request.getfixturevalue(name)
    images, labels = dataset.x_test[::2], dataset.y_test[::2]
    answers = network.predict(datasets.scale(images)).argmax(axis=-1)
    assert (answers == labels).mean() >= LEAST_RIGHT[name]
    for layer, arrays in zip(network.spec.layers, network.weights, strict=True):
        if isinstance(layer, (ConvLayer, DenseLayer, BatchNormLayer)):
            assert all(np.isfinite(array).all() and array.any() for array in arrays.values())
