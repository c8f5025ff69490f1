"""Every page that the navigation lists can be used by everyone, and asks nobody but its server."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import survey
from tests.browser.conftest import PATIENCE

pytestmark = pytest.mark.browser

PAGES = dict(enumerate(survey.ADDRESSES))


@pytest.fixture(scope="module")
def streamlits_own(browser, serve) -> survey.Own:
    """What an empty app of this Streamlit breaks."""
    page = browser.contexts[0].new_page()
    page.set_viewport_size({"width": survey.WIDE, "height": 1000})
    page.goto(serve(survey.EMPTY_APP))
    page.get_by_role("heading", level=1).wait_for()
    found = survey.streamlits_own(page)
    page.close()
    return found


@pytest.mark.parametrize("number", PAGES, ids=lambda number: PAGES[number] or "home")
def test_a_page_can_be_used_by_everyone(open_page, streamlits_own, number, monkeypatch):
    # One load serves all: a page takes far longer to load than to look at. That nothing on it asks
    # another host for anything is seen to by `open_page`.
    monkeypatch.setattr(survey, "PATIENCE_MS", PATIENCE)
    page = open_page(PAGES[number], reduced_motion="reduce")
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert survey.faults(page, streamlits_own, survey.looks(number)) == []


def test_an_empty_app_leaves_us_no_room_of_our_own(streamlits_own):
    assert all(part != "stMain" for _, part in streamlits_own)
