"""The structure page: pairs of networks, what came out of them, and the board of runs."""

from __future__ import annotations

import pytest

from cnnlib.events import EpochEvent
from cnnlib.forecast import Forecast
from cnnlib.network import Network
from cnnlib.records import EpochRecord
from cnnlib.structure_trials import QUESTIONS, StructureSettings, starter_set, structure_trial
from pages.support import jobs

PAGE = "pages/improving/structure.py"


def tables(app) -> str:
    return " ".join(html.value for html in app.html)


def test_every_decision_is_counted_before_it_is_trained(visit, recorder):
    recorder.speed = Forecast(12.0, 1e9)
    app = visit(PAGE)
    for question in QUESTIONS:
        app.button_group(key="structure_decision").set_value(question).run()
        assert not app.exception
        told = tables(app)
        for spec in structure_trial(StructureSettings(question)):
            assert f">{spec.network.parameters:,}<" in told
            assert f">{spec.network.multiply_adds:,}<" in told
        assert ">12 s<" in told


def test_the_button_trains_the_pair_that_the_address_describes(visit, submitted):
    query = {
        "structure_decision": "Width",
        "structure_dataset": "Handwritten digits",
        "structure_blocks": "1",
        "structure_filters": "8",
        "structure_seed": "4",
    }
    app = visit(PAGE, query).button(key="structure_width_start").click().run()
    assert not app.exception
    wanted = structure_trial(StructureSettings("width", "digits", 1, 8, 4))
    assert submitted == list(wanted)


@pytest.mark.parametrize(
    ("second", "words"), [(0.9, "20.0 points more"), (0.71, "a tie"), (0.5, "20.0 points less")]
)
def test_what_came_out_is_told_once_both_are_done(visit, recorder, second, words):
    app = visit(PAGE).button(key="structure_depth_start").click().run()
    shares = dict(zip(app.session_state["structure_depth_runs"], (0.7, second), strict=True))
    store, last = jobs.store(), {}
    for run_id, share in shares.items():
        last[run_id] = EpochEvent(8, 0.5, 0.95, 0.6, share, 9.0, 5.0)
        weights = Network.initial(store.spec(run_id).network).weights
        store.save_epoch(run_id, 8, weights, EpochRecord((), last[run_id]), None)
        store.update(run_id, state="done")
    recorder.events = lambda run_id: (last[run_id],)
    app.run()
    assert not app.exception
    (told,) = (text.value for text in app.markdown if "What came out" in text.value)
    assert words in told
    assert "1,000" in told


def test_an_empty_board_offers_networks_to_begin_with(visit, submitted):
    app = visit(PAGE)
    assert "no run on these images" in app.info[0].value
    app.button(key="structure_starters_start").click().run()
    assert submitted == list(starter_set("cifar10"))


@pytest.fixture
def on_board(visit, recorder, save_run, tiny_network):
    """Visit the page with three runs on its board: a small one, its twin, and one they beat."""
    wide = Network.initial(structure_trial(StructureSettings("width", "digits"))[1].network)
    small = Network.initial(tiny_network)
    runs = save_run(small), save_run(small), save_run(wide)
    for run_id, name in zip(runs, ("Thrifty", "Twin", "Lavish"), strict=True):
        jobs.store().rename(run_id, name)
    query = {"runs": ",".join(runs), "structure_dataset": "Handwritten digits"}
    return runs, lambda **more: visit(PAGE, {**query, **more})


def test_a_run_in_the_address_is_opened_below_the_board(on_board):
    (thrifty, *_), visit_board = on_board
    app = visit_board(run=thrifty)
    assert [heading.value for heading in app.subheader if heading.value == "Thrifty"]
    (link,) = (link for link in app.page_link if link.label == "Its training")
    assert f"run={thrifty}" in link.proto.query_string


def test_runs_on_other_images_have_a_board_of_their_own(on_board):
    _, visit_board = on_board
    app = visit_board(structure_dataset="CIFAR-10 photos")
    board = app.button_group(key="structure_board_data")
    assert board.value == "digits"  # where there is something to see
    app.button_group(key="structure_board_data").set_value("cifar10").run()
    assert "no run on these images" in app.info[0].value


def test_the_exercise_asks_of_the_visitors_own_runs(on_board):
    _, visit_board = on_board
    app = visit_board()
    (question,) = (x.value for x in app.markdown if "Which of these networks" in x.value)
    assert "- Thrifty: " in question
