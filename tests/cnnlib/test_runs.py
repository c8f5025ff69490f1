from __future__ import annotations

import builtins
import dataclasses
import errno
import os
import threading

import numpy as np
import pytest

from cnnlib.control import About, Control
from cnnlib.events import BatchEvent, EpochEvent, StepDetail
from cnnlib.network import Network
from cnnlib.records import EpochRecord
from cnnlib.runs import History, RunError, RunStore, runs_folder
from cnnlib.spec import ConvLayer, DenseLayer, FlattenLayer, NetworkSpec, RunSpec, TrainingSpec
from cnnlib.summaries import RunSummary

NETWORK = NetworkSpec((6, 6, 1), (ConvLayer(2), FlattenLayer(), DenseLayer(3, "softmax")))
SPEC = RunSpec(NETWORK, TrainingSpec(image_count=40, epochs=4))
HOSTILE_IDS = [
    "",
    ".",
    "..",
    "../../../etc",
    "/etc/passwd",
    "aaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaa\n",
    "aaaaaaaaaaaaaaa/",
    "aaaaaaaaaaaa/../",
    "\0" * 16,
    "ａ" * 16,
    "%2e%2e%2f%2e%2e%2",
    "a" * 100_000,
    None,
    5,
    b"aaaaaaaaaaaaaaaa",
]


def weights(value=0.0):
    return tuple(
        {
            name: np.full(shape, value, np.float32)
            for name, shape in step.layer.weight_shapes(step.input_shape).items()
        }
        for step in NETWORK.steps()
    )


def batch(epoch, number):
    return BatchEvent(epoch, number, 10, 1.0, 0.5, 100.0, 0.0)


def epoch_end(epoch):
    return EpochEvent(epoch, 1.0, 0.5, 1.1, 0.4, 100.0, float(epoch))


def save_epochs(store, run_id, last):
    """Epochs 0 to `last`, each with two batches and weights that hold its number."""
    for epoch in range(last + 1):
        record = EpochRecord()
        if epoch:
            record = EpochRecord((batch(epoch, 1), batch(epoch, 10)), epoch_end(epoch))
        state = {"0": np.array([float(epoch)])}
        store.save_epoch(run_id, epoch, weights(epoch), record, state)


def folder(store, run_id):
    return os.path.join(store.root, run_id)


def corrupt(store, run_id, name, data):
    with open(os.path.join(folder(store, run_id), name), "wb") as file:
        file.write(data)


def test_a_new_run_waits_and_has_its_spec(store):
    run_id = store.create(SPEC)
    assert store.exists(run_id)
    assert store.spec(run_id) == SPEC
    status = store.status(run_id)
    assert (status.state, status.epoch, status.epochs, status.progress) == ("queued", 0, 4, 0.0)
    assert store.epochs(run_id) == ()
    assert store.history(run_id) == History()


def test_ids_are_long_and_never_the_same(store):
    ids = {store.create(SPEC) for _ in range(50)}
    assert len(ids) == 50
    assert {len(run_id) for run_id in ids} == {16}


def test_epochs_history_and_networks_come_back(store):
    run_id = store.create(SPEC)
    save_epochs(store, run_id, 2)
    assert store.epochs(run_id) == (0, 1, 2)
    history = store.history(run_id)
    assert history.batches == (batch(1, 1), batch(1, 10), batch(2, 1), batch(2, 10))
    assert history.epochs == (epoch_end(1), epoch_end(2))
    assert store.status(run_id).progress == 0.5
    for epoch, expected in [(0, 0.0), (1, 1.0), (None, 2.0)]:
        network = store.network(run_id, epoch)
        np.testing.assert_array_equal(network.weights[0]["kernel"], weights(expected)[0]["kernel"])
    with pytest.raises(RunError, match="no weights of epoch 3"):
        store.network(run_id, 3)


def test_another_process_sees_the_same_run(store):
    run_id = store.create(SPEC)
    save_epochs(store, run_id, 1)
    other = RunStore(store.root)
    assert other.spec(run_id) == SPEC
    assert other.history(run_id) == store.history(run_id)


