"""What the tests share: folders of their own, Keras imported once, small specs and data."""

from __future__ import annotations

import hypothesis
import numpy as np
import pytest

from cnnlib import datasets
from cnnlib.spec import (
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    NetworkSpec,
    PoolLayer,
    RunSpec,
    TrainingSpec,
)
from tests.taking import needs_keras

# Benchmarks are scripts that are run by hand; looking for examples to test would import them.
collect_ignore = ["benchmarks"]

# The same examples every time, so that a failure is of the change that is tested; no deadline,
# because an example's time says more about the machine than about the code.
hypothesis.settings.register_profile("tests", max_examples=50, derandomize=True, deadline=None)
hypothesis.settings.load_profile("tests")


def pytest_collection_modifyitems(items):
    """Tests with Keras come last: once it is loaded, Streamlit clears its session after every run
    of a page, which makes tests of pages slow."""
    items.sort(key=needs_keras)


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory):
    """Runs, data sets and downloads go to folders that the tests made, never to the user's."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CNN_RUNS", "CNN_DATA", "KERAS_HOME"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        patch.delenv("CNN_SCHEDULER", raising=False)
        yield


@pytest.fixture(scope="session")
def keras(own_folders):
    """Keras, imported once: it takes seconds."""
    from cnnlib.keras_model import import_keras

    return import_keras()


@pytest.fixture(scope="session")
def tiny_network():
    """1,910 weights on 28x28 digits: a layer of most kinds, and dropout to make seeds matter."""
    return NetworkSpec(
        (28, 28, 1),
        (
            ConvLayer(4, 3, stride=2),
            PoolLayer(),
            DropoutLayer(0.25),
            FlattenLayer(),
            DenseLayer(12),
            DenseLayer(10, "softmax"),
        ),
    )


@pytest.fixture(scope="session")
def tiny_run(tiny_network):
    """Two epochs of the tiny network on 120 digits: 108 to train on, in batches of 32."""
    return RunSpec(
        tiny_network,
        TrainingSpec(image_count=120, batch_size=32, epochs=2, learning_rate=0.01, seed=7),
    )


@pytest.fixture(scope="session")
def digits():
    """The bundled digits, which no test may change."""
    return _frozen(datasets.load("digits"))


@pytest.fixture(scope="session")
def cifar10():
    """The bundled photos, which no test may change."""
    return _frozen(datasets.load("cifar10"))


@pytest.fixture(scope="session")
def few_digits(digits):
    """240 training digits, about as many of each class, and six test digits of each."""
    train = np.arange(240) * 37  # they come sorted by class
    test = np.flatnonzero(np.arange(1_000) % 100 < 6)
    return datasets.Dataset(
        digits.x_train[train],
        digits.y_train[train],
        digits.x_test[test],
        digits.y_test[test],
        digits.classes,
    )


def _frozen(dataset):
    for array in (dataset.x_train, dataset.y_train, dataset.x_test, dataset.y_test):
        array.setflags(write=False)
    return dataset
