"""Feature maps as pictures, pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.explain import (
    ExplainError,
    changes_nothing,
    contact_sheet,
    dead_maps,
    map_levels,
    map_limits,
    never_negative,
    palette,
    strongest_first,
)
from cnnlib.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    PoolLayer,
)
from cnnlib.presets import article_basic
from cnnlib.spec import NetworkSpec

ZERO, FULL = [0, 34, 77], [246, 236, 153]  # cividis
MINUS, NONE, PLUS = [140, 81, 10], [247, 247, 247], [20, 89, 157]  # signed
WHITE = [255, 255, 255]


def test_magnitudes_run_from_dark_blue_to_yellow_map_by_map():
    maps = np.array([[[0.0, 2.0], [4.0, 0.0]]])  # 1 x 2 cells, two maps
    sheet = contact_sheet(maps, np.array([4.0, 2.0]), signed=False, columns=2)
    assert sheet.dtype == np.uint8
    assert sheet.tolist() == [[ZERO, FULL, FULL, ZERO]]


def test_signed_maps_have_zero_in_the_middle():
    maps = np.array([[[-3.0], [0.0], [3.0]]])
    sheet = contact_sheet(maps, np.array([3.0]), signed=True, columns=1)
    assert sheet.tolist() == [[MINUS, NONE, PLUS]]


def test_values_beyond_the_limit_get_the_last_colour():
    maps = np.array([[[-9.0], [9.0]]])
    sheet = contact_sheet(maps, np.array([3.0]), signed=True, columns=1)
    assert sheet.tolist() == [[MINUS, PLUS]]


def test_levels_are_the_nearest_of_256_magnitudes():
    maps = np.array([[[0.0], [1 / 255], [0.5], [1.0]]], np.float32)
    assert map_levels(maps, np.ones(1), signed=False).ravel().tolist() == [0, 1, 128, 255]


def test_levels_come_map_by_map_row_by_row():
    maps = np.arange(12.0, dtype=np.float32).reshape(2, 3, 2)  # row, column, map
    levels = map_levels(maps, np.full(2, 255.0), signed=False)
    assert levels.tolist() == [[[0, 2, 4], [6, 8, 10]], [[1, 3, 5], [7, 9, 11]]]


def test_the_palette_ends_where_the_scales_end():
    assert palette(signed=False)[[0, 255]].tolist() == [ZERO, FULL]
    assert palette(signed=True)[[0, 127, 254]].tolist() == [MINUS, NONE, PLUS]


def test_scale_makes_squares_of_cells_and_gaps_lie_between_maps_only():
    maps = np.array([[[1.0, 0.0, 1.0]]])  # three maps of one cell
    sheet = contact_sheet(maps, np.ones(3), signed=False, columns=2, scale=2, gap=1)
    full, zero = [FULL, FULL], [ZERO, ZERO]
    first = [*full, WHITE, *zero]
    assert sheet.tolist() == [first, first, [WHITE] * 5, *([[*full, *[WHITE] * 3]] * 2)]


def test_fewer_maps_than_columns_make_a_narrower_sheet():
    sheet = contact_sheet(np.ones((2, 3, 4)), np.ones(4), signed=False, columns=100, gap=5)
    assert sheet.shape == (2, 4 * 3 + 3 * 5, 3)


def test_a_sheet_of_dead_maps_is_all_zero():
    maps = np.zeros((2, 2, 3))
    limits = map_limits(maps, per_map=True)
    assert limits.tolist() == [0, 0, 0]
    assert contact_sheet(maps, limits, signed=False, columns=3).tolist() == [[ZERO] * 6] * 2
    assert contact_sheet(maps, limits, signed=True, columns=3).tolist() == [[NONE] * 6] * 2


def test_numbers_that_are_none_are_drawn_like_zero():
    maps = np.array([[[np.nan], [np.inf], [-np.inf], [2.0]]])
    limits = map_limits(maps, per_map=False)
    assert limits.tolist() == [2.0]
    sheet = contact_sheet(maps, limits, signed=True, columns=1)
    assert sheet.tolist() == [[NONE, NONE, NONE, PLUS]]
    assert strongest_first(maps).tolist() == [0]


@pytest.mark.parametrize(
    "settings", [{"columns": 0}, {"columns": 1, "scale": 0}, {"columns": 1, "gap": -1}]
)
def test_impossible_sheets_are_refused(settings):
    with pytest.raises(ExplainError, match="A sheet needs 1 column"):
        contact_sheet(np.ones((1, 1, 1)), np.ones(1), signed=False, **settings)


def test_every_map_needs_a_limit():
    with pytest.raises(ExplainError, match=r"2 maps need as many limits; received \(1,\)"):
        contact_sheet(np.ones((1, 1, 2)), np.ones(1), signed=False, columns=1)


@pytest.mark.parametrize("maps", [np.ones((2, 2)), np.ones((0, 2, 2)), np.ones((2, 2, 2), int)])
def test_only_feature_maps_are_drawn(maps):
    with pytest.raises(ExplainError, match=r"\(height, width, maps\)"):
        map_limits(maps, per_map=True)


def test_limits_are_the_largest_magnitudes_of_a_map_or_of_all():
    maps = np.array([[[1.0, -5.0], [-2.0, 3.0]]])
    assert map_limits(maps, per_map=True).tolist() == [2.0, 5.0]
    assert map_limits(maps, per_map=False).tolist() == [5.0, 5.0]


def test_a_map_is_dead_when_every_cell_is_zero():
    maps = np.zeros((2, 2, 3))
    maps[1, 1, 1] = 1e-30
    assert dead_maps(maps).tolist() == [True, False, True]


def test_strength_is_the_mean_magnitude_not_the_peak():
    maps = np.zeros((2, 2, 3))
    maps[..., 0] = -1.0  # mean 1
    maps[0, 0, 1] = 3.0  # mean 0.75
    maps[..., 2] = 1.5
    assert strongest_first(maps).tolist() == [2, 0, 1]


def test_equally_strong_maps_keep_their_order():
    assert strongest_first(np.ones((1, 1, 4))).tolist() == [0, 1, 2, 3]


def test_signs_follow_the_layers():
    layers = (
        ConvLayer(4, padding="same", activation="linear", use_bias=False),
        BatchNormLayer(),
        ActivationLayer("relu"),
        PoolLayer(),
        BatchNormLayer(),
        DropoutLayer(),
        GlobalAveragePoolLayer(),
        DenseLayer(4, "tanh"),
        DenseLayer(2, "softmax"),
    )
    signs = never_negative(NetworkSpec((8, 8, 1), layers))
    assert signs == (False, False, True, True, False, False, False, False, True)


def test_an_input_of_pixels_is_not_negative():
    spec = NetworkSpec((8, 8, 1), (PoolLayer("average"), ActivationLayer("tanh"), FlattenLayer()))
    assert never_negative(spec) == (True, True, True)


def test_only_dropout_flatten_and_a_linear_activation_change_nothing():
    names = [layer.kind for layer in article_basic().layers if changes_nothing(layer)]
    assert names == ["dropout", "dropout", "flatten", "dropout"]
    assert changes_nothing(ActivationLayer("linear"))
    assert not changes_nothing(PoolLayer(size=1, stride=1))
