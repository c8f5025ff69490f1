"""Several small trainings started from a page: their curves overlaid, live, and one table.

A page says what is to be trained and what each run is called:

    draw_experiment("noise", [without, with_noise], name_of, button="Train both")

The runs' ids stand in the page's address, so a reload or a link brings the experiment back; what a
run is called is read off its own spec, since the page's settings may have moved on. They are among
the visitor's own runs from then on, under the names that they have here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from cnnlib.datasets import DatasetError
from cnnlib.feed import Event
from cnnlib.records import RunError, RunStatus
from cnnlib.spec import RunSpec, SpecError
from pages.support import jobs, own_runs
from pages.support.page import runs_told, sentence
from pages.support.tables import draw_table
from pages.support.waiting import place_in_line

POLL_SECONDS = 1.0
MOST_RUNS = 8
STATES = {
    "queued": "waits",
    "running": "trains",
    "paused": "paused",
    "done": "done",
    "stopped": "stopped",
    "failed": "failed",
    "interrupted": "interrupted",
}
HEADS = ("Run", "Training accuracy", "Validation accuracy", "Seconds", "Images a second")
NameOf = Callable[[RunSpec], str]
Picture = Callable[[Mapping[str, RunSpec], Mapping[str, Sequence[Event]]], None]


def draw_experiment(
    key: str,
    specs: Sequence[RunSpec],
    name_of: NameOf,
    *,
    button: str,
    most_loss: float | None = None,
    picture: Picture | None = None,
) -> None:
    """Draw the button that starts a run for each of `specs`, and the runs it started last.

    `key` tells a page's experiments apart, in its address too (`?<key>_runs=`). With `most_loss`
    the loss axis ends there, so that a run that diverges does not flatten the others. `picture`
    draws the specs and events of the runs, by name, in place of their curves and the table.
    """
    place = st.container(horizontal=True, vertical_alignment="center")
    if place.button(button, type="primary", icon=":material/play_arrow:", key=f"{key}_start"):
        _start(key, specs, name_of)
    run_ids = started_runs(key)
    for run_id in run_ids:
        own_runs.remember(run_id)
    if not run_ids:
        return
    with runs_told():
        active = any(jobs.engine().status(run_id).is_active for run_id in run_ids)
        show = st.fragment(_draw, run_every=POLL_SECONDS if active else None)
        show(key, run_ids, name_of, active, most_loss, picture)


def started_runs(key: str) -> tuple[str, ...]:
    """The ids of the runs that the experiment `key` started last, empty if there are none.

    Ids in the address that are no runs here are left out, and it is said so in place.
    """
    name = f"{key}_runs"
    named = st.query_params.get(name)
    if named is None:
        kept = st.session_state.get(name, ())
        kept = tuple(run_id for run_id in kept if jobs.store().exists(run_id))
        if kept:
            st.query_params[name] = ".".join(kept)  # Streamlit drops it at each change of page
        return kept
    wanted = named.split(".")[:MOST_RUNS]
    found = tuple(dict.fromkeys(run_id for run_id in wanted if jobs.store().exists(run_id)))
    if len(found) < len(wanted):
        st.warning(
            "Not all of the runs in this page's address are here: it may have been cut off, or "
            "they were trained on another server. Start them anew.",
            icon=":material/link_off:",
        )
    st.session_state[name] = found
    return found


def _start(key: str, specs: Sequence[RunSpec], name_of: NameOf) -> None:
    """Submit all of them, or none and say why."""
    run_ids: list[str] = []
    try:
        for spec in specs:
            run_ids.append(jobs.submit(spec))
    except (SpecError, RunError, DatasetError) as error:
        _cancel(run_ids)
        st.error(sentence(error), icon=":material/error:")
        return
    with runs_told():  # without their names, if the disk is full by now
        for name, run_id in _names(run_ids, name_of).items():
            jobs.store().rename(run_id, name)
    _cancel(started_runs(key))  # nobody will look at them any more
    st.session_state[f"{key}_runs"] = tuple(run_ids)
    st.query_params[f"{key}_runs"] = ".".join(run_ids)


def _cancel(run_ids: Sequence[str]) -> None:
    for run_id in run_ids:
        with runs_told():
            jobs.engine().cancel(run_id)


def _draw(
    key: str,
    run_ids: Sequence[str],
    name_of: NameOf,
    was_active: bool,
    most_loss: float | None,
    picture: Picture | None,
) -> None:
    try:
        names = _names(run_ids, name_of)
        states = {name: jobs.engine().status(run_id) for name, run_id in names.items()}
        events = {name: jobs.engine().events(run_id) for name, run_id in names.items()}
    except RunError as error:
        st.error(sentence(error), icon=":material/error:")
        return
    active = any(status.is_active for status in states.values())
    if was_active and not active:
        st.rerun()  # of the whole page, which then asks no more
    _draw_progress(key, run_ids, states, active)
    if picture is None:
        _draw_curves(key, states, events, most_loss)
        _draw_rows(events)
    else:
        picture({name: jobs.store().spec(run_id) for name, run_id in names.items()}, events)
    _draw_links(names)


def _names(run_ids: Sequence[str], name_of: NameOf) -> dict[str, str]:
    """Run ids by the runs' names; a name that comes twice is numbered."""
    names: dict[str, str] = {}
    for run_id in run_ids:
        title = name = name_of(jobs.store().spec(run_id))
        number = 1
        while name in names:
            number += 1
            name = f"{title} ({number})"
        names[name] = run_id
    return names


