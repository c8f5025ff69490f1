"""The brief history, through the router."""

from __future__ import annotations

import pytest

from cnnlib.history import STOPS
from pages.support import navigation
from pages.support.links import entry_of
from tests.pictures import plain_png

PAGE = "pages/game_changer/brief_history.py"


def texts(app) -> str:
    return " ".join(element.value for element in [*app.markdown, *app.caption])


def test_the_contests_figures_are_in_the_text(visit):
    words = texts(visit(PAGE))
    assert "stood at 28.2 % and 25.8 %" in words
    assert "between 26.2 % and 34.5 %" in words
    assert "It made 41 % fewer errors than the runner-up" in words
    assert "**2012 SuperVision (AlexNet)**, 15.315 %" in words
    assert "(https://image-net.org/challenges/LSVRC/2012/results.html)" in words


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.year)
def test_every_stop_comes_by_its_address_with_something_to_try(visit, stop):
    app = visit(PAGE, {"history_year": str(stop.year)})
    assert app.select_slider(key="history_year").value == stop.year
    assert f"{stop.year}: {stop.title}" in [heading.value for heading in app.subheader]
    assert stop.sources[0][1] in texts(app)
    if stop.doors:
        entry = next(filter(None, (entry_of(door.page) for door in stop.doors)))
        assert entry.title in [link.value for link in app.page_link[:-2]]


def test_scrubbing_shows_another_year(visit):
    app = visit(PAGE)
    app.select_slider(key="history_year").set_value(1998).run()
    assert not app.exception
    assert "1998: LeNet-5 and MNIST" in [heading.value for heading in app.subheader]


def test_alexnets_first_layer_fits_227_pixels_and_not_224(visit):
    app = visit(PAGE, {"history_year": "2012"})
    assert "**54 × 54** answers, and **1** pixels" in texts(app)
    assert "= 34,944 parameters" in texts(app)
    app.slider(key="history_side").set_value(227).run()
    assert "**55 × 55** answers, and **0** pixels" in texts(app)


def test_three_small_kernels_see_as_much_as_one_of_seven_with_fewer_weights(visit):
    app = visit(PAGE, {"history_year": "2014", "history_stacked": "3"})
    # 3 x 9 x 64 x 64 against 49 x 64 x 64.
    assert "**7 × 7** pixels and have 110,592 weights. One kernel of 7 × 7 has 200,704" in texts(
        app
    )


def test_an_image_is_so_many_words(visit):
    app = visit(PAGE, {"history_year": "2020"})
    assert "14 × 14 = **196 words**, each of 16 × 16 × 3 = 768 numbers" in texts(app)


def test_the_kinship_is_computed_for_the_cells_orientation(visit):
    app = visit(PAGE, {"history_orientation": "90"})
    assert "turned to 90°: their correlation is **0.95**" in texts(app)
    assert "bright on the right" in texts(app)
    app = visit(PAGE, {"history_orientation": "0", "history_size": "11 × 11"})
    assert "the kernel of 11 × 11 at every place" in texts(app)
    assert "bright below" in texts(app)


@pytest.mark.parametrize(
    "query",
    [
        {"history_year": "1066", "history_orientation": "-5", "history_wave": "2"},
        {"history_year": "2012", "history_side": "9999"},
        {"history_year": "2020", "history_patch": "7"},
        {"history_kind": "A cat", "history_light": "", "history_width": "nan"},
        {"history_size": "1 × 1", "history_photo": "../../etc/passwd"},
        {"history_orientation": "61", "brief_history_question": "0"},
    ],
)
def test_odd_addresses_fall_back(visit, query):
    visit(PAGE, query)


@pytest.mark.parametrize("key", ["history_kind", "history_light", "history_size"])
def test_forged_choices_fall_back(visit, forge, key):
    forge(visit(PAGE), key, "Cats")


def test_a_photo_smaller_than_the_kernel_is_said_in_place(visit):
    app = visit(PAGE, {"history_photo": "Your own", "history_size": "11 × 11"})
    app.file_uploader[0].upload("spot.png", plain_png((8, 8))).run()
    assert not app.exception
    assert app.error[0].value == "The photo is too small for 11 × 11 weights."


def test_links_lead_to_listed_pages_only():
    assert entry_of("filtering").title == "Filtering"
    assert entry_of("no_such_page") is None
    for stop in STOPS:
        assert stop.exhibit or any(entry_of(door.page) for door in stop.doors)
    assert navigation.is_listed(PAGE)


@pytest.mark.parametrize("number", [1, 2])
def test_an_exercise_is_checked(visit, number):
    app = visit(PAGE, {"brief_history_question": str(number)})
    app.text_input[0].set_value("12345")
    app.button[-1].click().run()
    assert not app.exception
    assert app.info or app.success
