"""What the figures of the page on scale hold."""

from __future__ import annotations

import pytest

from cnnlib.image_sides import costs
from cnnlib.side_figures import (
    accuracy_figure,
    memory_figure,
    parameters_figure,
    sparse_figure,
    times_figure,
    trial_figure,
    work_figure,
)
from cnnlib.sparse_cost import SIDES, SideTimes


def test_costs_are_drawn_beside_the_square_of_the_side():
    found, _ = costs("improved", "global_average")
    work = work_figure(found)
    assert list(work.data[0].y) == [cost.multiply_adds for cost in found]
    # With "same" padding the two are one line, but for the dense layer's few.
    assert list(work.data[1].y) == pytest.approx(list(work.data[0].y), rel=1e-3)
    assert list(memory_figure(found).data[0].y) == [cost.activation_bytes for cost in found]
    convolutions, dense = parameters_figure(found).data
    assert set(convolutions.y) == {288_352}
    assert set(dense.y) == {1_290}


def test_a_network_that_can_be_nowhere_is_an_empty_figure():
    assert list(work_figure([]).data[0].y) == []


def test_times_are_in_milliseconds():
    measured, predicted = times_figure({16: 0.001, 32: 0.002}, {16: 0.0005, 32: 0.002}).data
    assert (list(measured.y), list(predicted.y)) == ([1.0, 2.0], [0.5, 2.0])


def test_what_is_not_known_of_a_trial_yet_is_not_drawn():
    figure = trial_figure(["16 × 16", "32 × 32"], [2.0, None], [2.5, None])
    assert [list(bars.y) for bars in figure.data] == [[2.0, None], [2.5, None]]
    assert list(figure.data[1].text) == ["2.5", ""]
    assert list(trial_figure(["16 × 16"], [None], [None]).data[0].text) == [""]
    assert list(accuracy_figure(["16 × 16"], [0.25]).data[0].text) == ["25.0%"]


def test_laws_lead_on_to_a_hollow_marker():
    measured = [SideTimes(s, 2e-8 * s**4, 3e-9 * s**6, 1e-7 * s**2) for s in SIDES]
    figure = sparse_figure(measured)
    hollow = [trace for trace in figure.data if (trace.marker.symbol or "").endswith("-open")]
    assert [trace.x[0] for trace in hollow] == [64] * 3
    assert [trace.y[0] for trace in hollow] == pytest.approx(
        [2e-8 * 64**4, 3e-9 * 64**6, 1e-7 * 64**2]
    )
    assert len(sparse_figure(measured[:1]).data) == 3  # one side has no law
