"""What a run store makes of full and read-only disks, damaged folders and clocks that jump: each is
told in a sentence, and nothing half-written or changed is ever read as whole."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from cnnlib import run_notes, storage, watch
from cnnlib.recording import train_and_record
from cnnlib.records import RunError
from cnnlib.runs import RunStore
from tests.cnnlib import test_recording as made_up
from tests.cnnlib.test_recording import Training
from tests.faults import FILES, damaged_readings, readings, wait, whole_run

ROOT = Path(__file__).resolve().parents[2]
EPOCHS = made_up.SPEC.training.epochs


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A run with a file of every kind, and all that can be read of it."""
    store = RunStore(tmp_path_factory.mktemp("sound"))
    run_id = whole_run(store)
    return store, run_id, readings(RunStore(store.root), run_id)


def test_every_kind_of_file_is_there(sound):
    store, run_id, found = sound
    folder = Path(store.root, run_id)
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")}
    assert there == {*FILES, "epochs/0000.json", "epochs/0000.npz"}
    assert not [name for name, value in found.items() if isinstance(value, RunError)]


@pytest.mark.parametrize("name", FILES)
def test_a_changed_or_cut_file_is_told_of_or_reads_as_it_was(sound, tmp_path, name):
    """The check sums find it, also where a digit became another digit."""
    store, run_id, _ = sound
    shutil.copytree(store.root, tmp_path / "runs")
    damaged, told, misread = damaged_readings(RunStore(tmp_path / "runs"), run_id, name, flips=12)
    assert damaged == 17
    assert told >= 10
    assert misread == []


@pytest.mark.parametrize("name", [*FILES, "epochs"])
def test_a_missing_file_is_told_of_or_missed_by_nobody(sound, tmp_path, name):
    store, run_id, _ = sound
    shutil.copytree(store.root, tmp_path / "runs")
    path = tmp_path / "runs" / run_id / name
    shutil.rmtree(path) if name == "epochs" else path.unlink()
    found = readings(RunStore(tmp_path / "runs"), run_id)
    history = found["history"]
    if not isinstance(history, RunError):
        epochs = [event.epoch for event in history.epochs]
        assert epochs == list(range(1, len(epochs) + 1))
    if name in ("spec.json", "status.json", "epochs", "epochs/0001.json"):
        assert isinstance(found["status"], RunError)
    assert RunStore(tmp_path / "runs").exists(run_id) == (name != "spec.json")


def test_an_epoch_that_is_missing_between_others_is_named(sound, tmp_path):
    store, run_id, _ = sound
    shutil.copytree(store.root, tmp_path / "runs")
    (tmp_path / "runs" / run_id / "epochs" / "0001.npz").unlink()
    with pytest.raises(RunError, match="epoch 1 of this run is missing from its folder"):
        RunStore(tmp_path / "runs").history(run_id)


