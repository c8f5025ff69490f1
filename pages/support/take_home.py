"""A run as files to download, and the way back: runs out of files."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnnlib import datasets, export
from cnnlib.export_notebook import notebook
from cnnlib.export_script import script
from cnnlib.imports import MAX_STORY_BYTES, ImportedFileError, import_run
from cnnlib.keras_file import KerasFile, keras_file
from cnnlib.records import RunError
from cnnlib.taken_run import TakenRun, data_file, first_weights_file, taken_run
from cnnlib.variants import parsed
from pages.support import jobs, own_runs
from pages.support.page import fill, page_text, sentence

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from cnnlib.runs import RunStore

POLL_SECONDS = 0.5
MEGABYTES = {"digits": 1.6, "cifar10": 17, "shapes": 16}  # of the files with the bundled images
WEIGHTS_MEGABYTES = 21
ASKED = "take_home_asked"


def draw_both_ways(run_id: str | None) -> None:
    """Draw what follows, each to be opened: the files of a run that has weights, and the way back.

    Not to be drawn inside a fragment that runs by itself: this has its own.
    """
    if run_id is not None and jobs.store().epochs(run_id):
        home = st.expander("Take it home", key="take_home", on_change="rerun")
        if home.open:
            with home:
                draw_take_home(run_id)
    back = st.expander("Bring a run back", key="bring_back", on_change="rerun")
    if back.open:
        with back:
            draw_import("bring_back")


def draw_take_home(run_id: str) -> None:
    """Draw the files that a run can be taken home in; each is made when it is asked for.

    The run has weights.
    """
    store = jobs.store()
    try:
        run = taken_run(store, run_id)
        st.markdown(page_text("take_home").lead)
        _draw_programs(store, run_id, run)
        st.divider()
        _draw_network(store, run_id, run.stem)
        with _row("story"):
            name = f"{run.stem}.json"
            _offer("Story (.json)", name, lambda: export.story_json(store, run_id))
    except RunError as error:
        st.warning(sentence(error), icon=":material/error:")


def _draw_network(store: RunStore, run_id: str, stem: str) -> None:
    """The weights, in two kinds of files; in their place a sentence if they cannot be used."""
    try:
        store.network(run_id)
    except RunError as error:
        st.warning(sentence(error), icon=":material/error:")
        return
    file = keras_file(store, run_id)
    with _row("keras", f'model = keras.saving.load_model("{stem}.keras")', "python"):
        waits = st.session_state.get(ASKED) == file and not file.is_there()
        st.fragment(_draw_keras, run_every=POLL_SECONDS if waits else None)(file, stem)
    with _row("weights", f'arrays = numpy.load("{stem}.npz")', "python"):
        _offer("Weights (.npz)", f"{stem}.npz", lambda: export.weights_npz(store, run_id))


def _draw_programs(store: RunStore, run_id: str, run: TakenRun) -> None:
    with _row("script", f"python {run.stem}.py"):
        _offer("Script (.py)", f"{run.stem}.py", lambda: script(taken_run(store, run_id)))
    with _row("notebook", f"jupyter lab {run.stem}.ipynb"):
        name = f"{run.stem}.ipynb"
        _offer("Notebook (.ipynb)", name, lambda: notebook(taken_run(store, run_id)))
    training = run.spec.training
    if training.is_on_disk:
        st.markdown(page_text("take_home").sections["on_disk"])
    elif training.source == "full":
        title = datasets.info(training.dataset).full_title
        st.markdown(fill(page_text("take_home").sections["full"], {"title": title}))
    else:
        name = training.dataset
        with _row("data", megabytes=_megabytes(name)):
            _offer("Data (.npz)", data_file(name), lambda: export.data_npz(datasets.load(name)))
    if run.has_first_weights:
        with _row("first"):
            name = first_weights_file(run)
            _offer("First weights", name, lambda: export.weights_npz(store, run_id, 0))


def _megabytes(name: str) -> str:
    """Of the file with the bundled images; of a variant about, by how many pixels it has."""
    known, base = datasets.info(name), datasets.info(parsed(name).base)
    pixels, whole = (sum(x.sample_counts) * math.prod(x.image_shape) for x in (known, base))
    return f"{MEGABYTES[base.name] * pixels / whole:.2g}"


def _row(
    section: str, command: str = "", language: str = "bash", **values: object
) -> DeltaGenerator:
    """A file's row: its words, how it is used, and beside them the place for its button."""
    words, place = st.columns([5, 2], gap="medium")
    with words:
        st.markdown(fill(page_text("take_home").sections[section], values))
        if command:
            st.code(command, language=language, wrap_lines=True)
    return place


def _offer(label: str, file_name: str, make: Callable[[], str | bytes]) -> None:
    """A button that makes a file when it is pressed, and hands it out without a rerun."""
    st.download_button(
        label,
        make,
        file_name,
        mime="application/octet-stream",
        key=f"take_home_{file_name.rpartition('.')[2]}_{label}",
        on_click="ignore",
        icon=":material/download:",
        width="stretch",
    )


def _draw_keras(file: KerasFile, stem: str) -> None:
    """The `.keras` file: to be made, being made in a worker, or there."""
    is_asked = st.session_state.get(ASKED) == file
    if file.is_there():
        if is_asked:
            del st.session_state[ASKED]
            st.rerun()  # of the whole page, which ends the polling
        _offer("Keras file (.keras)", f"{stem}.keras", file.read)
        return
    if is_asked:
        status = jobs.engine().demo(file)
        if status.is_active:
            st.caption(status.message or page_text("take_home").sections["keras_wait"])
            return
        st.warning(sentence(status.message or "The file is gone. Ask for it again."))
        del st.session_state[ASKED]
    if st.button(
        "Make the Keras file", key="take_home_make", icon=":material/build:", width="stretch"
    ):
        st.session_state[ASKED] = file
        st.rerun()


def draw_import(key: str) -> None:
    """Draw the place for a run's two files; what comes of them becomes this session's run."""
    st.markdown(page_text("take_home").sections["import"])
    left, right = st.columns(2)
    weights = left.file_uploader(
        "Weights (.npz)", "npz", max_upload_size=WEIGHTS_MEGABYTES, key=f"{key}_weights"
    )
    right.file_uploader(
        "Story (.json)", "json", max_upload_size=MAX_STORY_BYTES // 1_000_000, key=f"{key}_story"
    )
    # In a callback, since a file that arrives meanwhile makes the script begin anew: the run would
    # be brought back and not be shown.
    st.button(
        "Bring it back",
        icon=":material/upload:",
        key=f"{key}_start",
        disabled=weights is None,
        on_click=_bring_back,
        args=(key,),
    )
    if error := st.session_state.pop(f"{key}_error", None):
        st.error(error, icon=":material/error:")


def _bring_back(key: str) -> None:
    # What the widgets hold now: a file may have come together with the press.
    weights: UploadedFile | None = st.session_state.get(f"{key}_weights")
    story: UploadedFile | None = st.session_state.get(f"{key}_story")
    if weights is None:
        return
    try:
        told = None if story is None else story.getvalue()
        run_id = import_run(jobs.store(), weights.getvalue(), told, visitor=_visitor())
    except (ImportedFileError, RunError) as error:
        st.session_state[f"{key}_error"] = sentence(error)
    else:
        own_runs.open_run(run_id)


def _visitor() -> str:
    """The visitor's network address; empty for whoever sits at this machine."""
    return st.context.ip_address or ""
