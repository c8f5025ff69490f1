"""Pages with a run whose folder is damaged, and with a folder that takes nothing any more: a
sentence in place, and the rest of the page."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from cnnlib.dispatch import Dispatcher
from cnnlib.runs import RunStore
from cnnlib.storage import Folder
from pages.support import jobs
from tests.faults import whole_run

TRAINING = "pages/first_models/training.py"
PAGES = (
    "pages/visualizing/feature_maps.py",
    "pages/visualizing/weight_based.py",
    "pages/visualizing/results.py",
    "pages/visualizing/whole_network.py",
    "pages/improving/structure.py",
    "pages/classify/classify.py",
)
DAMAGES = {
    "cut spec": ("spec.json", lambda data: data[:-9]),
    "lost status": ("status.json", None),
    "cut status": ("status.json", lambda data: data[:20]),
    "changed status": ("status.json", lambda data: data.replace(b'"starts": 0', b'"starts": 1')),
    "empty orders": ("control.json", lambda data: b""),
    "cut name": ("about.json", lambda data: data[: len(data) // 2]),
    "changed loss": ("epochs/0001.json", lambda data: data.replace(b"1234.5", b"1234.6")),
    "lost epoch": ("epochs/0001.json", None),
    "no epochs": ("epochs", None),
    "cut weights": ("epochs/0002.npz", lambda data: data[:-1]),
    "cut step": ("step.npz", lambda data: data[:100]),
}
VIEWS = {"cut weights": "Filters", "cut step": "Step by step", "empty orders": "Step by step"}
TOLD = {
    **dict.fromkeys(DAMAGES, "damaged"),
    "lost status": "has no status.json",
    "lost epoch": "epoch 1 of this run is missing from its folder".capitalize(),
    "no epochs": "The epochs of this run are missing from its folder",
}


@pytest.fixture
def saved(monkeypatch, tmp_path):
    """The ids of two whole runs; nothing is ever trained."""
    monkeypatch.setenv("CNN_RUNS", str(tmp_path))
    monkeypatch.setattr(Dispatcher, "start", lambda self: None)
    store = RunStore(tmp_path)
    yield whole_run(store), whole_run(store)
    jobs.engine().close()


def damage(run_id, what):
    name, change = DAMAGES[what]
    path = Path(os.environ["CNN_RUNS"], run_id, name)
    if change is not None:
        before = path.read_bytes()
        path.write_bytes(change(before))
        assert path.read_bytes() != before
    elif path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def foot(app):
    return [link for link in app.page_link if link.value][-1]


@pytest.mark.parametrize("what", DAMAGES)
def test_a_damaged_run_is_told_of_beside_its_settings(visit, saved, what):
    broken, whole = saved
    damage(broken, what)
    view = VIEWS.get(what, "Runs")
    query = {"run": broken, "runs": f"{broken},{whole}", "training_view": view}
    app = visit(TRAINING, query)
    told = [element.value for element in (*app.error, *app.warning)]
    assert [sentence for sentence in told if TOLD[what] in sentence], told
    assert app.button(key="training_start")
    assert foot(app)


@pytest.mark.parametrize("page", PAGES)
def test_other_pages_go_on_with_what_they_can(visit, saved, page):
    broken, _ = saved
    what = ("cut status", "lost epoch", "cut weights")[PAGES.index(page) % 3]
    damage(broken, what)
    assert foot(visit(page, {"run": broken}))


def test_a_folder_that_takes_nothing_refuses_orders_in_a_sentence(visit, saved, monkeypatch):
    """Each button that writes, on a disk that is full and on one that is read-only."""
    run_id, _ = saved
    jobs.store().update(run_id, state="paused", message="Paused after 9 of 9 batches of epoch 2.")
    app = visit(TRAINING, {"run": run_id})
    for number, sentence in ((errno.ENOSPC, "the disk is full"), (errno.EROFS, "Read-only")):

        def refuse(*args, number=number):
            raise OSError(number, os.strerror(number))

        for name in ("write", "touch", "remove"):
            monkeypatch.setattr(Folder, name, refuse)
        for key in ("training_start", "training_pause", "training_step", "training_stop"):
            app.button(key=key).click().run()
            assert not app.exception
            assert any(sentence in error.value for error in app.error), (key, sentence)
        app.select_slider(key=f"training_rate_{run_id}").set_value(0.3).run()
        assert not app.exception
        assert any(sentence in error.value for error in app.error)
        app.run()
        assert not app.error
    assert jobs.store().status(run_id).state == "paused"
