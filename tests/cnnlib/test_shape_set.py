"""The set "shapes": a sample at any side, and files of which a training reads a batch at a time."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from cnnlib import datasets, shape_set
from cnnlib.admission import check_run
from cnnlib.batch_trials import disk_run
from cnnlib.datasets import DatasetError
from cnnlib.disk_images import DiskImages
from cnnlib.events import BatchEvent, EpochEvent
from cnnlib.shape_images import shape_image
from cnnlib.shape_set import GenerationStoppedError
from cnnlib.spec import LIMITS, SpecError

NAME = "shapes@16"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def few(folder, monkeypatch):
    """Files of 160 and 40 images instead of thousands."""
    known = datasets.DRAWN_SETS["shapes"]
    few = {"shapes": dataclasses.replace(known, full_counts=(160, 40))}
    monkeypatch.setattr(datasets, "DRAWN_SETS", few)
    return folder


def test_the_sample_is_drawn_at_the_side_asked_for():
    sample, known = datasets.load("shapes@24"), datasets.info("shapes@24")
    assert sample.x_train.shape == (1_200, 24, 24, 3)
    assert sample.x_test.shape == (240, 24, 24, 3)
    assert known.sample_counts == (1_200, 240)
    assert np.array_equal(sample.x_train[9], shape_image("train", 9, 24))
    assert np.array_equal(sample.x_test[3], shape_image("test", 3, 24))
    assert sample.y_train[:9].tolist() == [*range(8), 0]


def test_some_of_its_classes_are_a_variant_too():
    sample = datasets.load("shapes:3,5@16")
    assert sample.classes == ("star", "ring")
    assert np.array_equal(sample.x_train[1], shape_image("train", 5, 16))
    assert sample.y_train[:3].tolist() == [0, 1, 0]
    assert not datasets.full_is_here("shapes:3,5@16")


def test_the_files_of_224_pixels_take_three_gigabytes():
    assert datasets.info("shapes@224").download_bytes == 20_400 * 224 * 224 * 3 == 3_070_771_200
    assert datasets.info("shapes@224").full_counts == (20_000, 400)


def test_the_full_set_is_drawn_into_files_and_stays_there(few):
    told = []
    with pytest.raises(DatasetError, match="not on this machine yet"):
        datasets.load(NAME, full=True)
    datasets.fetch_full(NAME, lambda done, total: told.append((done, total)))
    assert told[-1] == (200 * 768, 200 * 768)
    assert sorted(told) == told
    assert datasets.full_is_here(NAME)
    full = datasets.load(NAME, full=True)
    assert isinstance(full.x_train, DiskImages)
    assert (len(full.x_train), full.x_test.shape) == (160, (40, 16, 16, 3))
    assert np.array_equal(full.x_train[157], shape_image("train", 157, 16))
    assert np.array_equal(full.x_test[39], shape_image("test", 39, 16))
    assert full.y_train[155:].tolist() == [3, 4, 5, 6, 7]
    assert not [path.name for path in few.iterdir() if path.name.startswith(".")]


def test_a_training_from_disk_has_the_numbers_of_one_in_memory(few, keras):
    from cnnlib.training import train

    name = "shapes@40"  # the smallest that its network takes
    datasets.fetch_full(name)
    spec = disk_run(name, 160, 16, 1, 0)
    on_disk = datasets.load(name, full=True)
    in_memory = dataclasses.replace(on_disk, x_train=on_disk.x_train[:])
    curves = []
    for dataset in (on_disk, in_memory):
        events = list(train(spec, dataset))
        batches = [event for event in events if isinstance(event, BatchEvent)]
        epoch = next(event for event in events if isinstance(event, EpochEvent))
        curves.append([batch.loss for batch in batches] + [epoch.validation_loss])
        assert (batches[-1].reading_seconds > 0) == (dataset is on_disk)
    assert len(curves[0]) == 10
    assert curves[0] == curves[1]


def test_images_on_disk_are_not_counted_as_memory(folder, monkeypatch):
    monkeypatch.setattr(shape_set, "is_generated", lambda folder, side: True)
    spec = disk_run("shapes@224", 20_000, 32, 1, 0)
    assert spec.training.image_count * 224 * 224 * 3 > LIMITS.memory_bytes  # a byte each
    assert spec.memory_bytes() < 500_000_000
    check_run(spec, LIMITS)
    in_memory = dataclasses.replace(spec.training, source="sample", image_count=60_000)
    with pytest.raises(SpecError, match="bytes of memory"):
        dataclasses.replace(spec, training=in_memory).check(LIMITS)


def test_it_can_be_stopped_and_leaves_nothing(few):
    def stop(done, total):
        datasets.stop_fetching(NAME)

    with pytest.raises(GenerationStoppedError):
        datasets.fetch_full(NAME, stop)
    assert [
        path.name for path in few.iterdir() if "train" in path.name or path.name[0] == "."
    ] == []
    assert not datasets.full_is_here(NAME)
    datasets.fetch_full(NAME)  # a stop of another time is over
    assert datasets.full_is_here(NAME)


def test_a_stop_before_it_begins_is_of_another_time(few):
    datasets.stop_fetching(NAME)
    datasets.fetch_full(NAME)
    assert datasets.full_is_here(NAME)


def test_a_disk_without_room_is_said_before_anything_is_drawn(folder, monkeypatch):
    monkeypatch.setattr("cnnlib.disk_images.SPARE_BYTES", 10**15)
    with pytest.raises(DatasetError, match="Make room in the data folder"):
        datasets.fetch_full(NAME)
    assert not datasets.full_is_here(NAME)


def test_a_file_of_another_side_is_said(few):
    datasets.fetch_full(NAME)
    for split in ("train", "test"):
        (few / f"shapes@16-{split}.npy").rename(few / f"shapes@20-{split}.npy")
    with pytest.raises(DatasetError, match="20 × 20 pixels holds images of"):
        datasets.load("shapes@20", full=True)
