"""Several runs started from one page: submitted together, named by their specs, and stopped."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from cnnlib.events import EpochEvent
from cnnlib.records import RunError, RunStatus
from cnnlib.spec import DenseLayer, FlattenLayer, NetworkSpec, RunSpec, TrainingSpec
from pages.support import jobs

NETWORK = NetworkSpec((28, 28, 1), (FlattenLayer(), DenseLayer(10, "softmax")))
UNKNOWN = "A" * 16


def comparing(specs) -> None:
    """A page with one experiment and nothing else."""
    from pages.support.experiment import draw_experiment

    draw_experiment("pace", specs, lambda s: f"rate {s.training.learning_rate:g}", button="Go")


def spec(learning_rate: float) -> RunSpec:
    return RunSpec(NETWORK, TrainingSpec(image_count=500, learning_rate=learning_rate, epochs=3))


GIVEN = (spec(0.1), spec(0.01))


class Engine:
    """Notes what is asked of it; a run is what `states` says, or waits."""

    def __init__(self) -> None:
        self.cancelled: list[str] = []
        self.visitors: set[str] = set()
        self.states: dict[str, RunStatus] = {}
        self.recorded: dict[str, tuple[EpochEvent, ...]] = {}
        self.links: list[tuple[str, str]] = []
        self.most = 10

    def submit(self, asked: RunSpec, *, start_from: None, visitor: str) -> str:
        self.visitors.add(visitor)
        if len(self.states) == self.most:
            raise RunError("the queue is full.")
        run_id = jobs.store().create(asked)
        self.states[run_id] = RunStatus("queued", position=len(self.states) + 1, epochs=3)
        return run_id

    def status(self, run_id: str) -> RunStatus:
        return self.states.get(run_id) or jobs.store().status(run_id)

    def events(self, run_id: str) -> tuple:
        return self.recorded.get(run_id, ())

    def cancel(self, run_id: str) -> None:
        self.cancelled.append(run_id)


@pytest.fixture
def engine(monkeypatch, tmp_path):
    monkeypatch.setenv("CNN_RUNS", str(tmp_path))
    made = Engine()
    monkeypatch.setattr(jobs, "engine", lambda: made)
    # Links work through the router only, which this page is drawn without.
    monkeypatch.setattr(
        "streamlit.page_link",
        lambda path, label, icon, query_params: made.links.append((label, query_params["run"])),
    )
    return made


def opened(query: dict[str, str] | None = None, specs: tuple[RunSpec, ...] = GIVEN) -> AppTest:
    app = AppTest.from_function(comparing, kwargs={"specs": specs})
    for name, value in (query or {}).items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def started(specs: tuple[RunSpec, ...] = GIVEN) -> AppTest:
    app = opened(specs=specs).button(key="pace_start").click().run()
    assert not app.exception
    return app


def test_nothing_is_drawn_before_the_button_is_pressed(engine):
    app = opened()
    assert [button.label for button in app.button] == ["Go"]
    assert not app.progress
    assert engine.states == {}


def test_the_button_submits_all_and_names_them_in_the_address(engine):
    app = started()
    run_ids = list(engine.states)
    assert [jobs.store().spec(run_id) for run_id in run_ids] == list(GIVEN)
    assert app.query_params["pace_runs"] == ".".join(run_ids)
    assert app.progress[0].text.startswith("Waiting, number 1 in the queue")
    assert engine.links[-2:] == list(zip(("Open rate 0.1", "Open rate 0.01"), run_ids, strict=True))


def test_those_that_wait_say_where_in_the_line_and_when_they_start(engine):
    app = started()
    assert len(engine.visitors) == 1
    first, second = engine.states
    engine.states[first] = RunStatus("queued", position=4, starts_in=130.0, epochs=3)
    assert "Waiting, number 4 in the queue, starts in about 2.2 min." in opened_line(app)
    engine.states[first] = RunStatus("queued", "Another one.", position=1, starts_in=2.0, epochs=3)
    assert "number 1 in the queue, starts in a moment. Another one." in opened_line(app)
    ended = "Stopped. Nobody had had it open for 10 minutes."
    engine.states = {run_id: RunStatus("stopped", ended) for run_id in (first, second)}
    app.run()
    assert app.info[0].value.count(ended) == 2


def opened_line(app):
    return app.run().progress[0].text


def test_runs_are_the_visitors_own_and_keep_their_names(engine):
    app = started()
    run_ids = list(engine.states)
    assert app.session_state["own_runs"] == tuple(run_ids)
    names = [jobs.store().about(run_id).name for run_id in run_ids]
    assert names == ["rate 0.1", "rate 0.01"]
    brought_back = opened({"pace_runs": run_ids[1]})
    assert brought_back.session_state["own_runs"] == (run_ids[1],)


def test_the_address_brings_an_experiment_back_with_its_own_names(engine):
    first = started()
    moved_on = (spec(1.0),)
    app = opened({"pace_runs": first.query_params["pace_runs"]}, moved_on)
    table = app.html[0].value
    assert "rate 0.1<" in table
    assert "rate 0.01<" in table


def test_progress_counts_all_runs(engine):
    app = started()
    first, second = engine.states
    engine.states[first] = RunStatus("done", epoch=3, epochs=3, progress=1.0)
    engine.states[second] = RunStatus("running", epoch=2, epochs=3, progress=0.5, seconds_left=4.2)
    app.run()
    assert app.progress[0].value == 75
    assert app.progress[0].text == "rate 0.01: epoch 2 of 3, about 4 s left for it"


def test_the_table_holds_the_last_epochs_figures(engine):
    app = started()
    run_id = next(iter(engine.states))
    engine.recorded[run_id] = (EpochEvent(1, 1.0, 0.875, 1.5, 0.75, 1234.0, 2.04),)
    app.run()
    cells = app.html[0].value
    for cell in (">87.5%<", ">75.0%<", ">2.0<", ">1,234<"):
        assert cell in cells


def test_stop_cancels_all_of_them(engine):
    app = started()
    app.button(key="pace_stop").click().run()
    assert engine.cancelled == list(engine.states)


def test_starting_again_stops_what_was_started_before(engine):
    app = started()
    before = list(engine.states)
    app.button(key="pace_start").click().run()
    assert engine.cancelled == before
    assert len(engine.states) == 4
    assert app.query_params["pace_runs"] == ".".join(list(engine.states)[2:])


def test_all_are_submitted_or_none(engine):
    engine.most = 1
    app = opened().button(key="pace_start").click().run()
    assert app.error[0].value == "The queue is full."
    assert engine.cancelled == list(engine.states)
    assert "pace_runs" not in app.query_params


@pytest.mark.parametrize("text", [UNKNOWN, "", ".", "../../etc.passwd", "é" * 400, "a.b.c." * 99])
def test_an_address_without_runs_says_so_and_goes_on(engine, text):
    app = opened({"pace_runs": text})
    assert "Start them anew" in app.warning[0].value
    assert not app.progress


def test_one_run_of_two_is_shown_when_the_other_is_gone(engine):
    app = started()
    run_id = next(iter(engine.states))
    other = opened({"pace_runs": f"{run_id}.{UNKNOWN}.{run_id}"})
    assert "rate 0.1<" in other.html[0].value
    assert not app.exception


def test_runs_of_one_name_are_told_apart(engine):
    table = started((spec(0.1), spec(0.1))).html[0].value
    assert "rate 0.1<" in table
    assert "rate 0.1 (2)<" in table


def test_a_run_that_was_paused_on_its_own_page_is_said_to_be(engine):
    app = started()
    first, second = engine.states
    engine.states[first] = RunStatus("done", epoch=3, epochs=3, progress=1.0)
    engine.states[second] = RunStatus("paused", "Paused after epoch 1.", epoch=1, epochs=3)
    app.run()
    assert not app.exception
    assert app.progress[0].text == "rate 0.1: done, rate 0.01: paused"


def test_a_failed_run_says_why(engine):
    app = started()
    run_id = next(iter(engine.states))
    engine.states[run_id] = RunStatus("failed", "It ran out of memory.", epochs=3)
    app.run()
    assert app.error[0].value == "rate 0.1: It ran out of memory."
