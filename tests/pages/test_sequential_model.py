"""The Sequential model page, through the router."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from cnnlib.keras_code import sequential_code
from cnnlib.layers import (
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    PoolLayer,
    RescaleLayer,
)
from cnnlib.network_text import from_text, to_text
from cnnlib.presets import PRESETS, BlockSettings, article_basic, block_network, lenet5
from cnnlib.spec import NetworkSpec, RunSpec, TrainingSpec
from pages.support import jobs
from tests.pages.seen import codes

PAGE = "pages/keras/sequential_model.py"
MODEL = "pages/first_models/model_building.py"
TRAINING = "pages/first_models/training.py"
SMALL = NetworkSpec(
    (28, 28, 1), (ConvLayer(8), PoolLayer(), FlattenLayer(), DenseLayer(10, "softmax"))
)


@pytest.fixture
def small(visit):
    """The page with SMALL on it."""
    return visit(PAGE, {"net": to_text(SMALL)})


def network_of(app):
    """What the address says, which is also what the shown code makes."""
    network = from_text(app.query_params["net"])
    assert codes(app)[0] == sequential_code(network)
    return network


def settings_keys(app):
    return {
        widget.key
        for kind in (app.slider, app.number_input, app.segmented_control, app.toggle)
        for widget in kind
        if str(widget.key).startswith("sequential_")
    }


def choose(app, place):
    """Choose the layer at `place`, from 0, and return the page."""
    box = app.selectbox(key="sequential_chosen")
    return box.set_value(app.session_state["sequential_kept"].identities[place]).run()


def setting(app, kind, name):
    """The widget of the chosen layer's setting."""
    chosen = app.session_state["sequential_kept"].chosen
    return getattr(app, kind)(key=f"sequential_{chosen}_{name}")


def test_it_opens_with_the_basic_model(visit):
    app = visit(PAGE)
    assert network_of(app) == article_basic()
    metrics = {metric.label: metric.value for metric in app.metric}
    assert metrics["Parameters"] == "477,994"
    assert metrics["Layers"] == "12"


def test_what_the_text_says_of_the_basic_model_is_so(visit):
    said = " ".join(element.value for element in visit(PAGE).markdown)
    steps = article_basic().trace()
    dense = next(step for step in steps if isinstance(step.layer, DenseLayer))
    share = dense.parameters / article_basic().parameters
    work = dense.multiply_adds / article_basic().multiply_adds
    assert f"has {share:.0%} of all parameters".replace("%", " %") in said
    assert f"and {work:.0%} of the multiply-adds".replace("%", " %") in said


def test_a_network_comes_by_its_address(small):
    assert network_of(small) == SMALL
    assert small.segmented_control(key="sequential_images").value == "digits"
    assert not small.error


def test_settings_change_the_layer_and_nothing_else(small):
    setting(small, "number_input", "filters").set_value(12).run()
    setting(small, "slider", "kernel_size").set_value(5).run()
    setting(small, "segmented_control", "padding").set_value("same").run()
    assert not small.exception
    assert network_of(small).layers == (ConvLayer(12, 5, padding="same"), *SMALL.layers[1:])


def test_only_the_chosen_layers_widgets_are_drawn(small):
    conv = settings_keys(small)
    choose(small, 2)
    assert len(settings_keys(small)) < len(conv)
    choose(small, 3)
    setting(small, "number_input", "units").set_value(7).run()
    assert network_of(small).layers[-1] == DenseLayer(7, "softmax")


def test_layers_are_moved_with_their_settings(small):
    setting(small, "number_input", "filters").set_value(5).run()
    small.button(key="sequential_down").click().run()
    conv = ConvLayer(5)
    assert network_of(small).layers == (PoolLayer(), conv, *SMALL.layers[2:])
    assert setting(small, "number_input", "filters").value == 5
    choose(small, 0)
    assert setting(small, "slider", "size").value == 2
    small.button(key="sequential_down").click().run()
    assert network_of(small).layers[:2] == (conv, PoolLayer())
    choose(small, 0)
    setting(small, "number_input", "filters").set_value(6).run()
    assert network_of(small).layers[:2] == (ConvLayer(6), PoolLayer())


