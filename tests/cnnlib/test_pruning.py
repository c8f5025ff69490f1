from __future__ import annotations

import logging
import os

import pytest

from cnnlib import pruning
from cnnlib.pruning import SPARED_SECONDS, Pruner, prune
from cnnlib.records import EpochRecord, RunError

NOW = 2_000_000_000.0


@pytest.fixture
def made(store, tiny_run):
    """Four runs of a network each, the first of them used longest ago; all long ago."""
    run_ids = []
    for age in (5, 4, 3, 2):
        run_id = store.create(tiny_run)
        network_bytes(store, run_id)
        use(store, run_id, NOW - age * SPARED_SECONDS)
        run_ids.append(run_id)
    return run_ids


def network_bytes(store, run_id):
    from cnnlib.network import Network

    network = Network.initial(store.spec(run_id).network, seed=0)
    store.save_epoch(run_id, 0, network.weights, EpochRecord(), None)


def use(store, run_id, at):
    for path, _, files in os.walk(os.path.join(store.root, run_id)):
        for file in files:
            os.utime(os.path.join(path, file), (at, at))


def size(store):
    return sum(store.usage(run_id).bytes for run_id in store.run_ids())


def test_what_a_run_takes_is_all_of_its_files(store, made):
    folder = os.path.join(store.root, made[0])
    files = [os.path.join(path, name) for path, _, names in os.walk(folder) for name in names]
    assert len(files) >= 5
    assert store.usage(made[0]).bytes == sum(map(os.path.getsize, files))
    assert store.usage(made[0]).used_at == NOW - 5 * SPARED_SECONDS
    assert sorted(store.run_ids()) == sorted(made)


def test_nothing_goes_while_there_is_room(store, made):
    assert prune(store, size(store), (), NOW) == []
    assert sorted(store.run_ids()) == sorted(made)


def test_runs_used_longest_ago_go_until_a_tenth_is_free(store, made):
    assert prune(store, size(store) - 1, (), NOW) == made[:1]
    assert prune(store, 0.5 * size(store), (), NOW) == made[1:3]
    assert store.run_ids() == made[3:]
    assert os.listdir(store.root) == made[3:]
    with pytest.raises(RunError, match="make room for others"):
        store.status(made[0])


def test_what_is_looked_at_stays(store, made):
    use(store, made[0], NOW - 1.5 * SPARED_SECONDS)
    assert prune(store, 0.5 * size(store), (), NOW) == made[1:4]
    assert store.run_ids() == made[:1]


def test_active_runs_and_those_of_the_last_hour_stay(store, made):
    use(store, made[1], NOW - SPARED_SECONDS + 1)
    use(store, made[2], NOW + 50 * SPARED_SECONDS)  # a clock was set
    assert prune(store, 0, {made[0]}, NOW) == made[3:]
    assert sorted(store.run_ids()) == sorted(made[:3])


def test_what_is_no_run_is_left_alone(store, made):
    os.makedirs(os.path.join(store.root, "somebody's folder"))
    assert prune(store, 0, (), NOW) == made
    assert os.listdir(store.root) == ["somebody's folder"]


def test_an_empty_store_is_no_error(store):
    assert prune(store, 0, (), NOW) == []


def test_it_is_done_now_and_then_and_told_in_the_log(store, made, monkeypatch, caplog):
    now = [50.0]
    pruner = Pruner(store, 1, lambda: frozenset(made[1:]), lambda: now[0])
    monkeypatch.setattr(pruning.time, "time", lambda: NOW)
    with caplog.at_level(logging.WARNING):
        pruner.look()
        pruner._thread.join()
    assert sorted(store.run_ids()) == sorted(made[1:])
    assert "runs removed to make room for new ones: 1" in caplog.text
    first = pruner._thread
    pruner.look()
    assert pruner._thread is first
    now[0] += pruning.PAUSE_SECONDS
    pruner.look()
    assert pruner._thread is not first
    pruner._thread.join()


def test_a_store_that_cannot_be_read_is_told_in_the_log(store, monkeypatch, caplog):
    def fail():
        raise RunError("the folder of runs cannot be read: no.")

    monkeypatch.setattr(store, "run_ids", fail)
    pruner = Pruner(store, 1, frozenset)
    pruner.look()
    pruner._thread.join()
    assert "old runs cannot be removed: the folder of runs cannot be read: no." in caplog.text
