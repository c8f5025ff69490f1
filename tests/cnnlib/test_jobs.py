"""The engine on a real cluster: small networks, 200 digits, a second or two a run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import psutil
import pytest

from cnnlib import cluster, dispatch, endings, idleness, jobs
from cnnlib.datasets import DatasetError
from cnnlib.demos import LayerDemo, pixels_of
from cnnlib.jobs import Engine
from cnnlib.records import RunError
from cnnlib.runs import RunStore
from cnnlib.spec import (
    ConvLayer,
    DenseLayer,
    FlattenLayer,
    Limits,
    NetworkSpec,
    PoolLayer,
    RunSpec,
    SpecError,
    TrainingSpec,
)
from cnnlib.training import BatchEvent, EpochEvent, RateEvent
from tests import faults

LAYERS = (ConvLayer(4), PoolLayer(), FlattenLayer(), DenseLayer(10, "softmax"))
NETWORK = NetworkSpec((28, 28, 1), LAYERS)
LONG = 100  # epochs of what is to be interrupted; more than any test waits for
PATIENCE = 150.0


def spec(**training):
    return RunSpec(NETWORK, TrainingSpec(**{"image_count": 200, "batch_size": 20} | training))


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        # Full sets are not here, and cannot be fetched.
        patch.setenv("CNN_DATA", str(tmp_path_factory.mktemp("data")))
        patch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))
        patch.setenv("https_proxy", "http://127.0.0.1:9")
        with Engine(RunStore(tmp_path_factory.mktemp("runs")), workers=1) as engine:
            engine.warm()
            yield engine


def wait(question, patience=PATIENCE):
    """The answer to `question`, as soon as it is not false."""
    give_up = time.monotonic() + patience
    while not (answer := question()):
        assert time.monotonic() < give_up, "waited too long"
        time.sleep(0.02)
    return answer


def ended(engine, run_id):
    wait(lambda: not engine.status(run_id).is_active)
    return engine.status(run_id)


def under_way(engine, run_id, epoch=2):
    wait(lambda: engine.status(run_id).state == "running" and engine.status(run_id).epoch >= epoch)


def epochs_of(events):
    return [event.epoch for event in events if isinstance(event, EpochEvent)]


def assert_in_order(events):
    offsets = {BatchEvent: 0, RateEvent: -0.5, EpochEvent: 1e9}
    places = [(e.epoch, getattr(e, "batch", 0) + offsets[type(e)]) for e in events]
    assert places == sorted(set(places))
    seconds = [event.seconds for event in events]
    assert seconds == sorted(seconds)


def test_a_run_trains_to_its_end_and_is_all_in_the_store(engine):
    run_id = engine.submit(spec(epochs=4))
    status = ended(engine, run_id)
    assert (status.state, status.message) == ("done", "")
    assert (status.epoch, status.epochs, status.progress) == (4, 4, 1.0)
    events = engine.events(run_id)
    assert epochs_of(events) == [1, 2, 3, 4]
    assert_in_order(events)
    assert engine.store.epochs(run_id) == (0, 1, 2, 3, 4)
    history = engine.store.history(run_id)
    assert [event for event in events if isinstance(event, EpochEvent)] == list(history.epochs)
    assert history.epochs[-1].loss < history.epochs[0].loss
    # Every epoch's last batch is kept; 180 images are 9 batches of 20.
    lasts = [event.epoch for event in history.batches if event.batch == 9]
    assert lasts == [1, 2, 3, 4]


def test_the_last_weights_are_what_the_curve_says(engine):
    """The network that is kept gets the validation accuracy that Keras reported in the worker."""
    from cnnlib import datasets

    run = spec(epochs=3)
    run_id = engine.submit(run)
    ended(engine, run_id)
    dataset = datasets.load("digits")
    _, held_back = datasets.training_split(dataset.y_train, 200, run.training.seed)
    images = datasets.scale(dataset.x_train[held_back])
    answers = engine.store.network(run_id).predict(images).argmax(axis=-1)
    accuracy = np.mean(answers == dataset.y_train[held_back])
    assert accuracy == pytest.approx(engine.store.history(run_id).epochs[-1].validation_accuracy)


def test_same_spec_and_seed_same_curve_and_another_seed_another(engine):
    specs = [spec(epochs=2, seed=7), spec(epochs=2, seed=7), spec(epochs=2, seed=8)]
    run_ids = [engine.submit(run) for run in specs]
    curves = []
    for run_id in run_ids:
        ended(engine, run_id)
        epochs = engine.store.history(run_id).epochs
        curves.append([(e.loss, e.accuracy, e.validation_loss) for e in epochs])
    assert curves[0] == curves[1]
    assert curves[0] != curves[2]
    first, second = (engine.store.network(run_id) for run_id in run_ids[:2])
    np.testing.assert_array_equal(first.weights[0]["kernel"], second.weights[0]["kernel"])


def test_stop_keeps_what_was_learned(engine):
    run_id = engine.submit(spec(epochs=LONG))
    under_way(engine, run_id)
    engine.cancel(run_id)
    status = ended(engine, run_id)
    assert status.state == "stopped"
    assert "is kept" in status.message
    kept = engine.store.epochs(run_id)
    assert kept == tuple(range(kept[-1] + 1))
    assert kept[-1] >= 1
    assert not np.array_equal(
        engine.store.network(run_id).weights[0]["kernel"],
        engine.store.network(run_id, 0).weights[0]["kernel"],
    )
    assert_in_order(engine.events(run_id))


def test_stop_in_the_first_epoch_keeps_what_was_learned(engine):
    run_id = engine.submit(spec(image_count=9_000, batch_size=1, epochs=2))
    wait(lambda: any(isinstance(e, BatchEvent) for e in engine.events(run_id)))
    engine.cancel(run_id)
    status = ended(engine, run_id)
    assert status.state == "stopped"
    assert "batches of epoch 1" in status.message
    assert engine.store.epochs(run_id) == (0, 1)
    history = engine.store.history(run_id)
    assert history.epochs == ()
    assert history.batches[-1].batch < history.batches[-1].batches == 8_100
    assert f"after {history.batches[-1].batch} of 8100 batches" in status.message
    assert not np.array_equal(
        engine.store.network(run_id).weights[0]["kernel"],
        engine.store.network(run_id, 0).weights[0]["kernel"],
    )


def test_live_events_come_a_few_times_a_second_and_before_the_epoch_ends(engine):
    run_id = engine.submit(spec(image_count=9_000, batch_size=4, epochs=1))
    wait(lambda: engine.events(run_id))
    time.sleep(1.5)
    status, live = engine.status(run_id), engine.events(run_id)
    engine.cancel(run_id)
    assert status.state == "running"
    assert 0 < status.progress < 1
    assert status.seconds_left > 0
    assert status.images_per_second > 0
    assert len(live) >= 3
    pauses = np.diff([event.seconds for event in live])
    assert pauses.min() > 0.2
    assert ended(engine, run_id).state == "stopped"


def test_the_second_in_line_knows_its_place_and_can_leave(engine):
    first = engine.submit(spec(epochs=LONG))
    under_way(engine, first, epoch=1)
    second, third = engine.submit(spec(epochs=1)), engine.submit(spec(epochs=1))
    status = engine.status(second)
    assert (status.state, status.position) == ("queued", 1)
    assert engine.status(third).position == 2
    assert engine.status(first).position is None
    engine.cancel(second)
    status = engine.status(second)
    assert (status.state, status.position) == ("stopped", None)
    assert status.message == "Stopped before it had learned anything."
    assert engine.status(third).position == 1
    assert engine.store.status(second).state == "stopped"
    engine.cancel(first)
    assert ended(engine, first).state == "stopped"
    assert ended(engine, third).state == "done"
    assert engine.store.epochs(second) == ()


def test_a_stopped_run_goes_on_from_its_last_whole_epoch(engine):
    run_id = engine.submit(spec(epochs=LONG))
    under_way(engine, run_id, epoch=3)
    engine.cancel(run_id)
    kept = len(epochs_of(engine.events(run_id)))
    ended(engine, run_id)
    before = engine.store.history(run_id).epochs
    engine.resume(run_id)
    under_way(engine, run_id, epoch=kept + 3)
    assert engine.status(run_id).message.startswith("Resumed from the end of epoch")
    engine.cancel(run_id)
    ended(engine, run_id)
    assert engine.store.history(run_id).epochs[: len(before)] == before
    assert_in_order(engine.events(run_id))


def curve(engine, run_id):
    return [(e.loss, e.validation_loss) for e in engine.store.history(run_id).epochs]


def assert_paused(engine, run_id):
    wait(lambda: engine.status(run_id).state == "paused")
    return engine.status(run_id)


def test_a_run_is_paused_stepped_and_let_go_on_without_a_change_of_its_numbers(engine):
    undisturbed = engine.submit(spec(epochs=3, seed=5))
    ended(engine, undisturbed)
    run_id = engine.submit(spec(epochs=3, seed=5))
    engine.pause(run_id)
    status = assert_paused(engine, run_id)
    assert (status.held, status.is_active) == (True, True)
    assert status.message == "Paused before its first batch."
    assert engine.step_detail(run_id) is None
    engine.watch_kernel(run_id, 3, 7)
    engine.step(run_id)
    detail = wait(lambda: engine.step_detail(run_id))
    assert (detail.epoch, detail.batch, detail.layer, detail.filter) == (1, 1, 3, 7)
    assert len(detail.indices) == len(detail.labels) == len(detail.probabilities) == 20
    wait(lambda: engine.events(run_id))
    assert engine.events(run_id)[-1].loss == detail.loss
    # Nine batches an epoch: one of the next, validation in between.
    engine.step(run_id, 9)
    wait(lambda: "after 1 of 9 batches of epoch 2" in engine.status(run_id).message)
    assert [e.batch for e in engine.events(run_id) if isinstance(e, BatchEvent)] == [
        *range(1, 10),
        1,
    ]
    assert engine.status(run_id).progress == pytest.approx(10 / 27)
    assert engine.status(run_id).state == "paused"
    engine.resume(run_id)
    assert ended(engine, run_id).state == "done"
    assert curve(engine, run_id) == curve(engine, undisturbed)


def test_a_paused_run_makes_room_and_goes_on_from_its_very_batch(engine, monkeypatch):
    monkeypatch.setattr(dispatch, "CROWDED_SECONDS", 0.2)
    undisturbed = engine.submit(spec(epochs=3, seed=6))
    ended(engine, undisturbed)
    run_id = engine.submit(spec(epochs=3, seed=6))
    engine.step(run_id, 13)
    wait(lambda: "after 4 of 9 batches of epoch 2" in engine.status(run_id).message)
    time.sleep(1.5)
    assert engine.status(run_id).held  # nobody else wants the worker
    other = engine.submit(spec(epochs=1))
    assert ended(engine, other).state == "done"
    status = engine.status(run_id)
    assert (status.state, status.held) == ("paused", False)
    assert "All of it is kept" in status.message
    assert engine.events(run_id)[-1].batch == 4
    # It can be stepped from where it lies.
    engine.step(run_id)
    wait(lambda: "after 5 of 9 batches of epoch 2" in engine.status(run_id).message)
    assert engine.step_detail(run_id).batch == 5
    engine.resume(run_id)
    status = ended(engine, run_id)
    assert (status.state, status.message) == ("done", "Resumed in epoch 2, after its batch 4.")
    assert curve(engine, run_id) == curve(engine, undisturbed)
    assert_in_order(engine.events(run_id))


def test_a_parked_run_can_be_stopped(engine, monkeypatch):
    monkeypatch.setattr(dispatch, "CROWDED_SECONDS", 0.0)
    run_id = engine.submit(spec(epochs=3))
    engine.step(run_id, 2)
    wait(lambda: "after 2 of 9" in engine.status(run_id).message)
    ended(engine, engine.submit(spec(epochs=1)))
    engine.cancel(run_id)
    status = engine.status(run_id)
    assert status.state == "stopped"
    assert status.message.startswith("Stopped after 2 of 9 batches of epoch 1.")


def test_a_learning_rate_changes_while_it_trains_and_stays_changed(engine):
    run_id = engine.submit(spec(epochs=LONG, optimizer="sgd"))
    under_way(engine, run_id)
    engine.set_learning_rate(run_id, 0.0001)
    (change,) = wait(lambda: [e for e in engine.events(run_id) if isinstance(e, RateEvent)])
    assert change.learning_rate == 0.0001
    under_way(engine, run_id, epoch=change.epoch + 2)
    engine.cancel(run_id)
    ended(engine, run_id)
    assert engine.store.history(run_id).changes == (change,)
    assert_in_order(engine.events(run_id))
    engine.step(run_id)
    detail = wait(lambda: engine.step_detail(run_id))
    assert detail.learning_rate == 0.0001
    engine.cancel(run_id)
    ended(engine, run_id)
    for rate in (0, -1.0, 100.0, float("nan"), "0.1", True):
        with pytest.raises(SpecError, match="learning rate must be a number"):
            engine.set_learning_rate(run_id, rate)


def test_a_run_begins_again_from_the_same_weights_or_from_those_of_an_epoch(engine):
    first = engine.submit(spec(epochs=2, seed=1))
    ended(engine, first)
    engine.store.rename(first, "Small")
    again = engine.submit(spec(epochs=1, seed=1))
    other_order = engine.submit(spec(epochs=1, seed=2), start_from=(first, 0))
    onwards = engine.submit(spec(epochs=1, seed=2), start_from=(first, 2))
    for run_id in (again, other_order, onwards):
        assert ended(engine, run_id).state == "done"
    initial = engine.store.network(first, 0).weights[0]["kernel"]
    for run_id in (again, other_order):
        mine = engine.store.network(run_id, 0).weights[0]["kernel"]
        np.testing.assert_array_equal(mine, initial)
    assert curve(engine, again) == curve(engine, first)[:1]
    assert curve(engine, other_order) != curve(engine, again)
    np.testing.assert_array_equal(
        engine.store.network(onwards, 0).weights[0]["kernel"],
        engine.store.network(first, 2).weights[0]["kernel"],
    )
    assert engine.store.about(onwards).began_from == "Small, epoch 2"
    deeper = RunSpec(NetworkSpec((28, 28, 1), (ConvLayer(4), *LAYERS)), TrainingSpec())
    with pytest.raises(SpecError, match="of the same network only"):
        engine.submit(deeper, start_from=(first, 0))
    with pytest.raises(RunError, match="no weights of epoch 3"):
        engine.submit(spec(), start_from=(first, 3))


def test_a_worker_that_has_measured_itself_forecasts_a_run(engine):
    forecast = wait(lambda: engine.forecast(spec(epochs=2)))
    longer = engine.forecast(spec(epochs=20))
    assert 0 < forecast.seconds < longer.seconds
    assert forecast.bytes > 1e8
    no_flatten = NetworkSpec((28, 28, 1), (ConvLayer(4), DenseLayer(10, "softmax")))
    with pytest.raises(SpecError, match="flatten or global average pooling"):
        engine.forecast(RunSpec(no_flatten, TrainingSpec()))
    with Engine(engine.store, workers=1) as cold:
        assert cold.forecast(spec()) is None


def test_orders_that_cannot_be_are_sentences(engine):
    run_id = engine.submit(spec(epochs=1))
    for layer, number in ((0, 4), (0, -1), (1, 0), (4, 0), (-1, 0)):
        with pytest.raises(SpecError, match="there is no filter"):
            engine.watch_kernel(run_id, layer, number)
    for batches in (0, -1, 1_001):
        with pytest.raises(RunError, match="a step is 1 to 1000 batches"):
            engine.step(run_id, batches)
    assert ended(engine, run_id).state == "done"
    for order in (engine.step, engine.pause, engine.resume):
        order(run_id)
        assert engine.status(run_id).state == "done"


def test_many_threads_may_use_the_engine(engine):
    def train(seed):
        run_id = engine.submit(spec(epochs=1, seed=seed))
        while engine.status(run_id).is_active:
            engine.events(run_id)
            time.sleep(0.05)
        return engine.status(run_id).state, epochs_of(engine.events(run_id))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(train, range(4))) == [("done", [1])] * 4


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_worker_killed_at_any_moment_comes_back_and_the_run_goes_on_without_a_gap(engine, share):
    """As `tests/benchmarks/bench_faults.py` does it twenty times."""
    killed = faults.killed_training(engine, (share, 0.03), faults.undisturbed(engine))
    assert (killed.state, killed.faults) == ("done", ())
    assert killed.told
    for sentence in killed.told:  # that it died, if it trained by then, and what became of the run
        known = (endings.DIED, "The training process is starting.")
        assert sentence in known or sentence.startswith(f"{faults.TOLD} and was started again")


def test_a_second_engine_on_the_same_store_knows_the_runs(engine):
    done = engine.submit(spec(epochs=1))
    ended(engine, done)
    running = engine.submit(spec(epochs=LONG))
    under_way(engine, running)
    with Engine(engine.store) as other:
        assert other.status(done).state == "done"
        assert other.events(done) == engine.events(done)
        assert other.status(running).state == "running"
        assert epochs_of(other.events(running))
        other.cancel(running)
    assert ended(engine, running).state == "stopped"


def test_a_run_whose_app_was_killed_is_interrupted_and_can_be_resumed(engine):
    store = engine.store
    run_id = store.create(spec(epochs=2))
    store.update(run_id, state="running", starts=1)
    os.utime(os.path.join(store.root, run_id, "alive"), (1e9, 1e9))
    assert engine.status(run_id).state == "interrupted"
    engine.resume(run_id)
    assert ended(engine, run_id).state == "done"
    assert epochs_of(engine.events(run_id)) == [1, 2]
    engine.resume(run_id)
    assert engine.status(run_id).state == "done"


def test_what_asks_for_too_much_is_refused_before_it_is_queued(engine):
    before = set(os.listdir(engine.store.root))
    photos = NetworkSpec((32, 32, 3), LAYERS)
    two = NetworkSpec((28, 28, 1), (FlattenLayer(), DenseLayer(2, "softmax")))
    no_flatten = NetworkSpec((28, 28, 1), (ConvLayer(4), DenseLayer(10, "softmax")))
    strict = Engine(engine.store, limits=Limits(parameters=100))
    with strict, pytest.raises(SpecError, match="6,810 parameters; the most is 100"):
        strict.submit(spec())
    for refused, sentence in [
        (RunSpec(photos, TrainingSpec()), "images of 28 × 28 × 1"),
        (RunSpec(two, TrainingSpec()), "in 10 classes; .* tells 2 apart"),
        (RunSpec(no_flatten, TrainingSpec()), "(?i)flatten"),
        (spec(source="full"), "full MNIST is not on this machine"),
        (spec(image_count=9_001), "there are 9,000 training images; 9,001 were asked for"),
    ]:
        with pytest.raises(SpecError, match=sentence):
            engine.submit(refused)
    assert set(os.listdir(engine.store.root)) == before


def test_a_full_queue_is_a_sentence(engine, monkeypatch):
    monkeypatch.setattr(engine, "limits", Limits(queue=1))
    run_id = engine.submit(spec(epochs=LONG))
    with pytest.raises(RunError, match="waiting already"):
        engine.submit(spec())
    engine.cancel(run_id)
    ended(engine, run_id)


def test_unknown_runs_are_sentences(engine):
    asks = (engine.status, engine.events, engine.cancel, engine.resume, engine.pause, engine.step)
    for ask in (*asks, engine.step_detail, engine.control):
        for run_id in ("../../../../etc", "a" * 16, "", None):
            with pytest.raises(RunError, match="there is no run"):
                ask(run_id)


def test_a_loss_that_overflows_is_shown_as_it_is(engine):
    run_id = engine.submit(spec(epochs=3, optimizer="sgd", learning_rate=10.0))
    assert ended(engine, run_id).state == "done"
    losses = [event.loss for event in engine.store.history(run_id).epochs]
    assert len(losses) == 3
    assert not np.isfinite(losses[-1]) or losses[-1] > 2.3


def test_a_data_set_that_cannot_be_fetched_is_a_sentence(engine):
    assert engine.fetch_status("digits").state == "absent"
    engine.fetch("digits")
    assert engine.fetch_status("digits").is_active
    wait(lambda: not engine.fetch_status("digits").is_active)
    status = engine.fetch_status("digits")
    assert status.state == "failed"
    assert "could not be fetched" in status.message
    with pytest.raises(DatasetError, match="there is no data set"):
        engine.fetch("letters")
    with pytest.raises(DatasetError, match="there is no data set"):
        engine.fetch_status("letters")


def test_a_run_that_does_not_obey_is_ended_by_force_and_the_next_one_trains(tmp_path, engine):
    dispatcher = engine._dispatcher
    grace, dispatcher._grace_seconds = dispatcher._grace_seconds, 0.0
    try:
        # Building and compiling so deep a network takes seconds, in which nobody asks about stops.
        deep = NetworkSpec((28, 28, 1), (*[ConvLayer(8, padding="same")] * 30, *LAYERS))
        run_id = engine.submit(RunSpec(deep, TrainingSpec(image_count=200, epochs=1)))
        wait(lambda: engine.status(run_id).state == "running")
        (before,) = faults.training_processes()
        engine.cancel(run_id)
        assert ended(engine, run_id).state == "stopped"
    finally:
        dispatcher._grace_seconds = grace
    next_run = engine.submit(spec(epochs=1))
    assert ended(engine, next_run).state == "done"
    assert not before.is_running()


def test_a_lost_cluster_is_started_again_and_the_run_goes_on(engine):
    run_id = engine.submit(spec(epochs=LONG))
    under_way(engine, run_id)
    (server,) = (p for p in psutil.Process().children() if "cnnlib.cluster" in p.cmdline())
    server.send_signal(signal.SIGKILL)
    wait(lambda: engine.status(run_id).state == "queued")
    kept = engine.store.epochs(run_id)[-1]
    under_way(engine, run_id, epoch=kept + 2)
    engine.cancel(run_id)
    assert ended(engine, run_id).state == "stopped"
    assert_in_order(engine.events(run_id))


def test_after_so_many_runs_an_idle_worker_is_replaced(engine, monkeypatch):
    monkeypatch.setattr(idleness, "SHORT_SECONDS", 0.1)
    engine.warm()
    (before,) = (worker.pid for worker in wait(faults.training_processes))
    idle = engine._dispatcher.idleness
    often, idle.most_runs = idle.most_runs, 1
    try:
        run_id = engine.submit(spec(epochs=1))
        assert ended(engine, run_id).state == "done"
        wait(lambda: not psutil.pid_exists(before))
        wait(faults.training_processes)
    finally:
        idle.most_runs = often


ABANDONED = """
import sys, time
from cnnlib.jobs import Engine
from cnnlib.runs import RunStore
engine = Engine(RunStore(sys.argv[1]))
engine.warm()
while engine._dispatcher.link.cluster is None:
    time.sleep(0.05)
