"""A session leaves a few files on the server, and all sessions together so many bytes."""

from __future__ import annotations

import pytest
from starlette.exceptions import HTTPException
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from pages.support import uploads


@pytest.fixture
def manager():
    made = MemoryUploadedFileManager("/upload")
    uploads.bound(made)
    return made


def give(manager, session, name, size):
    manager.add_file(session, UploadedFileRec(name, f"{name}.png", "image/png", bytes(size)))


def names(manager, session):
    return list(manager.file_storage[session])


def test_the_oldest_files_of_a_session_make_room_for_new_ones(manager):
    for number in range(10):
        give(manager, "one", str(number), 10)
    give(manager, "two", "other", 10)
    assert names(manager, "one") == ["4", "5", "6", "7", "8", "9"]
    assert names(manager, "two") == ["other"]


def test_a_file_given_again_takes_its_own_place(manager):
    for number in (0, 1, 2, 3, 4, 5, 3):
        give(manager, "one", str(number), 10)
    assert names(manager, "one") == ["0", "1", "2", "3", "4", "5"]


def test_a_session_keeps_so_many_bytes(manager, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_SESSION_BYTES", 100)
    for number in range(5):
        give(manager, "one", str(number), 40)
    assert names(manager, "one") == ["3", "4"]
    give(manager, "one", "large", 90)
    assert names(manager, "one") == ["large"]


def test_what_nobody_has_room_for_is_refused(manager, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_BYTES", 100)
    give(manager, "one", "a", 60)
    with pytest.raises(HTTPException) as refused:
        give(manager, "two", "b", 60)
    assert refused.value.status_code == 507
    give(manager, "one", "c", 30)
    manager.remove_session_files("one")
    give(manager, "two", "b", 60)
