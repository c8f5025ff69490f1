"""A training run as it goes: where it stands, its curves, and the button that stops it."""

from __future__ import annotations

import streamlit as st

from cnnlib.records import RunError
from pages.support import jobs
from pages.support.page import sentence

POLL_SECONDS = 1.0
STATES = {
    "queued": "Waiting",
    "running": "Training",
    "paused": "Paused",
    "done": "Done",
    "stopped": "Stopped",
    "failed": "Failed",
    "interrupted": "Interrupted",
}


def draw_run(run_id: str) -> None:
    """Draw a run, once a second while it is under way."""
    active = jobs.engine().status(run_id).is_active
    st.fragment(_draw, run_every=POLL_SECONDS if active else None)(run_id, active)


def _draw(run_id: str, was_active: bool) -> None:
    try:
        status = jobs.engine().status(run_id)
        events = jobs.engine().events(run_id)
    except RunError as error:
        st.error(sentence(error), icon=":material/error:")
        return
    if was_active and not status.is_active:
        st.rerun()  # of the whole page: what can be done with a finished run stands outside of here
    _draw_status(status)
    _draw_figures(status, events)
    _draw_buttons(run_id, status)
    _draw_curves(status, events)


def _draw_status(status) -> None:
    """One line of fixed height, so that nothing below moves while the state changes."""
    place = f", number {status.position} in the queue" if status.position else ""
    left = f", about {_duration(status.seconds_left)} left" if status.seconds_left else ""
    epoch = f", epoch {status.epoch} of {status.epochs}" if status.state != "queued" else ""
    said = f". {status.message}" if status.message and status.is_active else ""
    line = f"{STATES[status.state]}{place}{epoch}{left}{said}"
    st.progress(min(max(status.progress, 0.0), 1.0), text=line)
    if status.message and not status.is_active:
        show = st.error if status.state == "failed" else st.info
        show(sentence(status.message))


def _draw_figures(status, events) -> None:
    from cnnlib.training import BatchEvent, EpochEvent

    batch = next((e for e in reversed(events) if isinstance(e, BatchEvent)), None)
    epoch = next((e for e in reversed(events) if isinstance(e, EpochEvent)), None)
    speed = status.images_per_second or (epoch.images_per_second if epoch else None)
    values = {
        "Loss, last batch": f"{batch.loss:.3f}" if batch else "–",
        "Validation accuracy": f"{epoch.validation_accuracy:.1%}" if epoch else "–",
        "Images a second": f"{speed:,.0f}" if speed else "–",
    }
    for column, (title, value) in zip(st.columns(3), values.items(), strict=True):
        column.metric(title, value)


def _draw_curves(status, events) -> None:
    from cnnlib.figures import training_curves
    from cnnlib.training import BatchEvent, EpochEvent

    batches = [event for event in events if isinstance(event, BatchEvent)]
    epochs = [event for event in events if isinstance(event, EpochEvent)]
    st.plotly_chart(
        training_curves(batches, epochs, max(status.epochs, 1)),
        key="training_curves",
        config={"displayModeBar": False},
        alt=_curve_text(epochs),
    )


def _draw_buttons(run_id: str, status) -> None:
    if status.is_active:
        if st.button("Stop training", icon=":material/stop:", key="training_stop"):
            jobs.engine().cancel(run_id)
            st.rerun(scope="fragment")
    elif status.state in ("paused", "interrupted", "stopped", "failed") and st.button(
        "Go on from here", icon=":material/play_arrow:", key="training_resume"
    ):
        try:
            jobs.engine().resume(run_id)
        except ValueError as error:
            st.error(sentence(error), icon=":material/error:")
        else:
            st.rerun()


def _curve_text(epochs) -> str:
    if not epochs:
        return "Loss and accuracy against epochs; no epoch has ended yet."
    last = epochs[-1]
    return (
        f"Loss and accuracy against epochs. After epoch {last.epoch}: training loss "
        f"{last.loss:.3f}, validation loss {last.validation_loss:.3f}, training accuracy "
        f"{last.accuracy:.1%}, validation accuracy {last.validation_accuracy:.1%}."
    )


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
