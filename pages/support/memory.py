"""What Python's garbage collector need not look at, and what goes when everybody has left."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys
import threading
import time

import streamlit as st
from streamlit import runtime

from pages.support import kept_work

M_ARENA_MAX, ARENAS = -8, 2  # the first is mallopt's name for it
# Shared arrays that are there again within a second: bundled images, and what is made of them.
REFILLED = (
    ("pages.support.data", "load_dataset"),
    ("pages.support.evaluations", "_test_set"),
    ("pages.support.held_back", "held_back"),
    ("pages.support.class_pictures", "class_pictures"),
    ("pages.support.rescaling", "pixel_figures"),
    ("pages.support.run_panel", "_curves"),
    ("pages.support.transfer_data", "chosen_classes"),
)
LOOK_SECONDS = 5.0  # between two looks whether anybody is there
EMPTY_LOOKS = 2  # in a row: who loads a page anew is away for a moment


def spare_the_collector() -> None:
    """Set aside all objects that are there now: modules, which live as long as the process does.

    Going over them takes 70 to 100 ms, in which no page is sent anything. Later garbage is
    collected as ever. Of what is set aside only cycles would stay, so this is called when the
    server starts and never while it is busy.
    """
    gc.freeze()


def share_arenas() -> None:
    """Have all threads take memory from few places, so that more of what they free is of use.

    The C library would make eight for each processor, and each page is drawn by a new thread.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):  # a system with another C library
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)


def keep_house() -> None:
    """From now on, give memory back whenever the last visitor has left."""
    threading.Thread(target=_keep_house, name="house", daemon=True).start()


def give_back() -> None:
    """Drop what was worked out for visitors, and hand memory that is free to the system.

    What all visitors share and what takes long to load stays: networks, the engine.
    """
    from cnnlib import process_memory  # which needs psutil: not before the first page is there

    st.cache_data.clear()
    for module, name in REFILLED:
        if module in sys.modules:
            getattr(sys.modules[module], name).clear()
    kept_work.forget_all()
    process_memory.give_back()


def _keep_house() -> None:
    if not runtime.exists():
        return
    sessions, empty = runtime.get_instance()._session_mgr, EMPTY_LOOKS
    while True:
        time.sleep(LOOK_SECONDS)
        empty = 0 if sessions.num_active_sessions() else empty + 1
        if empty == EMPTY_LOOKS:
            give_back()
