"""Cross-entropy and squared error after softmax: by hand, by differences and by Keras."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cnnlib.losses import cross_entropy, least_cost, squared_error, targets

LOGITS = np.array([1.5, -0.5, 0.25, -2.0])
CHARGES = pytest.mark.parametrize("charge", [cross_entropy, squared_error])


def test_values_by_hand():
    shares = np.array([math.exp(z) for z in LOGITS])
    shares /= shares.sum()
    assert cross_entropy(LOGITS, 2).cost == pytest.approx(-math.log(shares[2]))
    expected = sum(share**2 for share in shares[[0, 1, 3]]) + (1 - shares[2]) ** 2
    assert squared_error(LOGITS, 2).cost == pytest.approx(expected)


@CHARGES
@pytest.mark.parametrize("label", range(4))
def test_slopes_are_what_finite_differences_say(charge, label):
    width = 1e-6
    for score in range(4):
        shift = width * np.eye(4)[score]
        slope = (charge(LOGITS + shift, label).cost - charge(LOGITS - shift, label).cost) / (
            2 * width
        )
        assert charge(LOGITS, label).slopes[score] == pytest.approx(slope, abs=1e-8)


def test_a_wrong_but_sure_answer_moves_only_cross_entropy():
    wrong = np.array([-6.0, 6.0])
    p = 1 / (1 + math.exp(12))
    assert cross_entropy(wrong, 0).slopes[0] == pytest.approx(p - 1)
    # Two classes: the cost is 2 (1 - p)^2, whose slope is -4 p (1 - p)^2.
    assert squared_error(wrong, 0).slopes[0] == pytest.approx(-4 * p * (1 - p) ** 2)
    assert squared_error(wrong, 0).cost == pytest.approx(2, abs=1e-4)


@CHARGES
def test_scores_beyond_all_bounds_stay_finite(charge):
    found = charge(np.array([-1000.0, 1000.0]), 0)
    assert np.isfinite(found.cost)
    assert np.isfinite(found.slopes).all()
    assert cross_entropy(np.array([-1000.0, 1000.0]), 0).cost == 2000


def test_a_smoothed_label_is_spread_over_all_classes():
    assert targets(10, 3, 0.1).tolist() == pytest.approx([0.01] * 3 + [0.91] + [0.01] * 6)
    assert targets(3, 0).tolist() == [1, 0, 0]


def test_no_answer_costs_less_than_the_targets_themselves():
    wanted = targets(5, 2, 0.3)
    least = cross_entropy(np.log(wanted), 2, 0.3)
    assert least.cost == pytest.approx(least_cost(5, 0.3))
    assert least.cost == pytest.approx(-(0.76 * math.log(0.76) + 4 * 0.06 * math.log(0.06)))
    assert least.slopes == pytest.approx(0, abs=1e-12)
    assert cross_entropy(np.array([0.0, 0, 50, 0, 0]), 2, 0.3).cost > 10  # too sure costs, too
    assert cross_entropy(np.array([0.0, 0, 50, 0, 0]), 2).cost < 1e-9


def test_kerass_own_smoothed_loss_and_slopes(keras):
    import tensorflow as tf

    scores = tf.Variable(LOGITS[None])
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.2)
    with tf.GradientTape() as tape:
        value = loss(tf.constant(np.eye(4)[[1]]), tf.nn.softmax(scores))
    charge = cross_entropy(LOGITS, 1, 0.2)
    assert charge.cost == pytest.approx(float(value), abs=1e-5)
    slopes = tape.gradient(value, scores).numpy()[0]
    assert charge.slopes == pytest.approx(slopes, abs=1e-5)


def test_kerass_own_losses_and_slopes(keras):
    import tensorflow as tf

    scores = tf.Variable(LOGITS[None])
    target = tf.constant(np.eye(4)[[2]])
    for charge, loss in (
        (cross_entropy, keras.losses.CategoricalCrossentropy()),
        (squared_error, lambda truth, p: 4 * keras.losses.MeanSquaredError()(truth, p)),
    ):
        with tf.GradientTape() as tape:
            value = loss(target, tf.nn.softmax(scores))
        slopes = tape.gradient(value, scores)
        assert charge(LOGITS, 2).cost == pytest.approx(float(value), abs=1e-5)
        assert charge(LOGITS, 2).slopes == pytest.approx(slopes.numpy()[0], abs=1e-5)
