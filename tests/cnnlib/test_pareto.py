"""The Pareto front, against its definition asked of every pair."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlib.pareto import dominates, dominator, pareto_front

NUMBERS = st.integers(0, 6)  # few, so that many are alike


def undominated(pairs) -> set[int]:
    """By the definition: no other costs no more, is worth no less, and is better in one."""
    return {
        n
        for n, (cost, value) in enumerate(pairs)
        if not any(
            other_cost <= cost and other >= value and (other_cost < cost or other > value)
            for other_cost, other in pairs
        )
    }


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=12))
def test_the_front_is_what_nothing_dominates(pairs):
    costs, values = [cost for cost, _ in pairs], [value for _, value in pairs]
    front = pareto_front(costs, values)
    assert len(set(front)) == len(front)
    assert set(front) == undominated(pairs)
    assert [costs[n] for n in front] == sorted(costs[n] for n in front)
    assert [values[n] for n in front] == sorted(values[n] for n in front)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=12))
def test_what_is_off_the_front_is_beaten_by_something_on_it(pairs):
    costs, values = [cost for cost, _ in pairs], [value for _, value in pairs]
    front = pareto_front(costs, values)
    for place in range(len(pairs)):
        better = dominator(place, costs, values)
        assert (better is None) == (place in front)
        if better is not None:
            assert better in front
            assert dominates(pairs[better], pairs[place])
            assert values[better] == max(v for c, v in pairs if c <= costs[place])


def test_a_front_by_hand():
    # 40 costs most for the least, 20 and 30 are worth the same, 10 is the cheapest.
    assert pareto_front([40, 20, 30, 10], [0.4, 0.7, 0.7, 0.5]) == (3, 1)
    assert dominator(2, [40, 20, 30, 10], [0.4, 0.7, 0.7, 0.5]) == 1


def test_nothing_has_no_front_and_twins_share_one():
    assert pareto_front([], []) == ()
    assert pareto_front([5, 5], [0.5, 0.5]) == (0, 1)


@pytest.mark.parametrize(
    ("costs", "values"),
    [([1, 2], [0.5]), ([float("nan")], [0.5]), ([1], [float("inf")])],
)
def test_what_has_no_place_is_refused(costs, values):
    with pytest.raises(ValueError, match="cost"):
        pareto_front(costs, values)
