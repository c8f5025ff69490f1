"""What Python's garbage collector need not look at, and what goes when everybody has left."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import sys
import threading
import time

import streamlit as st
from streamlit import runtime

from pages.support import kept_work

# What mallopt calls it, and what it is set to here. From four megabytes on, NumPy asks for huge
# pages: such an array has its own place, which goes back to the system with it.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
KEPT_FREE, OWN_PLACE, ARENAS = 2**21, 2**22, 2
# Shared arrays that are there again within a second: bundled images, and what is made of them.
REFILLED = (
    ("pages.support.data", "load_dataset"),
    ("pages.support.evaluations", "_test_set"),
    ("pages.support.held_back", "held_back"),
    ("pages.support.class_pictures", "class_pictures"),
    ("pages.support.rescaling", "pixel_figures"),
    ("pages.support.run_panel", "_curves"),
    ("pages.support.transfer_data", "chosen_classes"),
    ("pages.support.transfer_data", "training_points"),
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


def keep_little() -> None:
    """Have threads take memory from few places, and what they free go back to the system sooner.

    The C library would make eight places for each processor, and each page is drawn by a new
    thread. It would also learn from the first large array that is freed to keep up to 64 megabytes
    at the end of each place, where `malloc_trim` does not look: setting a bound forbids that.
    """
    settings = {M_ARENA_MAX: ARENAS, M_TRIM_THRESHOLD: KEPT_FREE, M_MMAP_THRESHOLD: OWN_PLACE}
    with contextlib.suppress(OSError, AttributeError, TypeError):  # a system with another C library
        for name, value in settings.items():
            ctypes.CDLL(None).mallopt(name, value)


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
    server = runtime.get_instance()
    empty, kept = EMPTY_LOOKS, 0
    while True:
        time.sleep(LOOK_SECONDS)
        if server._session_mgr.num_active_sessions():
            empty = 0
            continue
        empty += 1
        before, kept = kept, _kept_sessions(server)
        if empty == EMPTY_LOOKS or (before and not kept):
            give_back()


def _kept_sessions(server: runtime.Runtime) -> int:
    """How many sessions are kept in case that their visitors come back.

    Streamlit keeps each for two minutes, but drops what is too old only when the next one leaves.
    To ask for their number drops them, too; it has to be asked where all else is done with them.
    """

    async def count() -> int:
        return len(server._session_mgr._session_storage._cache)

    loop = server._get_async_objs().eventloop
    return asyncio.run_coroutine_threadsafe(count(), loop).result(LOOK_SECONDS)
