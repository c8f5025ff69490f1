"""Drawings are well-formed and to scale."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from cnnlib import diagrams


def front(svg: str) -> tuple[float, float]:
    """Length and height of the box's face, read from its path."""
    length, height = re.search(r"h([\d.]+)v([\d.]+)", svg).groups()
    return float(length), float(height)


def test_a_face_is_to_scale():
    whole = front(diagrams.volume_svg((32, 32, 3), largest=32, most_channels=64, longest=9))
    half = front(diagrams.volume_svg((16, 16, 3), largest=32, most_channels=64, longest=9))
    assert whole[1] == pytest.approx(2 * half[1])
    assert whole[0] == half[0]


def test_length_grows_with_the_square_root_of_the_channels():
    few = front(diagrams.volume_svg((8, 8, 16), largest=32, most_channels=64, longest=9))
    many = front(diagrams.volume_svg((8, 8, 64), largest=32, most_channels=64, longest=9))
    assert many[0] == pytest.approx(2 * few[0])


def test_a_rod_grows_with_the_square_root_of_its_numbers():
    whole, quarter, least = (
        front(diagrams.volume_svg((count,), largest=32, most_channels=64, longest=1_600))
        for count in (1_600, 400, 1)
    )
    assert whole[1] == pytest.approx(2 * quarter[1])
    assert whole[0] == quarter[0]
    assert least[1] == 2  # still to be seen


@pytest.mark.parametrize("shape", [(256, 256, 3), (1, 1, 512), (10,), (100_000,)])
def test_every_shape_gives_a_drawing_within_its_box(shape):
    root = ElementTree.fromstring(
        diagrams.volume_svg(shape, largest=256, most_channels=512, longest=100_000)
    )
    assert 0 < float(root.get("width")) < 200
    assert 0 < float(root.get("height")) < 200
    assert len(root) == 3
