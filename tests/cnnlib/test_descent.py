"""The optimizers against Keras's own, by hand, and racing on surfaces."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cnnlib.descent import (
    FAR,
    SGD,
    TITLES,
    Adam,
    DescentError,
    RMSprop,
    all_optimizers,
    optimizer,
    race,
)
from cnnlib.surfaces import SURFACES

KERAS_NAMES = {"sgd": "SGD", "momentum": "SGD", "nesterov": "SGD", "rmsprop": "RMSprop"}
BOWL, RAVINE = SURFACES["bowl"], SURFACES["ravine"]


def keras_twin(keras, name: str, rate: float):
    options = {"momentum": {"momentum": 0.9}, "nesterov": {"momentum": 0.9, "nesterov": True}}
    made = getattr(keras.optimizers, KERAS_NAMES.get(name, "Adam"))
    return made(learning_rate=rate, **options.get(name, {}))


# A float32 learning rate is all that Keras keeps, so these are exact in it.
@pytest.mark.parametrize("rate", [2**-7, 2**-3])
@pytest.mark.parametrize("name", TITLES)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-9), ("float32", 1e-6)])
def test_a_hundred_steps_are_kerass(keras, name, rate, dtype, tolerance):
    rng = np.random.default_rng(3)
    weights = rng.standard_normal((4, 3)).astype(dtype)
    gradients = rng.standard_normal((100, 4, 3)).astype(dtype)
    gradients[:, 0] *= 1e-3  # where epsilon counts
    variable = keras.Variable(weights, dtype=dtype)
    twin, rule = keras_twin(keras, name, rate), optimizer(name, rate)
    state = rule.start(weights)
    for gradient in gradients:
        twin.apply([keras.ops.convert_to_tensor(gradient)], [variable])
        weights, state = rule.step(weights, gradient, state)
        theirs = np.asarray(variable)
        scale = max(1.0, float(np.abs(theirs).max()))  # float32 has seven figures
        assert np.abs(weights - theirs).max() <= tolerance * scale
    assert weights.dtype == theirs.dtype == dtype
    assert state.steps == 100


@pytest.mark.parametrize("name", TITLES)
def test_descending_the_ravine_as_keras_does(keras, name):
    variable = keras.Variable(np.array(RAVINE.start), dtype="float64")
    twin = keras_twin(keras, name, 2**-5)
    path = race(RAVINE, RAVINE.start, all_optimizers(2**-5), steps=100)[name]
    for point in path.points[1:]:
        slope = RAVINE.gradient(np.asarray(variable))
        twin.apply([keras.ops.convert_to_tensor(slope)], [variable])
        assert np.asarray(variable) == pytest.approx(point, abs=1e-6)


@pytest.mark.parametrize(
    ("rule", "name"), [(SGD(), "SGD"), (RMSprop(), "RMSprop"), (Adam(), "Adam")]
)
def test_defaults_are_kerass(keras, rule, name):
    theirs = getattr(keras.optimizers, name)().get_config()
    for setting, value in vars(rule).items():
        assert theirs[setting] == pytest.approx(value)


def test_two_steps_by_hand():
    weights, gradients = np.array([1.0]), (np.array([2.0]), np.array([-1.0]))
    expected = {
        "sgd": (0.8, 0.9),
        "momentum": (0.8, 0.72),  # v = -0.2, then -0.18 + 0.1
        "nesterov": (1 + 0.9 * -0.2 - 0.2, 0.62 + 0.9 * -0.08 + 0.1),
        "rmsprop": (
            1 - 0.1 * 2 / math.sqrt(0.4 + 1e-7),
            1 - 0.2 / math.sqrt(0.4 + 1e-7) + 0.1 / math.sqrt(0.46 + 1e-7),
        ),
        "adam": (0.9, 0.9 - 0.1 * math.sqrt(1 - 0.999**2) / 0.19 * 0.08 / math.sqrt(0.004996)),
    }
    for name, after in expected.items():
        rule, now = optimizer(name, 0.1), weights
        state = rule.start(now)
        for gradient, wanted in zip(gradients, after, strict=True):
            now, state = rule.step(now, gradient, state)
            assert now == pytest.approx([wanted], abs=2e-6)  # Keras's 0.999 is a float32


def test_a_step_changes_nothing_in_place():
    weights, gradient = np.ones(3), np.full(3, 0.5)
    for rule in all_optimizers(0.1).values():
        state = rule.start(weights)
        rule.step(weights, gradient, state)
        assert (weights == 1).all()
        assert (gradient == 0.5).all()
        assert (state.mean == 0).all()
        assert (state.squares == 0).all()


@pytest.mark.parametrize("rate", [1.9, 2.1])
def test_gradient_descent_on_a_bowl_diverges_beyond_two_over_its_curvature(rate):
    path = race(BOWL, (3.0, 0.0), {"sgd": SGD(rate)}, steps=1_000)["sgd"]
    if rate < 2:
        assert path.diverged is None
        assert path.values[-1] < 1e-30
    else:
        # |1 - 2.1|^n * 3 > 40 for the first time at n = log(40/3) / log(1.1)
        assert path.diverged == math.ceil(math.log(FAR * BOWL.reach / 3) / math.log(1.1)) == 28
        assert path.steps == 28
        assert np.isfinite(path.points).all()


def test_what_diverges_ends_and_the_others_go_on():
    paths = race(RAVINE, RAVINE.start, all_optimizers(0.15), steps=60)
    assert {name for name, path in paths.items() if path.diverged} == {"sgd", "nesterov"}
    assert paths["adam"].steps == 60
    assert len(paths["sgd"].points) == len(paths["sgd"].states) == paths["sgd"].diverged + 1


def test_momentum_rolls_out_of_a_valley_that_holds_all_others():
    surface = SURFACES["valleys"]
    paths = race(surface, surface.start, all_optimizers(surface.learning_rate), steps=200)
    assert {name for name, path in paths.items() if path.values[-1] < 0.01} == {"momentum"}


def test_only_noise_leads_off_a_saddles_ridge():
    surface = SURFACES["saddle"]
    still = race(surface, (-3.0, 0.0), all_optimizers(0.1), steps=200)
    assert all(path.points[-1][1] == 0 for path in still.values())
    shaken = race(surface, (-3.0, 0.0), all_optimizers(0.1), steps=200, noise=0.05)
    assert all(abs(abs(path.points[-1][1]) - 2) < 0.5 for path in shaken.values())


def test_noise_is_the_same_for_all_and_follows_the_seed():
    paths = race(BOWL, (1.0, 1.0), all_optimizers(0.1), steps=50, noise=0.5, seed=1)
    noise = [path.gradients - BOWL.gradient(path.points[:-1]) for path in paths.values()]
    assert all(np.allclose(other, noise[0]) for other in noise)
    assert noise[0].std() == pytest.approx(0.5, rel=0.2)
    again = race(BOWL, (1.0, 1.0), all_optimizers(0.1), steps=50, noise=0.5, seed=1)
    assert (again["sgd"].points == paths["sgd"].points).all()
    other = race(BOWL, (1.0, 1.0), all_optimizers(0.1), steps=50, noise=0.5, seed=2)
    assert (other["sgd"].points != paths["sgd"].points)[1:].all()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: SGD(0.0), "learning rate is a number above 0"),
        (lambda: Adam(float("nan")), "learning rate"),
        (lambda: SGD(0.1, 1.5), "momentum is a number from 0 to 1; it is 1.5"),
        (lambda: SGD(0.1, float("nan")), "momentum"),
        (lambda: RMSprop(rho=-1), "rho"),
        (lambda: Adam(beta_2=2), "beta_2"),
        (lambda: optimizer("adamw", 0.1), "one of sgd, momentum"),
        (lambda: race(BOWL, (0, 0), {}, steps=0), "1 to 1,000 steps"),
        (lambda: race(BOWL, (0, 0), {}, noise=-1), "noise"),
        (lambda: race(BOWL, (0, float("inf")), {}), "start"),
    ],
)
def test_settings_that_cannot_be_are_told_of(make, said):
    with pytest.raises(DescentError, match=said):
        make()
