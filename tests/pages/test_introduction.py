"""Home and what a computer sees, through the router."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest
from PIL import Image

from cnnlib import datasets
from pages.support import navigation, photos
from tests.pages.seen import component_data, words
from tests.pictures import plain_png

WELCOME = "pages/introduction/welcome.py"
SEES = "pages/introduction/what_a_computer_sees.py"


def test_homes_answers_are_sums_of_nine_products(visit):
    data = component_data(visit(WELCOME))
    kernel = np.array(data["kernel"])
    assert kernel.tolist() == [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    for example in data["examples"]:
        pixels, answers = np.array(example["pixels"]), np.array(example["answers"])
        assert (pixels.shape, answers.shape) == ((28, 28), (26, 26))
        for row, column in ((0, 0), (10, 13), (25, 25), (17, 9)):
            window = pixels[row : row + 3, column : column + 3]
            assert answers[row, column] == (window * kernel).sum()


def test_homes_digits_are_real_ones_and_the_network_knows_them(visit, digits):
    for example in component_data(visit(WELCOME))["examples"]:
        pixels = np.array(example["pixels"], np.uint8)
        matches = (digits.x_test[..., 0] == pixels).all(axis=(1, 2))
        assert digits.y_test[matches].tolist() == [int(example["label"])]
        assert np.argmax(example["verdict"]) == int(example["label"])
        assert sum(example["verdict"]) == pytest.approx(1, abs=1e-3)


def test_homes_doors_lead_to_listed_pages(visit):
    links = [link.value for link in visit(WELCOME).page_link]
    assert "**Start reading**" in links
    assert len(links) == sum(
        navigation.is_listed(path)
        for path in (
            SEES,
            "pages/first_models/dataset.py",
            "pages/first_models/model_building.py",
            "pages/classify/classify.py",
        )
    )


def image_of(app) -> np.ndarray:
    """The picture under the lens."""
    data = component_data(app)
    size = (data["height"], data["width"], data["channels"])
    return np.frombuffer(base64.b64decode(data["pixels"]), np.uint8).reshape(size)


def test_a_photo_is_there_at_full_size_and_counted(visit):
    app = visit(SEES)
    assert "$$512 \\times 512 \\times 3 = 786{,}432$$" in words(app)
    assert component_data(app)["title"] == "Astronaut"
    file = photos.shipped_photos()["Astronaut"]
    np.testing.assert_array_equal(image_of(app), np.asarray(Image.open(file)))


def test_no_picture_sends_more_than_a_page_may(visit):
    assert len(json.dumps(component_data(visit(SEES)))) < 1_500_000


def test_a_coarser_photo_keeps_its_shape(visit):
    app = visit(SEES, {"see_picture": "Cat", "see_side": "64"})
    assert image_of(app).shape == (43, 64, 3)  # of 300 and 451: 42.6 and 64
    assert "$$43 \\times 64 \\times 3 = 8{,}256$$" in words(app)


def test_the_lens_opens_on_an_eye_or_in_the_middle(visit):
    data = component_data(visit(SEES))
    assert (data["row"], data["column"]) == (101, 202)
    data = component_data(visit(SEES, {"see_picture": "Rocket"}))
    assert (data["row"], data["column"]) == (data["height"] // 2, data["width"] // 2)


def test_a_small_photo_is_counted_as_three_channels(visit):
    app = visit(SEES, {"see_picture": "A frog"})
    assert "$$32 \\times 32 \\times 3 = 3{,}072$$" in words(app)
    data = component_data(app)
    assert (data["title"], data["height"], data["width"], data["channels"]) == ("A frog", 32, 32, 3)
    frogs = datasets.load("cifar10")
    assert any((image_of(app) == frog).all() for frog in frogs.x_test[frogs.y_test == 6])


def test_a_digit_has_one_channel(visit):
    app = visit(SEES, {"see_picture": "A handwritten 5"})
    assert "$$28 \\times 28 \\times 1 = 784$$" in words(app)
    assert "One channel is enough" in words(app)
    assert component_data(app)["channels"] == 1


@pytest.mark.parametrize("picture", ["", "A unicorn", "a frog", "'; DROP", "9" * 500])
def test_an_unknown_picture_in_the_address_shows_the_first_one(visit, picture):
    assert component_data(visit(SEES, {"see_picture": picture}))["title"] == "Astronaut"


def test_a_forged_choice_shows_the_first_one(visit, forge):
    app = forge(visit(SEES), "see_picture", "A unicorn")
    assert component_data(app)["title"] == "Astronaut"


def test_ones_own_picture_is_asked_for_and_then_taken_apart(visit):
    app = visit(SEES, {"see_picture": "Your own"})
    assert "a sample stands in: astronaut." in app.caption[0].value
    app.file_uploader(key="see_picture_file").upload(
        "sea.png", plain_png((300, 200), (10, 120, 240))
    )
    app.select_slider(key="see_side").set_value(16)
    app.run()
    data = component_data(app)
    assert (data["title"], data["height"], data["width"]) == ("Your photo", 11, 16)
    assert (image_of(app) == (10, 120, 240)).all()
    assert "11 \\times 16 \\times 3 = 528" in words(app)


def test_a_large_picture_of_ones_own_is_shown_finely_and_within_the_limit(visit):
    app = visit(SEES, {"see_picture": "Your own"})
    app.file_uploader(key="see_picture_file").upload("sea.png", plain_png((3_000, 3_000)))
    app.run()
    assert image_of(app).shape == (512, 512, 3)


def test_a_drawing_goes_under_the_lens(visit, monkeypatch):
    paper = np.full((280, 280, 4), 255, np.uint8)
    paper[10:20, :, :3] = 0
    monkeypatch.setattr(photos, "draw_canvas", lambda label, key: paper)
    app = visit(SEES, {"see_picture": "Your own", "see_picture_way": "Draw"})
    np.testing.assert_array_equal(image_of(app), paper[..., :3])


def test_an_exercise_ends_the_page(visit):
    app = visit(SEES, {"what_a_computer_sees_question": "2"})
    app.text_input[0].set_value("-1")
    app.button[-1].click().run()
    assert app.info
    assert not app.exception


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_a_broken_file_gets_a_sentence(visit, content):
    app = visit(SEES, {"see_picture": "Your own"})
    app.file_uploader(key="see_picture_file").upload("broken.png", content)
    app.run()
    assert not app.exception
    (error,) = app.error
    assert error.value.endswith(".")


@pytest.mark.parametrize("side", ["0", "1000000", "abc", "-5", "nan", "31.7"])
def test_nonsense_sizes_in_the_address_fall_back(visit, side):
    app = visit(SEES, {"see_picture": "Your own", "see_side": side})
    assert app.select_slider(key="see_side").value in (16, 32, 64, 128, 256, 512)
    assert max(image_of(app).shape) <= 512
