"""Pages are tested through the router, as a visitor reaches them, without a browser or a worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.support import jobs

ROOT = Path(__file__).resolve().parent.parent.parent


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
