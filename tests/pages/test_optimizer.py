"""The optimizer page, through the router."""

from __future__ import annotations

import pytest

from cnnlib.descent import SGD, all_optimizers, race
from cnnlib.descent_formulas import step_formulas
from cnnlib.spec import TrainingSpec, limits_of
from cnnlib.surfaces import SURFACES

PAGE = "pages/keras/optimizer.py"


def texts(app) -> str:
    return " ".join(element.value for element in [*app.markdown, *app.caption, *app.html])


def formulas(app) -> str:
    return " ".join(element.value for element in app.latex)


def test_the_articles_errors_add_up_to_nothing_and_their_squares_do_not(visit):
    app = visit(PAGE)
    assert "The line misses by 0, 1, −1, and **the sum of that is 0**" in texts(app)
    assert "their mean is **0.67**" in texts(app)
    assert r"C &= \tfrac{1}{3} \left(0^2 + 1^2 + (-1)^2\right) \\ &= 0.6667" in formulas(app)


def test_another_line_has_other_errors(visit):
    app = visit(PAGE, {"optimizer_slope": "1", "optimizer_intercept": "2"})
    assert "add up to −3.00, and their squares have a mean of **1.67**" in texts(app)  # 5 / 3
    assert r"\left((-1)^2 + 0^2 + (-2)^2\right)" in formulas(app)
    assert "0.50, at a slope of 0.50 and an intercept of 2.00" in texts(app)


def test_a_step_moves_the_sliders_and_lowers_the_cost(visit):
    app = visit(PAGE)
    assert "The cost goes from 0.6667 to **0.6496**" in texts(app)  # (1 + 32² + 27²) / 30² / 3
    assert r"a &\leftarrow 1 - 0.05 \cdot 0.6667 = 0.9667" in formulas(app)
    app.button(key="optimizer_take_1").click().run()
    assert not app.exception
    assert app.slider(key="optimizer_slope").value == pytest.approx(1 - 0.05 * 2 / 3, abs=1e-4)
    app.button(key="optimizer_back").click().run()
    assert app.slider(key="optimizer_slope").value == 1


def test_too_large_steps_are_told_of_and_stop_at_the_sliders_ends(visit):
    app = visit(PAGE, {"optimizer_line_rate": "0.25"})
    assert "The cost goes from 0.6667 **up** to" in texts(app)
    assert "at every learning rate over 0.180" in texts(app)
    app.button(key="optimizer_take_20").click().run()
    assert not app.exception
    assert app.warning[0].value.startswith("That step led to a slope of ")
    app.slider(key="optimizer_slope").set_value(0.5).run()
    assert not app.warning
    app.button(key="optimizer_take_20").click().run()
    assert app.warning
    app.button(key="optimizer_back").click().run()
    assert not app.warning


def test_a_wrong_and_sure_answer_hardly_moves_squared_error(visit):
    app = visit(PAGE, {"optimizer_lead": "-6.0"})
    # p = 0.00247: p - 1 = -0.9975 against -4 p (1 - p)^2 = -0.00984
    assert "Cross-entropy with 0.9975, squared error with 0.0098: **100 times less**" in texts(app)
    app = visit(PAGE, {"optimizer_lead": "2.0"})
    assert "times less" not in texts(app)


@pytest.mark.parametrize("title", [surface.title for surface in SURFACES.values()])
def test_every_surface_opens(visit, title):
    app = visit(PAGE, {"optimizer_surface": title})
    assert "is lowest" in texts(app)


def test_divergence_is_said(visit):
    app = visit(PAGE, {"optimizer_surface": "Bowl", "optimizer_bowl_rate": "2.1"})
    surface = SURFACES["bowl"]
    paths = race(surface, surface.start, all_optimizers(2.1), steps=100)
    gone = [path for path in paths.values() if path.diverged is not None]
    assert len(gone) == 2  # with a momentum of 0.9, Polyak's goes up to 3.8
    assert "**SGD and Nesterov** diverged" in texts(app)


def test_the_formulas_show_the_step_that_was_taken(visit):
    app = visit(
        PAGE, {"optimizer_formulas": "SGD", "optimizer_steps": "20", "optimizer_surface": "Bowl"}
    )
    surface = SURFACES["bowl"]
    path = race(surface, surface.start, {"sgd": SGD(surface.learning_rate)}, steps=20)["sgd"]
    assert step_formulas(path, 20)[0] in formulas(app)


@pytest.mark.parametrize(
    "query",
    [
        {"optimizer_slope": "nan", "optimizer_intercept": "1e99", "optimizer_line_rate": "-1"},
        {"optimizer_slope": "0.123456", "optimizer_lead": "inf"},
        {"optimizer_surface": "Mount Everest", "optimizer_bowl_rate": "1e308"},
        {"optimizer_ravine_x": "nan", "optimizer_ravine_y": "-99", "optimizer_steps": "0"},
        {"optimizer_momentum": "2", "optimizer_noise": "-1", "optimizer_seed": "1.5"},
        {"optimizer_momentum": "0.99", "optimizer_noise": "3", "optimizer_ravine_rate": "3.0"},
        {"optimizer_formulas": "AdamW", "optimizer_first_rate": "0"},
        {"optimizer_runs": "../../etc.AAAA", "optimizer_train_rate": "cat"},
        {"optimizer_question": "-3"},
    ],
)
def test_odd_addresses_fall_back(visit, query):
    app = visit(PAGE, query)
    assert app.title[0].value == "Optimizer"


@pytest.mark.parametrize("key", ["optimizer_surface", "optimizer_formulas"])
def test_forged_choices_fall_back(visit, forge, key):
    app = forge(visit(PAGE), key, "no such thing")
    assert "is lowest" in texts(app)


def test_trainings_differ_by_their_optimizer_alone(visit, submitted):
    app = visit(PAGE, {"optimizer_train_rate": "0.03"})
    app.button(key="optimizer_start").click().run()
    assert not app.exception
    assert [spec.training.optimizer for spec in submitted] == list(
        limits_of(TrainingSpec, "optimizer")
    )
    assert len({(spec.network, spec.training.seed) for spec in submitted}) == 1
    assert {spec.training.learning_rate for spec in submitted} == {0.03}
    assert len(app.query_params["optimizer_runs"].split(".")) == len(submitted)


def test_an_exercise_is_checked(visit):
    app = visit(PAGE, {"optimizer_question": "2"})
    app.text_input(key="optimizer_answer_2_given").set_value("-1")
    next(button for button in app.button if button.label == "Check").click().run()
    assert not app.exception
    assert app.info or app.success
