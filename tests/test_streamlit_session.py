"""The session client against a small app: what it sends arrives, and what comes is understood."""

from __future__ import annotations

import pytest

from tests.browser import server
from tests.streamlit_session import Session, SessionError

APP = """
import streamlit as st

def first():
    grains = st.slider("Grains", 0, 100, 7, key="grains", bind="query-params")
    way = st.radio("Way", ["a", "b"], key="way")
    st.metric("Twice", 2 * grains)
    st.markdown(f"way {way}, address {st.query_params.to_dict()}")
    st.markdown("large " * 5_000)
    if st.button("Break"):
        raise ValueError("it is broken")
    file = st.file_uploader("A file", key="file")
    if file:
        st.markdown(f"{file.name} has {len(file.getvalue())} bytes")
    part()

@st.fragment(run_every=0.1)
def part():
    st.session_state["ticks"] = st.session_state.get("ticks", 0) + 1
    st.metric("Ticks", st.session_state["ticks"])
    st.metric("In the part", st.slider("Part", 0, 9, 1))

def second():
    st.markdown("the second page")

st.navigation([st.Page(first, default=True), st.Page(second, url_path="second")]).run()
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("app")
    app = folder / "small.py"
    app.write_text(APP)
    with server.streamlit_server(app, folder / "log") as url:
        yield url


@pytest.fixture
def session(address):
    with Session(address) as session:
        session.open()
        yield session
        assert not session.exceptions


def test_a_slider_moves_and_stands_in_the_address(session):
    assert session.metrics()["Twice"] == "14"
    session.set("Grains", 30)
    assert session.metrics()["Twice"] == "60"
    assert session.query == "grains=30"
    assert "{'grains': '30'}" in session.text()
    session.set("grains", 7)  # by its key; the default leaves the address
    assert (session.metrics()["Twice"], session.query) == ("14", "")


def test_an_address_sets_widgets_and_a_page_has_its_own(session):
    session.open("second")
    assert session.text() == "the second page"
    assert not list(session.widgets())
    session.open("", "grains=12")
    assert session.metrics()["Twice"] == "24"


def test_a_large_message_is_sent_once(session):
    session.set("Grains", 8)  # from here on the server knows that the client keeps it
    before = session.received
    session.set("Grains", 9)
    assert session.received - before < 20_000
    assert session.text().count("large") == 5_000


def test_a_fragment_runs_alone_and_by_its_clock(session):
    session.set("Part", 5)
    assert session.metrics()["In the part"] == "5"
    assert session.metrics()["Twice"] == "14"  # the rest of the page stays
    ticks = int(session.metrics()["Ticks"])
    session.listen(1.0)
    assert int(session.metrics()["Ticks"]) > ticks + 1


def test_a_file_arrives(session):
    session.upload("A file", "photo.png", b"x" * 1_234)
    assert "photo.png has 1234 bytes" in session.text()
    with pytest.raises(SessionError, match="the server answered 413"):
        session.upload("A file", "photo.png", bytes(23 << 20))


def test_an_exception_on_the_page_is_collected(session):
    session.press("Break")
    assert list(session.exceptions) == ["ValueError: it is broken"]
    session.exceptions.clear()


def test_of_many_quick_moves_the_last_is_shown(session):
    for grains in range(50, 61):
        sent, _ = session.send("Grains", grains)
    assert session.wait(sent, lambda: session.metrics()["Twice"] == "120") > 0


def test_forged_values_are_sent_as_they_are(session):
    session.forge(session.find("grains").proto.id, "double_array_value", 55)
    assert session.metrics()["Twice"] == "110"
    session.set("Way", "b")
    assert "way b" in session.text()
    session.forge("nobody", "string_value", "no such widget")
    assert 'no key "nobody"' in session.exceptions.pop()  # Streamlit's own answer to it


def test_a_name_that_is_not_there_is_told_with_those_that_are(session):
    with pytest.raises(KeyError, match=r"no widget 'Grain'; there are .*'Grains'"):
        session.find("Grain")


@pytest.mark.parametrize("address", ["http://192.168.0.1:8501", "https://127.0.0.1:8501"])
def test_only_this_machine_is_spoken_to(address):
    with pytest.raises(ValueError, match="are spoken to"):
        Session(address)
