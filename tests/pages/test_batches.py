"""The page on batches, through the router."""

from __future__ import annotations

import dataclasses

import pytest

from cnnlib import batch_trials, datasets
from cnnlib.events import BatchEvent, EpochEvent
from cnnlib.fetches import FetchStatus
from cnnlib.forecast import Forecast
from cnnlib.network import Network
from cnnlib.records import EpochRecord
from pages.support import batch_noise, jobs

PAGE = "pages/improving/batches.py"


def texts(app) -> str:
    return " ".join(element.value for element in [*app.markdown, *app.caption])


@pytest.fixture
def page(visit, recorder, monkeypatch, tmp_path):
    """Opens the page with an engine that only notes, and without any files of images."""
    monkeypatch.setenv("CNN_DATA", str(tmp_path))
    return lambda query=None: visit(PAGE, query)


def test_it_says_what_is_too_large_for_memory(page):
    app = page({"batches_side": "224 × 224"})
    # 20,400 images x 224 x 224 x 3 bytes, and four times that.
    assert "3.07 GB as bytes" in texts(app)
    assert "**12.3 GB** in memory. A batch of 32 is 19.3 MB" in texts(app)
    assert "has not measured its own speed yet" in texts(app)
    assert app.button(key="batches_disk_make_224").label == "Draw them to disk (3.07 GB)"


def test_each_experiment_submits_its_trainings(page, recorder):
    app = page({"batches_scaled": "true"})
    app.button(key="batches_speed_start").click().run()
    assert [spec.training.batch_size for spec in recorder.submitted] == [1, 4, 16, 64, 256, 1024]
    del recorder.submitted[:]
    app.button(key="batches_size_start").click().run()
    assert not app.exception
    rates = [(x.training.batch_size, x.training.learning_rate) for x in recorder.submitted]
    assert rates == [(size, batch_trials.scaled_rate(size)) for size in (8, 64, 512)]


def test_measured_speed_is_drawn_beside_the_forecast(page, recorder, monkeypatch):
    recorder.speed = Forecast(10.0, 1e9)
    monkeypatch.setattr(
        recorder,
        "forecast",
        lambda spec: Forecast(spec.training.epochs * (1 + 64 / spec.training.batch_size), 1e9),
    )
    store, run_ids = jobs.store(), []
    for size, speed in ((1, 500.0), (64, 9_000.0)):
        spec = dataclasses.replace(batch_trials.speed_trial()[0])
        training = dataclasses.replace(spec.training, batch_size=size)
        run_ids.append(store.create(dataclasses.replace(spec, training=training)))
        events = [EpochEvent(n, 0.5, 0.9, 0.6, 0.8, n * speed, n * 1.0) for n in (1, 2)]
        monkeypatch.setattr(recorder, "events", _by_run(recorder.events, run_ids[-1], events))
    app = page({"batches_speed_runs": ".".join(run_ids)})
    table = next(element.value for element in app.html if "Batch size" in element.value)
    assert [cell in table for cell in (">1,000<", ">18,000<")] == [True, True]
    assert ">28,500<" in table  # 57,000 images in the 2 s that an epoch more takes
    assert "has not measured" not in texts(app)


def _by_run(before, run_id, events):
    return lambda asked: tuple(events) if asked == run_id else before(asked)


def test_noise_is_measured_and_told(page, monkeypatch):
    monkeypatch.setattr(batch_noise, "images_measured", lambda work: 64)
    monkeypatch.setattr(batch_noise, "_kept", batch_noise.KeptWork(most=4))
    app = page()
    assert "noise scale" not in texts(app)
    app.button(key="batches_measure").click().run()
    assert not app.exception
    assert "64 images were measured" in texts(app)
    assert "*noise scale*" in texts(app)
    (found,) = [place.result for place in batch_noise._kept._places.values()]
    assert f"off by **{found.mean_error(0):.1f} times**" in texts(app)
    assert not [button for button in app.button if button.key == "batches_measure"]


def test_a_network_without_a_gradient_is_said(page, monkeypatch):
    def none(*given, **more):
        raise FloatingPointError("the whole gradient is zero, or no number any more.")

    monkeypatch.setattr(batch_noise.gradient_noise, "gradient_noise", none)
    monkeypatch.setattr(batch_noise, "_kept", batch_noise.KeptWork(most=4))
    app = page()
    app.button(key="batches_measure").click().run()
    assert not app.exception
    assert "no gradient to compare with: the whole gradient is zero" in app.warning[0].value


def test_files_being_drawn_show_how_far_they_are(page, recorder, monkeypatch):
    stopped = []
    status = FetchStatus("running", "", 100_000_000, 250_675_200)
    monkeypatch.setattr(recorder, "fetch_status", lambda name: status)
    monkeypatch.setattr(recorder, "fetch", lambda name: None, raising=False)
    monkeypatch.setattr(recorder, "stop_fetching", stopped.append, raising=False)
    app = page()
    assert not app.exception
    app.button(key="batches_disk_unmake").click().run()
    assert stopped == ["shapes@64"]


def test_a_training_from_disk_shows_the_workers_memory(page, recorder, monkeypatch):
    monkeypatch.setattr(datasets, "full_is_here", lambda name: name == "shapes@64")
    app = page({"batches_count": "2,000"})
    app.button(key="batches_disk_start").click().run()
    assert not app.exception
    (spec,) = recorder.submitted
    assert (spec.training.dataset, spec.training.source) == ("shapes@64", "full")
    assert (spec.training.image_count, spec.network.input_shape) == (2_000, (64, 64, 3))
    (run_id,) = app.session_state["batches_disk_runs"]
    batches = tuple(
        BatchEvent(1, n, 3, 0.5, 0.8, 1000.0, n * 1.0, 8e8 + n * 1e7, n * 0.125) for n in (1, 2, 3)
    )
    epoch = EpochEvent(1, 0.5, 0.8, 0.6, 0.75, 1000.0, 3.0, memory_bytes=9.1e8)
    network = Network.initial(spec.network)
    jobs.store().save_epoch(run_id, 1, network.weights, EpochRecord(batches, epoch), None)
    monkeypatch.setattr(recorder, "events", lambda asked: (*batches, epoch))
    app.run()
    assert not app.exception
    metrics = {metric.label: metric.value for metric in app.metric}
    assert metrics["Most memory"] == "0.91 GB"  # in validation
    assert metrics["Time reading"] == "12.5%"
    assert metrics["Validation accuracy"] == "75.0%"
    assert "all 2,000 of them went through it" in texts(app)
