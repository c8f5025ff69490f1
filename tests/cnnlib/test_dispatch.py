"""The queue against a cluster that does what the test says, by a clock that the test moves."""

from __future__ import annotations

import dataclasses

import pytest

from cnnlib import cluster, dispatch
from cnnlib.demos import LayerDemo
from cnnlib.dispatch import Dispatcher
from cnnlib.jobs import OWN_FIRST, Engine
from cnnlib.layers import DenseLayer
from cnnlib.limits import Limits
from cnnlib.records import RunError

LIMITS = Limits(lease_seconds=600.0, run_seconds=3_600.0)


class Future:
    def __init__(self, key):
        self.key, self.status, self.outcome = key, "pending", None

    def add_done_callback(self, function):
        pass

    def done(self):
        return self.status != "pending"

    def result(self, timeout):
        return self.outcome

    def cancel(self, force):
        self.status = "cancelled"


class Cluster:
    """Takes whatever it is given; the test says how each ends."""

    made: list[Cluster]

    def __init__(self, scheduler, workers, on_message):
        self.count, self.on_message = workers, on_message
        self.futures, self.restarted = {}, []
        self.is_own = self.is_up = True
        self.made.append(self)
        on_message({"kind": "warm"})

    def workers(self):
        return {f"worker {number}": 1 for number in range(self.count)}

    def submit(self, key, function, *args, priority):
        self.futures[key] = Future(key)
        return self.futures[key]

    def restart_workers(self, addresses=None):
        self.restarted.append(addresses)

    def close(self):
        self.is_up = False


class World:
    """An engine whose thread is the test itself."""

    def __init__(self, store, spec, limits, workers):
        self.now, self.present, self.spec, self.store = 1_000.0, {"ann", "bob", "cy"}, spec, store
        self.engine = Engine(store, limits=limits)
        self.engine._dispatcher = self.dispatcher = Dispatcher(
            store, None, workers, 20.0, 1_000, limits, self.present.__contains__, lambda: self.now
        )

    @property
    def cluster(self):
        return Cluster.made[-1]

    def submit(self, visitor, epochs=2):
        training = dataclasses.replace(self.spec.training, epochs=epochs)
        spec = dataclasses.replace(self.spec, training=training)
        return self.engine.submit(spec, visitor=visitor)

    def step(self, seconds=0.0):
        """What the engine's thread does in so many seconds, and what it finds then."""
        for _ in range(round(seconds)):
            self.now += 1.0
            self.dispatcher._step()
        self.dispatcher._step()

    def sent(self):
        """The runs that the cluster is at, as it was given them."""
        pending = [key for key, future in self.cluster.futures.items() if not future.done()]
        return [key.removeprefix("train-").rpartition("-")[0] for key in pending]

    def started(self, run_id):
        """The worker says that it has begun."""
        self.store.update(run_id, state="running")
        about = {"run": run_id, "attempt": 1, "worker": "worker 0", "message": ""}
        self.cluster.on_message({"kind": "started", "epoch": 0, "batch": 0} | about)
        self.step()

    def ends(self, run_id, state="done", message=""):
        (future,) = (f for key, f in self.cluster.futures.items() if run_id in key)
        self.store.update(run_id, state=state, message=message)
        future.status, future.outcome = "finished", (state, message)
        self.step()


@pytest.fixture
def make(monkeypatch, store, tiny_run):
    monkeypatch.setattr(cluster, "Cluster", Cluster)
    monkeypatch.setattr(Cluster, "made", [], raising=False)
    monkeypatch.setattr(Dispatcher, "start", lambda self: None)
    worlds = []

    def make_world(limits=LIMITS, workers=1):
        worlds.append(World(store, tiny_run, limits, workers))
        return worlds[-1]

    yield make_world
    for world in worlds:
        world.engine.close()


@pytest.fixture
def world(make):
    return make()


def test_one_run_at_a_time_for_each_visitor_and_turns_between_them(world):
    a1, a2, a3 = (world.submit("ann") for _ in range(3))
    world.step()
    assert world.sent() == [a1]
    b1, b2, c1 = world.submit("bob"), world.submit("bob"), world.submit("cy")
    order = [a1]
    while world.sent():
        assert len(world.sent()) == 1
        world.started(world.sent()[0])
        world.ends(world.sent()[0])
        order += world.sent()
    assert order == [a1, b1, c1, a2, b2, a3]


def test_a_visitor_alone_has_one_run_even_where_there_is_room_for_more(make):
    world = make(workers=3)
    runs = [world.submit("ann") for _ in range(3)]
    world.step()
    assert world.sent() == runs[:1]
    world.started(runs[0])
    assert world.engine.status(runs[1]).message == OWN_FIRST
    other = world.submit("bob")
    world.step()
    assert world.sent() == [runs[0], other]
    assert world.engine.status(runs[1]).position == 2


def test_everybody_knows_their_place_and_it_moves_up(world):
    a1 = world.submit("ann")
    world.step()
    world.started(a1)
    waiting = [world.submit("ann"), world.submit("bob"), world.submit("cy")]
    assert [world.engine.status(run).position for run in waiting] == [3, 1, 2]
    world.engine.cancel(waiting[1])
    assert [world.engine.status(run).position for run in waiting] == [2, None, 1]
    world.ends(a1)
    world.started(waiting[2])
    assert world.engine.status(waiting[2]).position is None
    assert world.engine.status(waiting[0]).position == 1


