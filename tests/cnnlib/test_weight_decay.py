"""Weight decay against Keras's own optimizers, and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cnnlib.descent import SGD, TITLES, Adam, optimizer
from cnnlib.weight_decay import decayed_step, half_life, kept_share, swung_weight

RATE, DECAY = 2**-5, 2**-3  # exact in Keras's float32


def keras_twin(keras, name: str, decay: float | None):
    options = {"momentum": {"momentum": 0.9}, "nesterov": {"momentum": 0.9, "nesterov": True}}
    made = {"rmsprop": keras.optimizers.RMSprop, "adam": keras.optimizers.Adam}
    return made.get(name, keras.optimizers.SGD)(
        learning_rate=RATE, weight_decay=decay, **options.get(name, {})
    )


@pytest.mark.parametrize("decoupled", [True, False])
@pytest.mark.parametrize("name", TITLES)
def test_thirty_steps_are_kerass(keras, name, decoupled):
    rng = np.random.default_rng(5)
    weights, gradients = rng.standard_normal(6), rng.standard_normal((30, 6))
    variable = keras.Variable(weights, dtype="float64")
    twin, rule = keras_twin(keras, name, DECAY if decoupled else None), optimizer(name, RATE)
    state = rule.start(weights)
    for gradient in gradients:
        slope = gradient if decoupled else gradient + DECAY * np.asarray(variable)
        twin.apply([keras.ops.convert_to_tensor(slope)], [variable])
        weights, state = decayed_step(rule, weights, gradient, state, DECAY, decoupled=decoupled)
        assert weights == pytest.approx(np.asarray(variable), abs=1e-7)


def test_one_step_by_hand():
    rule, weight = SGD(0.125), np.array([2.0])
    plain, _ = rule.step(weight, np.array([0.5]), rule.start(weight))
    decayed, _ = decayed_step(rule, weight, np.array([0.5]), rule.start(weight), 0.25)
    assert plain[0] == 2 - 0.125 * 0.5
    assert decayed[0] == 2 - 0.125 * 0.25 * 2 - 0.125 * 0.5


def test_without_a_gradient_a_weight_is_halved_again_and_again():
    steps = half_life(0.01, 0.1)
    assert kept_share(0.01, 0.1, 1) == pytest.approx(0.999)
    assert kept_share(0.01, 0.1, round(steps)) == pytest.approx(0.5, abs=1e-3)
    assert kept_share(0.01, 0.1, 2 * round(steps)) == pytest.approx(0.25, abs=1e-3)
    assert half_life(0.01, 0.0) == math.inf
    assert half_life(1.0, 1.0) == 1


def test_adam_hands_large_gradients_less_of_an_l2_term_and_decoupled_decay_hands_all_the_same():
    rule, steps = Adam(2**-9), 500
    swings = (10.0, 1.0, 0.1)
    coupled = [swung_weight(rule, size, 0.125, steps, decoupled=False)[-1] for size in swings]
    decoupled = [swung_weight(rule, size, 0.125, steps, decoupled=True)[-1] for size in swings]
    assert decoupled == pytest.approx([kept_share(2**-9, 0.125, steps)] * 3, abs=0.005)
    assert coupled[0] > 0.98 > coupled[1] > 0.85 > coupled[2]
    assert coupled[1] == pytest.approx(decoupled[1], abs=0.01)  # where the swing is 1
    assert coupled[2] < 0.5
