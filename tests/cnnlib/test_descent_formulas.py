"""Steps as LaTeX: what comes out is what the race went through, and the numbers fit the rule."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.descent import SGD, TITLES, Adam, RMSprop, all_optimizers, race
from cnnlib.descent_formulas import first_step_formulas, number, step_formulas, vector
from cnnlib.surfaces import SURFACES

PATHS = race(SURFACES["ravine"], (-3.5, 1.5), all_optimizers(0.06), steps=5, noise=0.1)


@pytest.mark.parametrize("name", TITLES)
@pytest.mark.parametrize("step", [1, 2, 5])
def test_the_last_equation_ends_where_the_path_went(name, step):
    path = PATHS[name]
    *_, last = step_formulas(path, step)
    assert last.removesuffix(r" \end{aligned}").endswith(vector(path.points[step]))
    assert vector(path.gradients[step - 1]) in "".join(step_formulas(path, step))
    assert f"w_{{{step}}}" in last


def test_plain_descent_with_its_numbers():
    path = race(SURFACES["bowl"], (-3.0, 2.0), {"sgd": SGD(0.1)}, steps=2)["sgd"]
    assert step_formulas(path, 2) == (
        r"\begin{aligned} w_{2} &= w_{1} - \eta\, g_{2} \\ "
        r"&= \left(-2.7,\; 1.8\right) \\ &\quad - 0.1 \cdot \left(-2.7,\; 1.8\right) \\ "
        r"&= \left(-2.43,\; 1.62\right) \end{aligned}",
    )


def test_each_optimizer_has_its_equations():
    counts = {name: len(step_formulas(path, 3)) for name, path in PATHS.items()}
    assert counts == {"sgd": 1, "momentum": 2, "nesterov": 2, "rmsprop": 2, "adam": 4}
    assert r"0.9 \cdot" in step_formulas(PATHS["momentum"], 3)[0]
    assert r"0.999^{3}" in step_formulas(PATHS["adam"], 3)[2]
    assert r"10^{-7}" in step_formulas(PATHS["rmsprop"], 3)[1]


@pytest.mark.parametrize("step", [0, 6, -1])
def test_a_step_that_was_not_taken_is_told_of(step):
    with pytest.raises(ValueError, match="from 1 to 5"):
        step_formulas(PATHS["sgd"], step)


def test_numbers_have_four_figures():
    values = (0.1, -12.3456, 99_999.0, 123_456.0, -1e-4, 0.00012346, 1.0)
    assert [number(value) for value in values] == [
        "0.1",
        "-12.35",
        r"10^{5}",
        r"1.235\cdot 10^{5}",
        "-10^{-4}",
        r"1.235\cdot 10^{-4}",
        "1",
    ]
    assert vector(np.array([1.0, -2.5])) == r"\left(1,\; -2.5\right)"


@pytest.mark.parametrize(
    ("rule", "equations", "result"),
    [
        (SGD(0.1), 1, "0.7"),
        (SGD(0.1, 0.9), 2, "0.7"),
        (SGD(0.1, 0.9, nesterov=True), 2, "0.88"),
        (RMSprop(0.1), 2, "0.816228"),  # 0.5 + 0.1 / sqrt(0.1)
        (Adam(0.1), 4, "0.599999"),  # not 0.6: Keras holds 0.999 in float32
    ],
)
def test_the_first_step_of_one_weight_has_as_many_figures_as_asked_for(rule, equations, result):
    found = first_step_formulas(rule, 0.5, -2.0, figures=6)
    assert len(found) == equations
    assert found[-1].endswith(rf"= {result} \end{{aligned}}")
