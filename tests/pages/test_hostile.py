"""No address and no widget value makes a page raise: each day other pages, all of them on demand.

`python tests/benchmarks/bench_hostile.py` makes hundreds of such visits to every page.
"""

from __future__ import annotations

import datetime

import pytest

from pages.support import full_set, jobs, navigation
from tests.fuzzing.addresses import JSON
from tests.fuzzing.visits import Onlooker, trained_run, visits

VISITS = 3
DAYS = 4  # until every page has had its turn
ENTRIES = navigation.ENTRIES[datetime.date.today().toordinal() % DAYS :: DAYS]


@pytest.fixture
def run_id(monkeypatch, tmp_path):
    """A run in a store of its own; the engine takes every order and does nothing."""
    monkeypatch.setenv("CNN_RUNS", str(tmp_path))
    onlooker = Onlooker()
    for module in (jobs, full_set):
        monkeypatch.setattr(module, "engine", lambda: onlooker)
    return trained_run(jobs.store())


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.url_path)
def test_hostile_addresses_and_values_make_no_exception(entry, run_id):
    first = VISITS * navigation.ENTRIES.index(entry)
    found = list(visits(entry.path, range(first, first + VISITS), run_id))
    assert [visit for visit in found if visit.trouble] == []


def test_a_number_that_becomes_endless_while_its_widget_is_there_is_no_exception(visit):
    app = visit("pages/first_models/training.py")
    for number in ("9" * 400, "-1e400", "nan"):
        app.query_params["train_seed"] = number
        assert not app.run().exception


@pytest.mark.parametrize("sent", [sent for sent in JSON if "drawing" in sent or "Fit" in sent])
def test_what_no_canvas_would_send_is_no_exception(visit, sent):
    app = visit("pages/classify/classify.py")
    ids = [part.proto.id for part in app.get("bidi_component")]
    canvas = next(one for one in ids if one.endswith("-classify_draw_canvas_0"))
    states = app._tree.get_widget_states()
    states.widgets.add(id=canvas, json_value=sent)
    assert not app._run(states).exception
