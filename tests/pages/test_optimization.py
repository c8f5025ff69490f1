"""The page on alternative optimization, through the router."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cnnlib.events import BatchEvent, EpochEvent
from cnnlib.network import Network
from cnnlib.optimization_trials import RATES, compared, range_trial, step_count, trial
from pages.support import jobs

PAGE = "pages/improving/optimization.py"


def texts(app) -> str:
    return " ".join(element.value for element in [*app.markdown, *app.caption, *app.html])


def formulas(app) -> str:
    return " ".join(element.value for element in app.latex)


def test_the_page_says_what_its_sliders_say(visit):
    app = visit(PAGE)
    # 0.8 - 0.1 x 0.5, and 0.1 x 0.1 x 0.8 less
    assert "one step ends at 0.75, with it at **0.742**" in texts(app)
    assert r"0.8 - 0.1 \cdot 0.1 \cdot 0.8 \\ & \quad - 0.1 \cdot 0.5 \\ &= 0.742" in formulas(app)
    assert "gone after 69 steps" in texts(app)  # ln 2 / 0.01005
    assert "the right one is to get 91.0 %, every other 1.0 %" in texts(app)
    smooth = -0.91 * math.log(0.98) - 0.09 * math.log(0.02 / 9)
    assert f"{-math.log(0.98):.3f} against the hard label and **{smooth:.3f}**" in texts(app)
    assert f"leads every other by {math.log(91):.2f}" in texts(app)
    # 568 steps; 0.1 / 2 x (1 + cos(170 / 568 pi))
    assert "Step 171 of 568" in texts(app)
    assert "**0.07948**" in texts(app)


def test_settings_are_in_the_address(visit):
    query = {
        "optimization_schedule_drawn": "Steps",
        "optimization_gone": "80",
        "optimization_decay": "0.0",
        "optimization_smoothing": "0.0",
    }
    app = visit(PAGE, query)
    assert r"\eta \cdot 0.1^{2}" in formulas(app)
    assert "stays as it is for ever" in texts(app)
    assert "nothing is smoothed" in texts(app)
    assert "falls to a tenth after half of the steps" in texts(app)  # the first exercise


def events_of(optimizer: str) -> list[BatchEvent | EpochEvent]:
    """Of a range test on digits whose loss falls until it is no number any more."""
    training = range_trial("digits", optimizer).training
    batches = step_count(training)
    losses = np.linspace(2.3, 0.5, training.epochs * batches)
    losses[-20:] = np.nan
    seen = [
        BatchEvent(at // batches + 1, at % batches + 1, batches, float(loss), 0.1, 1.0, 0.1 * at)
        for at, loss in enumerate(losses)
    ]
    return [*seen, EpochEvent(training.epochs, 2.0, 0.1, 2.0, 0.1, 1.0, 20.0)]


def test_suggested_rates_are_taken_over(visit, recorder, monkeypatch):
    app = visit(PAGE, {"optimization_seed": "3"})
    app.button(key="optimization_range_start").click().run()
    assert not app.exception
    names = ["sgd", "momentum", "adam"]
    assert recorder.submitted == [range_trial("digits", name, 3) for name in names]

    run_ids = app.query_params["optimization_range_runs"].split(".")
    events = dict(zip(run_ids, map(events_of, names), strict=True))
    monkeypatch.setattr(recorder, "events", lambda run_id: events[run_id][:150])
    app.run()
    assert "optimization_take" not in [button.key for button in app.button]  # it goes on falling
    monkeypatch.setattr(recorder, "events", events.get)
    app.run()
    # The last rate with a number is that of step 229 of 249: a hundred thousandth ^ (20 / 249).
    last = 1e-5 ** (20 / 249)
    expected = {"sgd": 10 * last / 5, "momentum": last / 5, "adam": last / 5}
    app.button(key="optimization_take").click().run()
    assert not app.exception
    for name, rate in expected.items():
        shown = app.number_input(key=f"optimization_rate_{name}").value
        assert shown == pytest.approx(rate, rel=0.1)


@pytest.mark.parametrize(
    ("title", "field", "values"),
    [
        ("Optimizers", "optimizer", ("sgd", "momentum", "adam")),
        ("Label smoothing", "label_smoothing", (0.0, 0.1)),
    ],
)
def test_what_is_compared_is_submitted(visit, submitted, title, field, values):
    app = visit(PAGE, {"optimization_field": title, "optimization_rate_adam": "0.004"})
    app.button(key=f"optimization_{field}_start").click().run()
    assert not app.exception
    base = trial("digits", "adam", 0.004)
    assert submitted == list(compared(base, field, values, RATES | {"adam": 0.004}))


def test_one_run_alone_is_no_comparison(visit):
    app = visit(PAGE, {"optimization_values_optimizer": "SGD"})
    assert "Choose 2 to 4 things to compare; there are 1." in [x.value for x in app.warning]


def test_what_came_out_is_shown_beside_the_curves(visit, recorder, save_run, tiny_run):
    network = Network.initial(tiny_run.network, seed=1)
    hard, smooth = save_run(network), save_run(network, label_smoothing=0.1)
    decayed = save_run(network, weight_decay=0.1)
    for run_id in (hard, smooth, decayed):
        jobs.store().update(run_id, state="done")
    query = {
        "optimization_field": "Label smoothing",
        "optimization_label_smoothing_runs": f"{hard}.{smooth}",
    }
    app = visit(PAGE, query)
    assert "its answers to the 50 images that were held back" in texts(app)
    assert "smoothing 0.1" in texts(app)
    assert "Mean confidence" in texts(app)
    query = {
        "optimization_field": "Weight decay",
        "optimization_weight_decay_runs": f"{hard}.{decayed}",
    }
    assert "one long arrow" in texts(visit(PAGE, query))
