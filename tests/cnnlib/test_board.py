"""The board: which runs have a dot, which stand on the front, and how it is drawn."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from cnnlib.board import COSTS, Dot, board_of, dot_of
from cnnlib.board_figures import board_figure, spread_figure
from cnnlib.summaries import RunSummary

SMALL = Dot("a", "Small", "1 layer", 100, 9_000, 4.0, 0.5)
LARGE = Dot("b", "Large", "9 layers", 9_000, 100, 9.0, 0.7)
BEATEN = Dot("c", "<b>Slow</b>", "2 layers", 200, 9_500, 12.0, 0.45)
SHIPPED = Dot("shipped", "Shipped", "8 layers", 50, 50, None, 0.9, tested=True)
ALL = (SMALL, LARGE, BEATEN, SHIPPED)
SUMMARY = RunSummary("x", "", "digits", 10, 20, 3, 0.7, 0.8, 2, None, 4.5, None, "done")


def test_a_run_stands_at_its_best_epoch():
    dot = dot_of(SUMMARY, "Mine", "words")
    assert (dot.name, dot.accuracy, dot.seconds, dot.tested) == ("x", 0.8, 4.5, False)
    assert [dot.cost(axis) for axis in COSTS] == [10, 20, 4.5]


@pytest.mark.parametrize("accuracy", [None, float("nan")])
def test_a_run_without_an_accuracy_has_no_dot(accuracy):
    assert dot_of(dataclasses.replace(SUMMARY, best_accuracy=accuracy), "", "") is None


def test_the_front_depends_on_the_cost():
    by_size, by_work = board_of(ALL, "parameters"), board_of(ALL, "multiply_adds")
    assert [by_size.dots[n].name for n in by_size.front] == ["a", "b"]
    assert [by_work.dots[n].name for n in by_work.front] == ["b"]
    assert by_size.beaten_by(2) == SMALL
    assert by_work.beaten_by(0) == LARGE
    assert by_size.beaten_by(0) is None


def test_a_shipped_network_beats_nothing_and_has_no_seconds():
    board = board_of(ALL, "parameters")
    assert 3 not in board.front
    assert board.beaten_by(3) is None
    assert SHIPPED not in board_of(ALL, "seconds").dots


def test_another_cost_is_refused():
    with pytest.raises(ValueError, match="beauty"):
        board_of(ALL, "beauty")


def traces(figure) -> dict:
    return {trace.name: trace for trace in figure.data}


def test_kinds_of_dots_differ_by_shape_and_carry_their_runs():
    drawn = traces(board_figure(board_of(ALL, "parameters"), opened="c"))
    front, beaten, shipped = (
        drawn["on the front"],
        drawn["beaten"],
        drawn["shipped, on test images"],
    )
    assert len({trace.marker.symbol for trace in (front, beaten, shipped)}) == 3
    assert [point[0] for point in front.customdata] == ["a", "b"]
    assert [point[0] for point in beaten.customdata] == ["c"]
    assert "&lt;b&gt;Slow" in beaten.customdata[0][1]
    assert drawn["opened below"].x == (200,)


def test_the_front_is_a_stepped_line_through_its_dots():
    figure = board_figure(board_of(ALL, "parameters"))
    line = traces(figure)["Pareto front"]
    assert line.line.shape == "hv"
    assert (line.x[:2], line.y) == ((100, 9_000), (0.5, 0.7, 0.7))
    low, high = figure.layout.xaxis.range
    assert low < math.log10(50) < math.log10(9_000) < high < math.log10(line.x[2])


def test_a_board_of_one_dot_has_room_around_it():
    figure = board_figure(board_of([SMALL], "seconds"))
    low, high = figure.layout.yaxis.range
    assert low < 0.5 < high
    assert traces(figure).keys() == {"Pareto front", "on the front"}


def test_spreads_are_drawn_layer_by_layer():
    figure = spread_figure(np.array([0.5, 0.25]), np.ones(2))
    plain, normalised = figure.data
    assert (tuple(plain.x), tuple(plain.y)) == ((1, 2), (0.5, 0.25))
    assert tuple(normalised.y) == (1, 1)
