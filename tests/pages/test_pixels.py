"""The page on pixels, through the router: its numbers, its address, and what is refused."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest

from cnnlib.edits import Place
from cnnlib.pixels import fit_square
from cnnlib.quantisation import quantise
from pages.support import photos, planes
from tests.pages.seen import component_data
from tests.pictures import plain_png

PAGE = "pages/game_changer/pixels.py"


def image_of(app) -> np.ndarray:
    data = component_data(app)
    size = (data["height"], data["width"], 3)
    return np.frombuffer(base64.b64decode(data["pixels"]), np.uint8).reshape(size)


def shipped(title: str, side: int) -> np.ndarray:
    rgb = photos.read_photo(photos.shipped_photos()[title].read_bytes())
    return np.rint(255 * fit_square(rgb, side)).astype(np.uint8)


def words(app) -> str:
    return "\n".join(text.value for text in [*app.markdown, *app.caption, *app.warning])


def test_the_article_picture_is_32_by_32_by_3(visit):
    app = visit(PAGE)
    np.testing.assert_array_equal(image_of(app), shipped("Astronaut", 32))
    assert "32 \\times 32 \\times 3 = 3{,}072" in words(app)
    assert "256 levels a channel, 16,777,216 colours; 3,072 bytes" in words(app)


def test_resolution_and_bit_depth_from_the_address(visit):
    app = visit(PAGE, {"pixels_picture": "Cat", "pixels_side": "8", "pixels_bits": "2"})
    np.testing.assert_array_equal(image_of(app), quantise(shipped("Cat", 8), 2))
    assert set(np.unique(image_of(app))) <= {0, 85, 170, 255}
    assert "8 \\times 8 \\times 3 = 192" in words(app)
    assert "4 levels a channel, 64 colours; 48 bytes" in words(app)


def test_a_pixel_is_changed_and_taken_back(visit):
    app = visit(PAGE, {"pixels_side": "16", "pixels_at": "2.5"})
    before = image_of(app).copy()
    numbers = {name: app.number_input(key=f"pixels_{name}") for name in ("Red", "Green", "Blue")}
    assert [number.value for number in numbers.values()] == before[2, 5].tolist()
    app.number_input(key="pixels_Red").set_value(255).run()
    app.number_input(key="pixels_Blue").set_value(7).run()
    after = image_of(app)
    assert after[2, 5].tolist() == [255, before[2, 5, 1], 7]
    assert (after != before).any(axis=2).sum() == 1
    assert app.query_params["pixels_edits"] == f"2.5.255.{before[2, 5, 1]}.7"
    assert "Changed pixels: 1." in words(app)
    app.button(key="pixels_undo").click().run()
    np.testing.assert_array_equal(image_of(app), before)
    assert app.number_input(key="pixels_Red").value == before[2, 5, 0]
    assert "pixels_edits" not in app.query_params
    assert app.button(key="pixels_undo").disabled


def test_undo_takes_back_the_last_changed_pixel_and_undo_all_every_one(visit):
    both = {"pixels_edits": "0.0.1.2.3_0.1.4.5.6"}
    app = visit(PAGE, both)
    app.button(key="pixels_undo").click().run()
    assert app.query_params["pixels_edits"] == "0.0.1.2.3"
    app = visit(PAGE, both)
    app.button(key="pixels_restore").click().run()
    np.testing.assert_array_equal(image_of(app), shipped("Astronaut", 32))


def test_a_changed_number_is_kept_at_the_nearest_level(visit):
    app = visit(PAGE, {"pixels_bits": "3", "pixels_at": "0.0", "pixels_edits": "0.0.100.0.255"})
    assert image_of(app)[0, 0].tolist() == [109, 0, 255]  # 3 / 7 of 255
    assert app.number_input(key="pixels_Red").value == 100
    assert "they are kept as 109, 0, 255." in words(app)


def test_another_picture_starts_unchanged(visit):
    app = visit(PAGE, {"pixels_edits": "0.0.1.2.3", "pixels_at": "9.9"})
    app.segmented_control(key="pixels_picture").set_value("Cat").run()
    np.testing.assert_array_equal(image_of(app), shipped("Cat", 32))
    assert (component_data(app)["row"], component_data(app)["column"]) == (16, 16)


def test_another_resolution_starts_unchanged(visit):
    app = visit(PAGE, {"pixels_edits": "0.0.1.2.3", "pixels_at": "30.30"})
    app.slider(key="pixels_side").set_value(16).run()
    np.testing.assert_array_equal(image_of(app), shipped("Astronaut", 16))
    assert not app.exception


def test_too_many_changes_are_refused_with_a_sentence(visit):
    full = "_".join(f"{n // 8}.{n % 8}.0.0.0" for n in range(64))
    app = visit(PAGE, {"pixels_edits": full, "pixels_at": "20.20"})
    app.number_input(key="pixels_Red").set_value(1).run()
    assert "At most 64 pixels can be changed" in words(app)
    assert app.query_params["pixels_edits"] == full


@pytest.mark.parametrize("edits", ["1", "99.0.0.0.0", "0.0.300.0.0", "'; DROP", "_" * 5_000])
def test_odd_changes_in_the_address_leave_the_picture_as_it_is(visit, edits):
    app = visit(PAGE, {"pixels_edits": edits})
    np.testing.assert_array_equal(image_of(app), shipped("Astronaut", 32))
    assert app.warning[0].value.startswith("The picture is shown unchanged. ")


@pytest.mark.parametrize(
    "query",
    [
        {"pixels_at": "99.0"},
        {"pixels_at": "nan"},
        {"pixels_side": "0", "pixels_bits": "99"},
        {"pixels_side": "-7", "pixels_bits": "nan"},
        {"pixels_picture": "../../etc", "pixels_question": "-1"},
        {"pixels_picture": "Your own", "pixels_picture_way": "Telepathy"},
    ],
)
def test_odd_addresses_fall_back(visit, query):
    data = component_data(visit(PAGE, query))
    assert (data["height"], data["width"], data["bits"]) == (32, 32, 8)
    assert (data["row"], data["column"]) == (16, 16)


def test_forged_choices_fall_back(visit, forge):
    app = forge(visit(PAGE), "pixels_picture", "A unicorn")
    np.testing.assert_array_equal(image_of(app), shipped("Astronaut", 32))
    app = forge(visit(PAGE, {"pixels_picture": "Your own"}), "pixels_picture_way", "Telepathy")
    assert image_of(app).shape == (32, 32, 3)


@pytest.mark.parametrize(
    "value",
    [
        None,
        3,
        "x",
        [1, 2],
        {},
        {"row": 1},
        {"row": True, "column": 0},
        {"row": 1.5, "column": 0},
        {"row": -1, "column": 0},
        {"row": 4, "column": 0},
        {"row": 0, "column": 10**30},
    ],
)
def test_what_is_no_pixel_is_ignored(value):
    assert planes._pixel(value, 4, 4) is None


def test_a_pixel_from_the_browser():
    assert planes._pixel({"row": 3, "column": 0}, 4, 4) == Place(3, 0)


def test_a_photo_of_one_s_own(visit):
    app = visit(PAGE, {"pixels_picture": "Your own", "pixels_side": "4"})
    assert "a sample stands in: astronaut." in words(app)
    app.file_uploader[0].upload("sea.png", plain_png((300, 200), "#0a78f0")).run()
    assert not app.exception
    assert component_data(app)["title"] == "Your photo"
    assert (image_of(app) == (10, 120, 240)).all()


def test_a_broken_file_gets_a_sentence_and_the_sample_stays(visit):
    app = visit(PAGE, {"pixels_picture": "Your own"})
    app.file_uploader[0].upload("broken.png", b"not a picture").run()
    assert not app.exception
    assert app.error[0].value.endswith(".")
    assert component_data(app)["title"] == "Astronaut"


def test_a_drawing(visit, monkeypatch):
    ink = np.full((280, 280, 4), 255, np.uint8)
    ink[:140, :, :3] = 0
    monkeypatch.setattr(photos, "draw_canvas", lambda label, key: ink)
    app = visit(PAGE, {"pixels_picture": "Your own", "pixels_picture_way": "Draw"})
    assert component_data(app)["title"] == "Your drawing"
    assert image_of(app)[2, 2].tolist() == [0, 0, 0]
    assert image_of(app)[-2, 2].tolist() == [255, 255, 255]


def test_the_camera_is_asked_for_only_when_chosen(visit):
    assert not visit(PAGE, {"pixels_picture": "Your own"}).get("camera_input")
    app = visit(PAGE, {"pixels_picture": "Your own", "pixels_picture_way": "Camera"})
    assert len(app.get("camera_input")) == 1


def test_an_exercise_is_checked(visit):
    app = visit(PAGE, {"pixels_question": "2"})
    app.text_input[0].set_value("-1")
    app.button[-1].click().run()
    assert not app.exception
    assert app.info or app.success


def test_the_page_sends_little(visit):
    app = visit(PAGE, {"pixels_side": "64"})
    assert len(json.dumps(component_data(app))) < 20_000
