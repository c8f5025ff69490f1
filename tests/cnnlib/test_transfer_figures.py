"""Figures of transfer hold the numbers they are given."""

from __future__ import annotations

import numpy as np

from cnnlib.feature_space import projection
from cnnlib.transfer_figures import accuracy_figure, plane_figure


def test_each_class_has_a_colour_and_a_marker_of_its_own():
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(10), 3)
    found = projection(rng.normal(size=(30, 5)))
    names = [f"class {n}" for n in range(10)]
    figure = plane_figure(found, labels, names, "Features")
    assert [trace.name for trace in figure.data] == names
    assert len({trace.marker.color for trace in figure.data}) == 10
    assert len({trace.marker.symbol for trace in figure.data}) == 10
    for label, trace in enumerate(figure.data):
        np.testing.assert_array_equal(trace.x, found.points[labels == label, 0])
    assert figure.layout.xaxis.title.text.startswith("first component")


def test_means_are_large_open_markers_of_their_class():
    labels = np.array([0, 0, 1, 1])
    found = projection(np.array([[0.0, 0], [1, 0], [5, 1], [6, 1]]))
    figure = plane_figure(found, labels, ("a", "b"), "Pixels", means=np.array([[1.0, 2], [3, 4]]))
    means = [trace for trace in figure.data if trace.name.startswith("mean of")]
    assert [(trace.x[0], trace.y[0]) for trace in means] == [(1, 2), (3, 4)]
    assert [trace.marker.symbol for trace in means] == ["circle-open", "diamond-open"]


def test_lines_go_through_the_means_of_trials_with_as_many_images():
    series = {"frozen": [(20, 0.8), (5, 0.5), (20, 0.9)], "fine": []}
    figure = accuracy_figure(series, 0.2, 250)
    dots, line, _, empty = figure.data
    assert (list(dots.x), list(dots.y)) == ([20, 5, 20], [0.8, 0.5, 0.9])
    assert list(line.x) == [5, 20]
    np.testing.assert_allclose(line.y, [0.5, 0.85])
    assert empty.name == "fine"
    assert empty.showlegend is not False
    assert "250" in figure.layout.title.text
    (chance,) = figure.layout.shapes
    assert chance.y0 == 0.2
