"""The challenge's figures as their sources give them, and as they are drawn."""

from __future__ import annotations

import pytest

from cnnlib import challenge
from cnnlib.challenge_figures import error_bars, error_text


def test_the_finalists_of_2012_are_those_of_the_results_page():
    assert {result.team: result.error for result in challenge.FINALISTS_2012} == {
        "SuperVision (AlexNet)": 15.315,
        "ISI": 26.172,
        "Oxford VGG": 26.979,
        "XRCE/INRIA": 27.058,
        "Univ. of Amsterdam": 29.576,
        "LEAR-XRCE": 34.464,
    }
    assert {result.year for result in challenge.FINALISTS_2012} == {2012}


def test_every_year_has_one_winner_and_errors_fall():
    assert [result.year for result in challenge.WINNERS] == list(range(2010, 2018))
    errors = [result.error for result in challenge.WINNERS]
    assert errors == [28.2, 25.8, 15.3, 11.7, 6.7, 3.57, 2.99, 2.251]
    assert errors == sorted(errors, reverse=True)
    assert [result.learned for result in challenge.WINNERS] == [False, False, *[True] * 6]


@pytest.mark.parametrize("result", [*challenge.WINNERS, *challenge.FINALISTS_2012])
def test_every_figure_has_a_source_with_an_address(result):
    assert result.source
    assert result.address.startswith("https://")


def test_the_drop_of_2012():
    assert challenge.relative_drop(26.172, 15.315) == pytest.approx(100 * 10.857 / 26.172)
    assert challenge.relative_drop(10, 10) == 0


def test_bars_hold_the_errors_from_top_to_bottom():
    figure = error_bars(challenge.WINNERS, with_years=True, human=5.1)
    learned, by_hand, human, numbers = figure.data
    assert dict(zip(by_hand.y, by_hand.x, strict=True)) == {
        "2010 NEC-UIUC": 28.2,
        "2011 XRCE": 25.8,
    }
    assert len(learned.x) == 6
    assert learned.x[0] == 15.3
    assert set(human.x) == {5.1}
    assert [text.strip() for text in numbers.text][:3] == ["28.2", "25.8", "15.3"]
    # Plotly draws the first category lowest.
    assert list(figure.layout.yaxis.categoryarray)[-1] == "2010 NEC-UIUC"


def test_no_number_stands_on_the_line():
    numbers = error_bars(challenge.WINNERS, human=5.1).data[-1]
    assert min(numbers.x) == 5.1


def test_bars_differ_without_colour_and_fit_their_frame():
    figure = error_bars(challenge.FINALISTS_2012)
    learned, by_hand, _ = figure.data
    assert learned.marker.pattern.shape != by_hand.marker.pattern.shape
    assert figure.layout.xaxis.range[1] > 34.464
    assert by_hand.customdata[-1] == "nearest class means"
    assert error_text(2.251) == "2.3"
