"""The works elsewhere, through the router."""

from __future__ import annotations

from cnnlib.elsewhere import ELSEWHERE, chosen
from pages.support.links import entry_of

PAGE = "pages/visualizing/external_material.py"


def shown(app) -> list[str]:
    """The titles on the page, in order."""
    titles = {
        f"**[{each.work.title}]({each.work.address})**": each.work.title for each in ELSEWHERE
    }
    heads = (element.value.split("  \n")[0] for element in app.markdown)
    return [titles[head] for head in heads if head in titles]


def test_every_work_stands_under_the_page_that_it_continues(visit):
    app = visit(PAGE)
    assert sorted(shown(app)) == sorted(each.work.title for each in ELSEWHERE)
    assert f"These {len(ELSEWHERE)} works" in app.markdown[0].value
    pages = [link.value for link in app.page_link[:-2]]
    assert set(pages) == {entry_of(each.work.deepens).title for each in ELSEWHERE}
    assert len(set(pages)) == len(pages)


def test_each_says_what_it_has_and_what_we_have(visit):
    written = "\n".join(element.value for element in visit(PAGE).markdown)
    for each in ELSEWHERE:
        assert f"**What it has and we have not.** {each.theirs}" in written
        assert f"**What we have and it has not.** {each.ours}" in written


def test_the_kind_comes_from_the_address(visit):
    app = visit(PAGE, {"external_kind": "Articles"})
    assert sorted(shown(app)) == sorted(each.work.title for each in chosen("article"))


def test_an_odd_kind_shows_everything(visit, forge):
    assert len(shown(visit(PAGE, {"external_kind": "Podcasts"}))) == len(ELSEWHERE)
    assert len(shown(forge(visit(PAGE), "external_kind", "Cats"))) == len(ELSEWHERE)
