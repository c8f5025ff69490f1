"""A process measures its own speed."""

from __future__ import annotations

import contextlib
import dataclasses

import pytest

from cnnlib import calibration
from cnnlib.augmentation import AUGMENTATIONS
from cnnlib.calibration import measure
from cnnlib.forecast import forecast
from cnnlib.spec import RunSpec, TrainingSpec


def test_a_measured_speed_is_of_this_world_and_measured_in_turns(keras, tiny_run, monkeypatch):
    monkeypatch.setattr(calibration, "SECONDS", 0.02)
    turns = []

    @contextlib.contextmanager
    def turn():
        turns.append("begun")
        yield
        turns.append("ended")

    speed = measure(turn)
    assert turns == ["begun", "ended"] * 5
    prices = dataclasses.asdict(speed)
    varied = prices.pop("varied")
    assert set(varied) == set(AUGMENTATIONS)
    for name, price in (prices | varied).items():
        assert price >= 0, name
    # From a slow core to a very fast machine.
    for price in (speed.conv, speed.dense):
        assert 1e-14 < price < 1e-7
    assert 1e-10 < speed.pixel < 1e-6
    assert 5e7 < speed.memory < 2e10
    short, long = (
        forecast(RunSpec(tiny_run.network, TrainingSpec(epochs=epochs)), speed)
        for epochs in (1, 11)
    )
    assert 0 < short.seconds < long.seconds < 11 * short.seconds
    assert short.bytes == pytest.approx(long.bytes)
