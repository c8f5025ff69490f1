"""The convolution layer page, through the router."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.convolution import conv2d, max_pool2d, relu
from cnnlib.filter_bank import learned_filters, preset_filters
from cnnlib.worked import softmax_steps
from pages.support import layer_settings
from pages.support.networks import shipped_network
from pages.support.photos import small_picture
from tests.pictures import plain_png

PAGE = "pages/game_changer/convolution_layer.py"
STEPS = (
    "One number",
    "All maps",
    "ReLU",
    "Pooling",
    "The sums",
    "Flatten and dense",
    "Softmax",
    "What a cell sees",
    "Other kinds",
)


@pytest.fixture
def frog():
    return small_picture("A frog").astype(np.float32) / 255


def texts(app) -> str:
    tables = [element.proto.body for element in app.get("html")]
    return " ".join([*(element.value for element in app.markdown), *tables])


def test_the_middle_cell_is_put_in_one_line(visit, frog):
    bank = learned_filters(shipped_network("cifar10"))
    parts = [
        conv2d(frog[None, 15:18, 15:18, c : c + 1], bank.kernels[:, :, c : c + 1, :1]).item()
        for c in range(3)
    ]
    red, green, blue, bias, total = (
        f"{number:.2f}".replace("-", "−")
        for number in (*parts, bank.bias[0], sum(parts) + bank.bias[0])
    )
    line = (
        f"In row 16, column 16 of the output: {red} from red, {green} from green, {blue} from "
        f"blue, and the bias {bias}, together **{total}**."
    )
    assert line in texts(visit(PAGE))


@pytest.mark.parametrize(
    ("query", "shape"),
    [
        ({}, "30 × 30 × 32 = 28,800"),
        ({"layer_padding": "same"}, "32 × 32 × 32 = 32,768"),
        ({"layer_stride": "4", "layer_count": "5"}, "8 × 8 × 5 = 320"),
        ({"layer_filters": "Presets", "layer_size": "7"}, "26 × 26 × 32 = 21,632"),
        ({"layer_filters": "Learned", "layer_size": "7"}, "30 × 30 × 32 = 28,800"),
    ],
)
def test_the_volume_that_comes_out(visit, query, shape):
    assert shape in texts(visit(PAGE, {"layer_step": "All maps", **query}))


def test_relu_counts_what_it_cuts_off(visit, frog):
    own = conv2d(frog[None], preset_filters(3).kernels)[0, :, :, 4]
    negative = int((own < 0).sum())
    query = {"layer_step": "ReLU", "layer_filters": "Presets", "layer_filter": "5"}
    assert f"Of the 900 numbers in this map, {negative} were negative" in texts(visit(PAGE, query))


def test_pooling_counts_what_is_left(visit):
    query = {"layer_step": "Pooling", "layer_pool_window": "3", "layer_pool_stride": "2"}
    assert "30 × 30 = 900 numbers become 14 × 14 = 196" in texts(visit(PAGE, query))
    assert max_pool2d(np.zeros((1, 30, 30, 1)), 3, stride=2).shape == (1, 14, 14, 1)


def test_the_smallest_is_said_to_be_no_layer_of_keras(visit):
    query = {"layer_step": "Pooling", "layer_pool": "Min"}
    assert "Keras has no layer for the smallest" in texts(visit(PAGE, query))


def test_the_sums_of_the_layer_as_it_is_set(visit):
    said = texts(visit(PAGE, {"layer_step": "The sums"}))
    assert "(32 + 0 − 3) / 1 + 1 = 30" in said
    assert "(3 × 3 × 3 + 1) × 32 = 896" in said
    assert "3 × 3 × 3 × 30 × 30 × 32 = 777,600" in said
    assert "(3,072 + 1) × 28,800 = 88,502,400" in said


def test_a_unit_s_sum_is_its_logit(visit, frog):
    logit = shipped_network("cifar10").logits(frog[None])[0, 3]
    said = texts(visit(PAGE, {"layer_step": "Flatten and dense", "layer_class": "cat"}))
    end = said[said.index("logit of cat") :]
    assert f">{logit:.3g}<".replace("-", "−") in end


def test_flatten_shows_the_pixels_in_their_order(visit, frog):
    said = texts(visit(PAGE, {"layer_step": "Flatten and dense"}))
    for position, value in enumerate(frog[16:18, 16:18].ravel()):
        assert f"{position}: {value:.2f}" in said


@pytest.mark.parametrize("temperature", ["1.0", "10.0", "0.1"])
def test_softmax_at_a_temperature(visit, frog, temperature):
    steps = softmax_steps(shipped_network("cifar10").logits(frog[None])[0], float(temperature))
    said = texts(visit(PAGE, {"layer_step": "Softmax", "layer_temperature": temperature}))
    assert f"here {steps.total:.4f}" in said
    assert all(f">{power:.4f}<" in said for power in steps.powers)


def test_fields_grow_layer_by_layer(visit):
    said = texts(visit(PAGE, {"layer_step": "What a cell sees", "layer_depth": "7"}))
    assert "14 + (2 − 1) × 2 = 16" in said
    assert "16 + (3 − 1) × 4 = 24" in said
    assert "24 + (3 − 1) × 4" not in said


def test_the_other_kinds_say_their_numbers(visit):
    said = texts(visit(PAGE, {"layer_step": "Other kinds", "layer_dilation": "3"}))
    assert "3 × (3 − 1) + 1 = 7" in said
    assert "The output has (3 − 1) × 2 + 3 = 7 rows." in said
    assert said.count("In the middle of the picture") == 2


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "query",
    [
        {"layer_picture": "A handwritten 5"},
        {"layer_filters": "Untrained", "layer_size": "7", "layer_stride": "4", "layer_filter": "9"},
        {"layer_picture": "../x", "layer_filters": "x", "layer_padding": "x", "layer_class": "x"},
        {"layer_stride": "0", "layer_count": "-1", "layer_filter": "33", "layer_size": "1e9"},
        {"layer_temperature": "0", "layer_depth": "99", "layer_pool": "x", "layer_dilation": "nan"},
        {"layer_pool_window": "6", "layer_pool_stride": "1", "layer_padding": "same"},
    ],
)
def test_every_step_stands_odd_addresses(visit, step, query):
    app = visit(PAGE, {"layer_step": step, **query})
    assert not app.error
    assert app.header[0].value == step


def test_an_unknown_step_is_the_first(visit):
    assert visit(PAGE, {"layer_step": "Nothing"}).header[0].value == "One number"


def test_forged_choices_fall_back(visit, forge):
    app = visit(PAGE)
    for key in ("layer_step", "layer_filters", "layer_padding"):
        forge(app, key, "forged")
    assert "together **" in texts(app)
    app = visit(PAGE, {"layer_step": "Pooling"})
    assert "become 15 × 15 = 225" in texts(forge(app, "layer_pool", "forged"))
    app = visit(PAGE, {"layer_step": "Flatten and dense"})
    assert "logit of frog" in texts(forge(app, "layer_class", "forged"))


def test_settings_stay_while_a_step_does_not_show_them(visit):
    app = visit(PAGE)
    app.slider(key="layer_stride").set_value(3).run()
    app.segmented_control(key="layer_step").set_value("Softmax").run()
    assert "with stride 3" in own_question(app, 2)
    app.segmented_control(key="layer_step").set_value("All maps").run()
    assert "10 × 10 × 32" in texts(app)
    assert app.slider(key="layer_stride").value == 3


def test_fewer_filters_than_the_one_that_is_looked_at(visit):
    app = visit(PAGE, {"layer_filter": "20"})
    app.slider(key="layer_count").set_value(8).run()
    assert not app.exception
    assert app.number_input(key="layer_filter").value == 8
    app.slider(key="layer_count").set_value(1).run()
    assert not app.exception
    assert app.number_input(key="layer_filter").value == 1


def test_the_next_step_is_a_button_away(visit):
    app = visit(PAGE)
    for step in STEPS[1:]:
        app.button(key="layer_next").click().run()
        assert not app.exception
        assert app.header[0].value == step
    assert not any(button.key == "layer_next" for button in app.button)


def test_a_photo_of_one_s_own(visit):
    app = visit(PAGE, {"layer_picture": "Your own"})
    app.file_uploader[0].upload("red.png", plain_png((300, 200), (255, 0, 0))).run()
    assert not app.exception
    bank = learned_filters(shipped_network("cifar10"))
    red = float(bank.kernels[:, :, 0, 0].sum())
    assert f"{red:.2f} from red, 0.00 from green, 0.00 from blue".replace("-", "−") in texts(app)


def own_question(app, number: int) -> str:
    app.number_input(key="convolution_layer_question").set_value(number).run()
    return texts(app)


def test_the_exercises_are_of_this_layer_first(visit):
    app = visit(PAGE, {"layer_filters": "Presets", "layer_size": "5", "layer_count": "8"})
    assert "Your layer, filter " in texts(app)
    assert "slides 5 × 5 kernels over 32 rows" in own_question(app, 2)
    assert "Your layer has 8 filters of 5 × 5" in own_question(app, 3)
    app.text_input[0].set_value("608")
    next(b for b in app.button if "answer" in str(b.key)).click().run()
    assert app.success[0].value == "Right."
    assert "Your layer" not in own_question(app, 4)


def test_the_maps_are_those_of_the_library(frog):
    layer = layer_settings.layer_of("Learned", 32, 7, 3, 1, "same")
    network = shipped_network("cifar10")
    np.testing.assert_allclose(
        relu(layer.maps(frog)), network.activations(frog[None])[2][0], atol=1e-5
    )
    assert layer.number == 6


@pytest.mark.parametrize(
    ("step", "key", "number"),
    [
        ("All maps", "layer_size", 99),
        ("All maps", "layer_stride", 0),
        ("All maps", "layer_count", -3),
        ("Pooling", "layer_pool_window", 1e9),
        ("Pooling", "layer_pool_stride", -1),
        ("Softmax", "layer_temperature", -1),
        ("What a cell sees", "layer_depth", 1e6),
        ("Other kinds", "layer_dilation", 50),
        ("Other kinds", "layer_stamp_stride", 1e6),
    ],
)
def test_forged_numbers_are_kept_in_their_ranges(visit, step, key, number):
    app = visit(PAGE, {"layer_step": step, "layer_filters": "Presets"})
    states = app._tree.get_widget_states()
    (state,) = (state for state in states.widgets if state.id.endswith(f"-{key}"))
    state.double_array_value.data[:] = [number]
    app._run(states)
    assert not app.exception
    assert app.header[0].value == step
