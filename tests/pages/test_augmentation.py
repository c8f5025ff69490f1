"""The augmentation page, through the router."""

from __future__ import annotations

import re

import pytest

from cnnlib.augmentation_trials import augmentation_trial
from tests.pages.seen import captions, charts, words

AUGMENTATION = "pages/improving/augmentation.py"
# Rows of pictures, in the order of the page. The first is the chosen image.
GRID, ALL, CHANGED, MIXED, SEEN = range(1, 6)


def pictures(app, row):
    return [image.url for image in app.get("image")[row].proto.imgs]


@pytest.fixture(scope="module")
def told():
    return re.compile(r"tells (\d+) of 20 test images of class 6 right")


def test_a_six_is_changed_in_every_way_and_taken_for_a_nine_upside_down(visit, told):
    app = visit(AUGMENTATION)
    assert len(set(pictures(app, GRID))) == 12
    assert captions(app, ALL) == [
        "As it is",
        *("Mirror", "Shift", "Zoom", "Turn", "Handwriting", "Brightness", "Noise", "Cut-out"),
        "Mixup",
    ]
    assert [caption.split(":")[0] for caption in captions(app, CHANGED)] == [
        f"{degrees}°" for degrees in range(0, 181, 30)
    ]
    said = words(app)
    assert int(told.search(said)[1]) >= 18
    assert re.search(r"At 180°, it takes most of them, \d+ of 20, for 9", said)
    assert captions(app, CHANGED)[0].startswith("0°: 6, ")
    assert captions(app, CHANGED)[-1].startswith("180°: 9, ")
    assert captions(app, MIXED) == ["60%", "40%", "the mixture"]
    assert len(charts(app)) == 1


def test_without_strength_a_turn_does_nothing_and_other_dice_fall_otherwise(visit):
    still = visit(AUGMENTATION, {"augmentation_rotate": "0.0"})
    assert len(set(pictures(still, GRID))) == 1
    first = pictures(visit(AUGMENTATION, {"augmentation_kind": "Noise"}), GRID)
    other = visit(AUGMENTATION, {"augmentation_kind": "Noise", "augmentation_draw": "2"})
    assert not set(first) & set(pictures(other, GRID))


def test_the_mirror_is_measured_and_digits_mind(visit):
    query = {"augmentation_change": "Mirror", "augmentation_digits_class": "3"}
    said = words(visit(AUGMENTATION, query))
    told = re.search(r"Of class 3, the network tells (\d+)% of the images right, and (\d+)%", said)
    before, after = map(int, told.groups())
    assert before >= 90
    assert after <= 20


def test_both_runs_are_started_alike_but_for_the_augmentation(visit, submitted):
    app = visit(AUGMENTATION, {"augmentation_trial_seed": "4"})
    app.pills(key="augmentation_trial_names_digits").set_value(["rotate", "mixup"]).run()
    assert any("%" in caption for caption in captions(app, SEEN))
    app.button(key="augmentation_start").click().run()
    assert not app.exception
    assert submitted == list(augmentation_trial("digits", ("rotate", "mixup"), 4))
    assert len(app.query_params["augmentation_runs"].split(".")) == 2


def test_no_augmentation_is_not_a_comparison(visit, submitted):
    app = visit(AUGMENTATION)
    app.pills(key="augmentation_trial_names_digits").set_value([]).run()
    assert any("Choose at least one" in caption.value for caption in app.caption)
    app.button(key="augmentation_start").click().run()
    assert submitted == list(augmentation_trial("digits", ("shift", "zoom", "rotate"), 0))
