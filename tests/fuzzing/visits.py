"""Pages opened by hostile addresses and with hostile widget values, without a browser.

Each visit has a number, from which its address and values are drawn; the same number is the same
visit. A visitor stays for a few visits, so that one's leftovers meet the next one's address.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from cnnlib.demos import Demo, DemoStatus
from cnnlib.events import BatchEvent, EpochEvent
from cnnlib.network import Network
from cnnlib.records import EpochRecord
from cnnlib.runs import RunStore
from cnnlib.spec import ConvLayer, DenseLayer, FlattenLayer, NetworkSpec, RunSpec, TrainingSpec
from tests.fuzzing.addresses import address, forged, own_names, own_values
from tests.pages.conftest import Recorder

ROOT = Path(__file__).resolve().parents[2]
STAY = 6  # visits
PATIENCE = 60  # seconds
NETWORK = NetworkSpec((28, 28, 1), (ConvLayer(3), FlattenLayer(), DenseLayer(10, "softmax")))


@dataclass(frozen=True)
class Visit:
    """What came of one visit: its address and what was forged, seconds, and any exception."""

    number: int
    query: dict[str, list[str]]
    changed: tuple[str, ...]
    seconds: float
    trouble: str


class Onlooker(Recorder):
    """An engine that does nothing: what it is asked for never comes to an end."""

    is_warm, is_on_demand, trouble = False, False, ""

    def demo(self, demo: Demo) -> DemoStatus:
        return DemoStatus("queued")


def trained_run(store: RunStore) -> str:
    """A run of two epochs, so that pages have something to show of one; its id."""
    run_id = store.create(RunSpec(NETWORK, TrainingSpec(image_count=100, epochs=2)))
    for epoch in range(3):
        end = EpochEvent(epoch, 0.5, 0.5, 0.6, 0.4, 900.0, 3.0, (0.1,) * 10)
        batches = (BatchEvent(epoch, 1, 2, 0.7, 0.4, 900.0, 1.0),)
        record = EpochRecord(batches, end) if epoch else EpochRecord()
        store.save_epoch(run_id, epoch, Network.initial(NETWORK, epoch).weights, record, None)
    store.update(run_id, state="done")
    return run_id


def visits(path: str, numbers: range, run_id: str) -> Iterator[Visit]:
    """Visits with these numbers to the page whose script is at `path`."""
    app = _arrive(path)
    names, values = own_names(app), (*own_values(app), run_id)
    for number in numbers:
        rng = np.random.default_rng((21, number))
        if number % STAY == 0:
            app = _arrive(path)
        query = address((*names, "run"), values, rng)
        if rng.random() < 0.3:
            query["run"] = [run_id]
        yield _visit(app, number, query, values, rng)


def _arrive(path: str) -> AppTest:
    app = AppTest.from_file(ROOT / "app.py", default_timeout=PATIENCE).run()
    return app.switch_page(path).run()


def _visit(
    app: AppTest,
    number: int,
    query: dict[str, list[str]],
    values: Sequence[str],
    rng: np.random.Generator,
) -> Visit:
    began, changed, trouble = time.perf_counter(), (), ""
    try:
        app.query_params.clear()
        for name, texts in query.items():
            app.query_params[name] = texts if len(texts) > 1 else texts[0]
        app.run()
        if not app.exception:
            states = app._tree.get_widget_states()
            places = rng.integers(0, max(1, len(states.widgets)), int(rng.integers(1, 4)))
            changed = tuple(
                f"{state.id.rpartition('-')[2]} {forged(state, values, rng)}: {str(state)[-60:]!r}"
                for state in {int(x): states.widgets[x] for x in places if states.widgets}.values()
            )
            app._run(states)
        trouble = "".join(
            f"{one.proto.type}: {one.message}\n{''.join(one.stack_trace or ())[-1500:]}"
            for one in app.exception
        )
    except Exception as error:  # such as a page that does not come to an end
        trouble = f"{type(error).__name__}: {error}"
    return Visit(number, query, changed, time.perf_counter() - began, trouble)
