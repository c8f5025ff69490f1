"""Pages are tested through the router, as a visitor reaches them, without a browser or a worker."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from cnnlib.events import EpochEvent
from cnnlib.fetches import FetchStatus
from cnnlib.forecast import Forecast
from cnnlib.network import Network
from cnnlib.records import EpochRecord
from cnnlib.spec import RunSpec, TrainingSpec
from pages.support import full_set, jobs

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="session", autouse=True)
def packages_read_once():
    """Streamlit reads what every installed package says of itself whenever an app starts: it takes
    longer than most pages, and all tests find the same components."""
    once = functools.cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", once)
        yield


@pytest.fixture(autouse=True)
def own_engine(monkeypatch):
    """No page starts a worker unless its test asks for one; each test has its own run store."""
    caches = (jobs.store, jobs.engine)
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "warm_engine", lambda: None)
        yield
    for cache in caches:
        cache.clear()


@pytest.fixture
def visit() -> Callable[..., AppTest]:
    """`visit("pages/first_models/dataset.py", {"dataset_seed": "3"})` opens a page by its address.

    The second argument is the address's query. The page comes without an exception on it.
    """

    def open_page(path: str, query: Mapping[str, str] | None = None) -> AppTest:
        app = AppTest.from_file(ROOT / "app.py", default_timeout=30).run()
        app.switch_page(path)
        for name, value in (query or {}).items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    return open_page


@pytest.fixture
def forge() -> Callable[[AppTest, str, str], AppTest]:
    """`forge(app, key, value)`: a run with a choice that no honest browser would send."""

    def send(app: AppTest, key: str, value: str) -> AppTest:
        states = app._tree.get_widget_states()
        (state,) = (state for state in states.widgets if state.id.endswith(f"-{key}"))
        if state.WhichOneof("value") == "string_array_value":
            state.string_array_value.data[:] = [value]
        else:
            state.string_value = value
        app._run(states)
        assert not app.exception
        return app

    return send


@pytest.fixture
def save_run(tiny_run: RunSpec) -> Callable[..., str]:
    """`save_run(network, **training)`: a run of a network on digits, done after one epoch."""

    def save(network: Network, **training) -> str:
        settings = TrainingSpec(**{"image_count": 500, "epochs": 1, **training})
        spec = dataclasses.replace(tiny_run, network=network.spec, training=settings)
        run_id = jobs.store().create(spec)
        event = EpochEvent(1, 0.5, 0.9, 0.6, 0.84, 1000.0, 1.0)
        jobs.store().save_epoch(run_id, 1, network.weights, EpochRecord((), event), None)
        return run_id

    return save


class Recorder:
    """An engine that refuses what cannot be, as the real one does, and only notes the rest."""

    def __init__(self) -> None:
        self.submitted: list[RunSpec] = []
        self.visitors: list[str] = []
        self.speed: Forecast | None = None
        self.asked: list[RunSpec] = []

    def forecast(self, spec: RunSpec) -> Forecast | None:
        self.asked.append(spec)
        return self.speed

    def submit(self, spec: RunSpec, *, start_from: object = None, visitor: str = "") -> str:
        spec.check()
        self.submitted.append(spec)
        self.visitors.append(visitor)
        return jobs.store().create(spec)

    def status(self, run_id: str):
        return jobs.store().status(run_id)

    def events(self, run_id: str):
        return ()

    def cancel(self, run_id: str) -> None:
        pass

    def fetch_status(self, name: str) -> FetchStatus:
        return FetchStatus("absent")


@pytest.fixture
def recorder(monkeypatch, tmp_path) -> Recorder:
    """Stands in for the engine, with an empty run store."""
    monkeypatch.setenv("CNN_RUNS", str(tmp_path))
    made = Recorder()
    for module in (jobs, full_set):
        monkeypatch.setattr(module, "engine", lambda: made)
    return made


@pytest.fixture
def submitted(recorder: Recorder) -> list[RunSpec]:
    """The specs that a page submits."""
    return recorder.submitted
