from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from cnnlib.limits import Limits, as_table, bounds, limits_from

ROOT = Path(__file__).resolve().parents[2]


def test_nothing_set_is_the_defaults_and_each_lies_within_its_bounds():
    assert limits_from({}) == limits_from({"CNN_MOST_EPOCHS": " "}) == Limits()
    for name, bound in bounds().items():
        assert bound.low <= getattr(Limits(), name) <= bound.high, name


@pytest.mark.parametrize("name", list(bounds()))
def test_each_limit_is_set_by_its_variable_to_its_own_bounds(name):
    bound, default = bounds()[name], getattr(Limits(), name)
    for value in (bound.low, bound.high):
        limits = limits_from({bound.variable: f"{value:g}"})
        assert getattr(limits, name) == value
        assert type(getattr(limits, name)) is type(default)
        assert dataclasses.replace(limits, **{name: default}) == Limits()


@pytest.mark.parametrize(
    "text", ["many", "nan", "inf", "-1", "1e40", "0x10", "1,000", "٣٣٣٣٣٣٣٣٣٣٣٣٣٣٣٣٣٣"]
)
def test_what_cannot_be_set_is_said_in_the_log_and_the_default_is_used(text, caplog):
    assert limits_from({"CNN_MOST_EPOCHS": text}) == Limits()
    (record,) = caplog.records
    assert "CNN_MOST_EPOCHS is" in record.getMessage()
    assert "a number from 2 to 100 (epochs). The default is used." in record.getMessage()


def test_the_table_in_the_readme_is_this_one():
    assert as_table() in (ROOT / "README.md").read_text(encoding="utf-8")


def test_variables_differ():
    variables = [bound.variable for bound in bounds().values()]
    assert len(set(variables)) == len(variables)


def test_what_an_operator_sets_is_what_a_run_is_held_to():
    script = """
from cnnlib.spec import LIMITS, TrainingSpec
print(TrainingSpec().epochs, TrainingSpec().image_count, LIMITS.lease_seconds)
"""
    found = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"CNN_MOST_EPOCHS": "7", "CNN_MOST_IMAGES": "2e3", "CNN_LEASE_SECONDS": "45.5"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.split() == ["7", "2000", "45.5"]
