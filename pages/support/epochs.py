"""The epoch of a run that is looked at: a slider that moves every view, kept in the address."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.support import jobs
from pages.support.components import component

PARAMETER = "epoch"
KEY = "training_scrub"
_scrub = component("scrub")


def choose_epoch(run_id: str, kept: tuple[int, ...]) -> int:
    """Draw the slider over the epochs of a run and return one of `kept`; the newest at first."""
    last = kept[-1]
    epoch = shown_epoch(kept)

    def take() -> None:
        told = st.session_state[KEY].epoch
        # Clients can send anything.
        if type(told) is not int or told >= last or told < 0:
            st.query_params.pop(PARAMETER, None)  # the newest: go along with the training
        else:
            st.query_params[PARAMETER] = str(told)

    epochs = max(jobs.store().spec(run_id).training.epochs, last)
    data = {"title": "Epoch", "epochs": epochs, "last": last, "epoch": epoch}
    _scrub(data=data, key=KEY, on_epoch_change=take)
    return epoch


def shown_epoch(kept: tuple[int, ...]) -> int:
    """The epoch that the address names, if it is there, or the newest."""
    named = st.query_params.get(PARAMETER, "")
    known = {str(epoch): epoch for epoch in kept}
    return known.get(named, kept[-1])


def identity(run_id: str, epoch: int) -> str:
    """What tells these weights from any others: those of an epoch under way change until it ends.

    Use it as a key of caches. RunError for an unknown run.
    """
    return identities(run_id, (epoch,))[epoch]


def identities(run_id: str, epochs: Sequence[int]) -> dict[int, str]:
    """The identity of each of some epochs: quicker than to ask one by one."""
    records = jobs.store().epoch_records(run_id)
    names = {}
    for epoch in epochs:
        record = records.get(epoch)
        marks = (*record.batches[-1:], record.epoch) if record is not None else ()
        seconds = [f"{mark.seconds:.3f}" for mark in marks if mark is not None]
        names[epoch] = "-".join([run_id, str(epoch), *seconds])
    return names
