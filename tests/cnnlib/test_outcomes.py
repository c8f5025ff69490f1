"""Whether two runs differ by more than chance."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.outcomes import outcome


def test_a_difference_is_told_from_chance_by_two_standard_errors():
    found = outcome(0.5, 0.6, 400)
    assert found.gain == pytest.approx(0.1)
    assert found.chance == pytest.approx(2 * np.sqrt((0.25 + 0.24) / 400))  # 0.07
    assert not found.is_tie
    assert outcome(0.6, 0.5, 400).gain == pytest.approx(-0.1)
    assert outcome(0.5, 0.6, 100).is_tie


def test_alike_networks_are_taken_for_unlike_in_a_twentieth_of_cases_at_most():
    rng = np.random.default_rng(0)
    shares = rng.binomial(1_000, 0.55, (2_000, 2)) / 1_000
    wrong = np.mean([not outcome(*pair, 1_000).is_tie for pair in shares])
    assert wrong < 0.06


def test_no_images_tell_nothing():
    with pytest.raises(ValueError, match="1 image"):
        outcome(0.5, 0.5, 0)
