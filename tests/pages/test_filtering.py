"""The filtering page, through the router."""

from __future__ import annotations

import json

import pytest

from tests.pages.seen import captions
from tests.pictures import plain_png

PAGE = "pages/game_changer/filtering.py"


def texts(app) -> str:
    return " ".join(element.value for element in [*app.markdown, *app.caption])


def test_the_default_filter_says_what_it_looks_for(visit):
    app = visit(PAGE)
    assert "Upright edges" in texts(app)
    assert "at 260,100 places" in texts(app)  # 510 x 510 windows on 512 x 512


def test_answers_below_zero_have_a_true_minus(visit):
    app = visit(PAGE)
    shown = [captions(app, row)[0] for row in range(len(app.get("image")))]
    # 3.72 and 3.75: the answers of largest size on the astronaut, of either sign.
    assert {"Answers, −3.72 to 3.75; blue positive, orange negative", "Most negative: −3.72"} < set(
        shown
    )


def test_a_stride_that_does_not_divide_says_what_is_left_out(visit):
    app = visit(PAGE, {"filter_stride": "2"})
    assert "the last 1 of the 24 rows and columns are not reached" in texts(app)


def test_a_kernel_that_fits_nowhere_is_said_in_place(visit):
    app = visit(PAGE, {"filter_size": "11", "filter_dilation": "3"})
    assert app.error[0].value.startswith("No window fits: ")


def test_a_changed_kernel_comes_back_from_its_address(visit):
    app = visit(PAGE, {"filter_weights": "1,2;3,4"})
    (editor,) = (x.proto for x in app.get("bidi_component") if x.proto.component_name == "weights")
    assert json.loads(editor.json)["rows"] == [["1", "2"], ["3", "4"]]
    assert app.query_params["filter_weights"] == "1,2;3,4"


@pytest.mark.parametrize("weights", ["1,2;3", "a", "nan", "1e9", ";;;", "1," * 5_000])
def test_bad_weights_in_an_address_are_refused_with_a_sentence(visit, weights):
    app = visit(PAGE, {"filter_weights": weights})
    assert app.warning[0].value.startswith("The preset is shown, because ")


@pytest.mark.parametrize(
    "query",
    [
        {"filter_preset": "Cats", "filter_picture": "../../etc/passwd"},
        {"filter_size": "0", "filter_stride": "-1", "filter_bias": "nan"},
        {"filter_preset": "Learned by the shipped digits network", "filter_learned": "99"},
        {"filter_padding": "5", "filter_stride": "4", "filter_size": "10"},
        {"filtering_question": "-3"},
    ],
)
def test_odd_addresses_fall_back(visit, query):
    visit(PAGE, query)


def test_a_photo_of_one_s_own(visit):
    app = visit(PAGE, {"filter_picture": "Your own"})
    app.file_uploader[0].upload("stripe.png", plain_png((2, 300))).run()
    assert not app.exception
    assert any(error.value.startswith("No window fits") for error in app.error)


def test_an_exercise_is_checked(visit):
    app = visit(PAGE, {"filtering_question": "2"})
    app.text_input[0].set_value("-1")
    app.button[-1].click().run()
    assert not app.exception
    assert app.info or app.success
