"""Changed pixels: in the picture, in order, and in an address that anyone may have written."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlib.edits import (
    MOST_EDITS,
    Edit,
    EditError,
    Place,
    apply_edits,
    edits_from_text,
    edits_to_text,
    place_from_text,
    place_to_text,
    with_edit,
)

BYTES = st.integers(0, 255)
PLACES = st.builds(Place, st.integers(0, 63), st.integers(0, 63))
EDITS = st.lists(
    st.builds(Edit, PLACES, st.tuples(BYTES, BYTES, BYTES)),
    max_size=MOST_EDITS,
    unique_by=lambda edit: edit.place,
)


def test_a_change_is_in_the_copy_alone():
    image = np.full((2, 3, 3), 7, np.uint8)
    changed = apply_edits(image, [Edit(Place(1, 2), (255, 0, 9))])
    assert (image == 7).all()
    assert changed[1, 2].tolist() == [255, 0, 9]
    assert (changed != image).any(axis=2).sum() == 1


@pytest.mark.parametrize("place", [Place(2, 0), Place(0, 3), Place(-1, 0)])
def test_a_pixel_outside_is_refused(place):
    with pytest.raises(EditError, match="no pixel in row"):
        apply_edits(np.zeros((2, 3, 3), np.uint8), [Edit(place, (0, 0, 0))])


def test_a_second_change_of_a_pixel_replaces_the_first_and_is_the_last():
    first, second = Edit(Place(0, 0), (1, 1, 1)), Edit(Place(0, 1), (2, 2, 2))
    again = Edit(Place(0, 0), (3, 3, 3))
    assert with_edit((first, second), again) == (second, again)


def test_there_is_an_end_to_changes():
    full = tuple(Edit(Place(0, column), (0, 0, 0)) for column in range(MOST_EDITS))
    with pytest.raises(EditError, match="At most 64 pixels"):
        with_edit(full, Edit(Place(1, 0), (0, 0, 0)))
    assert len(with_edit(full, Edit(Place(0, 5), (9, 9, 9)))) == MOST_EDITS


@given(EDITS)
def test_changes_come_back_from_their_text(edits):
    assert edits_from_text(edits_to_text(edits), 64, 64) == tuple(edits)


@given(PLACES)
def test_a_place_comes_back_from_its_text(place):
    assert place_from_text(place_to_text(place), 64, 64) == place


@pytest.mark.parametrize(
    "text",
    [
        "1.2.3",
        "a.b.c.d.e",
        "0.0.256.0.0",
        "0.0.-1.0.0",
        "4.0.0.0.0",
        "0.4.0.0.0",
        "0.0.0.0.0_",
        "٣.0.0.0.0",  # a digit, but none of ours
        "9" * 5_000,
        "_".join(["0.0.0.0.0"] * (MOST_EDITS + 1)),
    ],
)
def test_odd_texts_of_changes_are_refused(text):
    with pytest.raises(EditError):
        edits_from_text(text, 4, 4)


@given(st.text("0123456789._", max_size=40))
def test_what_is_read_fits_in_the_picture(text):
    try:
        edits = edits_from_text(text, 4, 4)
    except EditError:
        return
    changed = apply_edits(np.zeros((4, 4, 3), np.uint8), edits)
    for place, colour in edits:
        assert tuple(changed[place].tolist()) == colour


@pytest.mark.parametrize("text", ["", "1", "1.2.3", "-1.0", "4.0", "0.4", "nan", "1,2", "9" * 99])
def test_odd_places_are_refused(text):
    with pytest.raises(EditError):
        place_from_text(text, 4, 4)
