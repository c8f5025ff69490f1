"""What is left of a picture file: its pixels, and which way is up."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from cnnlib import picture_files
from cnnlib.picture_files import ImageError, bare_picture, orientation_of
from cnnlib.pixels import decode_image
from tests.fuzzing.pictures import chunk, encoded, png_of, seeds, segment

KINDS = {"png": "PNG", "jpeg": "JPEG", "webp": "WebP"}
SOUND = {name: data for name, data in seeds().items() if name.split()[0] in KINDS}
GREY = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8))


def kind_of(name):
    return KINDS[name.split()[0]]


@pytest.mark.parametrize("name", SOUND)
def test_a_bare_file_has_the_same_pixels(name):
    bare = bare_picture(SOUND[name], kind_of(name))
    assert len(bare.data) <= len(SOUND[name])
    np.testing.assert_array_equal(opened(bare.data), opened(SOUND[name]))


def opened(data):
    """The first frame as Pillow has it."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGBA"))


@pytest.mark.parametrize("name", ["png", "jpeg", "webp"])
def test_notes_are_read_and_left_out(name):
    bare = bare_picture(SOUND[name], kind_of(name))
    assert bare.orientation == 6
    assert not any(word in bare.data for word in (b"Exif", b"eXIf", b"EXIF"))


def test_texts_and_profiles_never_reach_the_decoder():
    extra = chunk(b"iCCP", b"x\0\0rubbish") + chunk(b"zTXt", b"y\0\0rubbish") + chunk(b"tEXt", b"z")
    data = png_of(b"\0\1\2\3", 1, 1, before=extra)
    bare = bare_picture(data, "PNG")
    assert bare.data == png_of(b"\0\1\2\3", 1, 1)
    assert decode_image(data).tolist() == [[[1, 2, 3]]]
    jpeg = encoded(GREY, "JPEG", comment=b"a comment", icc_profile=b"profile")
    assert b"profile" not in bare_picture(jpeg, "JPEG").data
    assert b"a comment" not in bare_picture(jpeg, "JPEG").data


def test_a_png_of_two_headers_or_none_is_damaged():
    data = png_of(b"\0\1\2\3", 1, 1)
    header = data[8:33]
    for wrong in (data[:33] + header + data[33:], data[:8] + data[33:]):
        with pytest.raises(ImageError, match="damaged"):
            decode_image(wrong)


@pytest.mark.parametrize(
    ("options", "whole"), [({}, False), ({"progressive": True}, True)], ids=["plain", "progressive"]
)
@pytest.mark.parametrize("marker", [b"", b"\xff\xd0", b"\xff\x01", b"\xff\xff\xff", b"\0\xff\0\1"])
def test_no_marker_hides_that_a_jpeg_is_kept_whole(options, whole, marker):
    data = encoded(GREY, "JPEG", **options)
    at = max(data.find(b"\xff\xc2"), data.find(b"\xff\xc0"))
    bare = bare_picture(data[:at] + marker + data[at:], "JPEG")
    assert bare.is_kept_whole == whole
    assert bare.data == bare_picture(data, "JPEG").data


def test_a_jpeg_in_pieces_is_kept_whole():
    data = encoded(GREY.convert("RGB"), "JPEG")
    at = data.index(b"\xff\xda")
    pieces = data[:at] + segment(0xDA, b"\1\1\0\0\x3f\0") + data[at + 14 :]
    assert bare_picture(pieces, "JPEG").is_kept_whole
    assert not bare_picture(data, "JPEG").is_kept_whole


def test_a_jpeg_of_two_sizes_is_damaged():
    data = encoded(GREY, "JPEG")
    at = data.index(b"\xff\xc0")
    end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
    with pytest.raises(ImageError, match="damaged"):
        decode_image(data[:end] + data[at:end] + data[end:])


def test_only_the_first_frame_of_an_animation_is_left():
    data = SOUND["webp animated"]
    assert data.count(b"ANMF") == 3
    assert bare_picture(data, "WebP").data.count(b"ANMF") == 1


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("PNG", lambda n: png_of(b"\0\1\2\3", 1, 1, before=chunk(b"noNe") * n)),
        ("JPEG", lambda n: b"\xff\xd8" + segment(0xE5, b"") * n + encoded(GREY, "JPEG")[2:]),
        ("JPEG", lambda n: b"\xff\xd8" + b"\xff\xd0" * n + encoded(GREY, "JPEG")[2:]),
        ("WebP", lambda n: encoded(GREY, "WEBP") + b"junk\0\0\0\0" * n),
    ],
)
def test_a_file_in_countless_pieces_is_refused(monkeypatch, kind, data):
    monkeypatch.setattr(picture_files, "MOST_PARTS", 50)
    assert decode_image(data(30)).shape[2] == 3
    with pytest.raises(ImageError, match=f"This {kind} is cut into more than 50 pieces"):
        decode_image(data(60))


def test_no_side_may_be_endless():
    row = png_of(b"\0" + bytes(65_536), 65_536, 1, colour_type=0)
    with pytest.raises(ImageError, match="no side may have more than 65,535"):
        decode_image(row)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("kind", "count", "value", "expected"),
    [(3, 1, 8, 8), (3, 1, 9, 1), (3, 1, 0, 1), (4, 1, 6, 1), (3, 2, 6, 1)],
)
def test_an_orientation_is_one_short_number_from_1_to_8(order, kind, count, value, expected):
    notes = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}IH", 8, 2)
    notes += struct.pack(f"{order}HHIHH", 0x0110, 2, 1, 65, 0)
    notes += struct.pack(f"{order}HHIHH", 0x0112, kind, count, value, 0)
    assert orientation_of(notes) == expected
    assert orientation_of(notes[:20]) == 1
    assert orientation_of(b"Exif\0\0" + notes) == expected
