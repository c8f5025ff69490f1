"""Figures hold the numbers they were given, where a reader looks for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cnnlib import figures
from cnnlib.training import BatchEvent, EpochEvent, RateEvent

ROOT = Path(__file__).resolve().parents[2]


def batch(epoch: int, number: int, loss: float, accuracy: float) -> BatchEvent:
    return BatchEvent(
        epoch=epoch,
        batch=number,
        batches=4,
        loss=loss,
        accuracy=accuracy,
        images_per_second=100.0,
        seconds=1.0,
    )


def epoch(number: int, loss: float, validation_loss: float) -> EpochEvent:
    return EpochEvent(
        epoch=number,
        loss=loss,
        accuracy=0.5,
        validation_loss=validation_loss,
        validation_accuracy=0.25,
        images_per_second=100.0,
        seconds=4.0,
    )


@pytest.fixture
def curves():
    batches = [batch(1, 1, 2.3, 0.1), batch(1, 4, 1.7, 0.4), batch(2, 2, 1.1, 0.6)]
    return figures.training_curves(batches, [epoch(1, 2.0, 2.1), epoch(2, 1.0, 1.2)], 5)


def series(figure, name: str, panel: int = 0):
    """The points of one named curve: of the loss (panel 0) or of the accuracy (panel 1)."""
    trace = [trace for trace in figure.data if trace.name == name][panel]
    return list(zip(trace.x, trace.y, strict=True))


def test_a_batch_is_drawn_where_its_epoch_has_got_to(curves):
    assert series(curves, "each batch") == [(0.25, 2.3), (1.0, 1.7), (1.5, 1.1)]
    assert series(curves, "each batch", panel=1) == [(0.25, 0.1), (1.0, 0.4), (1.5, 0.6)]


def test_epoch_means_and_validation_stand_at_the_epochs_end(curves):
    assert series(curves, "training, epoch mean") == [(1, 2.0), (2, 1.0)]
    assert series(curves, "validation") == [(1, 2.1), (2, 1.2)]
    assert series(curves, "validation", panel=1) == [(1, 0.25), (2, 0.25)]


def test_training_and_validation_differ_without_colour(curves):
    lines = {trace.name: trace for trace in curves.data if "lines" in trace.mode}
    training, validation = lines["training, epoch mean"], lines["validation"]
    assert training.line.dash != validation.line.dash
    assert training.marker.symbol != validation.marker.symbol


def test_axes_are_named_and_do_not_move_while_points_arrive(curves):
    empty = figures.training_curves([], [], 5)
    assert empty.layout.xaxis.range == curves.layout.xaxis.range == (0, 5.1)
    assert empty.layout.yaxis2.range == curves.layout.yaxis2.range
    assert empty.layout.height == curves.layout.height
    assert curves.layout.xaxis2.title.text == "Epoch"
    assert curves.layout.yaxis.title.text == "cross-entropy"
    assert [note.text for note in curves.layout.annotations] == ["Loss", "Accuracy"]


def test_each_curve_is_named_once_in_the_legend(curves):
    named = [trace.name for trace in curves.data if trace.showlegend]
    assert sorted(named) == ["each batch", "training, epoch mean", "validation"]


def test_a_zoom_survives_the_next_points(curves):
    assert curves.layout.uirevision == figures.training_curves([], [], 5).layout.uirevision


def test_the_pages_ground_shows_through(curves):
    assert curves.layout.paper_bgcolor == curves.layout.plot_bgcolor == "rgba(0,0,0,0)"


def test_pandas_is_loaded_before_any_figure_is_drawn():
    # Plotly would look into a half loaded one: the thread that starts the cluster loads it, too.
    script = "import sys, cnnlib.challenge_figures; print('pandas' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert run.stdout.strip() == "True", run.stderr


def test_a_change_of_the_rate_is_marked_in_both_plots_where_it_took_effect():
    changes = [RateEvent(2, 3, 0.03, 5.0)]
    figure = figures.training_curves([batch(1, 4, 1.0, 0.5)], [], 3, changes)
    # Two of an epoch's four batches were behind it.
    assert [line.x0 for line in figure.layout.shapes] == [1.5, 1.5]
    assert "rate 0.03" in [note.text for note in figure.layout.annotations]


def test_of_many_changes_only_the_last_are_written():
    changes = [RateEvent(1, number, number / 100, 1.0) for number in range(1, 20)]
    figure = figures.training_curves([], [], 3, changes)
    written = [note.text for note in figure.layout.annotations if (note.text or "").startswith("r")]
    assert written == [f"rate {number / 100:g}" for number in range(14, 20)]
