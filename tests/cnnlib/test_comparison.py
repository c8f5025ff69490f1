"""Runs side by side: their last figures, and one curve a run and part."""

from __future__ import annotations

import math

import pytest

from cnnlib.comparison import COLOURS, SYMBOLS, Row, overlaid_curves, row_of
from cnnlib.events import BatchEvent, EpochEvent

BATCH = BatchEvent(1, 1, 4, 2.3, 0.1, 100.0, 0.5)


def epoch(number: int, loss: float, accuracy: float, seconds: float, speed: float = 200.0):
    return EpochEvent(number, loss, accuracy, loss + 1, accuracy / 2, speed, seconds)


def test_a_run_without_a_whole_epoch_has_no_figures_yet():
    assert row_of([]) == row_of([BATCH]) == Row()
    assert Row().accuracy is None


def test_the_figures_are_those_of_the_last_epoch():
    row = row_of([BATCH, epoch(1, 2.0, 0.5, 3.0, 100.0), epoch(2, 1.0, 0.75, 7.0, 300.0)])
    assert row == Row(
        epoch=2,
        accuracy=0.75,
        validation_accuracy=0.375,
        validation_loss=2.0,
        seconds=7.0,
        images_per_second=200.0,
    )


def test_seconds_before_and_after_an_interruption_add_up():
    # Two epochs in 8 s; taken up again, the third and fourth took 5 s.
    events = [epoch(n, 1.0, 0.5, seconds) for n, seconds in enumerate((4, 8, 3, 5), start=1)]
    assert row_of(events).seconds == 13.0


@pytest.fixture
def events():
    return {
        "raw": [BATCH, epoch(1, 2.0, 0.5, 1.0), epoch(2, 1.0, 0.7, 2.0)],
        "scaled": [epoch(1, 1.5, 0.6, 1.0)],
        "waits": [],
    }


def curves(runs, measure="loss"):
    """The curves by run and part."""
    traces = overlaid_curves(runs, measure, 5).data
    parts = ("training", "validation") * len(runs)
    return {(trace.name, part): trace for trace, part in zip(traces, parts, strict=True)}


def test_every_run_has_a_training_and_a_validation_curve(events):
    drawn = {
        name: list(zip(trace.x, trace.y, strict=True)) for name, trace in curves(events).items()
    }
    assert drawn == {
        ("raw", "training"): [(1, 2.0), (2, 1.0)],
        ("raw", "validation"): [(1, 3.0), (2, 2.0)],
        ("scaled", "training"): [(1, 1.5)],
        ("scaled", "validation"): [(1, 2.5)],
        ("waits", "training"): [],
        ("waits", "validation"): [],
    }
    assert list(curves(events, "accuracy")["raw", "validation"].y) == [0.25, 0.35]


def test_runs_and_parts_differ_without_colour(events):
    drawn = curves(events)
    raw, scaled = drawn["raw", "training"], drawn["scaled", "training"]
    assert raw.marker.symbol != scaled.marker.symbol
    assert raw.line.color != scaled.line.color
    assert (raw.line.dash, drawn["raw", "validation"].line.dash) == ("solid", "dash")
    assert raw.line.color == drawn["raw", "validation"].line.color


def test_a_run_has_one_line_in_the_legend_which_goes_for_both_curves(events):
    traces = overlaid_curves(events, "loss", 5).data
    assert [trace.name for trace in traces if trace.showlegend] == ["raw", "scaled", "waits"]
    assert [trace.legendgroup for trace in traces] == ["0", "0", "1", "1", "2", "2"]
    said = overlaid_curves(events, "loss", 5).layout.title.subtitle.text
    assert said == "solid in training, dashed in validation"


def test_the_legend_grows_below_the_curves_and_not_into_them(events):
    heights = [
        overlaid_curves({str(n): [] for n in range(count)}, "loss", 5).layout.height
        for count in (1, 3, 8)
    ]
    assert heights[0] == heights[1] < heights[2]


def test_names_are_anybodys_words_and_not_markup():
    name = "<b>Mine & yours</b>, the one with the large kernels (2)"
    (curve, _) = overlaid_curves({name: []}, "loss", 5).data
    assert curve.name == "&lt;b&gt;Mine &amp; yours&lt;/b&gt;, t…ernels (2)"
    assert "&lt;b&gt;Mine &amp; yours&lt;/b&gt;, the one with" in curve.hovertemplate


def test_a_run_keeps_its_colour_when_another_has_no_points_yet(events):
    later = {"raw": [], **{name: events[name] for name in ("scaled", "waits")}}
    colours = [
        {name: trace.line.color for name, trace in curves(runs).items()} for runs in (events, later)
    ]
    assert colours[0] == colours[1]
    assert len(set(COLOURS)) == len(set(SYMBOLS)) == len(COLOURS) == len(SYMBOLS)


def test_axes_stand_still(events):
    loss, accuracy = (overlaid_curves(events, name, 5) for name in ("loss", "accuracy"))
    assert loss.layout.xaxis.range == accuracy.layout.xaxis.range == (0, 5.1)
    assert accuracy.layout.yaxis.range == (0, 1.02)
    assert loss.layout.yaxis.rangemode == "tozero"
    assert loss.layout.height == accuracy.layout.height
    assert loss.layout.uirevision == overlaid_curves({}, "loss", 5).layout.uirevision


def test_a_run_that_diverges_does_not_flatten_the_others():
    runs = {"good": [epoch(1, 1.0, 0.5, 1.0)], "bad": [epoch(1, math.nan, 0.1, 1.0)]}
    assert overlaid_curves(runs, "loss", 5, most=3.0).layout.yaxis.range == (0, 3.0)
