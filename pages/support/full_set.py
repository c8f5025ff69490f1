"""The panel that fetches a full data set through the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.support.jobs import engine

if TYPE_CHECKING:
    from cnnlib.datasets import DatasetInfo

MEGABYTE = 1_000_000


def full_set_panel(known: DatasetInfo) -> None:
    """A button that fetches the full set, its progress, or what went wrong."""
    status = engine().fetch_status(known.name)
    if status.is_active:
        _progress(known)
        return
    if status.state == "failed":
        st.warning(status.message, icon=":material/cloud_off:")
    st.button(
        f"Fetch {known.full_title} ({known.download_bytes / MEGABYTE:.0f} MB)",
        icon=":material/download:",
        key=f"dataset_fetch_{known.name}",
        on_click=lambda: engine().fetch(known.name),
    )


@st.fragment(run_every=1.0)
def _progress(known: DatasetInfo) -> None:
    status = engine().fetch_status(known.name)
    if not status.is_active:
        st.rerun()  # the whole page: it now has a full set to offer, or a reason to give
    total = status.total or known.download_bytes
    share = min(status.done / total, 1.0)
    done = f"{status.done / MEGABYTE:.0f} of {total / MEGABYTE:.0f} MB"
    waiting = status.message or "Waiting for the worker."
    st.progress(share, text=done if status.state == "running" else waiting)
