"""The two runs of the augmentation page, and the figures of it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from cnnlib.augmentation_figures import gap_figure, gaps, mirror_figure, sweep_figure
from cnnlib.augmentation_sweep import SWEEPS, Mirrored, Swept
from cnnlib.augmentation_trials import (
    SUITED,
    augmentation_name,
    augmentation_trial,
    first_images,
)
from cnnlib.datasets import Dataset
from cnnlib.events import BatchEvent, EpochEvent
from cnnlib.fields import SpecError
from cnnlib.spec import TrainingSpec
from cnnlib.splits import training_split


@pytest.mark.parametrize("dataset", SUITED)
def test_the_runs_differ_by_the_augmentation_alone(dataset):
    plain, varied = augmentation_trial(dataset, SUITED[dataset], seed=5)
    assert plain.network == varied.network
    assert plain.training.augmentation == ()
    assert varied.training.augmentation == SUITED[dataset]
    assert dataclasses.replace(varied.training, augmentation=()) == plain.training
    assert (plain.training.seed, plain.training.dataset) == (5, dataset)
    plain.check()
    varied.check()
    assert [augmentation_name(run) for run in (plain, varied)] == ["without", "with augmentation"]


def test_what_cannot_be_is_refused():
    with pytest.raises(SpecError, match="sideways"):
        augmentation_trial("digits", ("sideways",), seed=0)
    with pytest.raises(SpecError):
        augmentation_trial("digits", ("flip",), seed=-1)


def few(count=40):
    """Images whose every pixel says which one it is, four classes in turn."""
    numbers = np.arange(count, dtype=np.uint8)
    images = np.broadcast_to(numbers[:, None, None, None], (count, 4, 4, 1))
    return Dataset(images, numbers % 4, images[:4], numbers[:4] % 4, ("a", "b", "c", "d"))


def test_what_is_shown_first_is_drawn_by_the_seed_from_what_is_not_held_back():
    training = TrainingSpec(image_count=40, validation_share=0.5, batch_size=6, seed=3)
    images, targets = first_images(training, few())
    train, _ = training_split(few().y_train, 40, 3, 0.5)
    expected = np.random.default_rng((3, 1)).permutation(train)[:6]  # as `Trainer.batches` does
    np.testing.assert_array_equal(np.rint(images[:, 0, 0, 0] * 255), expected)
    np.testing.assert_array_equal(targets.argmax(axis=1), expected % 4)
    assert targets.shape == (6, 4)


def test_mixtures_are_shown_with_mixed_targets():
    training = TrainingSpec(image_count=40, batch_size=36, seed=3, augmentation=("mixup",))
    images, targets = first_images(training, few())
    np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-6)
    assert np.any((targets > 0.01) & (targets < 0.99))
    assert np.any(np.rint(images[:, 0, 0, 0] * 255) % 4 != targets.argmax(axis=1))


def epoch(number, accuracy, validation_accuracy):
    return EpochEvent(number, 0.5, accuracy, 0.6, validation_accuracy, 1000.0, 1.0)


def test_the_gap_is_training_minus_validation():
    batch = BatchEvent(1, 1, 2, 0.5, 0.5, 100.0, 0.1)
    events = [batch, epoch(1, 0.4, 0.45), epoch(2, 0.9, 0.6)]
    assert gaps(events) == {1: -0.05, 2: 0.3}
    figure = gap_figure({"without": events, "with": []}, 10)
    first, second = figure.data
    assert (list(first.x), list(first.y)) == ([1, 2], [-0.05, 0.3])
    assert list(second.x) == []
    assert figure.layout.yaxis.range[0] < -0.05
    assert figure.layout.yaxis.range[1] > 0.3


def test_a_name_is_written_as_it_is():
    figure = gap_figure({"<b>bold</b>": [epoch(1, 0.5, 0.4)]}, 1)
    assert figure.data[0].name == "&lt;b&gt;bold&lt;/b&gt;"


def test_the_figure_of_a_sweep_shows_the_class_its_rival_and_what_training_does():
    kind = SWEEPS["rotate"]
    falling = np.linspace(1, 0, 13)
    probabilities = np.stack([0 * falling, falling, 1 - falling], axis=1)[:, None]
    figure = sweep_figure(kind, Swept(1, probabilities), ("a", "b", "c"))
    own, rival = figure.data
    assert (own.name, rival.name) == ("says b", "says c")
    np.testing.assert_allclose(own.y, falling)
    np.testing.assert_allclose(rival.y, 1 - falling)
    (band,) = figure.layout.shapes
    # Amounts are 15 degrees apart, and training goes to 15: one place along.
    assert (band.x0, band.x1) == (0, 1)
    assert figure.layout.xaxis.ticktext[:2] == ("0°", "30°")


def test_the_figure_of_the_mirror_has_two_bars_a_class():
    found = (Mirrored(1.0, 0.9, 0), Mirrored(0.95, 0.0, 0))
    before, after = mirror_figure(found, ("0", "3"), 20).data
    assert (list(before.y), list(after.y)) == ([1.0, 0.95], [0.9, 0.0])
    assert list(after.x) == ["0", "3"]
