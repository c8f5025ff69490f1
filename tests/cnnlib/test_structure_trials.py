"""Pairs of networks: alike but for what is in question, and small enough for a minute."""

from __future__ import annotations

import dataclasses

import pytest

from cnnlib.datasets import DatasetError
from cnnlib.layers import BatchNormLayer, ConvLayer, DropoutLayer, FlattenLayer, PoolLayer
from cnnlib.network_text import to_text
from cnnlib.presets import article_basic
from cnnlib.spec import RunSpec, SpecError, TrainingSpec
from cnnlib.structure_trials import (
    QUESTIONS,
    STARTERS,
    StructureSettings,
    field_of,
    network_words,
    starter_name,
    starter_set,
    structure_name,
    structure_trial,
)


def pair(question: str, **settings):
    first, second = structure_trial(StructureSettings(question, **settings))
    return first.network, second.network


def of_kind(network, kind) -> list:
    return [layer for layer in network.layers if isinstance(layer, kind)]


@pytest.mark.parametrize("dataset", ["cifar10", "digits"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_both_see_the_same_images_from_one_seed(question, dataset):
    first, second = structure_trial(StructureSettings(question, dataset, seed=7))
    assert first.training == second.training
    assert (first.training.seed, first.training.dataset) == (7, dataset)
    assert first.network != second.network
    name_of = structure_name(question)
    assert name_of(first) != name_of(second)
    for spec in (first, second):
        spec.check()
        assert spec.work() < 5e11  # under half a minute


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(("blocks", "filters"), [(1, 4), (3, 32)])
def test_every_size_that_can_be_chosen_can_be_trained(question, blocks, filters):
    for dataset in ("cifar10", "digits"):
        for spec in structure_trial(StructureSettings(question, dataset, blocks, filters)):
            spec.check()


def test_depth_doubles_the_convolutions():
    first, second = pair("depth")
    assert [len(of_kind(x, ConvLayer)) for x in (first, second)] == [2, 4]


def test_width_doubles_every_layers_filters():
    first, second = (of_kind(x, ConvLayer) for x in pair("width", filters=12))
    assert [x.filters for x in first] == [12, 24]
    assert [x.filters for x in second] == [24, 48]


def test_kernels_see_the_same_and_weigh_25_to_18():
    large, small = pair("kernel", filters=8)
    assert field_of(large) == field_of(small)
    weights = [
        sum(s.parameters for s in x.trace()[3:] if isinstance(s.layer, ConvLayer))
        for x in (large, small)
    ]
    assert weights == [2 * 25 * 64, 2 * 18 * 64]


def test_normalisation_dropout_and_head_are_the_only_difference():
    plain, normalised = pair("batch_norm")
    assert not of_kind(plain, BatchNormLayer)
    assert of_kind(normalised, BatchNormLayer)
    without, with_dropout = pair("dropout")
    kept = tuple(x for x in with_dropout.layers if not isinstance(x, DropoutLayer))
    assert kept == without.layers
    flat, average = pair("head")
    differing = [x for x, y in zip(flat.layers, average.layers, strict=True) if x != y]
    assert differing == [FlattenLayer()]


def test_a_stride_takes_the_place_of_pooling():
    pooling, stride = pair("shrinking")
    assert pooling.trace()[-1].input_shape == stride.trace()[-1].input_shape
    assert pooling.parameters == stride.parameters
    assert not of_kind(stride, PoolLayer)
    assert {x.stride for x in of_kind(stride, ConvLayer)} == {2}


@pytest.mark.parametrize(
    "wrong",
    [
        {"question": "colour"},
        {"dataset": "imagenet"},
        {"blocks": 4},
        {"filters": 0},
        {"filters": 16.5},
        {"seed": -1},
    ],
)
def test_settings_that_no_widget_offers_are_refused(wrong):
    with pytest.raises(SpecError):
        StructureSettings(**wrong)


@pytest.mark.parametrize("question", QUESTIONS)
def test_any_network_has_a_name(question):
    any_run = RunSpec(article_basic(), TrainingSpec("cifar10"))
    assert structure_name(question)(any_run)


def test_starters_are_four_small_networks_unlike_each_other():
    specs = starter_set("cifar10", seed=3)
    assert len({to_text(spec.network) for spec in specs}) == 4
    assert len({network_words(spec.network) for spec in specs}) == 4
    for spec in specs:
        spec.check()
        assert spec.training == dataclasses.replace(specs[0].training, seed=3)
        assert spec.work() < 1e11
    assert [starter_name(spec) for spec in specs] == list(STARTERS)
    with pytest.raises(DatasetError):
        starter_set("imagenet")


def test_any_run_has_a_name_among_the_starters():
    assert starter_name(RunSpec(article_basic(), TrainingSpec("cifar10"))).startswith("3 × 3: 32")


def test_a_network_without_windows_sees_single_pixels():
    spec = dataclasses.replace(article_basic(), layers=(FlattenLayer(), article_basic().layers[-1]))
    assert field_of(spec) == 1
