"""What a schedule's formula says is what the schedule does."""

from __future__ import annotations

import pytest

from cnnlib.descent_formulas import number
from cnnlib.schedule_formulas import rate_formula
from cnnlib.schedules import learning_rate_at

SCHEDULES = ("constant", "step", "cosine", "one_cycle")


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("step", [0, 7, 20, 50, 79])
def test_the_last_line_is_the_rate(schedule, step):
    rate = learning_rate_at(schedule, 0.1, step, 80)
    assert rate_formula(schedule, 0.1, step, 80).endswith(rf"= {number(rate)} \end{{aligned}}")


def test_a_cosines_numbers():
    # 0.1 / 2 x (1 + cos(pi / 4)) = 0.0854
    assert rate_formula("cosine", 0.1, 20, 80) == (
        r"\begin{aligned} \eta_t &= \frac{\eta}{2} \left(1 + \cos \pi \frac{t}{T}\right) "
        r"\\ &= \frac{0.1}{2} \left(1 + \cos \pi \frac{20}{80}\right) \\ &= 0.08536 \end{aligned}"
    )


def test_one_cycle_has_two_rules():
    assert r"0.04 + 0.96 \cdot \frac{10}{20}" in rate_formula("one_cycle", 0.1, 10, 80)
    assert r"\cos \pi \frac{50 - 20}{80 - 20}" in rate_formula("one_cycle", 0.1, 50, 80)


def test_a_constant_rate_is_said_once():
    assert rate_formula("constant", 0.1, 3, 80).count("=") == 2