@pytest.mark.parametrize("missing", ["epochs/0002.npz", "epochs/0002.json"])
def test_an_epoch_counts_only_when_everything_of_it_is_there(store, missing):
    run_id = store.create(SPEC)
    save_epochs(store, run_id, 2)
    os.remove(os.path.join(folder(store, run_id), missing))
    assert store.epochs(run_id) == (0, 1)
    assert store.history(run_id).epochs == (epoch_end(1),)


def test_a_run_without_a_spec_does_not_exist(store):
    run_id = store.create(SPEC)
    os.remove(os.path.join(folder(store, run_id), "spec.json"))
    assert not store.exists(run_id)
    with pytest.raises(RunError, match="there is no run"):
        store.spec(run_id)


@pytest.mark.parametrize("run_id", HOSTILE_IDS)
def test_a_hostile_id_touches_nothing_and_is_refused_with_a_sentence(store, run_id, monkeypatch):
    def forbidden(*args, **kwargs):
        raise AssertionError(f"the file system was asked about {args!r:.80}")

    for name in ("stat", "scandir", "open", "replace", "mkdir", "unlink"):
        monkeypatch.setattr(os, name, forbidden)
    monkeypatch.setattr(builtins, "open", forbidden)
    assert store.exists(run_id) is False
    for ask in (
        store.spec,
        store.status,
        store.history,
        store.network,
        store.epochs,
        store.record,
        store.steer,
        store.control,
        store.begin_control,
        store.control_stamp,
        store.about,
        store.summary,
        store.step_detail,
        store.initial_weights,
        store.whole_epochs,
        lambda run_id: store.rename(run_id, "A name"),
        lambda run_id: store.save_step(run_id, DETAIL),
        store.beat,
        store.is_alive,
        store.resume_point,
        lambda run_id: store.update(run_id, state="done"),
        lambda run_id: store.save_epoch(run_id, 0, weights(), EpochRecord(), None),
    ):
        with pytest.raises(RunError, match="there is no run"):
            ask(run_id)


@pytest.mark.parametrize(
    ("name", "ask"),
    [
        ("spec.json", "spec"),
        ("spec.json", "status"),
        ("status.json", "status"),
        ("epochs/0001.json", "history"),
        ("epochs/0001.npz", "network"),
    ],
)
@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff" * 50, b"[" * 50_000, b"null", b"PK\x03\x04 no zip"]
)
def test_a_damaged_file_is_a_sentence_and_leaves_other_runs_alone(store, name, ask, data):
    run_id, sound = store.create(SPEC), store.create(SPEC)
    save_epochs(store, run_id, 1)
    save_epochs(store, sound, 1)
    corrupt(store, run_id, name, data)
    reader = RunStore(store.root)
    with pytest.raises(RunError, match="damaged"):
        getattr(reader, ask)(run_id)
    getattr(reader, ask)(sound)


def test_weights_that_grew_beyond_all_numbers_are_a_sentence_of_their_own(store):
    run_id = store.create(SPEC)
    save_epochs(store, run_id, 1)
    store.save_epoch(run_id, 2, weights(np.inf), EpochRecord((batch(2, 1),), epoch_end(2)), None)
    with pytest.raises(RunError, match="diverged: by the end of epoch 2"):
        store.network(run_id)
    store.network(run_id, 1)


def test_an_epoch_that_was_cut_short_counts_for_what_it_is(store):
    run_id = store.create(SPEC)
    save_epochs(store, run_id, 1)
    store.save_epoch(run_id, 2, weights(), EpochRecord((batch(2, 5),), partial=True), None)
    assert store.status(run_id).progress == pytest.approx(1.5 / 4)


def test_a_giant_file_is_not_read(store):
    run_id = store.create(SPEC)
    corrupt(store, run_id, "status.json", b" " * 2_000_000)
    with pytest.raises(RunError, match="larger than"):
        store.status(run_id)


