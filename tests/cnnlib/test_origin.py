"""The features of the last layer are named after what they were made from."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.network import Network
from cnnlib.origin import Origin, origin
from cnnlib.spec import (
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    NetworkSpec,
    PoolLayer,
)

MEAN, ROW = GlobalAveragePoolLayer(), FlattenLayer()


def origin_of(*layers) -> Origin:
    return origin(NetworkSpec((8, 8, 3), (*layers, DenseLayer(2, "softmax"))))


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ((ConvLayer(5), PoolLayer(), MEAN, DropoutLayer()), Origin((3, 3, 5), True, True)),
        ((ConvLayer(5), MEAN, BatchNormLayer(), ROW), Origin((6, 6, 5), True, True)),
        ((ConvLayer(5), ROW), Origin((6, 6, 5), False, True)),
        ((ConvLayer(5), ROW, DenseLayer(4), DropoutLayer()), Origin(None, False, True)),
        ((ROW,), Origin((8, 8, 3), False, False)),
        ((MEAN,), Origin((8, 8, 3), True, False)),
    ],
)
def test_where_features_come_from(layers, expected):
    assert origin_of(*layers) == expected


def test_a_cell_s_name_says_where_it_lies():
    """The oracle: one cell of the last map lit, found again among the features."""
    spec = NetworkSpec((4, 5, 1), (ConvLayer(2, 1), ROW, DenseLayer(2, "softmax")))
    kernel = np.array([0, 1], np.float32).reshape(1, 1, 1, 2)  # only filter 2 sees anything
    first = {"kernel": kernel, "bias": np.zeros(2, np.float32)}
    network = Network(spec, (first, *Network.initial(spec).weights[1:]))
    image = np.zeros((1, 4, 5, 1), np.float32)
    image[0, 2, 3] = 1
    (feature,) = np.flatnonzero(network.activations(image)[1][0])
    assert origin(spec).name(int(feature)) == "filter 2, row 3, column 4"


def test_names_of_the_others():
    assert origin_of(MEAN).name(2) == "channel 3"
    assert origin_of(ROW).name(0) == "channel 1, row 1, column 1"
