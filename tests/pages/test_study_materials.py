"""The study materials, through the router."""

from __future__ import annotations

import pytest

from cnnlib.materials import MATERIALS, chosen
from pages.support.links import entry_of

PAGE = "pages/game_changer/study_materials.py"


def shown(app) -> list[str]:
    """The titles on the page, in order."""
    titles = {f"**[{work.title}]({work.address})**": work.title for work in MATERIALS}
    heads = (element.value.split("  \n")[0] for element in app.markdown)
    return [titles[head] for head in heads if head in titles]


def test_the_whole_shelf_is_shown_and_counted(visit):
    app = visit(PAGE)
    assert shown(app) == [work.title for work in MATERIALS]
    assert f"These are {len(MATERIALS)} works" in app.markdown[0].value
    assert f"{len(MATERIALS)} of {len(MATERIALS)}" in [caption.value for caption in app.caption]


def test_kind_and_level_come_from_the_address(visit):
    app = visit(PAGE, {"materials_kind": "Mathematics", "materials_level": "Next"})
    assert shown(app) == ["The Matrix Calculus You Need For Deep Learning"]
    assert shown(app) == [work.title for work in chosen("mathematics", "next")]


def test_an_empty_shelf_says_what_to_do(visit):
    app = visit(PAGE, {"materials_kind": "Videos", "materials_level": "In depth"})
    assert shown(app) == []
    assert any(element.value.startswith("There is nothing") for element in app.markdown)


@pytest.mark.parametrize(
    "query",
    [
        {"materials_kind": "Podcasts", "materials_level": "expert"},
        {"materials_kind": "", "study_materials_question": "-1"},
    ],
)
def test_odd_addresses_show_everything(visit, query):
    assert len(shown(visit(PAGE, query))) == len(MATERIALS)


@pytest.mark.parametrize("key", ["materials_kind", "materials_level"])
def test_forged_choices_show_everything(visit, forge, key):
    assert len(shown(forge(visit(PAGE), key, "Cats"))) == len(MATERIALS)


def test_every_work_leads_to_the_page_that_it_deepens(visit):
    links = [link.value for link in visit(PAGE).page_link[:-2]]
    assert links == [entry_of(work.deepens).title for work in MATERIALS]


def test_an_exercise_writes_negative_numbers_with_a_true_minus(visit):
    app = visit(PAGE, {"study_materials_question": "1"})
    said = [element.value for element in app.markdown]
    assert "What is the dot product of (0, 1, 3) and (5, −4, −3)?" in said
    assert "(0) × (5) + (1) × (−4) + (3) × (−3) = −13" in said


@pytest.mark.parametrize("number", [1, 2])
def test_an_exercise_is_checked(visit, number):
    app = visit(PAGE, {"study_materials_question": str(number)})
    app.text_input[0].set_value("12345")
    app.button[-1].click().run()
    assert not app.exception
    assert app.info or app.success