def test_training_goes_on_from_the_last_whole_epoch(store):
    run_id = store.create(SPEC)
    assert store.resume_point(run_id) is None
    save_epochs(store, run_id, 2)
    partial = EpochRecord((batch(3, 1),), partial=True)
    store.save_epoch(run_id, 3, weights(2.5), partial, None)
    assert store.epochs(run_id) == (0, 1, 2, 3)
    assert store.history(run_id).batches[-1] == batch(3, 1)
    epoch, state = store.resume_point(run_id)
    assert (epoch, state["0"].tolist()) == (2, [2.0])
    assert store.epochs(run_id) == (0, 1, 2)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no zip"])
def test_without_a_sound_state_training_starts_over(store, data):
    run_id = store.create(SPEC)
    save_epochs(store, run_id, 2)
    corrupt(store, run_id, "resume.npz", data)
    assert store.resume_point(run_id) is None
    assert store.epochs(run_id) == ()


def test_a_state_whose_epochs_are_not_all_there_is_not_gone_on_from(store):
    run_id = store.create(SPEC)
    save_epochs(store, run_id, 3)
    os.remove(os.path.join(folder(store, run_id), "epochs/0002.json"))
    assert store.resume_point(run_id) is None


def test_a_run_nobody_works_on_any_more_is_interrupted(store):
    run_id = store.create(SPEC)
    save_epochs(store, run_id, 1)
    store.update(run_id, state="running")
    assert store.status(run_id).state == "running"
    os.utime(os.path.join(folder(store, run_id), "alive"), (1e9, 1e9))
    later = RunStore(store.root)
    status = later.status(run_id)
    assert (status.state, status.epoch) == ("interrupted", 1)
    assert "after epoch 1 of 4" in status.message
    store.beat(run_id)
    assert later.status(run_id).state == "running"


def test_orders_are_changed_one_by_one_and_steps_are_added(store):
    run_id = store.create(SPEC)
    assert store.control(run_id) == Control()
    assert store.control_stamp(run_id) is None
    store.steer(run_id, paused=True, steps=2)
    first = store.control_stamp(run_id)
    store.steer(run_id, steps=3, learning_rate=0.1, layer=0, filter=1, stop=True, park=True)
    assert store.control_stamp(run_id) != first
    expected = Control(True, 5, 0.1, True, True, 0, 1)
    assert store.control(run_id) == expected
    assert RunStore(store.root).control(run_id) == expected


def test_a_run_that_is_queued_to_go_on_keeps_its_learning_rate_and_loses_its_other_orders(store):
    run_id = store.create(SPEC)
    store.steer(run_id, paused=True, steps=5, learning_rate=0.1, stop=True, park=True)
    store.begin_control(run_id)
    assert store.control(run_id) == Control(learning_rate=0.1)
    store.begin_control(run_id, paused=True, steps=3)
    assert store.control(run_id) == Control(paused=True, steps=3, learning_rate=0.1)