def test_the_first_cannot_go_up_nor_the_last_down(small):
    assert small.button(key="sequential_up").disabled
    assert small.button(key="sequential_up").label == "Move layer 1 up"
    choose(small, 3)
    assert small.button(key="sequential_down").disabled
    assert not small.button(key="sequential_up").disabled


def test_layers_are_added_and_removed(small):
    small.selectbox(key="sequential_new").set_value("dropout").run()
    small.button(key="sequential_add").click().run()
    assert network_of(small).layers[1] == DropoutLayer()
    setting(small, "slider", "rate").set_value(0.4).run()
    assert network_of(small).layers[1] == DropoutLayer(0.4)
    small.button(key="sequential_remove").click().run()
    assert network_of(small) == SMALL
    assert setting(small, "slider", "size").value == 2


def test_a_rescaling_has_a_number_for_each_channel_it_was_given(visit):
    layers = (RescaleLayer((1.0, 2.0, 3.0), (0.5,)), FlattenLayer(), DenseLayer(10, "softmax"))
    app = visit(PAGE, {"net": to_text(NetworkSpec((32, 32, 3), layers))})
    setting(app, "number_input", "scale_1").set_value(4.0).run()
    setting(app, "number_input", "offset_0").set_value(-1.0).run()
    assert network_of(app).layers[0] == RescaleLayer((1.0, 4.0, 3.0), (-1.0,))


def test_another_kind_starts_with_its_own_settings(small):
    chosen = small.session_state["sequential_kept"].chosen
    small.selectbox(key=f"sequential_{chosen}_kind").set_value("pool").run()
    assert network_of(small).layers[0] == PoolLayer()
    chosen = small.session_state["sequential_kept"].chosen
    small.selectbox(key=f"sequential_{chosen}_kind").set_value("conv").run()
    assert network_of(small).layers[0] == ConvLayer()
    assert setting(small, "number_input", "filters").value == 32


def test_a_wrong_stack_is_explained_in_the_layers_card(small):
    choose(small, 2)
    small.button(key="sequential_remove").click().run()
    (error,) = small.error
    assert "A dense layer needs a row of numbers, but what arrives is 13 x 13 x 8" in error.value
    assert "does not fit" in codes(small)[0]
    assert [metric.value for metric in small.metric] == ["3", "–", "–"]
    assert "**Train this network**" not in [link.label for link in small.page_link]
    choose(small, 0)
    assert not small.error  # it is said at the layer, and in the list


def test_everything_can_be_removed_and_built_again(small):
    for _ in SMALL.layers:
        small.button(key="sequential_remove").click().run()
        assert not small.exception
    assert network_of(small).layers == ()
    assert "the last layer must be" in small.error[0].value.lower()
    small.button(key="sequential_add").click().run()
    assert network_of(small).layers == (ConvLayer(),)


@pytest.mark.parametrize("name", PRESETS)
def test_presets(small, name):
    small.button(key=f"sequential_preset_{name}").click().run()
    assert not small.exception
    assert not small.error
    assert network_of(small) == PRESETS[name].network
    assert PRESETS[name].about in [caption.value for caption in small.caption]


def test_images_of_another_size(small):
    small.segmented_control(key="sequential_images").set_value("other").run()
    small.number_input(key="sequential_height").set_value(40).run()
    small.segmented_control(key="sequential_channels").set_value(1).run()
    assert network_of(small).input_shape == (40, 64, 1)
    assert any("images of 28 × 28 × 1 and 32 × 32 × 3" in m.value for m in small.markdown)
    small.segmented_control(key="sequential_images").set_value("cifar10").run()
    assert network_of(small).input_shape == (32, 32, 3)


def test_the_readers_own_networks_are_offered(visit):
    run_id = jobs.store().create(RunSpec(lenet5(), TrainingSpec()))
    app = visit(MODEL)
    app.slider(key="model_filters").set_value(8).run()
    app.switch_page(PAGE).run()
    app.button(key="sequential_last_model").click().run()
    assert network_of(app) == block_network((28, 28, 1), 10, BlockSettings(filters=8))
    app.query_params["run"] = run_id
    app.run()
    app.button(key="sequential_last_run").click().run()
    assert network_of(app) == lenet5()


