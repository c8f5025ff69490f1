"""What a step gives away of its optimizer, beside optimizers that remember everything."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.descent import SGD, Adam, RMSprop
from cnnlib.spec import TrainingSpec, limits_of
from cnnlib.step_formulas import number, weight_step
from cnnlib.weight_decay import decayed_step

RATE = 0.05
GRADIENTS = (0.8, -0.3, 0.45)


def third_step(rule):
    """Weight before, gradient, weight after, and the states before and after the third step."""
    weights = np.array([0.6])
    state = rule.start(weights)
    for gradient in GRADIENTS:
        before, state_before = weights, state
        weights, state = rule.step(before, np.array([gradient]), state_before)
    return float(before[0]), GRADIENTS[-1], float(weights[0]), state_before, state


def result(formula: str) -> float:
    """The number on an equation's last line."""
    text = formula.rpartition("&=")[2].removesuffix(r"\end{aligned}").strip()
    mantissa, _, exponent = text.partition(r" \cdot 10^{")
    return float(mantissa) * 10 ** int(exponent.rstrip("}") or 0)


def test_plain_sgd_is_shown_whole():
    before, gradient, after, *_ = third_step(SGD(RATE))
    (formula,) = weight_step("sgd", RATE, before, gradient, after)
    assert result(formula) == pytest.approx(after, rel=1e-5)
    assert rf"{number(before)} - 0.05 \cdot 0.45" in formula
    assert before - RATE * gradient == pytest.approx(after)


def test_decay_comes_first_and_the_step_goes_on_from_there():
    rule, weights = SGD(RATE), np.array([-0.6])
    (after,), _ = decayed_step(rule, weights, np.array([0.45]), rule.start(weights), 0.5)
    decayed, stepped = weight_step("sgd", RATE, -0.6, 0.45, float(after), 0.5)
    assert r"-0.6 - 0.05 \cdot 0.5 \cdot (-0.6)" in decayed
    assert result(decayed) == pytest.approx(-0.6 * (1 - 0.05 * 0.5))
    assert result(stepped) == pytest.approx(result(decayed) - RATE * 0.45, rel=1e-5)


def test_momentum_gives_away_what_it_remembered():
    before, gradient, after, remembered, _ = third_step(SGD(RATE, momentum=0.9))
    moved, earlier = weight_step("momentum", RATE, before, gradient, after)
    assert result(moved) == pytest.approx(after - before, rel=1e-5)
    assert result(earlier) == pytest.approx(0.9 * float(remembered.mean[0]), rel=1e-4)


def test_nesterov_gives_away_its_velocity():
    before, gradient, after, _, kept = third_step(SGD(RATE, momentum=0.9, nesterov=True))
    _, velocity = weight_step("nesterov", RATE, before, gradient, after)
    assert result(velocity) == pytest.approx(float(kept.mean[0]), rel=1e-4)


def test_rmsprop_gives_away_what_it_divided_by():
    before, gradient, after, _, kept = third_step(RMSprop(RATE))
    _, root = weight_step("rmsprop", RATE, before, gradient, after)
    assert result(root) == pytest.approx(float(np.sqrt(kept.squares[0] + 1e-7)), rel=1e-4)
    assert len(weight_step("rmsprop", RATE, 0.5, 0.0, 0.5)) == 1  # nothing can be divided


def test_adam_gives_away_a_share_of_the_rate():
    before, gradient, after, _, kept = third_step(Adam(RATE))
    _, share = weight_step("adam", RATE, before, gradient, after)
    mean, squares = kept.mean[0] / (1 - 0.9**3), kept.squares[0] / (1 - 0.999**3)
    assert result(share) == pytest.approx(-float(mean / np.sqrt(squares)), rel=1e-4)


@pytest.mark.parametrize("optimizer", limits_of(TrainingSpec, "optimizer"))
def test_every_optimizer_of_a_training_has_equations(optimizer):
    for formula in weight_step(optimizer, 0.001, -0.25, float("nan"), float("inf")):
        assert formula.startswith(r"\begin{aligned}")
        assert r"\text{no number}" in formula


def test_an_unknown_optimizer_is_said():
    with pytest.raises(ValueError, match="'lion'"):
        weight_step("lion", 0.1, 0.0, 0.0, 0.0)
