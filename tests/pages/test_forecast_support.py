"""Times are said as people say them, and settings are those of the session."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from pages.support.forecast import duration


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "1 s"),
        (0.4, "1 s"),
        (1.5, "2 s"),
        (89.9, "90 s"),
        (90.0, "1.5 min"),
        (596.9, "9.9 min"),
        (600.0, "10 min"),
        (5_399.0, "90 min"),
        (5_400.0, "1.5 h"),
        (360_000.0, "100 h"),
    ],
)
def test_durations(seconds, said):
    assert duration(seconds) == said


def planning() -> None:
    import streamlit as st

    from pages.support.training_images import training_now

    st.text(training_now("digits").to_json())


def plan(**state) -> dict:
    import json

    app = AppTest.from_function(planning)
    for name, value in state.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    return json.loads(app.text[0].value)


def test_what_was_not_touched_takes_its_default():
    assert plan()["image_count"] == 9_000
    assert plan()["epochs"] == 15


def test_what_was_set_on_the_training_page_is_kept():
    found = plan(
        train_epochs=4,
        train_9000_image_count=700,
        train_augmentation=["shift"],
        train_optimizer="sgd",
        train_seed=9,
    )
    assert (found["epochs"], found["image_count"], found["augmentation"]) == (4, 700, ["shift"])
    assert (found["optimizer"], found["seed"]) == ("sgd", 9)


@pytest.mark.parametrize(
    "state",
    [
        {"train_optimizer": "newton"},
        {"train_epochs": 10**9},
        {"train_seed": "x"},
        {"train_source": "moon"},
        {"train_augmentation": ["sideways"]},
        {"train_learning_rate": None},
    ],
)
def test_what_no_widget_could_have_sent_is_left_aside(state):
    assert plan(**state) == plan()