print("up", flush=True)
time.sleep(600)
"""


def test_nothing_is_left_running_when_the_app_is_killed(tmp_path):
    app = subprocess.Popen(
        [sys.executable, "-c", ABANDONED, str(tmp_path)], stdout=subprocess.PIPE, cwd=os.getcwd()
    )
    assert app.stdout.readline() == b"up\n"
    children = psutil.Process(app.pid).children(recursive=True)
    assert len(children) >= 2
    app.kill()
    app.wait()
    app.stdout.close()
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []


def test_a_scheduler_elsewhere_is_used_and_left_running(tmp_path, monkeypatch):
    server = cluster.LocalProcess(1)
    monkeypatch.setenv("CNN_SCHEDULER", server.address)
    with Engine(RunStore(tmp_path)) as engine:
        engine.warm()
        wait(lambda: engine._dispatcher.link.cluster)
        assert list(engine._dispatcher.link.cluster.workers().values()) == [1]
        assert engine.trouble == ""
    assert server.is_alive
    server.close()
    assert not server.is_alive


class WorkerlessCluster:
    """A cluster of our own whose worker does not come back."""

    started = 0

    def __init__(self, *args):
        self.is_own = self.is_up = True
        WorkerlessCluster.started += 1

    def workers(self):
        return {}

    def close(self):
        self.is_up = False


def test_a_cluster_that_has_lost_its_workers_for_good_is_started_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "Cluster", WorkerlessCluster)
    monkeypatch.setattr(cluster, "WORKERLESS_SECONDS", 0.1)
    monkeypatch.setattr(dispatch, "TICK_SECONDS", 0.05)
    with Engine(RunStore(tmp_path)) as engine:
        run_id = engine.submit(spec())
        wait(lambda: WorkerlessCluster.started >= 2)
        status = engine.status(run_id)
    assert (status.state, status.position) == ("queued", 1)
    assert status.message == "The training process is starting."


def test_an_unreachable_scheduler_is_a_sentence_and_the_run_waits(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    with Engine(RunStore(tmp_path), scheduler="tcp://127.0.0.1:9") as engine:
        run_id = engine.submit(spec())
        wait(lambda: engine.trouble)
        status = engine.status(run_id)
        assert (status.state, status.position) == ("queued", 1)
        assert "tcp://127.0.0.1:9 does not answer" in status.message
        engine.cancel(run_id)
        assert engine.status(run_id).state == "stopped"


SCHEDULER = """
import asyncio
from distributed import Scheduler
async def main():
    async with Scheduler(host="127.0.0.1", port=0, dashboard=False) as scheduler:
        print(scheduler.address, flush=True)
        await scheduler.finished()