def test_the_network_is_still_there_after_another_page(small):
    setting(small, "number_input", "filters").set_value(3).run()
    small.switch_page("pages/game_changer/filtering.py").run()
    small.switch_page(PAGE).run()
    assert network_of(small).layers[0] == ConvLayer(3)


def test_going_back_in_the_browser_brings_the_last_network_back(small):
    before = small.query_params["net"]
    setting(small, "number_input", "filters").set_value(3).run()
    small.query_params["net"] = before
    small.run()
    assert network_of(small) == SMALL
    assert setting(small, "number_input", "filters").value == 8


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v9~x",
        "v1~32x32x3~conv_999999_3",
        "v1~1x1x1",
        "v1~32x32x3~<b>",
        "v1~" + "9" * 9_000,
        "💥" * 50,
        "v1~8x8x1~" + "~".join(["flatten"] * 60),
    ],
)
def test_odd_addresses_are_refused_in_place(visit, text):
    app = visit(PAGE, {"net": text, "run": "../../etc/passwd"})
    network_of(app)


def test_what_is_wrong_with_an_address_is_said(visit):
    app = visit(PAGE, {"net": "v1~32x32x3~flatten~cats"})
    assert "(layer 2): 'cats' is no layer" in app.error[0].value
    assert network_of(app) == article_basic()
    assert not app.run().error


def test_a_forged_choice_changes_nothing(small, forge):
    forge(small, f"sequential_{small.session_state['sequential_kept'].chosen}_kind", "cats")
    assert network_of(small) == SMALL
    forge(small, "sequential_images", "cats")
    assert network_of(small) == SMALL


def test_what_was_built_is_trained(small, submitted):
    setting(small, "number_input", "filters").set_value(6).run()
    expected = network_of(small)
    small.switch_page(TRAINING).run()
    assert small.query_params["net"] == to_text(expected)
    assert "built layer by layer" in " ".join(caption.value for caption in small.caption)
    small.button(key="training_start").click().run()
    assert not small.exception
    assert submitted[0].network == expected


def test_photos_are_trained_on_photos(visit, submitted):
    app = visit(PAGE)
    app.button(key="sequential_preset_improved").click().run()
    app.switch_page(TRAINING).run()
    app.button(key="training_start").click().run()
    assert submitted[0].network == PRESETS["improved"].network
    assert submitted[0].training.dataset == "cifar10"


def test_the_training_page_takes_network_and_augmentation_from_a_link(visit, submitted):
    app = visit(
        TRAINING,
        {
            "net": to_text(PRESETS["improved"].network),
            "dataset": "CIFAR-10 photos",
            "train_augmentation": ["Mirror", "Shift"],
        },
    )
    app.button(key="training_start").click().run()
    assert submitted[0].network == PRESETS["improved"].network
    assert submitted[0].training.augmentation == ("flip", "shift")


@pytest.mark.parametrize("name", [name for name in PRESETS if PRESETS[name].training])
def test_a_preset_is_trained_as_it_says(visit, submitted, name):
    app = visit(PAGE)
    app.button(key=f"sequential_preset_{name}").click().run()
    (link,) = (link for link in app.page_link if link.label == "**Train this network**")
    query = parse_qs(link.proto.query_string)
    app = visit(TRAINING, query)
    app.button(key="training_start").click().run()
    preset, made = PRESETS[name], submitted[0]
    assert made.network == preset.network
    assert made.training.augmentation == preset.augmentation
    for field, value in preset.training.items():
        assert getattr(made.training, field) == value, field


def test_the_sliders_take_over_again(small, submitted):
    setting(small, "number_input", "filters").set_value(6).run()
    small.query_params.clear()  # as a browser does when it goes to another page
    small.switch_page(MODEL).run()
    small.switch_page(TRAINING).run()
    assert "net" not in small.query_params
    small.button(key="training_start").click().run()
    assert submitted[0].network == block_network((28, 28, 1), 10, BlockSettings())


def test_a_written_network_that_cannot_be_read_is_not_trained(visit, submitted):
    app = visit(TRAINING, {"net": "v1~28x28x1~cats"})
    assert "'cats' is no layer" in app.error[0].value
    app.button(key="training_start").click().run()
    assert submitted == []
