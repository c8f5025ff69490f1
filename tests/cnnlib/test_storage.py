from __future__ import annotations

import os
import shutil
import threading

import pytest

from cnnlib.storage import Folder


def test_a_written_file_reads_back_and_leaves_nothing_beside_it(tmp_path):
    folder = Folder(tmp_path / "new")
    folder.write("run/status.json", b"one")
    folder.write("run/status.json", b"two")
    assert folder.read("run/status.json", 3) == b"two"
    assert os.listdir(tmp_path / "new" / "run") == ["status.json"]


def test_a_file_larger_than_expected_is_refused(tmp_path):
    folder = Folder(tmp_path)
    folder.write("a", b"four")
    with pytest.raises(OSError, match="larger than 3 bytes"):
        folder.read("a", 3)


def test_a_failed_write_keeps_the_old_file_and_no_part_of_the_new(tmp_path, monkeypatch):
    folder = Folder(tmp_path)
    folder.write("a", b"old")

    def fail(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        folder.write("a", b"new")
    assert os.listdir(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_free_room_is_known_before_the_folder_is_made(tmp_path):
    free = shutil.disk_usage(tmp_path).free
    assert Folder(tmp_path / "not" / "yet").free_bytes() == pytest.approx(free, rel=0.1)


def test_readers_never_see_a_part_of_a_file(tmp_path):
    folder = Folder(tmp_path)
    wholes = [bytes([n]) * 100_000 for n in range(4)]
    folder.write("a", wholes[0])
    over = threading.Event()

    def write():
        for n in range(60):
            folder.write("a", wholes[n % 4])
        over.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = 0
    while not over.is_set():
        assert folder.read("a", 100_000) in wholes
        seen += 1
    writer.join()
    assert seen > 0


def test_stamps_change_with_the_file_and_hide_unfinished_ones(tmp_path):
    folder = Folder(tmp_path)
    folder.write("run/a", b"1")
    before = folder.stamps("run")
    (tmp_path / "run" / ".b.123").write_bytes(b"half")
    folder.write("run/a", b"2")
    after = folder.stamps("run")
    assert list(before) == list(after) == ["a"]
    assert before["a"] != after["a"]
    assert folder.stamps("no such folder") == {}


def test_age_counts_from_the_last_touch(tmp_path):
    folder = Folder(tmp_path)
    folder.touch("alive")
    os.utime(tmp_path / "alive", (1_000_000_000, 1_000_000_000))
    assert folder.age("alive") > 1e8
    folder.touch("alive")
    assert folder.age("alive") < 5
    os.utime(tmp_path / "alive", (9e9, 9e9))  # as after a clock was set back
    assert folder.age("alive") < -1e8


def test_what_a_killed_writer_left_is_swept_away_and_nothing_else(tmp_path):
    folder = Folder(tmp_path)
    names = ["0001.npz", ".0001.npz.0a1b2c3d", ".gitignore", "0a1b2c3d"]
    for name in names:
        folder.write(f"run/{name}", b"1")
    folder.sweep("run")
    assert sorted(os.listdir(tmp_path / "run")) == sorted(set(names) - {".0001.npz.0a1b2c3d"})
    folder.sweep("no such folder")
