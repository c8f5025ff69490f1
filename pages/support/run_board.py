"""The board of a visitor's runs: accuracy against cost, the Pareto front, and each run to open."""

from __future__ import annotations

import streamlit as st

from cnnlib import datasets
from cnnlib.board import COSTS, Board, Dot, board_of, dot_of
from cnnlib.structure_trials import network_words
from pages.support import jobs, model, networks, own_runs
from pages.support.choices import choose
from pages.support.evaluations import evaluation_of, test_set
from pages.support.page import PageText
from pages.support.runs_table import mount_runs

KEY = "structure_board"
HEADS = ("Run", "Accuracy", "Parameters", "Multiply-adds", "Seconds", "Beaten by")
FRONT, BEHIND = "●", "○"
LOOKS = (
    ("pages/first_models/training.py", "Its training", ":material/model_training:"),
    ("pages/visualizing/whole_network.py", "The whole of it", ":material/hub:"),
    ("pages/visualizing/results.py", "Its mistakes", ":material/fact_check:"),
)


def own_dots() -> dict[str, tuple[Dot, ...]]:
    """The visitor's runs that have been trained for an epoch at least, by their data set."""
    store = jobs.store()
    found: dict[str, list[Dot]] = {}
    for run_id, title in own_runs.titles(own_runs.readable(own_runs.own_runs())).items():
        summary, spec = store.summary(run_id), store.spec(run_id)
        dot = dot_of(summary, title, network_words(spec.network))
        # A range test ends where nothing can be learned: it is no network to compare.
        if dot is not None and spec.training.schedule != "range":
            found.setdefault(summary.dataset, []).append(dot)
    return {dataset: tuple(dots) for dataset, dots in found.items()}


@st.fragment
def draw_board(text: PageText, dataset: str) -> None:
    """The board of the runs on one data set, at first on `dataset`."""
    dots = own_dots()
    found = dict.fromkeys((dataset, *dots) if dots.get(dataset) else (*dots, dataset))
    titles = {name: datasets.info(name).title for name in found}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        shown = choose("Runs on", titles, key=f"{KEY}_data") if len(titles) > 1 else dataset
        axis = choose("Against", COSTS, key=f"{KEY}_axis", default="parameters")
        shipped = st.toggle("Shipped network, too", key=f"{KEY}_shipped", bind="query-params")
    of_set = dots.get(shown, ())
    if not of_set:
        st.info(text.sections["board_empty"], icon=":material/scatter_plot:")
        return
    if shipped and shown in networks.SHIPPED:
        of_set += (_shipped_dot(shown),)
    board = board_of(of_set, axis)
    opened = _opened(of_set)
    _draw_figure(board, opened)
    _draw_table(board, opened)
    text.show("board_notice")
    if opened is not None:
        _draw_opened(opened)


@st.cache_data(max_entries=4, show_spinner="Asking the shipped network")
def _test_accuracy(name: str) -> float:
    """Of a shipped network, on the sample's test images."""
    chosen = networks.Chosen(
        networks.shipped_network(name), name, networks.SHIPPED[name], None, f"shipped-{name}"
    )
    evaluation = evaluation_of(chosen, test_set(chosen, full=False))
    while evaluation.count < evaluation.in_all:
        evaluation.step(chosen.network)
    answers = evaluation.answers()
    return float((answers.probabilities.argmax(1) == answers.dataset.y_test).mean())


def _shipped_dot(name: str) -> Dot:
    spec = networks.shipped_network(name).spec
    return Dot(
        f"shipped-{name}",
        networks.SHIPPED[name],
        network_words(spec),
        spec.parameters,
        spec.multiply_adds,
        None,
        _test_accuracy(name),
        tested=True,
    )


def _opened(dots: tuple[Dot, ...]) -> Dot | None:
    """The run that this session looks at, if it is one of these."""
    named = st.query_params.get("run")
    return next((dot for dot in dots if dot.name == named), None)


def _draw_figure(board: Board, opened: Dot | None) -> None:
    from cnnlib.board_figures import board_figure

    key = f"{KEY}_{board.axis}"
    own = {dot.name for dot in board.dots if not dot.tested}

    def take() -> None:
        points = st.session_state[key].selection.points
        # Clients can send anything.
        named = points[0].get("customdata") if points else None
        name = named[0] if isinstance(named, (list, tuple)) and named else named
        if isinstance(name, str) and name in own:
            own_runs.open_run(name)

    front = ", ".join(board.dots[place].title for place in board.front)
    st.plotly_chart(
        board_figure(board, opened and opened.name),
        key=key,
        on_select=take,
        selection_mode="points",
        config={"displayModeBar": False},
        alt=f"Accuracy of {len(board.dots)} networks against {COSTS[board.axis].lower()}. On the "
        f"Pareto front: {front}. The table below has all numbers, and opens each run.",
    )


def _draw_table(board: Board, opened: Dot | None) -> None:
    """The keyboard's way to open a run, and the board in words."""
    places = sorted(
        (place for place, dot in enumerate(board.dots) if not dot.tested),
        key=lambda place: board.dots[place].cost(board.axis),
    )
    rows = tuple(
        {
            "name": board.dots[place].title,
            "cells": _cells(board, place),
            "mark": FRONT if place in board.front else BEHIND,
            "shown": opened is not None and board.dots[place].name == opened.name,
        }
        for place in places
    )

    def take_open() -> None:
        number = st.session_state[f"{KEY}_rows"].open
        # Clients can send anything.
        if type(number) is int and 0 <= number < len(places):
            own_runs.open_run(board.dots[places[number]].name)

    data = {"title": "Runs on the board", "first": "Front", "heads": HEADS, "rows": rows}
    mount_runs(data=data, key=f"{KEY}_rows", on_open_change=take_open)


def _cells(board: Board, place: int) -> tuple[str, ...]:
    dot, better = board.dots[place], board.beaten_by(place)
    return (
        f"{dot.accuracy:.1%}",
        f"{dot.parameters:,}",
        f"{dot.multiply_adds:,}",
        "–" if dot.seconds is None else f"{dot.seconds:,.1f}",
        "none: on the front" if better is None else better.title,
    )


def _draw_opened(dot: Dot) -> None:
    """The run that was chosen: its network, and where to go on with it."""
    network = jobs.store().spec(dot.name).network
    with st.container(border=True, key=f"{KEY}_opened"):
        st.subheader(dot.title, anchor=False)
        st.caption(dot.words)
        model.draw_volumes(network, list(network.steps()))
        with st.container(horizontal=True):
            for path, label, icon in LOOKS:
                st.page_link(path, label=label, icon=icon, query_params={"run": dot.name})
