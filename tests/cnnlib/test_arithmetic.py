"""The sums that pages write out, against counts made by hand."""

from __future__ import annotations

import pytest

from cnnlib import arithmetic
from cnnlib.presets import article_basic
from cnnlib.spec import BatchNormLayer, ConvLayer, DenseLayer, NetworkSpec, PoolLayer


def test_every_parameter_sum_of_the_article_s_basic_model():
    sums = [arithmetic.parameter_sum(step) for step in article_basic().trace()]
    assert [text for text in sums if text] == [
        "(3 × 3 × 3 + 1) × 32 = 896",
        "(3 × 3 × 32 + 1) × 32 = 9,248",
        "(3 × 3 × 32 + 1) × 64 = 18,496",
        "(3 × 3 × 64 + 1) × 64 = 36,928",
        "(1,600 + 1) × 256 = 409,856",
        "(256 + 1) × 10 = 2,570",
    ]


def test_a_sum_says_what_it_adds_up_to():
    """Every sum is itself worked out: what stands left of the sign equals what stands right."""
    for step in article_basic().trace():
        for text in (arithmetic.parameter_sum(step), arithmetic.multiply_add_sum(step)):
            if text:
                left, right = text.replace(",", "").replace("×", "*").split("=")
                assert eval(left) == int(right)


def test_layers_without_bias_and_normalisation():
    spec = NetworkSpec((8, 8, 1), (ConvLayer(4, use_bias=False), BatchNormLayer()))
    conv, norm = spec.steps()
    assert arithmetic.parameter_sum(conv) == "3 × 3 × 1 × 4 = 36"
    assert arithmetic.parameter_sum(norm) == "4 × 4 = 16"
    assert arithmetic.multiply_add_sum(norm) == ""


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (ConvLayer(8, 5, 2, "same", "linear"), "Convolution 8 of 5 × 5, stride 2, same padding"),
        (PoolLayer("average", 3, 1), "Average pooling 3 × 3, stride 1"),
        (DenseLayer(10, "softmax"), "Dense 10, softmax"),
        (BatchNormLayer(), "Batch normalisation"),
    ],
)
def test_layers_in_words(layer, text):
    assert arithmetic.layer_text(layer) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0"), (999, "999"), (1_000, "1 thousand"), (3.7e13, "37 trillion")]
)
def test_short_counts(count, text):
    assert arithmetic.short_count(count) == text
