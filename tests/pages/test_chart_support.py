"""Figures that pages open with: drawn without Plotly's script, named, and readable in grey."""

from __future__ import annotations

import json

import pytest

from tests.pages.seen import charts

# How many figures a page has when it opens.
PAGES = {
    "pages/game_changer/brief_history.py": 2,
    "pages/keras/optimizer.py": 4,
    "pages/first_models/preprocessing.py": 3,
    "pages/improving/augmentation.py": 1,
    "pages/improving/optimization.py": 2,
    "pages/improving/batches.py": 1,
    "pages/improving/transfer.py": 3,
}


@pytest.mark.parametrize("page", PAGES)
def test_figures_are_named_and_differ_in_more_than_colour(visit, page):
    app = visit(page)
    assert not app.get("plotly_chart")
    assert len(charts(app)) == PAGES[page]
    for part in app.get("bidi_component"):
        if part.proto.component_name == "chart":
            assert json.loads(part.proto.json)["alt"]
    for chart in charts(app):
        looks = [json.dumps(grey(entry)) for entry in chart["legend"]]
        assert len(set(looks)) == len(looks)


def grey(entry: dict) -> dict:
    """An entry of a legend without its name and its colours."""
    parts = ("line", "marker", "bar")
    return {
        part: {name: value for name, value in entry[part].items() if name != "colour"}
        for part in parts
        if part in entry
    }
