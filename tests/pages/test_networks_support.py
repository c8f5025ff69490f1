"""Which network a page looks into: from the address, from the session, or a shipped one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnlib.events import BatchEvent
from cnnlib.network import Network
from cnnlib.records import EpochRecord
from pages.support import jobs


def choosing() -> None:
    """A page with the choice and nothing else."""
    import streamlit as st

    from pages.support import networks

    chosen = networks.choose_network("network")
    st.text(chosen.identity)
    st.text(chosen.title)
    st.text(chosen.dataset)
    st.text(chosen.network.spec.to_json())


def remembering() -> None:
    """A page that shows which run the session looks at."""
    import streamlit as st

    from pages.support import networks

    st.text(networks.current_run())
    if st.button("Show", key="show"):
        networks.show_run(st.query_params["other"])


def run(script, query: dict[str, str] | None = None, **state) -> AppTest:
    app = AppTest.from_function(script)
    for name, value in (query or {}).items():
        app.query_params[name] = value
    for name, value in state.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    return app


def texts(app: AppTest) -> list[str]:
    return [text.value for text in app.text]


def options(app: AppTest) -> list[str]:
    (choice,) = app.segmented_control
    return choice.options


@pytest.fixture
def trained(tiny_run) -> str:
    """A run whose weights are kept after epochs 0 and 1."""
    run_id = jobs.store().create(tiny_run)
    for epoch in (0, 1):
        weights = Network.initial(tiny_run.network, seed=epoch).weights
        jobs.store().save_epoch(run_id, epoch, weights, EpochRecord(), None)
    return run_id


def test_without_a_run_there_are_the_two_shipped_networks():
    app = run(choosing)
    assert options(app) == ["Shipped: digits", "Shipped: photos"]
    assert texts(app)[:3] == ["shipped-digits", "Shipped: digits", "digits"]


def test_a_shipped_network_is_chosen_by_the_address():
    app = run(choosing, {"network": "Shipped: photos"})
    assert texts(app)[:3] == ["shipped-cifar10", "Shipped: photos", "cifar10"]


def test_the_readers_run_comes_first(trained, tiny_run):
    app = run(choosing, {"run": trained})
    assert options(app) == ["Your run", "Shipped: digits", "Shipped: photos"]
    assert texts(app) == [
        f"{trained}-1",
        "Your run after epoch 1",
        "digits",
        tiny_run.network.to_json(),
    ]


def test_a_shipped_network_can_be_chosen_beside_a_run(trained):
    app = run(choosing, {"run": trained, "network": "Shipped: digits"})
    assert texts(app)[0] == "shipped-digits"


def test_a_run_that_has_kept_nothing_yet_cannot_be_looked_into(tiny_run):
    run_id = jobs.store().create(tiny_run)
    app = run(choosing, {"run": run_id})
    assert "Your run" not in options(app)
    assert not app.warning


@pytest.mark.parametrize("value", ["", "run", "Your run", "digits", "'; --", "1", "Shipped: cats"])
def test_an_odd_choice_in_the_address_is_the_first_one(value):
    assert texts(run(choosing, {"network": value}))[0] == "shipped-digits"


@pytest.mark.parametrize("value", ["Your run", "nonsense", ""])
def test_a_forged_choice_is_a_shipped_network(value, forge):
    assert texts(forge(run(choosing), "network", value))[0] == "shipped-digits"


@pytest.mark.parametrize(
    "value", ["", "AAAAAAAAAAAAAAAA", "../../etc/passwd", "x" * 5000, "a\0b", "ümlaut", " "]
)
def test_an_unknown_run_is_told_of_and_the_page_goes_on(value):
    app = run(choosing, {"run": value})
    (warning,) = app.warning
    assert "is not here" in warning.value
    assert texts(app)[0] == "shipped-digits"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda weights: weights[:100],
        lambda weights: b"",
        lambda weights: weights[:-200] + bytes(200),
    ],
)
def test_a_run_with_damaged_weights_is_told_of_and_the_page_goes_on(trained, spoil):
    path = Path(jobs.store().root) / trained / "epochs" / "0001.npz"
    path.write_bytes(spoil(path.read_bytes()))
    app = run(choosing, {"run": trained})
    (warning,) = app.warning
    assert "epoch 1" in warning.value
    assert "the shipped digits network" in warning.value
    assert texts(app)[0] == "shipped-digits"


def test_a_run_that_diverged_is_told_of_and_the_page_goes_on(trained, tiny_run):
    weights = [dict(layer) for layer in Network.initial(tiny_run.network).weights]
    weights[0]["bias"] = np.full_like(weights[0]["bias"], np.nan)
    jobs.store().save_epoch(trained, 2, tuple(weights), EpochRecord(), None)
    app = run(choosing, {"run": trained})
    assert "diverged" in app.warning[0].value
    assert texts(app)[0] == "shipped-digits"


def test_the_session_remembers_its_run_and_puts_it_back_into_the_address(trained):
    app = run(remembering, run_id=trained)
    assert texts(app) == [trained]
    assert app.query_params["run"] == trained


def test_the_address_wins_over_the_session(trained, tiny_run):
    other = jobs.store().create(tiny_run)
    app = run(remembering, {"run": other}, run_id=trained)
    assert texts(app) == [other]
    assert app.session_state["run_id"] == other


@pytest.mark.parametrize("remembered", ["gone", 7, None])
def test_a_remembered_run_that_is_gone_is_forgotten_quietly(remembered):
    app = run(remembering, run_id=remembered)
    assert texts(app) == ["None"]
    assert not app.warning
    assert "run" not in app.query_params


def test_showing_a_run_changes_the_address_and_the_session(trained, tiny_run):
    other = jobs.store().create(tiny_run)
    app = run(remembering, {"other": other}, run_id=trained)
    app.button(key="show").click().run()
    assert app.query_params["run"] == other
    assert app.session_state["run_id"] == other


def test_the_weights_of_an_epoch_under_way_are_others_after_each_batch(trained, tiny_run):
    from pages.support.networks import own_network

    for batch in (2, 3):
        weights = Network.initial(tiny_run.network, seed=batch).weights
        event = BatchEvent(2, batch, 4, 1.0, 0.5, 100.0, 1.0)
        jobs.store().save_epoch(trained, 2, weights, EpochRecord((event,), partial=True), None)
        chosen = own_network(trained)
        assert chosen.identity == f"{trained}-2-{batch}"
        assert chosen.title == "Your run within epoch 2"
        np.testing.assert_array_equal(chosen.network.weights[0]["kernel"], weights[0]["kernel"])


def test_a_runs_network_has_the_weights_of_the_epoch(trained, tiny_run):
    from pages.support.networks import own_network

    for epoch, expected in ((0, 0), (1, 1), (None, 1)):
        chosen = own_network(trained, epoch)
        weights = Network.initial(tiny_run.network, seed=expected).weights
        assert chosen.identity == f"{trained}-{expected}"
        assert chosen.run_id == trained
        np.testing.assert_array_equal(chosen.network.weights[0]["kernel"], weights[0]["kernel"])