asyncio.run(main())
"""


def test_a_scheduler_that_hangs_and_then_dies_is_told_of_while_the_run_waits(tmp_path, monkeypatch):
    for name in ("ANSWER_SECONDS", "CONNECT_SECONDS", "STOP_SECONDS", "RETRY_SECONDS"):
        monkeypatch.setattr(cluster, name, 1.0)
    server = subprocess.Popen([sys.executable, "-c", SCHEDULER], stdout=subprocess.PIPE)
    address = server.stdout.readline().decode().strip()
    try:
        with Engine(RunStore(tmp_path), scheduler=address) as engine:
            run_id = engine.submit(spec())
            wait(lambda: engine._dispatcher.link.cluster)
            assert engine.trouble == ""
            server.send_signal(signal.SIGSTOP)
            wait(lambda: engine.trouble)
            status = engine.status(run_id)
            assert (status.state, status.position) == ("queued", 1)
            assert f"The training server {address} does not answer" in status.message
            assert "tried again every few seconds" in status.message
            server.send_signal(signal.SIGCONT)
            wait(lambda: not engine.trouble)
            server.kill()
            wait(lambda: engine.trouble)
            engine.cancel(run_id)
            assert engine.status(run_id).state == "stopped"
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


def test_runs_that_wait_when_the_app_ends_are_interrupted(tmp_path):
    store = RunStore(tmp_path)
    with Engine(store, scheduler="tcp://127.0.0.1:9") as engine:
        run_id = engine.submit(spec())
    assert store.status(run_id).state == "interrupted"
    with pytest.raises(RunError, match="closed"):
        engine.submit(spec())


def test_the_number_of_workers_is_read_from_the_environment(monkeypatch):
    for value, expected in [("3", 3), ("0", 1), ("-2", 1), ("many", 1), ("", 1), ("1000", 1)]:
        monkeypatch.setenv("CNN_WORKERS", value)
        assert jobs._workers_wanted() == expected


def test_a_demonstration_is_run_beside_a_training(engine):
    run_id = engine.submit(spec(epochs=LONG))
    under_way(engine, run_id)
    demo = LayerDemo(PoolLayer(), pixels_of(np.arange(16).reshape(4, 4, 1) / 16))
    status = wait(lambda: (s := engine.demo(demo)).state == "done" and s)
    assert engine.status(run_id).state == "running"
    assert status.result.name == "MaxPooling2D"
    assert status.result.output.ravel().tolist() == [5 / 16, 7 / 16, 13 / 16, 15 / 16]
    engine.cancel(run_id)
    assert ended(engine, run_id).state == "stopped"
