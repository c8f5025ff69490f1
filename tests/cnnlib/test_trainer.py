"""What a training can ask for beside the plain step: decay, soft labels, averages. By hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from cnnlib.keras_model import MovingAverage, kept_share
from cnnlib.spec import RunSpec
from cnnlib.trainer import Trainer


def trainer_with(tiny_run, data, **values) -> Trainer:
    training = dataclasses.replace(tiny_run.training, **values)
    return Trainer(RunSpec(tiny_run.network, training), data)


def first_batch(trainer):
    return next(trainer.batches(1))


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_decay_takes_its_share_of_every_kernel_and_of_nothing_else(
    keras, tiny_run, few_digits, optimizer
):
    values = {"optimizer": optimizer, "learning_rate": 0.1}
    plain = trainer_with(tiny_run, few_digits, **values)
    decayed = trainer_with(tiny_run, few_digits, weight_decay=0.5, **values)
    before = plain.snapshot(0).weights
    for trainer in (plain, decayed):
        trainer.step(first_batch(trainer))
    for old, without, with_decay in zip(
        before, plain.snapshot(0).weights, decayed.snapshot(0).weights, strict=True
    ):
        for name in old:
            share = 0.1 * 0.5 if name == "kernel" else 0.0
            expected = without[name] - share * old[name]
            np.testing.assert_allclose(with_decay[name], expected, rtol=1e-5, atol=1e-6)


def test_the_loss_of_smoothed_labels_by_hand(keras, tiny_run, few_digits):
    trainer = trainer_with(tiny_run, few_digits, label_smoothing=0.2)
    batch = first_batch(trainer)
    detail = trainer.detailed_step(batch, (0, 0))
    probabilities = detail.probabilities
    shares = np.full(probabilities.shape, 0.02)
    shares[np.arange(len(batch.labels)), batch.labels] += 0.8
    expected = -(shares * np.log(probabilities)).sum(axis=1).mean()
    assert detail.loss == pytest.approx(expected, rel=1e-4)
    assert np.array_equal(detail.labels, batch.labels)


def test_mixed_images_have_labels_in_the_same_shares(keras, tiny_run, few_digits):
    mixed = first_batch(trainer_with(tiny_run, few_digits, augmentation=("mixup",)))
    plain = first_batch(trainer_with(tiny_run, few_digits))
    assert np.array_equal(mixed.labels, plain.labels)
    assert plain.shares is None
    np.testing.assert_allclose(mixed.shares.sum(axis=1), 1, rtol=1e-6)
    for image, shares in zip(mixed.images, mixed.shares, strict=True):
        sources = [np.abs(image - (shares.max() * other)).min() for other in plain.images]
        assert min(sources) < 1e-6
    # All of the image that an image is made of most, and of no more than two classes.
    assert ((mixed.shares > 0).sum(axis=1) <= 2).all()


def test_the_average_of_three_steps_by_hand(keras, tiny_run, few_digits):
    trainer = trainer_with(tiny_run, few_digits, averaging=0.3, optimizer="sgd")
    kernels = [trainer.model.layers[0].kernel.numpy()]
    for batch, _ in zip(trainer.batches(1), range(3), strict=False):
        trainer.step(batch)
        kernels.append(trainer.model.layers[0].kernel.numpy())
    mean = kernels[0]
    for step, kernel in enumerate(kernels[1:]):
        kept = min(0.3, (1 + step) / (10 + step))
        mean = kept * mean + (1 - kept) * kernel
    np.testing.assert_allclose(trainer.snapshot(1).weights[0]["kernel"], mean, rtol=1e-5)
    # Training goes on from its own weights, not from the average.
    assert np.array_equal(trainer.model.layers[0].kernel.numpy(), kernels[-1])


def test_an_average_is_tested_in_the_place_of_the_weights(keras, tiny_run, few_digits):
    trainer = trainer_with(tiny_run, few_digits, averaging=0.9)
    for batch in trainer.batches(1):
        trainer.step(batch)
    own = trainer.evaluate()
    average = MovingAverage(trainer.model, 0.5)
    with average.in_place():  # the weights themselves, as it has just begun
        pass
    trainer.set_weights(trainer.snapshot(1).weights)
    assert trainer.evaluate() == own


def test_kept_shares_grow_to_what_is_asked():
    shares = [kept_share(0.99, step) for step in range(2_000)]
    assert shares[0] == 0.1
    assert shares == sorted(shares)
    assert shares[-1] == 0.99
