"""The digits network's training: what an epoch is made of, what is held back, calibration, and an
interruption."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from cnnlib import datasets, digit_drawings, shipped_digits
from cnnlib.digit_drawings import NO_DIGIT, Drawings
from cnnlib.shipped_digits import Material, batch_count, batches, class_shares, draw_material
from cnnlib.temperature import fitted_temperature
from cnnlib.unknown import threshold


@pytest.fixture(scope="module")
def material(few_digits):
    images, labels = few_digits.x_train[..., 0], few_digits.y_train
    half = Drawings(images[::2], labels[::2])
    return Material(
        scans=Drawings(images[:200], labels[:200]),
        hands=Drawings(images, labels),
        again=half,
        others=Drawings(images[:50, ::-1], np.full(50, NO_DIGIT, np.uint8)),
        validation=Drawings(images[200:], labels[200:]),
    )


@pytest.fixture
def small_recipe(monkeypatch, tiny_network):
    recipe = dataclasses.replace(
        shipped_digits.RECIPE,
        image_count=240,
        batch_size=64,
        epochs=8,
        learning_rate=0.01,
        precision="float32",
    )
    monkeypatch.setattr(shipped_digits, "RECIPE", recipe)
    monkeypatch.setattr(shipped_digits, "network_spec", lambda: tiny_network)
    for count in ("HAND_DRAWINGS", "OTHER_DRAWINGS", "VALIDATION_DRAWINGS"):
        monkeypatch.setattr(shipped_digits, count, 20)
    return recipe


def test_what_is_no_digit_is_as_much_of_every_class():
    shares = class_shares(np.array([0, 9, NO_DIGIT]))
    np.testing.assert_array_equal(shares[:2], np.eye(10, dtype=np.float32)[[0, 9]])
    np.testing.assert_array_equal(shares[2], np.full(10, 0.1, np.float32))


def test_an_epoch_has_each_scan_once_and_its_share_of_everything_else(
    material, small_recipe, monkeypatch
):
    monkeypatch.setattr(shipped_digits, "vary", lambda images, rng, strength: images * strength)
    epoch = list(batches(material, 1))
    # 200 scans, as many digits by hand, 70 scans drawn anew, 24 other things: 494 in parts of 64.
    assert len(epoch) == batch_count(material) == 8
    images = np.concatenate([part for part, _ in epoch])[..., 0]
    shares = np.concatenate([part for _, part in epoch])
    assert images.shape == (494, 28, 28)
    assert images.dtype == shares.dtype == np.float32
    assert (shares.max(axis=1) < 0.2).sum() == 24
    scans = [x for x in images if x.max() > 0.7]
    found = sorted(np.rint(x / shipped_digits.MNIST_STRENGTH * 255).tobytes() for x in scans)
    assert found == sorted(x.astype(np.float32).tobytes() for x in material.scans.images)
    sizes = [len(part) for part, _ in epoch]
    assert max(sizes) - min(sizes) <= 4
    kinds = [(part.max(axis=1) < 0.2).sum() for _, part in epoch]
    assert kinds == [3] * 8


def test_an_epochs_batches_are_given_by_its_number(material, small_recipe):
    (first, _), *_ = batches(material, 1)
    (again, _), *_ = batches(material, 1)
    (other, _), *_ = batches(material, 2)
    np.testing.assert_array_equal(first, again)
    assert (first[:5] != other[:5]).any()
    assert first.min() >= 0
    assert first.max() <= 1


def test_nothing_held_back_is_trained_on(small_recipe, few_digits, monkeypatch):
    monkeypatch.setattr(digit_drawings, "CHUNK", 20)
    monkeypatch.setattr(
        shipped_digits, "draw_again", lambda images, labels, seed, done: Drawings(images, labels)
    )
    material = draw_material(few_digits, lambda line: None)
    held_back = {image.tobytes() for image in material.validation.images}
    assert len(held_back) == len(material.validation.labels) == 24 + 20
    for name in ("scans", "hands", "again", "others"):
        drawings = getattr(material, name)
        assert held_back.isdisjoint(image.tobytes() for image in drawings.images)
    test = {image.tobytes() for image in few_digits.x_test}
    assert test.isdisjoint(image.tobytes() for image in material.scans.images)
    assert len(material.scans.labels) == 216


def test_an_interrupted_training_ends_the_same_and_calibrated(
    keras, material, small_recipe, monkeypatch
):
    monkeypatch.setattr(shipped_digits, "vary", lambda images, rng, strength: images)
    states, lines = {}, []
    whole = shipped_digits.train_with(material, None, states.__setitem__, lines.append)
    assert [line.split(":")[0] for line in lines[:-2]] == [f"epoch {n}/8" for n in range(1, 9)]
    assert lines[-2].startswith("temperature ")
    resumed = shipped_digits.train_with(
        material, (6, states[6]), lambda *kept: None, lambda line: None
    )
    for ours, expected in zip(resumed.weights, whole.weights, strict=True):
        for name, array in expected.items():
            np.testing.assert_array_equal(ours[name], array)
    images = datasets.scale(material.validation.images)[..., np.newaxis]
    labels = material.validation.labels
    least = threshold(whole.predict(images))
    assert lines[-1] == f"98% of what is held back has {least:.3f} or more for the likeliest class"
    told = float(lines[-2].split()[1])
    # Its own temperature is what the scores before would have to be divided by.
    assert fitted_temperature(told * whole.logits(images), labels) == pytest.approx(told, rel=0.01)
