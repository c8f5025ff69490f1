"""Who a visitor is, and whether they are still there: for the queue, and for nothing else.

A browser is told from another by the token that Streamlit gives each against forged requests; where
that is turned off, every tab is a visitor. Only a digest is kept, in memory, and no address: a
class shares one.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

COOKIE = "_streamlit_xsrf"
MOST_VISITORS = 10_000
MOST_SESSIONS = 20  # of one visitor: their tabs


class Sessions:
    """The sessions of each visitor. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._visitors: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    def note(self, visitor: str, session_id: str) -> None:
        with self._lock:
            others = (x for x in self._visitors.pop(visitor, ()) if x != session_id)
            self._visitors[visitor] = (*others, session_id)[-MOST_SESSIONS:]
            while len(self._visitors) > MOST_VISITORS:
                self._visitors.popitem(last=False)

    def of(self, visitor: str) -> tuple[str, ...]:
        """Those of a visitor, the one that was noted last at the end."""
        with self._lock:
            return self._visitors.get(visitor, ())


@st.cache_resource(max_entries=1, show_spinner=False)
def _sessions() -> Sessions:
    return Sessions()


def arrive() -> None:
    """Note that this session's visitor is here; called in every run of the app."""
    visitor()


def visitor() -> str:
    """Who this session belongs to: the same for all tabs of a browser."""
    context = get_script_run_ctx()
    session_id = context.session_id if context else ""
    found = _digest(_token(st.context.cookies.get(COOKIE, "")) or session_id)
    _sessions().note(found, session_id)
    return found


def is_present(visitor: str) -> bool:
    """Whether a visitor has a page open; True where nobody could know. From any thread."""
    if not runtime.exists():
        return True
    server = runtime.get_instance()
    return any(server.is_active_session(session) for session in _sessions().of(visitor))


def _token(cookie: str) -> str:
    """What stays the same in a cookie that is masked anew with every answer; empty if it is none.

    The form is Tornado's: 2|mask|token with the mask's bytes added|time, in hexadecimal.

    >>> _token("2|0f0f0f0f|0e0d0c0b|1700000000") == _token("2|00000000|01020304|1700000001") != ""
    True
    >>> _token("2|zz|00|1"), _token("2||00|1"), _token("x")
    ('', '', '')
    """
    parts = cookie.strip("\"'").split("|")
    if len(parts) != 4 or parts[0] != "2":
        return ""
    try:
        mask, masked = bytes.fromhex(parts[1]), bytes.fromhex(parts[2])
    except ValueError:
        return ""
    if not mask:
        return ""
    return bytes(byte ^ mask[n % len(mask)] for n, byte in enumerate(masked)).hex()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