class Disk:
    """Counts what is written through `cnnlib.storage`, and fails in the middle of some of it."""

    def __init__(self, monkeypatch):
        self.writes = 0
        self.fails = lambda number: False
        self.error = errno.ENOSPC
        monkeypatch.setattr(storage, "open", self.open, raising=False)
        monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # thousands, of no use here

    def open(self, path, mode):
        file = open(path, mode)  # noqa: SIM115
        if "w" in mode:
            self.writes += 1
            if self.fails(self.writes):
                whole = file.write

                def write(data):
                    whole(data[: len(data) // 2])
                    raise OSError(self.error, os.strerror(self.error))

                return _Half(file, write)
        return file


class _Half:
    def __init__(self, file, write):
        self._file, self.write = file, write

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._file.close()


def trained(store, run_id):
    attempt = store.record(run_id).attempt
    return train_and_record(store, run_id, attempt, lambda message: None)


def assert_whole(root, run_id):
    """What is there of a run is what a training wrote, one epoch after another."""
    store = RunStore(root)
    kept = store.epochs(run_id)
    assert kept == tuple(range(len(kept)))
    assert [event.epoch for event in store.history(run_id).epochs] == list(kept[1:])
    for epoch in kept:
        assert np.all(store.network(run_id, epoch).weights[1]["kernel"] == epoch)
    assert not list(Path(root).rglob(".*"))


@pytest.mark.parametrize("for_good", [False, True])
def test_a_disk_that_is_full_at_any_write_of_a_training_costs_no_more_than_the_rest(
    tmp_path, monkeypatch, for_good
):
    """Every write in turn fails half-way, alone or with all that come after it."""
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.001)
    Training(monkeypatch)
    disk = Disk(monkeypatch)
    store = RunStore(tmp_path / "whole")
    run_id = store.create(made_up.SPEC)
    created = disk.writes
    assert trained(store, run_id) == ("done", "")
    writes = disk.writes - created
    assert writes >= 3 * (EPOCHS + 1)
    for failing in range(1, writes + 1):
        root = tmp_path / str(failing)
        store = RunStore(root)
        run_id = store.create(made_up.SPEC)
        first = disk.writes + failing
        disk.fails = lambda n, first=first: n >= first if for_good else n == first
        state, message = trained(store, run_id)
        disk.fails = lambda number: False
        assert_whole(root, run_id)
        if failing == writes:  # only how it ended could not be written: who asked is told
            assert state == "done"
        else:
            assert state == "failed"
            assert message.startswith("the folder of runs cannot be written: the disk is full.")
        if not for_good and failing < writes:
            assert RunStore(root).status(run_id).message == message
        # Somebody makes room, and the visitor lets the run go on.
        store.update(run_id, state="queued", attempt=2, starts=0)
        assert trained(store, run_id)[0] == "done"
        assert_whole(root, run_id)
        assert store.epochs(run_id) == tuple(range(EPOCHS + 1))


def test_a_run_that_cannot_be_created_leaves_nothing(tmp_path, monkeypatch):
    disk = Disk(monkeypatch)
    store = RunStore(tmp_path / "runs")
    sound_id = store.create(made_up.SPEC)
    for failing in (1, 2):
        first = disk.writes + failing
        disk.fails = lambda n, first=first: n == first
        with pytest.raises(RunError, match="the disk is full"):
            store.create(made_up.SPEC)
    assert os.listdir(store.root) == [sound_id]


def test_a_disk_that_is_full_takes_no_orders_and_keeps_the_old_ones(tmp_path, monkeypatch):
    disk = Disk(monkeypatch)
    store = RunStore(tmp_path)
    run_id = store.create(made_up.SPEC)
    store.steer(run_id, learning_rate=0.1)
    store.rename(run_id, "Mine")
    disk.fails = lambda number: True
    for order in (
        lambda: store.steer(run_id, stop=True),
        lambda: store.rename(run_id, "Yours"),
        lambda: store.update(run_id, state="done"),
    ):
        with pytest.raises(RunError, match="the disk is full"):
            order()
    assert (store.control(run_id).learning_rate, store.control(run_id).stop) == (0.1, False)
    assert (store.about(run_id).name, store.record(run_id).state) == ("Mine", "queued")


ON_A_SMALL_DISK = """
import subprocess, sys
sys.path.insert(0, sys.argv[1])
from cnnlib.records import RunError
from cnnlib.runs import RunStore
from tests.faults import save_epoch, whole_run
store = RunStore("/mnt/runs")
run_id = whole_run(store)
epoch = 2
try:
    while True:
        save_epoch(store, run_id, epoch + 1)
        epoch += 1
except RunError as error:
    print(error)
fresh = RunStore("/mnt/runs")
assert fresh.epochs(run_id) == tuple(range(epoch + 1)), fresh.epochs(run_id)
for number in fresh.epochs(run_id):
    fresh.network(run_id, number)
print(len(fresh.history(run_id).epochs) == epoch)
subprocess.run(["mount", "-o", "remount,ro", "/mnt"], check=True)
for order in (lambda: store.create(store.spec(run_id)), lambda: store.steer(run_id, stop=True)):
    try:
        order()
    except RunError as error:
        print(error)
print(len(fresh.history(run_id).epochs) == epoch)
"""


def test_a_small_disk_fills_up_and_is_then_read_only(tmp_path):
    """The real thing, where a test may mount a disk of its own."""
    private = ["unshare", "-Urm", "sh", "-c"]
    mount = "mount -t tmpfs -o size=512k none /mnt"
    if shutil.which("unshare") is None or subprocess.run([*private, mount]).returncode:
        pytest.skip("this machine lets nobody mount a disk of his own")
    script = tmp_path / "script.py"
    script.write_text(ON_A_SMALL_DISK)
    command = f"{mount} && {sys.executable} {script} {ROOT}"
    run = subprocess.run([*private, command], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    full, whole, *refused, still_whole = run.stdout.splitlines()
    assert full.startswith("the folder of runs cannot be written: the disk is full.")
    read_only = "the folder of runs cannot be written: Read-only file system."
    assert (whole, refused, still_whole) == ("True", [read_only] * 2, "True")


class Clock:
    """The wall's clock and the one that only goes forward; files are dated by the former."""

    def __init__(self, monkeypatch, store, run_id):
        self.wall, self.monotonic = 1_700_000_000.0, 50.0
        self._path = Path(store.root, run_id, "alive")
        monkeypatch.setattr(storage, "time", SimpleNamespace(time=lambda: self.wall))
        monkeypatch.setattr(run_notes, "time", SimpleNamespace(monotonic=lambda: self.monotonic))

    def beat(self, skew=0.0):
        """A sign of life, by a machine whose clock is `skew` seconds ahead."""
        os.utime(self._path, (self.wall + skew, self.wall + skew))

    def pass_by(self, seconds):
        self.wall += seconds
        self.monotonic += seconds


@pytest.fixture
def looked_after(store, monkeypatch):
    run_id = store.create(made_up.SPEC)
    store.update(run_id, state="running")
    clock = Clock(monkeypatch, store, run_id)
    clock.beat()
    return store, run_id, clock


@pytest.mark.parametrize("jump", [3_600.0, -3_600.0])
def test_a_clock_that_jumps_interrupts_no_run_and_revives_none(looked_after, jump):
    store, run_id, clock = looked_after
    for _ in range(5):
        assert store.status(run_id).state == "running"
        clock.pass_by(2.0)
        clock.beat()
    clock.wall += jump
    assert store.status(run_id).state == "running"  # before the next sign of life
    clock.pass_by(1.0)
    clock.beat()
    assert store.status(run_id).state == "running"
    clock.pass_by(30.0)  # nobody works on it any more
    assert store.status(run_id).state == "interrupted"
    clock.wall -= jump
    assert store.status(run_id).state == "interrupted"


def test_a_run_whose_last_sign_of_life_is_of_the_future_is_interrupted(looked_after):
    """The machine was started anew with its clock set back."""
    store, run_id, clock = looked_after
    clock.beat(skew=86_400)
    assert RunStore(store.root).status(run_id).state == "interrupted"


@pytest.mark.parametrize("skew", [-60.0, 60.0])
def test_a_run_on_a_machine_with_another_time_is_known_at_the_second_look(looked_after, skew):
    store, run_id, clock = looked_after
    clock.beat(skew)
    store.status(run_id)
    for _ in range(20):
        clock.pass_by(2.0)
        clock.beat(skew)
        assert store.status(run_id).state == "running"
    clock.pass_by(30.0)
    assert store.status(run_id).state == "interrupted"


def test_a_damaged_order_is_replaced_by_the_next_one(store):
    """So that a run whose orders cannot be read can be stopped."""
    run_id = store.create(made_up.SPEC)
    store.steer(run_id, paused=True)
    Path(store.root, run_id, "control.json").write_bytes(b"{")
    store.steer(run_id, stop=True)
    assert store.control(run_id).stop
    with pytest.raises(RunError, match="there is no run"):
        store.steer("a" * 16, stop=True)


def test_what_a_killed_worker_left_half_written_is_swept_away(store, monkeypatch):
    Training(monkeypatch)
    run_id = whole_run(store)
    folder = Path(store.root, run_id, "epochs")
    (folder / ".0003.npz.0a1b2c3d").write_bytes(b"half")
    store.resume_point(run_id)
    assert {path.name[0] for path in folder.iterdir()} == {"0"}


def test_a_run_that_must_begin_anew_says_so(store, monkeypatch):
    Training(monkeypatch)
    run_id = store.create(made_up.SPEC)
    trained(store, run_id)
    Path(store.root, run_id, "resume.npz").write_bytes(b"PK")
    store.update(run_id, state="queued", attempt=2, starts=0)
    state, message = trained(store, run_id)
    assert state == "done"
    assert message.startswith("Began anew")


def test_a_worker_that_was_taken_the_run_from_writes_nothing_more(store, monkeypatch):
    """It stood still for a while, and does not know yet that another one has the run."""
    run_id = store.create(made_up.SPEC)

    def take_away(epoch):
        if epoch == 2:
            store.update(run_id, attempt=2)

    Training(monkeypatch, before_epoch=take_away)
    state, message = train_and_record(store, run_id, 1, lambda message: None)
    assert (state, message) == ("interrupted", "This run was resumed elsewhere.")
    assert store.epochs(run_id) == (0, 1)
    assert store.record(run_id).attempt == 2


def test_orders_that_cannot_be_read_leave_a_training_as_it_is_until_the_next_ones(
    store, monkeypatch, caplog
):
    run_id = store.create(made_up.SPEC)
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.001)
    orders = Path(store.root, run_id, "control.json")
    read, control = [], store.control
    monkeypatch.setattr(store, "control", lambda run_id: read.append(control(run_id)) or read[-1])

    def damage(epoch):
        if epoch == 2:
            orders.write_bytes(b"{")
            wait(lambda: caplog.records)
        if epoch == 3:
            store.steer(run_id, stop=True)
            wait(lambda: read and read[-1].stop)

    Training(monkeypatch, before_epoch=damage)
    state, _ = trained(store, run_id)
    assert state == "stopped"
    assert store.whole_epochs(run_id) == 2
    assert len(caplog.records) == 1
