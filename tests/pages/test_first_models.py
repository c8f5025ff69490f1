"""Model building and training, through the router."""

from __future__ import annotations

import time

import pytest

from cnnlib.forecast import Forecast
from cnnlib.presets import BlockSettings, block_network
from cnnlib.questions_first_models import questions_on
from cnnlib.spec import RunSpec, TrainingSpec
from pages.support import jobs
from tests.pages.seen import metrics

MODEL = "pages/first_models/model_building.py"
TRAINING = "pages/first_models/training.py"


def test_the_default_network_is_counted(visit):
    app = visit(MODEL)
    assert metrics(app) == {
        "Layers": "12",
        "Parameters": "83,322",
        "Multiply-adds for one image": "2,541,888",
        "Training for 15 epochs": "–",
    }
    table = app.html[1].value
    assert "(3 × 3 × 1 + 1) × 16 = 160" in table
    assert "(512 + 1) × 128 = 65,664" in table


def test_time_and_memory_are_forecast_for_the_training_pages_settings(visit, recorder):
    app = visit(TRAINING, {"train_epochs": "3", "train_9000_image_count": "700"})
    app.slider(key="train_label_noise").set_value(0.1).run()
    recorder.speed = Forecast(43.2, 912_345_678)
    app.switch_page(MODEL).run()
    assert not app.exception
    assert metrics(app)["Training for 3 epochs"] == "about 43 s"
    (metric,) = (metric for metric in app.metric if metric.label.startswith("Training"))
    assert metric.delta == "0.9 GB in the worker"
    training = TrainingSpec(image_count=700, epochs=3, label_noise=0.1)
    assert recorder.asked[-1] == RunSpec(block_network((28, 28, 1), 10, BlockSettings()), training)


def test_without_a_measurement_the_page_waits_for_none(visit, recorder):
    (metric,) = (m for m in visit(MODEL, {"dataset": "CIFAR-10 photos"}).metric if m.delta)
    assert (metric.value, metric.delta) == ("–", "not measured yet")
    assert recorder.asked[-1].training.image_count == 5_000


def test_a_network_that_cannot_be_has_no_forecast(visit, recorder):
    visit(MODEL, {"model_kernel_size": "11", "model_blocks": "4"})
    assert recorder.asked == []


def test_the_exercise_asks_of_the_readers_own_network(visit):
    app = visit(MODEL, {"model_filters": "5", "model_building_question": "1"})
    network = block_network((28, 28, 1), 10, BlockSettings(filters=5))
    exercise = questions_on(network)[0](1)
    assert exercise.question in [text.value for text in app.markdown]
    app.text_input(key="model_building_answer_1_given").set_value(str(exercise.answer))
    (check,) = (button for button in app.button if button.label == "Check")
    check.click().run()
    assert app.success[0].value == "Right."


def test_a_slider_changes_the_sums(visit):
    app = visit(MODEL)
    app.slider(key="model_filters").set_value(32).run()
    network = block_network((28, 28, 1), 10, BlockSettings(filters=32))
    assert metrics(app)["Parameters"] == f"{network.parameters:,}"


def test_photos_have_three_channels(visit):
    app = visit(MODEL, {"dataset": "CIFAR-10 photos"})
    assert "(3 × 3 × 3 + 1) × 16 = 448" in app.html[1].value


def test_a_kernel_larger_than_its_input_is_explained_at_its_layer(visit):
    app = visit(MODEL, {"model_kernel_size": "11", "model_blocks": "4"})
    (error,) = app.error
    assert "Layer 5" in error.value
    assert "slides a 11 x 11 window, but its input is only 4 x 4" in error.value
    assert "Parameters" not in metrics(app)
    assert "**Train this network**" not in [link.value for link in app.page_link]


def test_a_network_too_large_to_be_trained_is_told_in_place(visit):
    large = {"model_blocks": "1", "model_filters": "64", "model_dense_units": "1024"}
    (refusal,) = visit(MODEL, large).warning
    # 9 × 64 + 64, 9 × 64 × 64 + 64, (12 × 12 × 64 + 1) × 1,024 and 1,025 × 10
    assert "This run asks for 9,486,026 parameters; the most is 5,000,000." in refusal.value
    assert not visit(MODEL).warning


@pytest.mark.parametrize(
    "query",
    [
        {"model_blocks": "99", "model_filters": "-3", "model_dropout": "nan"},
        {"model_pooling": "cats", "model_padding": "", "dataset": "../../etc"},
        {"model_kernel_size": "3.7", "model_stride": "1e9", "model_batch_norm": "perhaps"},
        {"train_learning_rate": "inf", "train_epochs": "1" * 400, "train_seed": "-1"},
        {"run": "../../../etc/passwd"},
        {"run": "A" * 16},
        {"run": "💥" * 50},
    ],
)
@pytest.mark.parametrize("path", [MODEL, TRAINING])
def test_odd_addresses_fall_back(visit, path, query):
    visit(path, query)


def test_an_unknown_run_is_said_in_place(visit):
    app = visit(TRAINING, {"run": "A" * 16})
    assert "is not here" in app.warning[0].value


def test_the_training_page_trains_the_network_in_its_address(visit, submitted):
    query = {"model_filters": "8", "model_batch_norm": "true", "model_pooling": "Average"}
    app = visit(TRAINING, query)
    app.slider(key="train_epochs").set_value(2)
    app.select_slider(key="train_batch_size").set_value(256)
    app.button(key="training_start").click().run()
    assert not app.exception
    settings = BlockSettings(filters=8, batch_norm=True, pooling="average")
    assert submitted == [
        RunSpec(
            block_network((28, 28, 1), 10, settings),
            TrainingSpec(image_count=9_000, epochs=2, batch_size=256),
        )
    ]


def test_a_network_that_cannot_be_is_not_submitted(visit, submitted):
    app = visit(TRAINING, {"model_kernel_size": "11", "model_blocks": "4"})
    app.button(key="training_start").click().run()
    assert "slides a 11 x 11 window" in app.error[0].value
    assert submitted == []


@pytest.mark.slow
def test_a_run_from_the_button_to_the_end(visit):
    app = visit(TRAINING, {"model_convolutions": "1", "model_filters": "4", "train_epochs": "1"})
    app.slider(key="train_9000_image_count").set_value(500)
    app.button(key="training_start").click().run()
    run_id = app.query_params["run"]
    deadline = time.monotonic() + 120
    while jobs.engine().status(run_id).is_active and time.monotonic() < deadline:
        time.sleep(0.5)
    app.run()
    assert not app.exception
    assert app.progress[0].text == "Done, epoch 1 of 1"
    assert metrics(app)["Validation accuracy"].endswith("%")
    jobs.engine().close()


def test_the_sliders_are_remembered_on_the_next_page(visit, submitted):
    app = visit(MODEL)
    app.slider(key="model_filters").set_value(8).run()
    app.switch_page(TRAINING).run()
    app.button(key="training_start").click().run()
    assert submitted[0].network == block_network((28, 28, 1), 10, BlockSettings(filters=8))
