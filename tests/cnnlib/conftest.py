"""What tests of runs and of questions share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cnnlib.exercises import Exercise, Maker, check
from cnnlib.runs import RunStore


@pytest.fixture
def store(tmp_path) -> RunStore:
    """An empty store, in a folder that is made with its first run."""
    return RunStore(tmp_path / "runs")


@pytest.fixture(scope="session")
def sound() -> Callable[[Maker, int], Exercise]:
    """`sound(maker, seed)` is the exercise: whole, the same again, solved by its answer only."""

    def checked(maker: Maker, seed: int) -> Exercise:
        exercise = maker(seed)
        assert exercise == maker(seed)
        assert check(exercise, str(exercise.answer)).right is True
        others = [choice for choice in exercise.choices if choice != exercise.answer]
        wrong = others[0] if others else str(exercise.answer + 7)
        assert check(exercise, wrong).right is False
        assert exercise.question
        assert exercise.hint
        assert exercise.worked
        return exercise

    return checked


@pytest.fixture(scope="session")
def tf():
    """TensorFlow, for what is compared with its functions and not with Keras's layers."""
    return pytest.importorskip("tensorflow")
