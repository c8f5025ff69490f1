"""What the curves of compared runs do not show: how long weights became, how sure answers are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from cnnlib import datasets
from cnnlib.datasets import DatasetError
from cnnlib.numerals import numeral
from cnnlib.optimization_trials import value_name
from cnnlib.records import RunError
from cnnlib.reliability import Reliability, reliability
from cnnlib.weight_decay import kernel_length
from pages.support import jobs
from pages.support.held_back import held_back
from pages.support.page import PageText, sentence
from pages.support.tables import draw_table

CONFIG = {"displayModeBar": False}
HEADS = ("Run", "Accuracy", "Mean confidence", "Too sure by, points", "Calibration error, points")


def draw_outcome(text: PageText, field: str, run_ids: Sequence[str]) -> None:
    """Draw it for weight decay and for label smoothing, once all of the runs have ended."""
    show = {"weight_decay": _draw_lengths, "label_smoothing": _draw_calibration}.get(field)
    run_ids = [run_id for run_id in run_ids if jobs.store().exists(run_id)]
    if show is None or any(jobs.engine().status(run_id).is_active for run_id in run_ids):
        return
    trained = [run_id for run_id in run_ids if max(jobs.store().epochs(run_id), default=0)]
    runs = {value_name(field, jobs.store().spec(run_id).training): run_id for run_id in trained}
    if not runs:
        return
    try:
        show(text, runs)
    except (RunError, DatasetError) as error:
        st.warning(sentence(error), icon=":material/error:")


def _draw_lengths(text: PageText, runs: Mapping[str, str]) -> None:
    from cnnlib.optimization_figures import lengths_figure

    found = {name: _lengths(run_id, _last(run_id)) for name, run_id in runs.items()}
    ends = ", ".join(
        f"{name} {values[0]:.3g} to {values[-1]:.3g}" for name, values in found.items()
    )
    st.plotly_chart(
        lengths_figure(found),
        key="optimization_lengths",
        config=CONFIG,
        alt=f"Length of all kernels against epochs: {ends}.",
    )
    text.show("lengths")


def _draw_calibration(text: PageText, runs: Mapping[str, str]) -> None:
    rows, images = [], 0
    for name, run_id in runs.items():
        found = _reliability(run_id, _last(run_id))
        if found is None:
            rows.append((name, "–", "–", "–", "–"))
            continue
        images = found.images
        right = sum(each.right for each in found.bins) / images
        rows.append(
            (
                name,
                f"{right:.1%}",
                f"{right + found.excess:.1%}",
                numeral(100 * found.excess, ".1f"),
                f"{100 * found.expected_error:.1f}",
            )
        )
    text.show("calibration", count=f"{images:,}")
    draw_table(HEADS, rows)


def _last(run_id: str) -> int:
    return max(jobs.store().epochs(run_id))


@st.cache_data(max_entries=64, show_spinner=False)
def _lengths(run_id: str, last: int) -> list[float]:
    """After each epoch that is kept, up to `last`."""
    store = jobs.store()
    return [
        kernel_length(store.network(run_id, epoch))
        for epoch in store.epochs(run_id)
        if epoch <= last
    ]


@st.cache_data(max_entries=64, show_spinner="Asking the network about images held back from it")
def _reliability(run_id: str, epoch: int) -> Reliability | None:
    """On images held back from a run; None for a network that answers with no numbers."""
    store = jobs.store()
    images = held_back(store.spec(run_id).training)
    shares = store.network(run_id, epoch).predict(datasets.scale(images.images))
    if not np.isfinite(shares).all():
        return None
    return reliability(images.labels, shares)
