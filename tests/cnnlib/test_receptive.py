"""What a cell sees of the image: published figures, and the network itself as the oracle."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.network import Network
from cnnlib.receptive import growth_sum, receptive_fields
from cnnlib.spec import (
    ConvLayer,
    DenseLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    NetworkSpec,
    PoolLayer,
)

HEAD = (FlattenLayer(), DenseLayer(2, "softmax"))


def network(*layers, size=20):
    return Network.initial(NetworkSpec((size, size, 1), (*layers, *HEAD)), seed=3)


def test_the_figures_of_vgg_16():
    """Araujo, Norris and Sim give 212 for its last pooling; the first ten are summed by hand."""
    blocks = []
    for convolutions in (2, 2, 3, 3, 3):
        blocks += [ConvLayer(1, 3, padding="same")] * convolutions + [PoolLayer()]
    spec = NetworkSpec((224, 224, 3), (*blocks, GlobalAveragePoolLayer(), DenseLayer(2, "softmax")))
    sides = [field.side for field in receptive_fields(spec)]
    assert sides[:10] == [3, 5, 6, 10, 14, 16, 24, 32, 40, 44]
    assert sides[-2] == 212


def test_the_sum_is_written_out():
    fields = receptive_fields(network(ConvLayer(1, 5), PoolLayer(), ConvLayer(1, 3)).spec)
    assert [growth_sum(fields, i) for i in range(3)] == [
        "1 + (5 − 1) × 1 = 5",
        "5 + (2 − 1) × 1 = 6",
        "6 + (3 − 1) × 2 = 10",
    ]


@pytest.mark.parametrize(
    "layers",
    [
        (ConvLayer(1, 3), ConvLayer(1, 5)),
        (ConvLayer(1, 3, stride=2, padding="same"), ConvLayer(1, 3, padding="same")),
        (ConvLayer(1, 4, padding="same"), PoolLayer("average", 3, 2), ConvLayer(1, 3)),
        (ConvLayer(1, 3), PoolLayer("average", 2, 2, "same"), ConvLayer(1, 2, padding="same")),
    ],
)
def test_a_cell_changes_with_the_pixels_of_its_square_and_with_no_other(layers):
    """All weights 1 and no activation, so that no change can cancel or be cut off."""
    linear = tuple(
        ConvLayer(1, layer.kernel_size, layer.stride, layer.padding, "linear")
        if isinstance(layer, ConvLayer)
        else layer
        for layer in layers
    )
    drawn = network(*linear)
    ones = tuple({k: np.ones_like(v) for k, v in arrays.items()} for arrays in drawn.weights)
    drawn = Network(drawn.spec, ones)
    field = receptive_fields(drawn.spec)[-1]
    blank = drawn.activations(np.zeros((1, 20, 20, 1), np.float32))[field.step.index][0, :, :, 0]
    dots = np.eye(400, dtype=np.float32).reshape(400, 20, 20, 1)
    lit = drawn.activations(dots)[field.step.index][..., 0]
    changed = (np.abs(lit - blank) > 1e-6).reshape(20, 20, *blank.shape)
    for row, column in ((0, 0), (1, 2), (blank.shape[0] - 1, blank.shape[1] - 1)):
        seen = np.argwhere(changed[:, :, row, column])
        (top, bottom), (left, right) = field.seen(row, column)
        assert seen.min(axis=0).tolist() == [top, left]
        assert seen.max(axis=0).tolist() == [bottom, right]
        assert len(seen) == (bottom - top + 1) * (right - left + 1)


def test_squares_are_cut_off_where_the_image_ends():
    (field,) = receptive_fields(network(ConvLayer(1, 3, padding="same")).spec)
    assert field.square(0, 19) == ((-1, 1), (18, 20))
    assert field.seen(0, 19) == ((0, 1), (18, 19))


def test_global_pooling_sees_everything():
    layers = (ConvLayer(1, 3), GlobalAveragePoolLayer(), DenseLayer(2, "softmax"))
    field = receptive_fields(NetworkSpec((9, 9, 1), layers))[-1]
    assert (field.side, field.square(0, 0)) == (9, ((0, 8), (0, 8)))
