"""A training whose images stay on disk: the files are made, then read a batch at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from cnnlib import datasets
from cnnlib.batch_trials import disk_run
from cnnlib.datasets import DatasetInfo
from cnnlib.events import BatchEvent, EpochEvent
from cnnlib.feed import Event
from cnnlib.shape_images import SHAPES, shape_images
from cnnlib.spec import LIMITS, RunSpec
from pages.support import jobs
from pages.support.choices import choose
from pages.support.experiment import draw_experiment
from pages.support.page import PageText
from pages.support.pictures import picture_row

SIDES = {64: "64 × 64", 128: "128 × 128", 224: "224 × 224"}
COUNTS = {2_000: "2,000", 5_000: "5,000", 20_000: "20,000"}
BATCH, SHOWN_SIDE = 32, 64
KEY = "batches_disk"
GIGABYTE = 1e9


def draw_disk(text: PageText) -> None:
    """The section on data that do not fit into memory."""
    text.show("disk")
    pictures = shape_images("train", range(len(SHAPES)), SHOWN_SIDE)
    picture_row(pictures, alts=[f"A drawn {n}" for n in SHAPES], captions=SHAPES, scale=1)
    left, right = st.columns(2, gap="large")
    with left:
        side = choose("Size of the images", SIDES, key="batches_side", wrap=True)
    with right:
        count = choose("Images to train on", COUNTS, key="batches_count", default=20_000, wrap=True)
    known = datasets.info(f"shapes@{side}")
    text.show(
        "disk_sizes",
        count=f"{sum(known.full_counts):,}",
        file=f"{known.download_bytes / GIGABYTE:.2f}",
        floats=f"{4 * known.download_bytes / GIGABYTE:.1f}",
        batch=BATCH,
        part=f"{4 * BATCH * side * side * 3 / 1e6:.1f}",
    )
    if datasets.full_is_here(known.name):
        spec = disk_run(known.name, count, BATCH, epochs=1, seed=0)
        draw_experiment(
            KEY, [spec], _name_of, button="Train from disk", picture=lambda *ran: _draw(text, *ran)
        )
    else:
        _draw_maker(known)
    text.show("disk_notice")


def _draw_maker(known: DatasetInfo) -> None:
    """The button that has the files made, their progress, or what went wrong."""
    status = jobs.engine().fetch_status(known.name)
    if status.is_active:
        _draw_progress(known)
        return
    if status.state == "failed":
        st.warning(status.message, icon=":material/error:")
    st.button(
        f"Draw them to disk ({known.download_bytes / GIGABYTE:.2f} GB)",
        type="primary",
        icon=":material/draw:",
        key=f"{KEY}_make_{known.image_shape[0]}",
        on_click=lambda: jobs.engine().fetch(known.name),
    )


@st.fragment(run_every=1.0)
def _draw_progress(known: DatasetInfo) -> None:
    status = jobs.engine().fetch_status(known.name)
    if not status.is_active:
        st.rerun()  # the whole page: the files are there now, or there is a reason to give
    total = status.total or known.download_bytes
    done = f"{status.done / GIGABYTE:.2f} of {total / GIGABYTE:.2f} GB"
    bar, button = st.columns([5, 1], vertical_alignment="center")
    waiting = status.message or "Waiting for the worker."
    running = status.state == "running"
    bar.progress(min(status.done / total, 1.0), text=done if running else waiting)
    button.button(
        "Stop",
        icon=":material/stop:",
        key=f"{KEY}_unmake",
        width="stretch",
        on_click=lambda: jobs.engine().stop_fetching(known.name),
    )


def _name_of(spec: RunSpec) -> str:
    side = spec.network.input_shape[0]
    return f"{spec.training.image_count:,} images of {side} × {side}"


def _draw(
    text: PageText, specs: Mapping[str, RunSpec], events: Mapping[str, Sequence[Event]]
) -> None:
    """The worker's memory as it runs, and its figures."""
    from cnnlib.batch_figures import memory_figure

    (name, spec), *_ = specs.items()
    seen = [event for event in events[name] if isinstance(event, (BatchEvent, EpochEvent))]
    batches = [event for event in seen if isinstance(event, BatchEvent)]
    known = datasets.info(spec.training.dataset)
    peak = max((event.memory_bytes for event in seen), default=0.0)
    st.plotly_chart(
        memory_figure(seen, known.download_bytes, LIMITS.memory_bytes),
        key=f"{KEY}_memory",
        config={"displayModeBar": False},
        alt=f"Memory of the worker while it trains: {peak / GIGABYTE:.2f} GB at most; with all "
        f"images in it, it would be {known.download_bytes / GIGABYTE:.2f} GB more.",
    )
    _draw_metrics(events[name], batches, peak)
    if batches:
        text.show("disk_found", count=f"{spec.training.image_count:,}")


def _draw_metrics(events: Sequence[Event], batches: Sequence[BatchEvent], peak: float) -> None:
    last = batches[-1] if batches else None
    epochs = [event for event in events if isinstance(event, EpochEvent)]
    share = last.reading_seconds / last.seconds if last and last.seconds else None
    figures = {
        "Most memory": f"{peak / GIGABYTE:.2f} GB" if peak else "–",
        "Images a second": f"{last.images_per_second:,.0f}" if last else "–",
        "Time reading": "–" if share is None else f"{share:.1%}",
        "Validation accuracy": f"{epochs[-1].validation_accuracy:.1%}" if epochs else "–",
    }
    for column, (label, value) in zip(st.columns(4), figures.items(), strict=True):
        column.metric(label, value)
