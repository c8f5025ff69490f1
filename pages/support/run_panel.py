"""A training run as it goes: where it stands, what it can be told, and its curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cnnlib.fields import SpecError
from cnnlib.records import RunError
from cnnlib.run_titles import run_title
from pages.support import jobs, own_runs, visitors
from pages.support.page import runs_told, sentence
from pages.support.waiting import place_in_line

if TYPE_CHECKING:
    import plotly.graph_objects as go

POLL_SECONDS = 1.0
LINE_SECONDS = 3.0  # between looks at a run that is not the next: little changes, for many who wait
STATES = {
    "queued": "Waiting",
    "running": "Training",
    "paused": "Paused",
    "done": "Done",
    "stopped": "Stopped",
    "failed": "Failed",
    "interrupted": "Interrupted",
}
QUEUEING = ("resume", "step")  # orders that may put a run into the queue
CAN_GO_ON = ("paused", "interrupted", "stopped", "failed")
RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
REFUSED, OPENED = "training_refused", "training_opened"
ORDER_HELP = "Takes effect at the next batch; the curve marks where."
AGAIN_HELP = (
    "A new run of the same settings, from the same initial weights. With other settings, change "
    "them and press Train: while network and seed stay, it begins with these weights, too."
)


def draw_run(run_id: str) -> None:
    """Draw a run, once a second while it is under way."""
    with runs_told():
        pause = _pause_of(jobs.engine().status(run_id))
        st.fragment(_draw, run_every=pause)(run_id, pause)


def _pause_of(status) -> float | None:
    """Seconds until a run that is now at `status` is to be drawn again; None for one that ended."""
    if not status.is_active:
        return None
    return LINE_SECONDS if (status.position or 1) > 1 else POLL_SECONDS


def _draw(run_id: str, was_pause: float | None) -> None:
    with runs_told():
        _draw_panel(run_id, was_pause)


def _draw_panel(run_id: str, was_pause: float | None) -> None:
    status = jobs.engine().status(run_id)
    events = jobs.engine().events(run_id)
    _draw_title(run_id)
    if was_pause != _pause_of(status) or st.session_state.pop(OPENED, False):
        # The whole page asks every second or not, and shows what can be done with a finished run.
        st.rerun()
    _draw_status(status)
    _draw_orders(run_id, status)
    _draw_figures(status, events)
    _draw_curves(status, events)


def _draw_title(run_id: str) -> None:
    about, training = jobs.store().about(run_id), jobs.store().spec(run_id).training
    noise = f" {training.label_noise:.0%} of its labels are wrong." if training.label_noise else ""
    began = f" Began with the weights of {about.began_from}." if about.began_from else ""
    # As text: a name is somebody's own words.
    st.text(f"{run_title(jobs.store().spec(run_id), about.name)}.{noise}{began}")


def _draw_status(status) -> None:
    """One line of fixed height, so that nothing below moves while the state changes."""
    st.progress(min(max(status.progress, 0.0), 1.0), text=_line(status))
    if status.message and not status.is_active and status.state != "paused":
        show = st.error if status.state == "failed" else st.info
        show(sentence(status.message))


def _line(status) -> str:
    if status.state == "paused" and status.message:
        return status.message
    place = place_in_line(status)
    left = f", about {_duration(status.seconds_left)} left" if status.seconds_left else ""
    epoch = f", epoch {status.epoch} of {status.epochs}" if status.state != "queued" else ""
    said = f". {status.message}" if status.message and status.is_active else ""
    return f"{STATES[status.state]}{place}{epoch}{left}{said}"


def _draw_orders(run_id: str, status) -> None:
    """What the run can be told: always in the same places while it is under way."""
    steerable = status.is_active or status.state == "paused"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if steerable:
            _pause_button(run_id, status)
            order_button("One batch", "skip_next", "training_step", "step", run_id)
            order_button("Stop training", "stop", "training_stop", "cancel", run_id)
        else:
            if status.state in CAN_GO_ON:
                order_button("Go on from here", "play_arrow", "training_resume", "resume", run_id)
            st.button(
                "Same start again",
                icon=":material/replay:",
                key="training_again",
                help=AGAIN_HELP,
                on_click=_start_again,
                args=(run_id,),
            )
    if refused := st.session_state.pop(REFUSED, None):
        st.error(refused, icon=":material/error:")
    if steerable:
        _rate_slider(run_id)


def _pause_button(run_id: str, status) -> None:
    paused = status.state == "paused" or jobs.store().control(run_id).paused
    label, icon = ("Go on", "play_arrow") if paused else ("Pause", "pause")
    name = "resume" if paused else "pause"
    order_button(label, icon, "training_pause", name, run_id, width=120)


def order_button(label: str, icon: str, key: str, name: str, *values: object, **look) -> None:
    """A button that has the engine do `name` with `values` before anything is drawn anew.

    What it refuses is said beside the run's buttons.
    """
    st.button(
        label,
        icon=f":material/{icon}:",
        key=key,
        on_click=_order,
        args=(name, *values),
        **look,
    )


def _order(name: str, *values: object) -> None:
    whose = {"visitor": visitors.visitor()} if name in QUEUEING else {}
    try:
        getattr(jobs.engine(), name)(*values, **whose)
    except (RunError, SpecError) as error:
        st.session_state[REFUSED] = sentence(error)


def _start_again(run_id: str) -> None:
    try:
        fresh = jobs.submit(jobs.store().spec(run_id))
    except (RunError, ValueError) as error:
        st.session_state[REFUSED] = sentence(error)
    else:
        own_runs.open_run(fresh)
        st.session_state[OPENED] = True


def _rate_slider(run_id: str) -> None:
    """The learning rate, to be changed while it trains."""
    planned = jobs.store().spec(run_id).training.learning_rate
    told = jobs.store().control(run_id).learning_rate
    now = planned if told is None else told
    key = f"training_rate_{run_id}"
    if key in st.session_state and st.session_state[key] != now:
        st.session_state[key] = now  # somebody else who has this run's address changed it

    def take() -> None:
        _order("set_learning_rate", run_id, st.session_state[key])

    st.select_slider(
        "Learning rate now",
        sorted({*RATES, planned, now}),
        now,
        key=key,
        on_change=take,
        help=ORDER_HELP,
    )


def _draw_figures(status, events) -> None:
    from cnnlib.events import BatchEvent, EpochEvent

    batch = next((e for e in reversed(events) if isinstance(e, BatchEvent)), None)
    epoch = next((e for e in reversed(events) if isinstance(e, EpochEvent)), None)
    speed = status.images_per_second or (epoch.images_per_second if epoch else None)
    values = {
        "Loss, last batch": f"{batch.loss:.3f}" if batch else "–",
        "Validation accuracy": f"{epoch.validation_accuracy:.1%}" if epoch else "–",
        "Images a second": f"{speed:,.0f}" if speed else "–",
    }
    with st.grid(3, min_column_width=110):
        for title, value in values.items():
            st.metric(title, value)


def _draw_curves(status, events) -> None:
    from cnnlib.events import BatchEvent, EpochEvent, RateEvent

    batches = [event for event in events if isinstance(event, BatchEvent)]
    epochs = [event for event in events if isinstance(event, EpochEvent)]
    changes = [event for event in events if isinstance(event, RateEvent)]
    last = repr(events[-1]) if events else ""
    st.plotly_chart(
        _curves(last, len(events), max(status.epochs, 1), (batches, epochs, changes)),
        key="training_curves",
        config={"displayModeBar": False},
        alt=_curve_text(epochs, changes),
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def _curves(last: str, count: int, epoch_count: int, _events) -> go.Figure:
    """The curves of so many events, kept: many look at runs that do not move, most at none yet.

    The last event has measured seconds in it, which no two runs share.
    """
    from cnnlib.figures import training_curves

    batches, epochs, changes = _events
    return training_curves(batches, epochs, epoch_count, changes)


def _curve_text(epochs, changes) -> str:
    said = "Loss and accuracy against epochs"
    if not epochs:
        return f"{said}; no epoch has ended yet."
    last = epochs[-1]
    told = "".join(
        f" The learning rate was set to {change.learning_rate:g} at batch {change.batch} of epoch "
        f"{change.epoch}."
        for change in changes[-3:]
    )
    return (
        f"{said}. After epoch {last.epoch}: training loss "
        f"{last.loss:.3f}, validation loss {last.validation_loss:.3f}, training accuracy "
        f"{last.accuracy:.1%}, validation accuracy {last.validation_accuracy:.1%}.{told}"
    )


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
