"""Choices that no browser would send, over the WebSocket, on every widget of a page."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tests.fuzzing.addresses import CHOICES, JSON, VALUES
from tests.streamlit_session import Session
from tests.streamlit_widgets import field_of

KINDS = ("selectbox", "radio", "button_group", "multiselect", "slider", "tab_container")
FIELDS = ("string_value", "string_array_value", "json_value")


def forge_page(session: Session, page: str, rounds: int, seed: int = 0) -> Iterator[str]:
    """Open a page and send forged values for each of its choices and components, `rounds` times.

    Yields one text for each: empty, or what was sent and what went wrong.
    """
    rng = np.random.default_rng((31, seed))
    session.open(page)
    for _ in range(rounds):
        for widget_id in [part.proto.id for part in session.widgets() if _is_choice(part)]:
            part = next((x for x in session.widgets() if x.proto.id == widget_id), None)
            if part is None:  # another choice has taken it off the page
                continue
            field, value = field_of(part.kind, part.proto), _value(part.kind, rng)
            before = len(session.exceptions)
            session.forge(widget_id, field, value, part.fragment)
            wrong = list(session.exceptions)[before:]
            yield f"{widget_id[-40:]} {field} {value!r:.80}: {wrong}" if wrong else ""
        session.exceptions.clear()


def _is_choice(part) -> bool:
    if part.kind not in (*KINDS, "bidi_component"):
        return False
    return field_of(part.kind, part.proto) in FIELDS


def _value(kind: str, rng: np.random.Generator) -> str | list[str]:
    if kind == "bidi_component":
        return JSON[int(rng.integers(len(JSON)))]
    words = [str(x) for x in rng.choice(np.array([*CHOICES, *VALUES], object), 3)]
    words = [word.replace("\ud800", "") for word in words]  # a protobuf text cannot hold it
    return words[0] if kind in ("selectbox", "radio", "tab_container") else words[: rng.integers(4)]
