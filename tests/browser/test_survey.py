"""The survey of tests/browser/test_access.py finds what it looks for, on a page made for that."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import survey

pytestmark = pytest.mark.browser

MAIN = '<main data-testid="stMain" style="overflow-x: auto; height: 600px">{}</main>'
NAMED = '<img alt="A cat on a mat" width="50" height="50" src="data:,">'
MOVING = "@keyframes go { to { left: 9px } } p { position: relative; animation: go 1s infinite }"
LEGEND = """<div class="chart"><ul><li><svg><path stroke="#111"/></svg>training</li>
    <li><svg><path {}/></svg>validation</li></ul></div>"""
TEXT = '<p style="position: absolute; top: 0; left: {}px; white-space: nowrap">{}</p>'


@pytest.fixture
def page(browser: Browser) -> Page:
    page = browser.contexts[0].new_page()
    page.set_viewport_size({"width": 400, "height": 600})
    yield page
    page.close()


@pytest.mark.parametrize(
    ("question", "faulty", "sound"),
    [
        ("nameless", '<img alt="image" width="50" height="50" src="data:,">', NAMED),
        (
            "nameless",
            '<canvas width="50" height="50"></canvas>',
            f"<canvas hidden></canvas>{NAMED}",
        ),
        ("nameless", '<div data-testid="stPlotlyChart">1 2 3</div>', "<p>1 2 3</p>"),
        ("colourAlone", LEGEND.format("stroke=#333"), LEGEND.format("stroke-dasharray=4")),
        ("wide", '<p style="width: 900px">wide</p>', "<p>narrow</p>"),
        (
            "wide",
            '<div style="overflow: hidden"><p style="width: 900px">wide</p></div>',
            '<div style="overflow: auto"><p style="width: 900px">wide</p></div>',
        ),
        (
            "traps",
            '<div style="touch-action: none; height: 200px">a map</div>',
            '<div style="touch-action: none; height: 200px; width: 200px">a map</div>',
        ),
        (
            "unreadable",
            '<p style="width: 40px; overflow: hidden; white-space: nowrap">many a word</p>',
            '<p style="width: 40px; overflow: hidden">many a word</p>',
        ),
        (
            "unreadable",
            TEXT.format(0, "some words") + TEXT.format(20, "on others"),
            TEXT.format(0, "some words") + TEXT.format(200, "beside others"),
        ),
        ("moving", f"<style>{MOVING}</style><p>it moves</p>", "<p>it rests</p>"),
        (
            "moving",
            "<p id=count>0</p><script>setInterval(() => count.textContent++, 20)</script>",
            "<p>0</p>",
        ),
    ],
)
def test_a_fault_is_found_and_what_is_sound_is_none(page, monkeypatch, question, faulty, sound):
    monkeypatch.setattr(survey, "PATIENCE_MS", 0)
    page.set_content(MAIN.format(faulty))
    assert survey.lasting(page, question) != []
    page.set_content(MAIN.format(sound))
    assert survey.lasting(page, question) == []
