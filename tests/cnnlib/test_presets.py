"""The article's model by hand, and the sliders' model as they describe it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlib.fields import SpecError
from cnnlib.presets import BlockSettings, article_basic, block_network
from cnnlib.spec import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    NetworkSpec,
    PoolLayer,
)


def test_the_articles_basic_model_by_hand():
    rows = [
        (s.layer.kind, s.output_shape, s.parameters, s.multiply_adds)
        for s in article_basic().trace()
    ]
    assert rows == [
        ("conv", (30, 30, 32), 896, 777_600),
        ("conv", (28, 28, 32), 9_248, 7_225_344),
        ("pool", (14, 14, 32), 0, 0),
        ("dropout", (14, 14, 32), 0, 0),
        ("conv", (12, 12, 64), 18_496, 2_654_208),
        ("conv", (10, 10, 64), 36_928, 3_686_400),
        ("pool", (5, 5, 64), 0, 0),
        ("dropout", (5, 5, 64), 0, 0),
        ("flatten", (1_600,), 0, 0),
        ("dense", (256,), 409_856, 409_600),
        ("dropout", (256,), 0, 0),
        ("dense", (10,), 2_570, 2_560),
    ]
    assert article_basic().parameters == 477_994
    assert article_basic().multiply_adds == 14_755_712
    assert [x.rate for x in article_basic().layers if isinstance(x, DropoutLayer)] == [
        0.25,
        0.25,
        0.5,
    ]


def test_the_articles_basic_model_on_digits():
    network = article_basic((28, 28, 1), classes=5)
    assert network.classes == 5
    # 24 x 24 after two convolutions, 12, 8 after two more, 4: 4 x 4 x 64 = 1,024 numbers.
    assert network.parameters == 320 + 9_248 + 18_496 + 36_928 + 1_025 * 256 + 257 * 5


def test_the_sliders_defaults_spelt_out():
    assert block_network((32, 32, 3), 10, BlockSettings()) == NetworkSpec(
        (32, 32, 3),
        (
            ConvLayer(16),
            ConvLayer(16),
            PoolLayer("max"),
            DropoutLayer(0.25),
            ConvLayer(32),
            ConvLayer(32),
            PoolLayer("max"),
            DropoutLayer(0.25),
            FlattenLayer(),
            DenseLayer(128, "relu"),
            DropoutLayer(0.25),
            DenseLayer(10, "softmax"),
        ),
    )


def test_every_slider_at_another_place():
    settings = BlockSettings(
        blocks=2,
        convolutions=2,
        filters=8,
        kernel_size=5,
        stride=2,
        padding="same",
        activation="tanh",
        pooling="average",
        batch_norm=True,
        dropout=0.0,
        head="global_average",
        dense_units=0,
    )

    def normalised(filters, stride):
        convolution = ConvLayer(filters, 5, stride, "same", "linear", use_bias=False)
        return convolution, BatchNormLayer(), ActivationLayer("tanh")

    assert block_network((32, 32, 3), 4, settings).layers == (
        *normalised(8, 2),
        *normalised(8, 1),
        PoolLayer("average"),
        *normalised(16, 2),
        *normalised(16, 1),
        PoolLayer("average"),
        GlobalAveragePoolLayer(),
        DenseLayer(4, "softmax"),
    )


def test_without_pooling_there_is_none():
    network = block_network((16, 16, 1), 3, BlockSettings(pooling="none"))
    assert not any(isinstance(layer, PoolLayer) for layer in network.layers)


@settings(max_examples=40)
@given(
    st.builds(
        BlockSettings,
        blocks=st.integers(1, 4),
        convolutions=st.integers(1, 3),
        filters=st.integers(1, 128),
        kernel_size=st.integers(1, 11),
        padding=st.just("same"),
        pooling=st.sampled_from(("max", "average", "none")),
        batch_norm=st.booleans(),
        dropout=st.sampled_from((0.0, 0.5)),
        head=st.sampled_from(("flatten", "global_average")),
        dense_units=st.sampled_from((0, 64)),
    ),
    st.integers(2, 20),
)
def test_with_same_padding_any_setting_makes_a_sound_network(settings, classes):
    network = block_network((28, 28, 1), classes, settings)
    assert network.classes == classes
    kinds = [layer.kind for layer in network.layers]
    assert kinds.count("conv") == settings.blocks * settings.convolutions
    assert kinds.count("pool") == (0 if settings.pooling == "none" else settings.blocks)


def test_filters_double_from_block_to_block_up_to_the_most_a_layer_may_have():
    def widths(filters):
        settings = BlockSettings(blocks=4, convolutions=1, filters=filters, padding="same")
        layers = block_network((32, 32, 3), 10, settings).layers
        return [layer.filters for layer in layers if isinstance(layer, ConvLayer)]

    assert widths(16) == [16, 32, 64, 128]
    assert widths(100) == [100, 200, 400, 512]


def test_a_model_too_deep_for_its_images_is_refused_at_the_layer_that_no_longer_fits():
    # 28, 26, 24, 12, 10, 8, 4, 2, and then a kernel of 3.
    network = block_network((28, 28, 1), 10, BlockSettings(blocks=3, dropout=0.0))
    with pytest.raises(SpecError, match="but its input is only 2 x 2") as refusal:
        network.trace()
    assert refusal.value.layer == 7


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("blocks", 5),
        ("convolutions", 0),
        ("filters", 129),
        ("kernel_size", 12),
        ("stride", 5),
        ("padding", "full"),
        ("activation", "softmax"),
        ("pooling", "min"),
        ("batch_norm", 1),
        ("dropout", 0.95),
        ("head", "dense"),
        ("dense_units", -1),
    ],
)
def test_each_slider_has_its_ends(name, value):
    with pytest.raises(SpecError, match=f"^{name.replace('_', ' ')} must be"):
        BlockSettings(**{name: value})