def _draw_progress(
    key: str, run_ids: Sequence[str], states: dict[str, RunStatus], active: bool
) -> None:
    """One bar for all runs and a button of fixed size, so that nothing below moves."""
    shares = [status.progress if status.is_active else 1.0 for status in states.values()]
    bar, button = st.columns([5, 1], vertical_alignment="center")
    bar.progress(min(max(sum(shares) / len(shares), 0.0), 1.0), text=_where(states))
    pressed = button.button(
        "Stop",
        icon=":material/stop:",
        key=f"{key}_stop",
        disabled=not active,
        width="stretch",
    )
    if pressed:
        _cancel(run_ids)
        st.rerun(scope="fragment")
    for name, status in states.items():
        if status.state in ("failed", "interrupted") and status.message:
            st.error(f"{name}: {status.message}", icon=":material/error:")
    told = [f"{name}: {x.message}" for name, x in states.items() if x.state == "stopped"]
    if told:
        st.info("\n\n".join(told), icon=":material/stop_circle:")


def _where(states: dict[str, RunStatus]) -> str:
    """Which run is under way, and how far it is."""
    running = [(name, status) for name, status in states.items() if status.state == "running"]
    if running:
        name, status = running[0]
        left = f", about {status.seconds_left:.0f} s left for it" if status.seconds_left else ""
        return f"{name}: epoch {status.epoch} of {status.epochs}{left}"
    waiting = [status for status in states.values() if status.state == "queued"]
    if waiting:
        said = f". {sentence(waiting[0].message)}" if waiting[0].message else "."
        return f"Waiting{place_in_line(waiting[0])}{said}"
    return ", ".join(f"{name}: {STATES[status.state]}" for name, status in states.items())


def _draw_curves(key: str, states: dict, events: dict, most_loss: float | None) -> None:
    from cnnlib.comparison import MEASURES, overlaid_curves

    epochs = max(max(status.epochs for status in states.values()), 1)
    for column, measure in zip(st.columns(len(MEASURES)), MEASURES, strict=True):
        column.plotly_chart(
            overlaid_curves(events, measure, epochs, most=most_loss if measure == "loss" else None),
            key=f"{key}_{measure}",
            config={"displayModeBar": False},
            alt=f"{MEASURES[measure]} of {', '.join(events)} against epochs; "
            "the numbers are in the table below.",
        )


def _draw_rows(events: dict) -> None:
    from cnnlib.comparison import row_of

    rows = []
    for name, of_run in events.items():
        row = row_of(of_run)
        rows.append(
            (
                name,
                _percent(row.accuracy),
                _percent(row.validation_accuracy),
                _number(row.seconds, ".1f"),
                _number(row.images_per_second, ",.0f"),
            )
        )
    draw_table(HEADS, rows)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _number(value: float | None, form: str) -> str:
    return "–" if value is None or not math.isfinite(value) else format(value, form)


def _draw_links(names: dict[str, str]) -> None:
    with st.container(horizontal=True):
        for name, run_id in names.items():
            st.page_link(
                "pages/first_models/training.py",
                label=f"Open {name}",
                icon=":material/open_in_new:",
                query_params={"run": run_id},
            )
