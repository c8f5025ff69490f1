from __future__ import annotations

import pytest
from streamlit import runtime

from pages.support import jobs, visitors
from pages.support.visitors import MOST_SESSIONS, MOST_VISITORS, Sessions

COOKIE = "2|0a0b0c0d|5e5f5859|1700000000"
SAME = "2|00000000|54545454|1700000009"  # the same token under another mask
OTHER = "2|00000000|54545455|1700000009"


class Context:
    def __init__(self, cookies):
        self.cookies = cookies


@pytest.fixture
def who(monkeypatch):
    """`who(session, cookie)` is the visitor of a session with that cookie."""
    visitors._sessions.clear()

    def ask(session_id, cookie=None):
        context = Context({} if cookie is None else {visitors.COOKIE: cookie})
        script = type("Script", (), {"session_id": session_id})()
        monkeypatch.setattr(visitors.st, "context", context)
        monkeypatch.setattr(visitors, "get_script_run_ctx", lambda: script)
        return visitors.visitor()

    yield ask
    visitors._sessions.clear()


def test_all_tabs_of_a_browser_are_one_visitor(who):
    assert who("tab 1", COOKIE) == who("tab 2", SAME)
    assert who("tab 1", COOKIE) != who("tab 3", OTHER)
    assert "54545454" not in who("tab 1", SAME)


@pytest.mark.parametrize("cookie", [None, "", "x", "2|zz|00|1", "2||0011|1", "1|2|3", "2|00||1"])
def test_without_a_token_each_tab_is_a_visitor(who, cookie):
    assert who("tab 1", cookie) == who("tab 1", cookie)
    assert who("tab 1", cookie) != who("tab 2", cookie)
    assert len(who("tab 1", cookie)) == 32


def test_a_visitor_is_there_while_a_tab_is_open(who, monkeypatch):
    ann, bob = who("tab 1", COOKIE), who("tab 2", OTHER)
    who("tab 3", SAME)
    is_open = {"tab 3"}

    class Server:
        def is_active_session(self, session_id):
            return session_id in is_open

    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", Server)
    assert visitors.is_present(ann)
    assert not visitors.is_present(bob)
    assert not visitors.is_present("never here")
    is_open.clear()
    assert not visitors.is_present(ann)
    monkeypatch.setattr(runtime, "exists", lambda: False)
    assert visitors.is_present(bob)  # nobody could know


def test_what_is_kept_of_visitors_is_bounded():
    sessions = Sessions()
    for number in range(MOST_SESSIONS + 5):
        sessions.note("ann", f"tab {number}")
    sessions.note("ann", "tab 10")
    assert len(sessions.of("ann")) == MOST_SESSIONS
    assert sessions.of("ann")[-2:] == (f"tab {MOST_SESSIONS + 4}", "tab 10")
    for number in range(MOST_VISITORS):
        sessions.note(f"visitor {number}", "tab")
    assert sessions.of("ann") == ()
    assert sessions.of("visitor 0") == ("tab",)


def test_a_page_submits_in_its_visitors_name(recorder, tiny_run, who):
    ann = who("tab 1", COOKIE)
    jobs.submit(tiny_run)
    assert recorder.visitors == [ann]