def test_grants_from_many_threads_are_all_counted(store):
    run_id = store.create(SPEC)
    threads = [threading.Thread(target=store.steer, args=(run_id,), kwargs={"steps": 1})] + [
        threading.Thread(target=lambda: store.steer(run_id, steps=1)) for _ in range(7)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.control(run_id).steps == 8


def test_a_paused_run_that_a_worker_holds_is_told_from_one_that_is_parked(store):
    run_id = store.create(SPEC)
    store.steer(run_id, paused=True)
    assert store.status(run_id).state == "queued"
    store.update(run_id, state="running")
    status = store.status(run_id)
    assert (status.state, status.held, status.is_active) == ("paused", True, True)
    store.update(run_id, state="paused")
    status = store.status(run_id)
    assert (status.state, status.held, status.is_active) == ("paused", False, False)


def test_a_parked_run_goes_on_within_its_epoch(store):
    run_id = store.create(SPEC)
    save_epochs(store, run_id, 2)
    partial = EpochRecord((batch(3, 4),), partial=True)
    state = {"0": np.array([2.4]), "position": np.array([4.0, 0.0])}
    store.save_epoch(run_id, 3, weights(2.4), partial, state)
    epoch, back = store.resume_point(run_id)
    assert (epoch, back["0"].tolist(), back["position"].tolist()) == (2, [2.4], [4.0, 0.0])
    assert store.epochs(run_id) == (0, 1, 2, 3)
    assert store.whole_epochs(run_id) == 2
    # The epoch came to its end, but its state was not written any more: it is trained again.
    done = EpochRecord((batch(3, 4), batch(3, 10)), epoch_end(3))
    store.save_epoch(run_id, 3, weights(3), done, None)
    assert store.resume_point(run_id)[0] == 2
    assert store.epochs(run_id) == (0, 1, 2)


def test_an_interrupted_run_is_said_to_have_kept_its_whole_epochs(store):
    run_id = store.create(SPEC)
    save_epochs(store, run_id, 1)
    store.save_epoch(run_id, 2, weights(), EpochRecord((batch(2, 5),), partial=True), None)
    store.update(run_id, state="running")
    os.utime(os.path.join(folder(store, run_id), "alive"), (1e9, 1e9))
    assert "after epoch 1 of 4" in store.status(run_id).message


def test_a_run_has_the_name_it_is_given(store):
    run_id = store.create(SPEC)
    assert store.about(run_id) == About()
    store.rename(run_id, "  Fünf × 5, «wide» ")
    store.describe(run_id, test_accuracy=0.5, test_epoch=3)
    assert RunStore(store.root).about(run_id) == About("Fünf × 5, «wide»", "", 0.5, 3)


@pytest.mark.parametrize(
    "name",
    ["", "   ", "a" * 61, "two\nlines", "\x00", "\u202eback", "\ud800", None, 5, ["a"], b"a"],
)
def test_a_name_that_cannot_be_is_refused_with_a_sentence(store, name):
    run_id = store.create(SPEC)
    with pytest.raises(RunError, match="a name has 1 to 60 letters"):
        store.rename(run_id, name)
    assert store.about(run_id).name == ""


def test_a_run_begins_with_given_weights_and_says_whose_they_are(store):
    network = Network(NETWORK, weights(3.0))
    run_id = store.create(SPEC, network, "Wide, epoch 2")
    back = store.initial_weights(run_id)
    np.testing.assert_array_equal(back[0]["kernel"], network.weights[0]["kernel"])
    assert store.about(run_id).began_from == "Wide, epoch 2"
    assert store.initial_weights(store.create(SPEC)) is None
    corrupt(store, run_id, "initial.npz", b"PK")
    with pytest.raises(RunError, match="its first weights are damaged"):
        store.initial_weights(run_id)


def test_a_summary_has_the_figures_for_a_table(store):
    run_id = store.create(SPEC)
    summary = store.summary(run_id)
    assert (summary.epochs, summary.state, summary.parameters) == (0, "queued", 119)
    assert summary.validation_accuracy is summary.best_accuracy is summary.test_accuracy is None
    assert summary.seconds == 0.0
    assert summary.images_per_second is None
    store.rename(run_id, "Small")
    for epoch, accuracy, speed in [(0, 0, 0), (1, 0.25, 100.0), (2, 0.5, 300.0), (3, 0.375, 400.0)]:
        event = EpochEvent(epoch, 1.0, 0.5, 1.1, accuracy, speed, 10.0 * epoch) if epoch else None
        store.save_epoch(run_id, epoch, weights(), EpochRecord((), event), None)
    store.update(run_id, state="done")
    store.describe(run_id, test_accuracy=0.4375, test_epoch=3)
    assert store.summary(run_id) == RunSummary(
        run_id=run_id,
        name="Small",
        dataset="digits",
        parameters=119,
        multiply_adds=NETWORK.multiply_adds,
        epochs=3,
        validation_accuracy=0.375,
        best_accuracy=0.5,
        best_epoch=2,
        test_accuracy=0.4375,
        seconds=30.0,
        images_per_second=300.0,
        state="done",
    )


DETAIL = StepDetail(
    epoch=1,
    batch=2,
    indices=np.array([5, 6, 7]),
    labels=np.array([0, 1, 1]),
    probabilities=np.full((3, 2), 0.5, np.float32),
    loss=float("nan"),
    learning_rate=0.01,
    gradient_norms=np.array([np.nan, 2.0]),
    weight_norms=np.array([np.nan, 3.0]),
    layer=1,
    filter=0,
    before=np.zeros((3, 3, 1), np.float32),
    gradient=np.ones((3, 3, 1), np.float32),
    after=np.full((3, 3, 1), -0.01, np.float32),
)


def test_the_last_step_comes_back_as_it_was(store):
    run_id = store.create(SPEC)
    assert store.step_detail(run_id) is None
    store.save_step(run_id, DETAIL)
    back = store.step_detail(run_id)
    for name, value in vars(DETAIL).items():
        np.testing.assert_array_equal(getattr(back, name), value)
        assert type(getattr(back, name)) is type(value)


@pytest.mark.parametrize(
    "change",
    [
        {"labels": np.array([0, 1])},
        {"labels": np.zeros(3)},
        {"probabilities": np.zeros(3, np.float32)},
        {"before": np.zeros((3, 3), np.float32)},
        {"after": np.zeros((2, 3, 1), np.float32)},
        {"weight_norms": np.zeros(3)},
        {"loss": np.zeros(2)},
        {"epoch": 1.5},
        {"after": np.array(["a"])},
    ],
)
def test_a_damaged_step_is_a_sentence(store, change):
    run_id = store.create(SPEC)
    store.save_step(run_id, dataclasses.replace(DETAIL, **change))
    with pytest.raises(RunError, match="last step is damaged"):
        store.step_detail(run_id)


@pytest.mark.parametrize("name", ["control.json", "about.json", "step.npz"])
@pytest.mark.parametrize("data", [b"", b"{", b"\xff" * 50, b"null", b"PK\x03\x04 no zip"])
def test_damaged_notes_are_a_sentence(store, name, data):
    run_id = store.create(SPEC)
    corrupt(store, run_id, name, data)
    ask = {"control.json": store.control, "about.json": store.about, "step.npz": store.step_detail}
    with pytest.raises(RunError, match="damaged"):
        ask[name](run_id)


def test_asking_again_reads_only_what_is_new(store, monkeypatch):
    run_id = store.create(SPEC)
    save_epochs(store, run_id, 2)
    store.history(run_id)
    first = store.network(run_id, 1)
    read = []
    folder = store._files.folder
    whole = folder.read
    monkeypatch.setattr(folder, "read", lambda name, most: read.append(name) or whole(name, most))
    store.history(run_id)
    assert store.network(run_id, 1) is first
    assert read == []
    store.save_epoch(run_id, 2, weights(9.0), EpochRecord((batch(2, 3),), epoch_end(2)), None)
    assert store.history(run_id).batches[-1] == batch(2, 3)
    assert [name for name in read if name.endswith("2.json")] == [f"{run_id}/epochs/0002.json"]
    assert not [name for name in read if name.endswith("1.json")]
    np.testing.assert_array_equal(store.network(run_id).weights[0]["bias"], [9.0, 9.0])


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "Read-only file system"),
        (errno.EACCES, "Permission denied"),
    ],
)
def test_a_disk_that_cannot_be_written_is_a_sentence(store, monkeypatch, number, sentence):
    def fail(*args):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(RunError, match=f"cannot be written: {sentence}"):
        store.create(SPEC)


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RunError, match="cannot be written"):
        RunStore(tmp_path / "file" / "runs").create(SPEC)


def test_the_folder_of_runs_is_named_by_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_RUNS", str(tmp_path / "elsewhere"))
    assert RunStore().root == str(tmp_path / "elsewhere")
    monkeypatch.delenv("CNN_RUNS")
    assert runs_folder().parts[-2:] == ("cnn-made-easy", "runs")


def test_many_threads_may_read_while_one_writes(store):
    run_id = store.create(SPEC)
    failures = []

    def read():
        try:
            while not over.is_set():
                history = store.history(run_id)
                epochs = [event.epoch for event in history.epochs]
                assert epochs == list(range(1, len(epochs) + 1))
                if store.epochs(run_id):
                    store.network(run_id)
        except Exception as error:
            failures.append(error)

    over = threading.Event()
    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    save_epochs(store, run_id, 8)
    over.set()
    for reader in readers:
        reader.join()
    assert failures == []
