"""What is set right as a visitor arrives: odd numbers in an address, an alarm that is false."""

from __future__ import annotations

import contextlib
import math
from itertools import count

import streamlit as st
from streamlit import net_util
from streamlit.errors import StreamlitAPIException

_visits = count()


def is_first_run() -> bool:
    """True once in the life of the server."""
    return next(_visits) == 0


def ask_nobody_where_this_is() -> None:
    """Have a page of another host that wants a session refused at once.

    Streamlit asks a host elsewhere for this machine's address first, and all sessions wait.
    """
    net_util.get_external_ip = lambda: None


def drop_endless_numbers() -> None:
    """Take numbers that are infinite out of the address: Streamlit's number widgets trip over one.

    Other values that a widget cannot have fall back by themselves.
    """
    dropped = False
    for name, value in st.query_params.to_dict().items():
        # A widget that is on the page already keeps its own number, and its name in the address.
        if _is_endless(value):
            with contextlib.suppress(StreamlitAPIException):
                del st.query_params[name]
                dropped = True
    if dropped:
        st.rerun()  # since widgets read the address as it was when the run began


def _is_endless(text: str) -> bool:
    try:
        return math.isinf(float(text))
    except ValueError:
        return False


def dismiss_false_alarm() -> None:
    """Close the dialog that greets whoever follows a link to a page right after the server's start.

    Until `st.navigation` has run once, Streamlit takes the folder `pages` for its older kind of
    app, finds no script of that name in it, and says "Page not found" before it draws the page.
    """
    st.html(
        """<script>
        let looks = 60;  // the dialog may come a moment later than this script
        const timer = setInterval(() => {
          const close = document.querySelector('[role="dialog"] button[aria-label="Close"]');
          close?.click();
          if (close || --looks === 0) clearInterval(timer);
        }, 50);
        </script>""",
        unsafe_allow_javascript=True,
    )
