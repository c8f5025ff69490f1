"""Where pictures come from: sizes that are kept, small pictures, one list of file kinds."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from pages.support import image_choice, inputs, photos
from tests.pictures import plain_png


@pytest.mark.parametrize(
    ("size", "kept"),
    [((3_000, 1_500), (512, 1_024)), ((40, 30), (30, 40)), ((9, 4_000), (1_024, 2))],
)
def test_a_large_photo_is_kept_small_and_a_small_one_as_it_is(size, kept):
    rgb = photos.read_photo(plain_png(size, (9, 8, 7)))
    assert rgb.shape == (*kept, 3)
    assert (rgb == (9, 8, 7)).all()


def test_shipped_photos_are_as_their_files_have_them():
    for file in photos.shipped_photos().values():
        rgb = photos.read_photo(file.read_bytes())
        np.testing.assert_array_equal(rgb, np.asarray(Image.open(file)))


@pytest.mark.parametrize("title", photos.SMALL)
def test_small_pictures_are_there(title):
    picture = photos.small_picture(title)
    assert picture.dtype == np.uint8
    assert picture.shape in ((32, 32, 3), (28, 28, 1))
    assert picture.std() > 30  # something can be seen


def test_all_pages_ask_for_files_by_the_same_hand():
    assert inputs.ask_file is photos.ask_file
    assert image_choice.ask_file is photos.ask_file
    assert set(photos.OWN_WAYS) <= set(inputs.WAYS)
