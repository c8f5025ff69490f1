"""The training engine and the run store, one of each for all visitors.

Both are made when a page first asks for them, so that pages that only explain stay light.
"""

from __future__ import annotations

import importlib
import threading
import time
from typing import TYPE_CHECKING

import streamlit as st

from pages.support import visitors
from pages.support.memory import keep_house, spare_the_collector

if TYPE_CHECKING:
    from cnnlib.jobs import Engine
    from cnnlib.runs import RunStore
    from cnnlib.spec import RunSpec

WARM_AFTER_SECONDS = 2.0  # the first page is on screen by then, and has the processor to itself
LATER_MODULES = ("pandas", "plotly.graph_objects")  # tables and figures


@st.cache_resource(max_entries=1, show_spinner=False)
def store() -> RunStore:
    """The run store, in the folder CNN_RUNS or the user's cache."""
    from cnnlib.runs import RunStore

    return RunStore()


@st.cache_resource(max_entries=1, show_spinner=False)
def engine() -> Engine:
    """The engine that trains and fetches, here or on the cluster that CNN_SCHEDULER names."""
    from cnnlib.jobs import Engine

    return Engine(store(), is_present=visitors.is_present)


def submit(spec: RunSpec, *, start_from: tuple[str, int] | None = None) -> str:
    """Queue a run of this session's visitor and return its id; raises what `Engine.submit` does."""
    return engine().submit(spec, start_from=start_from, visitor=visitors.visitor())


@st.cache_resource(max_entries=1, show_spinner=False)
def warm_engine() -> None:
    """Have a worker import Keras before anyone asks, once a process, without holding up a page."""
    timer = threading.Timer(WARM_AFTER_SECONDS, _warm)
    timer.daemon = True
    timer.start()


def _warm() -> None:
    """Load what other pages need while the first is being read; then most objects are there."""
    keep_house()
    if not engine().is_on_demand:
        engine().warm()
    for name in LATER_MODULES:
        importlib.import_module(name)
    while not (engine().is_warm or engine().is_on_demand or engine().trouble):
        time.sleep(1)
    spare_the_collector()
