"""A run's network as Keras saves it: loaded again it answers as ours does."""

from __future__ import annotations

import dataclasses
import time

import numpy as np
import pytest

from cnnlib import demo_runs
from cnnlib.jobs import Engine
from cnnlib.keras_file import keras_file
from cnnlib.network import Network
from cnnlib.records import EpochRecord, RunError
from cnnlib.spec import (
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    FlattenLayer,
    NetworkSpec,
    PoolLayer,
    RescaleLayer,
    RunSpec,
    TrainingSpec,
)

LAYERS = (
    RescaleLayer((2.0,), (-0.5,)),
    ConvLayer(3, padding="same", activation="tanh"),
    BatchNormLayer(),
    PoolLayer("average"),
    FlattenLayer(),
    DenseLayer(10, "softmax"),
)
SPEC = RunSpec(NetworkSpec((28, 28, 1), LAYERS), TrainingSpec())


@pytest.fixture
def run_id(store):
    run_id = store.create(SPEC)
    save(store, run_id, 0, seed=0)
    save(store, run_id, 1, seed=1)
    return run_id


def save(store, run_id, epoch, seed):
    weights = Network.initial(SPEC.network, seed).weights
    rng = np.random.default_rng(seed)
    weights = [
        {n: (x + rng.uniform(0, 0.5, x.shape)).astype(np.float32) for n, x in layer.items()}
        for layer in weights
    ]
    store.save_epoch(run_id, epoch, weights, EpochRecord(), None)


def loaded(data, tmp_path):
    import keras

    path = tmp_path / "again.keras"
    path.write_bytes(data)
    return keras.saving.load_model(path)


# Keras asks TensorFlow for an array in a way that NumPy 2 warns of.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_keras_loads_the_network_that_the_run_has(store, run_id, tmp_path):
    file = keras_file(store, run_id)
    assert file.epoch == 1
    assert not file.is_there()
    demo_runs.run(file)
    assert file.is_there()
    images = np.random.default_rng(0).random((5, 28, 28, 1), np.float32)
    theirs = loaded(file.read(), tmp_path)(images).numpy()
    ours = store.network(run_id).predict(images)
    assert np.ptp(ours) > 0.1
    assert theirs == pytest.approx(ours, abs=1e-4)


def test_weights_that_were_trained_anew_make_another_file(store, run_id):
    before = keras_file(store, run_id)
    before.write(b"of the weights before")
    save(store, run_id, 1, seed=2)
    after = keras_file(store, run_id)
    assert after.name != before.name
    assert not after.is_there()
    assert store.epochs(run_id) == (0, 1)  # no such file is taken for an epoch


def test_a_run_without_weights_has_none(store):
    run_id = store.create(SPEC)
    with pytest.raises(RunError, match="kept no weights"):
        keras_file(store, run_id)
    with pytest.raises(RunError, match="there is no run"):
        keras_file(store, "../../etc/passwd")


def test_a_run_id_that_is_none_is_refused_by_the_worker_too(store, run_id):
    file = keras_file(store, run_id)
    with pytest.raises(RunError, match="there is no run"):
        demo_runs.run(dataclasses.replace(file, run_id="../../../evil"))


def test_a_worker_makes_the_file_beside_what_it_does(store, run_id, tmp_path):
    with Engine(store, workers=1) as engine:
        file = keras_file(store, run_id)
        give_up = time.monotonic() + 90
        while (status := engine.demo(file)).is_active:
            assert time.monotonic() < give_up
            time.sleep(0.05)
    assert (status.state, status.message) == ("done", "")
    assert len(loaded(file.read(), tmp_path).layers) == len(LAYERS)
