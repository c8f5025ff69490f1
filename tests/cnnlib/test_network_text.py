"""A network as one line: every network travels unharmed, and nothing else is read."""

from __future__ import annotations

from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlib.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    PoolLayer,
    RescaleLayer,
)
from cnnlib.network_text import MAX_CHARACTERS, from_text, to_text
from cnnlib.presets import PRESETS, article_basic
from cnnlib.spec import LIMITS, NetworkSpec, SpecError
from tests.cnnlib.test_spec import any_network

BASIC = (
    "v1~32x32x3~conv_32_3_relu~conv_32_3_relu~max_2~drop_0.25"
    "~conv_64_3_relu~conv_64_3_relu~max_2~drop_0.25"
    "~flatten~dense_256_relu~drop_0.5~dense_10_softmax"
)
EVERY_KIND = NetworkSpec(
    (28, 20, 1),
    (
        RescaleLayer((2.0,), (-1.0,)),
        ConvLayer(8, 5, 2, "same", "linear", use_bias=False),
        BatchNormLayer(),
        ActivationLayer("tanh"),
        PoolLayer("average", 3, 1, "same"),
        DropoutLayer(0.3),
        GlobalAveragePoolLayer(),
        FlattenLayer(),
        DenseLayer(12, "linear", use_bias=False),
    ),
)


def test_the_basic_model_can_be_read_by_people():
    assert to_text(article_basic()) == BASIC
    assert from_text(BASIC) == article_basic()


def test_every_kind_of_layer_has_its_word():
    text = to_text(EVERY_KIND)
    assert text == (
        "v1~28x20x1~rescale_2.0_-1.0~conv_8_5_s2_same_nobias~norm~tanh~avg_3_s1_same~drop_0.3"
        "~gap~flatten~dense_12_nobias"
    )
    assert from_text(text) == EVERY_KIND


@given(any_network)
def test_every_network_comes_back(network):
    assert from_text(to_text(network)) == network


@given(any_network)
def test_an_address_needs_no_escapes(network):
    text = to_text(network)
    assert quote_plus(text) == text


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.title)
def test_presets_are_whole_and_short(preset):
    preset.network.trace()
    assert len(to_text(preset.network)) < 400
    assert from_text(to_text(preset.network)) == preset.network


@pytest.mark.parametrize(
    ("text", "layer", "said"),
    [
        ("", None, "begins with v1~"),
        ("v2~32x32x3~flatten", None, "begins with v1~"),
        ("v1", None, "begins with v1~"),
        ("v1~32x32~flatten", None, "written as in 32x32x3"),
        ("v1~32x32x3x3", None, "written as in 32x32x3"),
        ("v1~32x32x2", None, "1 or 3 channels"),
        ("v1~0x32x3", None, "it is (0, 32, 3)"),
        ("v1~999999x32x3", None, "sides up to 256"),
        ("v1~٣٢x32x3", None, "written as in 32x32x3"),
        ("v1~32x32x3~flatten~cats", 1, "'cats' is no layer"),
        ("v1~32x32x3~", 0, "'' is no layer"),
        ("v1~32x32x3~conv_32", 0, "'conv_32' is no layer"),
        ("v1~32x32x3~conv_32_3_same_s2", 0, "is no layer"),
        ("v1~32x32x3~conv_32_99_relu", 0, "kernel size must be a whole number from 1 to 15"),
        ("v1~32x32x3~conv_99999_3", 0, "filters must be"),
        ("v1~32x32x3~conv_0_3", 0, "filters must be"),
        ("v1~32x32x3~max_2_s0", 0, "stride must be"),
        ("v1~32x32x3~max_-2", 0, "is no layer"),
        ("v1~32x32x3~drop_0.95", 0, "rate must be a number from 0.0 to 0.9"),
        ("v1~32x32x3~drop_1e999", 0, "rate must be"),
        ("v1~32x32x3~drop_nan", 0, "is no layer"),
        ("v1~32x32x3~drop_1.2.3", 0, "'1.2.3' is not a number"),
        ("v1~32x32x3~dense_10_cats", 0, "is no layer"),
        ("v1~32x32x3~rescale_1.0", 0, "is no layer"),
        ("v1~32x32x3~rescale_1x_0", 0, "'' is not a number"),
        ("v1~32x32x3~rescale_1e9_0", 0, "scale must be"),
        ("v1~32x32x3\n~flatten", None, "written as in"),
        ("v1~32x32x3~<script>alert(1)</script>", 0, "is no layer"),
        ("v1~32x32x3~__import__('os')", 0, "is no layer"),
    ],
)
def test_what_is_no_network_is_refused_at_the_right_layer(text, layer, said):
    with pytest.raises(SpecError) as caught:
        from_text(text)
    assert said in str(caught.value)
    assert caught.value.layer == layer
    assert len(str(caught.value)) < 300


def test_too_many_layers_and_too_long_a_text_are_refused():
    many = "~".join(["v1", "8x8x1", *["norm"] * (LIMITS.layers + 1)])
    with pytest.raises(SpecError, match="may have 40 layers; this one has 41"):
        from_text(many)
    with pytest.raises(SpecError, match="at most 4,000 characters"):
        from_text("v1~8x8x1~" + "x" * MAX_CHARACTERS)
    long = NetworkSpec((8, 8, 1), (RescaleLayer((0.123456789,) * 500, (0.0,)),))
    with pytest.raises(SpecError, match="Use fewer layers"):
        to_text(long)


@given(st.text(alphabet="v1~_x.0123456789-convmaxdrpflatensgu", max_size=60))
def test_any_text_is_read_or_refused_with_a_sentence(text):
    try:
        network = from_text(f"v1~32x32x3~{text}")
    except SpecError:
        return
    assert from_text(to_text(network)) == network
