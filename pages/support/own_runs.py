"""The runs that a visitor has seen: kept for the session, and those compared in the address, too.

`?run=<id>` names the run that is open, `?runs=<id>,<id>` those that are compared.
"""

from __future__ import annotations

import streamlit as st

from cnnlib.run_titles import distinct, run_title
from pages.support import jobs, networks
from pages.support.epochs import PARAMETER as EPOCH
from pages.support.page import runs_told

COMPARED = "runs"
MOST = 8  # runs compared, as many as have colours of their own
MOST_KEPT = 50
_KEPT = "own_runs"


def remember(run_id: str) -> None:
    """Keep a run in this session's list, where it stays in its place."""
    kept = st.session_state.get(_KEPT, ())
    if run_id not in kept:
        st.session_state[_KEPT] = (*kept, run_id)[-MOST_KEPT:]


def open_run(run_id: str) -> None:
    """Make a run the one that is looked at, after its newest epoch."""
    remember(run_id)
    st.query_params.pop(EPOCH, None)
    networks.show_run(run_id)


def own_runs() -> tuple[str, ...]:
    """The session's runs and those in the address, the ones that are here, oldest first."""
    known = dict.fromkeys((*st.session_state.get(_KEPT, ()), *_named()[0]))
    return tuple(run_id for run_id in known if jobs.store().exists(run_id))


def readable(run_ids: tuple[str, ...]) -> tuple[str, ...]:
    """Those of them that can be read; what is the matter with each of the others is said."""
    found = []
    for run_id in run_ids:
        with runs_told():
            jobs.store().summary(run_id)
            found.append(run_id)
    return tuple(found)


def compared_runs() -> tuple[str, ...]:
    """Those that the address names, or all of the session's; no more than `MOST`."""
    named, _ = _named()
    return named if COMPARED in st.query_params else own_runs()[-MOST:]


def draw_unknown() -> None:
    """Say in a sentence if runs in the address are not here."""
    _, missing = _named()
    if missing:
        one = missing == 1
        st.warning(
            f"{'One run' if one else f'{missing} runs'} in this page's address "
            f"{'is' if one else 'are'} not here: the address may have been cut off when it was "
            f"copied, or {'it was' if one else 'they were'} trained on another server.",
            icon=":material/link_off:",
        )


def compare(run_id: str, *, wanted: bool) -> None:
    """Add a run to those that are compared, or take it away."""
    chosen = [known for known in compared_runs() if known != run_id]
    if wanted:
        chosen = [*chosen, run_id][-MOST:]
    st.query_params[COMPARED] = ",".join(chosen)


def titles(run_ids: tuple[str, ...]) -> dict[str, str]:
    """What each run is called, all different, by id."""
    store = jobs.store()
    found = distinct([run_title(store.spec(x), store.about(x).name) for x in run_ids])
    return dict(zip(run_ids, found, strict=True))


def _named() -> tuple[tuple[str, ...], int]:
    """The runs that the address names to be compared, and how many of its names are no runs."""
    text = st.query_params.get(COMPARED, "")
    wanted = [name for name in dict.fromkeys(text.split(",")) if name][:MOST]
    found = tuple(name for name in wanted if jobs.store().exists(name))
    return found, len(wanted) - len(found)
