"""How many files a visitor may leave on the server: Streamlit itself bounds the size of one only.

A session's files are in memory until its page is closed, also those that no widget asked for.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from streamlit import runtime

if TYPE_CHECKING:
    from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
    from streamlit.runtime.uploaded_file_manager import UploadedFileRec

MOST_FILES = 6  # of one session; the most that its pages ask for at a time is two
MOST_SESSION_BYTES = 48_000_000
MOST_BYTES = 600_000_000  # of all sessions


def bound_uploads() -> None:
    """Have the server keep a session's newest files only; once for each server."""
    if runtime.exists():
        bound(runtime.get_instance().uploaded_file_mgr)


def bound(manager: MemoryUploadedFileManager) -> None:
    """Bound what a manager of uploaded files keeps.

    A file too many puts the session's oldest out, as if its reader had taken it away. One that
    nobody has room for is answered with "507 Insufficient Storage".
    """
    add, turn = manager.add_file, threading.Lock()

    def add_bounded(session_id: str, file: UploadedFileRec) -> None:
        from starlette.exceptions import HTTPException  # what the server's answer is made of

        with turn:
            _make_room(manager, session_id, file)
            if _size_of_all(manager) + len(file.data) > MOST_BYTES:
                raise HTTPException(507, "Too many files are on this server. Try again later.")
            add(session_id=session_id, file=file)

    manager.add_file = add_bounded


def _make_room(manager: MemoryUploadedFileManager, session_id: str, file: UploadedFileRec) -> None:
    """Remove a session's oldest files until another one is not too many."""
    kept = dict(manager.file_storage.get(session_id, {}))
    kept.pop(file.file_id, None)  # which the new one takes the place of
    sizes = {file_id: len(one.data) for file_id, one in kept.items()}
    while sizes and (
        len(sizes) >= MOST_FILES or sum(sizes.values()) + len(file.data) > MOST_SESSION_BYTES
    ):
        oldest = next(iter(sizes))
        manager.remove_file(session_id, oldest)
        del sizes[oldest]


def _size_of_all(manager: MemoryUploadedFileManager) -> int:
    sessions = list(manager.file_storage.values())
    return sum(len(one.data) for files in sessions for one in list(files.values()))
