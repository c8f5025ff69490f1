from __future__ import annotations

import pytest

from cnnlib.places import NetworkPlace, read_place
from cnnlib.presets import tiny_vgg

SPEC = tiny_vgg((32, 32, 3))  # layer 1 has ten maps of 30 x 30, layer 7 a row of 250, layer 8 ten


@pytest.mark.parametrize(
    "place",
    [NetworkPlace(0, 9), NetworkPlace(0, 0, (29, 29)), NetworkPlace(6, 249), NetworkPlace(7, 9)],
)
def test_a_place_comes_back_from_its_address(place):
    query = place.query
    assert (
        read_place(SPEC, layer=query["layer"], number=query["map"], cell=query.get("cell")) == place
    )


@pytest.mark.parametrize(
    ("layer", "number"),
    [
        *(("0", "1"), ("9", "1"), ("1", "11"), ("1", "0"), ("7", "251"), ("-1", "1"), ("1", "1.0")),
        *(("²", "1"), ("", "1"), (None, "1"), ("1", None), ("1" * 5000, "1"), ("1", "nan")),
        *((1, 1), ("１", "1"), ("1\n", "1")),
    ],
)
def test_what_the_network_has_not_is_no_place(layer, number):
    assert read_place(SPEC, layer=layer, number=number) is None


@pytest.mark.parametrize(
    "cell", ["", "31-1", "1-31", "0-1", "1", "1-1-1", "-1-1", "²-1", "1" * 50, None, 5, "1-1\n"]
)
def test_of_a_cell_that_is_not_there_the_map_remains(cell):
    assert read_place(SPEC, layer="1", number="3", cell=cell) == NetworkPlace(0, 2)


def test_units_have_no_cells():
    assert read_place(SPEC, layer="8", number="3", cell="1-1") == NetworkPlace(7, 2)