def test_a_visitor_may_have_so_many_runs(make):
    world = make(Limits(runs=2, queue=3))
    first, _ = world.submit("ann"), world.submit("ann")
    with pytest.raises(RunError, match="2 of your runs"):
        world.submit("ann")
    world.submit("bob")
    with pytest.raises(RunError, match="3 runs are waiting already"):
        world.submit("cy")
    world.engine.cancel(first)
    world.submit("ann")
    with pytest.raises(RunError, match="2 of your runs"):
        world.engine.resume(first, visitor="ann")
    assert len(world.store.run_ids()) == 4


def test_a_run_in_training_that_nobody_watches_is_stopped_and_it_is_told_why(world):
    run_id = world.submit("ann")
    world.step()
    world.started(run_id)
    world.step(900)
    assert not world.store.control(run_id).stop  # a page of Ann's is open
    world.present.clear()
    world.step(601)
    assert world.store.control(run_id).stop
    world.ends(
        run_id, "stopped", "Stopped after epoch 1 of 2; what it had learned by then is kept."
    )
    sentence = (
        "Stopped after epoch 1 of 2; what it had learned by then is kept. Nobody had had it open "
        "for 10 minutes, so it made room for others. You can let it go on."
    )
    assert world.engine.status(run_id).message == sentence
    assert world.store.status(run_id).message == sentence  # for whoever comes back later


def test_who_asks_where_a_run_stands_keeps_it(world):
    run_id = world.submit("ann")
    world.present.clear()
    world.step()
    world.started(run_id)
    for _ in range(4):
        world.step(500)
        assert world.engine.status(run_id).state == "running"
    assert not world.store.control(run_id).stop


def test_a_page_of_another_app_keeps_it(world):
    run_id = world.submit("ann")
    world.present.clear()
    world.step()
    world.started(run_id)
    world.step(300)
    Engine(world.store).status(run_id)
    world.step(601)
    assert not world.store.control(run_id).stop
    world.step(601)
    assert world.store.control(run_id).stop


def test_a_run_that_waits_and_that_nobody_watches_leaves_the_line(world):
    first, second = world.submit("ann"), world.submit("bob")
    world.step()
    world.started(first)
    world.present.remove("bob")
    world.step(601)
    status = world.engine.status(second)
    assert (status.state, status.position) == ("stopped", None)
    assert status.message.startswith("Stopped before it had learned anything. Nobody had had it")
    world.present.add("bob")
    world.engine.resume(second, visitor="bob")
    assert world.engine.status(second).position == 1


def test_a_run_that_trains_for_too_long_is_stopped_and_ended_by_force_if_it_goes_on(world):
    run_id = world.submit("ann")
    world.step()
    world.started(run_id)
    world.step(3_600)
    assert not world.store.control(run_id).stop
    world.step(2)
    assert world.store.control(run_id).stop
    assert world.engine.status(run_id).state == "running"
    world.step(21)
    assert world.cluster.restarted == [["worker 0"]]
    assert world.engine.status(run_id).message == (
        "Stopped before it had learned anything. It had trained for 1 hour, as long as a run may "
        "here."
    )


def test_what_a_visitor_stops_is_not_blamed_on_anything(world):
    run_id = world.submit("ann")
    world.step()
    world.started(run_id)
    world.engine.cancel(run_id)
    world.present.clear()
    world.step(10)
    world.ends(run_id, "stopped", "Stopped.")
    assert world.engine.status(run_id).message == "Stopped."


def test_a_paused_run_makes_room_for_its_visitors_next_one(world):
    first, second = world.submit("ann"), world.submit("ann")
    world.step()
    world.started(first)
    about = {"run": first, "attempt": 1, "held": True, "message": "Paused."}
    world.cluster.on_message({"kind": "paused"} | about)
    world.step(dispatch.CROWDED_SECONDS)
    assert not world.store.control(first).park
    world.step(2)
    assert world.store.control(first).park
    world.ends(first, "paused", "Paused.")
    assert world.sent() == [second]


def test_on_a_small_server_the_worker_comes_at_need_and_goes_when_idle(make):
    world = make(Limits(idle_seconds=300.0))
    assert world.engine.is_on_demand
    world.step(1_000)
    assert Cluster.made == []
    run_id = world.submit("ann")
    assert world.engine.status(run_id).message == "The training process is starting."
    world.step()
    assert world.sent() == [run_id]
    world.step(1_000)
    world.started(run_id)
    world.ends(run_id)
    world.step(300)
    assert world.cluster.is_up
    assert world.engine.is_warm
    world.step(1)
    assert not world.cluster.is_up
    assert not world.engine.is_warm
    world.step(1_000)
    assert len(Cluster.made) == 1
    world.engine.demo(LayerDemo(DenseLayer(2), (((0.5,),),)))
    world.step()
    assert len(Cluster.made) == 2


def test_otherwise_it_is_there_from_the_start_and_stays(world):
    assert not world.engine.is_on_demand
    world.step(5_000)
    assert len(Cluster.made) == 1
    assert world.cluster.is_up


def test_an_idle_worker_that_has_trained_is_replaced_once_and_one_that_has_not_is_kept(world):
    world.step(1_000)
    assert world.cluster.restarted == []
    run_id = world.submit("ann")
    world.step()
    world.started(run_id)
    world.ends(run_id)
    world.step(119)
    assert world.cluster.restarted == []
    world.step(2)
    assert world.cluster.restarted == [None]
    world.step(1_000)
    assert world.cluster.restarted == [None]


def test_a_cluster_somewhere_else_is_not_ours_to_end(store):
    engine = Engine(store, scheduler="tcp://127.0.0.1:9", limits=Limits(idle_seconds=300.0))
    assert not engine.is_on_demand
