"""Which network a page looks into: the reader's own run, or one of the two that the app ships with.

A run is named by `?run=<id>` in the address of any page, so a reload, another device, or whoever is
sent the link sees the same run.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from cnnlib.records import RunError
from pages.support import jobs
from pages.support.choices import choose
from pages.support.page import sentence

if TYPE_CHECKING:
    from cnnlib.network import Network

MODELS = Path(__file__).resolve().parent.parent.parent / "assets" / "models"
SHIPPED = {"digits": "Shipped: digits", "cifar10": "Shipped: photos"}
OWN = "run"


@dataclass(frozen=True)
class Chosen:
    """A network with the data set it was trained on. `run_id` is None for a shipped one.

    `identity` differs between any two networks: use it as a key of caches.
    """

    network: Network
    dataset: str
    title: str
    run_id: str | None
    identity: str


@st.cache_resource(max_entries=2, show_spinner=False)
def shipped_network(name: str) -> Network:
    """The network in `assets/models/<name>.npz`."""
    from cnnlib.network import Network

    return Network.load(MODELS / f"{name}.npz")


def current_run() -> str | None:
    """The run this session looks at, from the address or from the page before; None without one.

    Says so in place when the address names a run that is not there.
    """
    named = st.query_params.get("run")
    if named is None:
        remembered = st.session_state.get("run_id")
        if remembered is not None and jobs.store().exists(remembered):
            st.query_params["run"] = remembered  # Streamlit drops it at each change of page
            return remembered
        return None
    if not jobs.store().exists(named):
        st.warning(
            "The run in this page's address is not here: it may have been cut off when it was "
            "copied, or was trained on another server. You can train a new one on the training "
            "page.",
            icon=":material/link_off:",
        )
        return None
    st.session_state["run_id"] = named
    return named


def show_run(run_id: str) -> None:
    """Make `run_id` this session's run, in the address too."""
    st.session_state["run_id"] = run_id
    st.query_params["run"] = run_id


def choose_network(key: str, *, earlier: bool = False) -> Chosen:
    """Draw the choice of a network and return what was chosen: the reader's run if there is one.

    A run that cannot be used is told of in place, and the shipped digits network takes its place.
    With `earlier`, a run that diverged is as it was after the last epoch that can be used: for a
    page on which every epoch can be chosen, and which says so of those that cannot be used.
    """
    run_id = current_run()
    trained = run_id is not None and _has_weights(run_id)
    options = {OWN: "Your run", **SHIPPED} if trained else SHIPPED
    picked = choose("Network", options, key=key, wrap=True)
    if picked == OWN:
        try:
            return _latest_usable(run_id) if earlier else own_network(run_id)
        except RunError as error:
            _say(f"{error} What follows is the shipped digits network.")
    name = picked if picked in SHIPPED else "digits"
    return Chosen(shipped_network(name), name, SHIPPED[name], None, f"shipped-{name}")


def _has_weights(run_id: str) -> bool:
    try:
        return bool(jobs.store().epochs(run_id))
    except RunError as error:
        _say(str(error))
        return False


def _say(message: str) -> None:
    st.warning(sentence(message), icon=":material/error:")


def _latest_usable(run_id: str) -> Chosen:
    for epoch in reversed(jobs.store().epochs(run_id)):
        with contextlib.suppress(RunError):
            return own_network(run_id, epoch)
    return own_network(run_id)  # it says what is the matter


def own_network(run_id: str, epoch: int | None = None) -> Chosen:
    """The network of a run after `epoch`, or after its last one; RunError if it cannot be used."""
    store = jobs.store()
    last = store.epochs(run_id)[-1] if epoch is None else epoch
    network = store.network(run_id, last)  # it says so if there is no such epoch
    dataset = store.spec(run_id).training.dataset
    record = store.epoch_records(run_id)[last]
    if not record.partial:
        title, identity = f"Your run after epoch {last}", f"{run_id}-{last}"
    else:  # the weights of an epoch under way, which the next batches change
        batch = record.batches[-1].batch
        title, identity = f"Your run within epoch {last}", f"{run_id}-{last}-{batch}"
    return Chosen(network, dataset, title, run_id, identity)
