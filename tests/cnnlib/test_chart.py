"""Figures as plans of places, ticks and words, against what was put into the figures."""

from __future__ import annotations

import json
import math

import numpy as np
import plotly.graph_objects as go
import pytest
from plotly.subplots import make_subplots

from cnnlib.chart import chart
from cnnlib.chart_axis import decades, round_steps, written


def only_panel(figure: go.Figure) -> dict:
    (panel,) = chart(figure)["panels"]
    return panel


def test_points_lie_where_they_were_put_and_say_so():
    figure = go.Figure()
    figure.add_scatter(
        x=np.array([1, 2]),
        y=[0.5, -0.25],
        name="a <i>",
        mode="lines+markers",
        hovertemplate="epoch %{x}: %{y:.1%}<extra>b &lt;i&gt;</extra>",
    )
    (series,) = only_panel(figure)["series"]
    assert series["points"] == [(1.0, 0.5), (2.0, -0.25)]
    assert series["said"] == ["b <i>: epoch 1: 50.0%", "b <i>: epoch 2: −25.0%"]


def test_without_words_of_its_own_a_point_says_its_name_and_both_numbers():
    figure = go.Figure().add_scatter(x=[1000, 2], y=[0.123456, 3.0], name="loss")
    assert only_panel(figure)["series"][0]["said"] == ["loss: 1,000, 0.1235", "loss: 2, 3.0"]


def test_what_is_no_number_is_nowhere_and_takes_no_part_in_the_range():
    figure = go.Figure().add_scatter(x=[0, 1, 2, 3], y=[1, math.nan, None, 2], mode="markers")
    panel = only_panel(figure)
    assert panel["series"][0]["points"] == [(0.0, 1.0), None, None, (3.0, 2.0)]
    assert panel["y"]["range"] == pytest.approx((0.95, 2.05))
    json.dumps(panel, allow_nan=False)


def test_on_a_logarithmic_axis_places_are_logarithms_and_ticks_are_decades():
    figure = go.Figure().add_scatter(x=[10, 1000, 0], y=[1, 2, 3], mode="lines")
    figure.update_xaxes(type="log")
    panel = only_panel(figure)
    assert panel["series"][0]["points"] == [(1.0, 1.0), (3.0, 2.0), None]
    assert panel["x"]["range"] == (1.0, 3.0)
    assert panel["x"]["ticks"] == [(1.0, "10"), (2.0, "100"), (3.0, "1000")]


def test_ticks_that_are_given_stand_within_the_range_alone():
    figure = go.Figure().add_scatter(x=[8, 64], y=[0, 1])
    figure.update_xaxes(type="log", tickvals=[4, 16, 32], ticktext=["four", "16", "32"])
    assert only_panel(figure)["x"]["ticks"] == [(math.log10(16), "16"), (math.log10(32), "32")]


def test_bars_stand_beside_each_other_on_names_that_count_from_0():
    figure = go.Figure()
    figure.add_bar(x=["cat", "dog"], y=[0.5, 0.25], name="before")
    figure.add_bar(x=["cat", "dog"], y=[0.1, 0.2], name="after")
    panel = only_panel(figure)
    assert panel["x"]["ticks"] == [(0.0, "cat"), (1.0, "dog")]
    assert panel["x"]["range"] == (-0.5, 1.5)
    assert [one["points"] for one in panel["series"]] == [
        [(0.0, 0.5), (1.0, 0.25)],
        [(0.0, 0.1), (1.0, 0.2)],
    ]
    shifts = [one["bars"]["shift"] for one in panel["series"]]
    assert shifts == pytest.approx([-0.2, 0.2])  # each half of the 0.8 that bars have by default


def test_shapes_and_notes_lie_on_the_axes_they_were_drawn_on():
    figure = go.Figure().add_scatter(x=[0, 10], y=[0, 1])
    figure.add_hline(0.2, line={"dash": "dot", "width": 1}, annotation={"text": "guessing"})
    figure.add_vrect(2, 3, fillcolor="red")
    panel = only_panel(figure)
    line, ground = panel["shapes"]
    assert (line["x"], line["y"], line["dash"]) == (None, [0.2, 0.2], "3,3")
    assert (ground["x"], ground["y"], ground["fill"]) == ([2.0, 3.0], None, "red")
    assert panel["notes"] == [{"y": 0.2, "text": "guessing"}]


def test_a_figure_of_two_plots_is_two_panels_with_one_legend():
    figure = make_subplots(rows=1, cols=2, subplot_titles=("The loss", "Its pull"))
    for column in (1, 2):
        figure.add_scatter(x=[0], y=[column], name="a", showlegend=column == 1, row=1, col=column)
    plan = chart(figure)
    assert [panel["heading"] for panel in plan["panels"]] == ["The loss", "Its pull"]
    assert [panel["series"][0]["points"] for panel in plan["panels"]] == [
        [(0.0, 1.0)],
        [(0.0, 2.0)],
    ]
    assert [entry["name"] for entry in plan["legend"]] == ["a"]


@pytest.mark.parametrize(
    "figure",
    [
        go.Figure().add_heatmap(z=[[1]]),
        go.Figure().add_scatter(x=[1], y=[1], mode="markers", marker={"symbol": "asterisk"}),
        go.Figure().add_scatter(x=[1], y=[1], mode="lines", fill="tonexty"),
        go.Figure().add_scatter(x=[1], y=[1]).update_yaxes(type="log", dtick="D2"),
    ],
    ids=["heatmap", "marker", "fill", "ticks"],
)
def test_what_it_cannot_draw_is_refused(figure):
    with pytest.raises(ValueError, match="A chart"):
        chart(figure)


@pytest.mark.parametrize("ends", [(0, 1), (-3.7, 12), (0, 1e-5), (1e6, 1.5e6), (-1, -0.999)])
def test_ticks_are_even_and_cover_the_range(ends):
    ticks = round_steps(*ends)
    assert 3 <= len(ticks) <= 9
    steps = np.diff(ticks)
    assert steps == pytest.approx(steps[0])
    assert ends[0] <= ticks[0] + 1e-9 < ends[0] + steps[0] + 1e-9
    assert ends[1] - steps[0] - 1e-9 < ticks[-1] <= ends[1] + 1e-9
    assert len({written(tick) for tick in ticks}) == len(ticks)


def test_decades_and_a_range_without_width():
    assert decades(0.5, 0.9) == []
    assert round_steps(2.0, 2.0) == [2.0]
