"""Patches cut, laid out again, and made of atoms."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.patch_codes import atom_pictures, drawn_patches, laid_out, most_used, rebuilt, tiles
from cnnlib.sparse_coding import SparseError

IMAGE = np.random.default_rng(0).random((8, 12, 3))


def test_tiles_are_the_patches_row_by_row_and_lie_back_in_place():
    rows = tiles(IMAGE, 4)
    assert rows.shape == (6, 48)
    np.testing.assert_array_equal(rows[4], IMAGE[4:8, 4:8].ravel())
    np.testing.assert_array_equal(laid_out(rows, IMAGE.shape, 4), IMAGE)


def test_drawn_patches_lie_in_the_images_without_their_mean():
    images = np.arange(2 * 5 * 5, dtype=np.float64).reshape(2, 5, 5, 1) ** 2
    everywhere = {
        tuple(np.round(cut - cut.mean(), 6).ravel())
        for image in images
        for cut in (image[y : y + 3, x : x + 3] for y in range(3) for x in range(3))
    }
    rows = drawn_patches(images, 3, 400, seed=1)
    assert {tuple(np.round(row, 6)) for row in rows} == everywhere  # all 18 places are met
    np.testing.assert_array_equal(rows, drawn_patches(images, 3, 400, seed=1))


def test_a_dictionary_of_all_directions_gives_the_image_back():
    atoms = np.eye(48)
    again, codes = rebuilt(IMAGE, atoms, 4, 48)
    np.testing.assert_allclose(again, IMAGE, atol=1e-9)
    assert codes.shape == (6, 48)


def test_without_atoms_each_patch_is_its_mean():
    again, codes = rebuilt(IMAGE, np.eye(48), 4, 0)
    np.testing.assert_allclose(again[:4, :4], IMAGE[:4, :4].mean())
    assert not codes.any()


def test_pictures_of_atoms_are_grey_where_they_are_zero():
    atoms = np.zeros((2, 12))
    atoms[0, :3] = (0.2, -0.4, 0.1)
    pictures = atom_pictures(atoms, 2)
    assert pictures[0, 0, 0].tolist() == [190, 0, 159]  # 127 + 127 x (0.5, -1, 0.25)
    assert (pictures[1] == 127).all()
    assert atom_pictures(atoms[:0], 2).shape == (0, 2, 2, 3)  # a patch that needs none


def test_most_used_first():
    assert most_used(np.array([[0.0, -2.0, 1.0], [0.0, 0.5, 2.0]])).tolist() == [2, 1, 0]


def test_what_cannot_be_is_said():
    with pytest.raises(SparseError, match="5 x 5"):
        tiles(IMAGE, 5)
    with pytest.raises(SparseError, match="9 pixels"):
        drawn_patches(IMAGE[np.newaxis], 9, 1)
