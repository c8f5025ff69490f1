"""Home and what a computer sees, through the router."""

from __future__ import annotations

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from cnnlib import datasets
from pages.support import navigation

WELCOME = "pages/introduction/welcome.py"
SEES = "pages/introduction/what_a_computer_sees.py"


def component_data(app) -> dict:
    """What the page hands to its one script in the browser."""
    (component,) = app.get("bidi_component")
    return json.loads(component.proto.json)


def words(app) -> str:
    return "\n".join(text.value for text in app.markdown)


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


def test_a_photo_is_counted_as_three_channels(visit):
    app = visit(SEES)
    assert "$$32 \\times 32 \\times 3 = 3{,}072$$" in words(app)
    data = component_data(app)
    assert (data["title"], data["height"], data["width"], data["channels"]) == ("A frog", 32, 32, 3)
    image = np.frombuffer(base64.b64decode(data["pixels"]), np.uint8).reshape(32, 32, 3)
    frogs = datasets.load("cifar10")
    assert any((image == frog).all() for frog in frogs.x_test[frogs.y_test == 6])


def test_a_digit_has_one_channel(visit):
    app = visit(SEES, {"see_picture": "A handwritten 5"})
    assert "$$28 \\times 28 \\times 1 = 784$$" in words(app)
    assert "One channel is enough" in words(app)
    assert component_data(app)["channels"] == 1


@pytest.mark.parametrize("picture", ["", "A unicorn", "a frog", "'; DROP", "9" * 500])
def test_an_unknown_picture_in_the_address_shows_the_first_one(visit, picture):
    assert component_data(visit(SEES, {"see_picture": picture}))["title"] == "A frog"


def test_a_forged_choice_shows_the_first_one(visit, forge):
    app = forge(visit(SEES), "see_picture", "A unicorn")
    assert component_data(app)["title"] == "A frog"


def test_ones_own_picture_is_asked_for_and_then_taken_apart(visit):
    app = visit(SEES, {"see_picture": "Your own"})
    assert "Choose a picture file" in words(app)
    file = io.BytesIO()
    Image.new("RGB", (300, 200), (10, 120, 240)).save(file, "PNG")
    app.file_uploader(key="see_file").upload("sea.png", file.getvalue())
    app.slider(key="see_side").set_value(16)
    app.run()
    data = component_data(app)
    assert (data["title"], data["height"], data["width"]) == ("Your picture", 16, 16)
    pixels = np.frombuffer(base64.b64decode(data["pixels"]), np.uint8).reshape(16, 16, 3)
    assert (pixels == (10, 120, 240)).all()
    assert "16 \\times 16 \\times 3 = 768" in words(app)


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_a_broken_file_gets_a_sentence(visit, content):
    app = visit(SEES, {"see_picture": "Your own"})
    app.file_uploader(key="see_file").upload("broken.png", content)
    app.run()
    assert not app.exception
    (error,) = app.error
    assert error.value.endswith(".")


@pytest.mark.parametrize("side", ["0", "1000000", "abc", "-5", "nan", "31.7"])
def test_nonsense_sizes_in_the_address_fall_back(visit, side):
    app = visit(SEES, {"see_picture": "Your own", "see_side": side})
    assert 8 <= app.slider(key="see_side").value <= 128
