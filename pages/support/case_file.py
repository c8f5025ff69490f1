"""The case file: a verdict as two sums of evidence that the reader may strike out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from cnnlib.evidence import (
    MOST_CHARACTERS,
    Case,
    account_between,
    account_for,
    read_numbers,
    ruling,
    strikes_to_overturn,
    write_numbers,
)
from cnnlib.origin import Origin
from pages.support.account import bar_limit, draw_account, signed_text
from pages.support.bars import draw_probabilities
from pages.support.page import LINE_WIDTH, PageText
from pages.support.scans import Scan

MOST_FEATURES = 10**7  # of any network


@st.fragment
def draw_case(text: PageText, case: Case, source: Origin, scan: Scan, *, key: str) -> None:
    """The evidence for the two classes with the highest scores, and what striking it out does.

    What is struck out stands in the address, under `key`.
    """
    names, (first, second) = scan.classes, case.ranking()[:2]
    after = case.strike(_choose_struck(case, names[first], first, key))
    _show_rulings(text, case, after, names)
    limit = bar_limit(account_for(case, first), account_for(case, second))
    how = {"origin": source, "scan": scan, "on_strike": partial(toggle, key)}
    places = zip(st.columns(2, gap="medium"), (first, second), ("first", "second"), strict=True)
    for column, index, place in places:
        account = account_for(after, index)
        with column:
            st.markdown(f"**Evidence on {names[index]}**")
            draw_account(
                account,
                title=f"Score of {names[index]}",
                sides=(f"against {names[index]}", f"for {names[index]}"),
                limit=limit,
                key=f"detective_evidence_{place}",
                **how,
            )
            text.show(
                "sum",
                speaks_for=signed_text(account.speaks_for, 5),
                speaks_against=signed_text(account.speaks_against, 5),
                bias=signed_text(account.bias, 5),
                total=signed_text(account.total, 5),
            )
    both = {"first": names[first], "second": names[second]}
    text.show("decided", **both)
    between = account_between(after, first, second)
    with st.container(width=LINE_WIDTH):
        draw_account(
            between,
            title=f"Lead of {names[first]} over {names[second]}",
            sides=(f"for {names[second]}", f"for {names[first]}"),
            limit=bar_limit(account_between(case, first, second)),
            key="detective_evidence_between",
            **how,
        )
    text.show("lead", **both, lead=f"{between.total:.2f}", times=times_text(between.total))


def toggle(key: str, number: int) -> None:
    """Strike a feature out, or admit it again, after a click on it."""
    listed, _ = read_numbers(st.session_state.get(key) or "", MOST_FEATURES)
    st.session_state[key] = write_numbers(set(listed) ^ {number})


def strike_strongest(key: str, case: Case, class_index: int) -> None:
    """Strike out what speaks most for a class, of what is left."""
    listed, _ = read_numbers(st.session_state.get(key) or "", len(case.features))
    shares = case.strike(listed).admitted * case.weights[:, class_index]
    if shares.max() > 0:
        st.session_state[key] = write_numbers({*listed, int(shares.argmax())})


def admit_all(key: str) -> None:
    st.session_state[key] = ""


def times_text(lead: float) -> str:
    """e to the power of a lead, as a number to read.

    >>> times_text(8.67), times_text(-1.2), times_text(20.0)
    ('5,830', '0.301', 'more than a million')
    """
    if lead > np.log(1e6):
        return "more than a million"
    times = float(np.exp(lead))
    return f"{times:.3g}" if times < 100 else f"{float(f'{times:.3g}'):,.0f}"


def _choose_struck(case: Case, winner: str, class_index: int, key: str) -> tuple[int, ...]:
    """Let the reader list the features to strike out; their numbers, from 0."""
    count = len(case.features)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        listed = st.text_input(
            f"Features struck out, of 1 to {count:,}",
            key=key,
            bind="query-params",
            max_chars=MOST_CHARACTERS,
            placeholder="none",
            width=320,
        )
        st.button(
            f"Strike the strongest for {winner}",
            icon=":material/content_cut:",
            on_click=strike_strongest,
            args=(key, case, class_index),
            key="detective_strongest",
        )
        st.button(
            "Admit all again",
            icon=":material/undo:",
            on_click=admit_all,
            args=(key,),
            key="detective_admit",
        )
    numbers, refused = read_numbers(listed or "", count)
    if refused:
        words = ", ".join(refused[:5])[:60]
        st.warning(
            f"Features are numbered 1 to {count:,}. What is none of them: {words}",
            icon=":material/edit:",
        )
    return numbers


def _show_rulings(text: PageText, before: Case, after: Case, names: Sequence[str]) -> None:
    """The verdict with all the evidence and without what is struck out, side by side."""
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**With all the evidence**")
        draw_probabilities(before.probabilities, names, key="detective_before")
    with right:
        st.markdown("**Without what is struck out**")
        draw_probabilities(after.probabilities, names, key="detective_after")
    said = ruling(before, after, names) if after.struck else "Nothing is struck out yet."
    st.markdown(said, width=LINE_WIDTH)
    strikes, winner = strikes_to_overturn(after), names[after.ranking()[0]]
    if strikes is None:
        text.show("never_overturned", winner=winner)
        return
    left = f"{len(after.features) - len(after.struck):,}"
    text.show("overturned", winner=winner, strikes=f"{strikes:,}", count=left)
