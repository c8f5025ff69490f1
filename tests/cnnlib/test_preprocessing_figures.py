"""Histograms show the shares they were given, where preprocessing has put the levels."""

from __future__ import annotations

import numpy as np

from cnnlib.preprocessing import Affine
from cnnlib.preprocessing_figures import level_histogram

SHARES = np.array([[0.5, 0.0, 0.25, 0.25]])  # bins of 64 levels
RAW = (Affine(1.0, 0.0),)


def test_shares_stand_where_their_levels_have_gone():
    (trace,) = level_histogram(SHARES, (80.0,), (Affine(2.0, -1.0),), "Doubled").data
    assert list(trace.x) == [-1.0, 127.0, 255.0, 383.0, 511.0]
    assert list(trace.y) == [
        0.5,
        None,
        0.25,
        0.25,
        0.25,
    ]  # nothing has no place on a logarithmic axis


def test_the_mean_is_marked():
    (line,) = level_histogram(SHARES, (80.0,), (Affine(2.0, -1.0),), "Doubled").layout.shapes
    assert line.x0 == line.x1 == 159.0


def test_the_axis_holds_all_levels():
    figure = level_histogram(SHARES, (80.0,), RAW, "Raw")
    low, high = figure.layout.xaxis.range
    assert low < 0 < 255 < high
    assert figure.layout.title.text == "Raw"
    assert figure.layout.yaxis.type == "log"


def test_three_channels_differ_without_colour():
    maps = (Affine(1.0, 0.0), Affine(1.0, 0.0), Affine(2.0, 3.0))
    figure = level_histogram(np.repeat(SHARES, 3, axis=0), (80.0,) * 3, maps, "Raw")
    assert [trace.name for trace in figure.data] == ["Red", "Green", "Blue"]
    assert len({trace.line.dash for trace in figure.data}) == 3
    assert figure.data[2].x[1] == 131.0
    assert len(figure.layout.shapes) == 3


def test_shares_that_are_alike_have_an_even_axis():
    even = np.array([[0.1, 0.4, 0.3, 0.2]])
    axis = level_histogram(even, (80.0,), RAW, "Raw").layout.yaxis
    assert axis.type is None
    assert axis.range[0] == 0
    assert axis.range[1] > 0.4
