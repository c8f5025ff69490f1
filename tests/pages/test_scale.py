"""The page on scale against speed, through the router."""

from __future__ import annotations

import time

import numpy as np
import pytest

from cnnlib import datasets
from cnnlib.events import EpochEvent
from cnnlib.forecast import Forecast
from cnnlib.image_sides import TRIED_SIDES, costs, side_of
from cnnlib.patch_codes import rebuilt
from cnnlib.sparse_cost import extrapolated
from pages.support import atoms, sparse_times
from pages.support.atoms import SIDE

PAGE = "pages/improving/scale.py"


def texts(app) -> str:
    return "\n".join(
        x.value for x in [*app.markdown, *app.caption, *app.html, *app.info, *app.warning]
    )


def test_the_tables_are_the_librarys(visit):
    app = visit(PAGE, {"scale_network": "Basic model"})
    shown = texts(app)
    for cost in costs("basic", "flatten")[0]:
        assert f"{cost.parameters:,}" in shown
    assert "477,994" in shown
    assert "14.8 million" in shown
    assert "At 96 and 128 it has more parameters than this server trains (5,000,000)" in shown


def test_a_network_that_cannot_be_says_why_and_is_left_out_of_the_trial(visit, submitted):
    app = visit(PAGE, {"scale_network": "Four blocks", "scale_head": "Global average"})
    assert "This network cannot be at 16, 24, 32, 48, 64. At 16, " in texts(app)
    assert "Left out: 16, 32, 64, " in texts(app)
    app.button(key="scale_start").click().run()
    assert not app.exception
    assert [side_of(spec) for spec in submitted] == [96]


def test_trainings_are_forecast_started_and_compared(visit, recorder, monkeypatch):
    recorder.speed = Forecast(8.0, 1e9)
    app = visit(PAGE, {"scale_seed": "5"})
    assert "Forecast: about 32 s in all" in texts(app)
    app.button(key="scale_start").click().run()
    assert not app.exception
    assert [side_of(spec) for spec in recorder.submitted] == list(TRIED_SIDES)
    assert {spec.training.seed for spec in recorder.submitted} == {5}
    epochs = recorder.submitted[0].training.epochs
    ended = [EpochEvent(at, 2.0, 0.2, 2.1, 0.25, 400.0, 10.0) for at in range(1, epochs + 1)]
    monkeypatch.setattr(recorder, "events", lambda run_id: tuple(ended))
    app.run()
    assert not app.exception
    rows = [html.value for html in app.html if "Measured / forecast" in html.value]
    assert rows[0].count(">10.0</td>") == len(TRIED_SIDES)  # measured, s
    assert rows[0].count(">1.25</td>") == len(TRIED_SIDES)  # 10 s against 8
    assert rows[0].count(">25.0%</td>") == len(TRIED_SIDES)


def test_a_photo_is_rebuilt_of_as_many_atoms_as_are_allowed(visit):
    app = visit(PAGE, {"scale_count": "2", "scale_image_cifar10_class": "frog"})
    dataset = datasets.load("cifar10")
    image = datasets.scale(dataset.x_test[dataset.y_test == 6][0])
    again, codes = rebuilt(image, atoms._kept.known("atoms").last, SIDE, 2)
    used = np.count_nonzero(codes)
    assert used <= 32
    error = 255 * np.abs(again - image).mean()
    assert f"{used + 16:,}: {used:,} amounts and 16 means" in texts(app)
    assert f"off by {error:.1f} of 255" in texts(app)
    app.slider(key="scale_count").set_value(0).run()
    assert not app.exception
    assert "16: 0 amounts and 16 means" in texts(app)


@pytest.fixture
def small_sides(monkeypatch):
    """A measurement of its own, over in no time."""
    monkeypatch.setattr(sparse_times, "SIDES", (4, 5, 6))
    sparse_times.measurement.clear()
    yield
    sparse_times.measurement().stop()
    sparse_times.measurement.clear()


def test_sparse_coding_is_measured_once_for_everyone(visit, small_sides):
    app = visit(PAGE)
    assert "extrapolated" not in texts(app)
    app.button(key="scale_sparse_start").click().run()
    assert not app.exception
    ends = time.monotonic() + 30
    while sparse_times.measurement().is_running and time.monotonic() < ends:
        time.sleep(0.02)
    found = sparse_times.measurement().found
    assert [times.side for times in found] == [4, 5, 6]
    shown = texts(visit(PAGE))
    assert sparse_times.time_text(found[-1].encoding) in shown
    far = extrapolated(found)
    assert sparse_times.time_text(far.learning_pass) in shown
    assert ">64*<" in shown


def test_a_measurement_can_be_stopped_and_gone_on_with(monkeypatch):
    work = sparse_times.Measurement()
    seen = []

    def measured(images):
        seen.append(images.shape[1])
        work.stop()
        return found[images.shape[1]]

    found = {side: sparse_times.SideTimes(side, 1.0, 1.0, 1.0) for side in (4, 5, 6)}
    monkeypatch.setattr(sparse_times, "measured_times", measured)
    for count in (1, 2, 3, 3):
        work.start((4, 5, 6))
        work._work.result(timeout=30)
        assert work.found == list(found.values())[:count]
    assert seen == [4, 5, 6]


@pytest.mark.parametrize("number", ["7", "14"])
def test_the_exercise_on_the_network_above(visit, number):
    app = visit(PAGE, {"scale_network": "Improved model", "scale_question": number})
    assert "the network chosen above" in texts(app)
