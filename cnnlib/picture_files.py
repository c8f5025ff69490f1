"""A picture file with nothing left in it but the picture: what a decoder is given to read.

Notes, profiles, texts and thumbnails are where most readers of pictures can be made to spend
minutes or gigabytes. They are left out here, by the formats' own joints and without unpacking
anything; of the notes only which way is up is read.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

# Chunks or segments of a file. Cameras write dozens, and PNGs in small pieces a few thousand.
MOST_PARTS = 20_000

_PNG_PARTS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff]", re.DOTALL)
_JPEG_TABLES = (0xDB, 0xC4, 0xDD)  # quantisation, Huffman codes, restart interval
_JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_JPEG_COLOURS = {0xE0: b"JFIF\0", 0xEE: b"Adobe"}  # which say what the samples mean
_WEBP_FRAMES = (b"VP8 ", b"VP8L", b"ANMF")
_WEBP_NOTES = 0x2C  # flags of an extended file: it has a profile, EXIF, XMP


class ImageError(ValueError):
    """A picture that cannot be used; the message says why and what to change."""


@dataclass(frozen=True)
class PictureFile:
    """A file of the same kind with the same pixels, and its EXIF orientation, 1 to 8.

    `bits` is how many a PNG has for a pixel before it is packed, 0 of other kinds. `is_kept_whole`
    says of a JPEG that all of it must be in memory before any of it can be drawn.
    """

    data: bytes
    orientation: int = 1
    bits: int = 0
    is_kept_whole: bool = False


def bare_picture(data: bytes, kind: str) -> PictureFile:
    """What is left of a "PNG", "JPEG" or "WebP" file.

    ImageError for one that would take long to read, and some other error for a damaged one.
    """
    return {"PNG": _bare_png, "JPEG": _bare_jpeg, "WebP": _bare_webp}[kind](data)


def _bare_png(data: bytes) -> PictureFile:
    """A file is its signature and chunks: length, name, content, checksum (PNG 1.2, section 3)."""
    kept, notes, at = [data[:8]], b"", 8
    for _ in range(MOST_PARTS):
        length, name = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        if (name == b"IHDR") != (at == 8):
            raise ValueError("a PNG has one header, and begins with it")
        end = at + 12 + length
        if name in _PNG_PARTS:
            kept.append(data[at:end])
        elif name == b"eXIf" and not notes:
            notes = data[at + 8 : end - 4]
        at = end
        if name == b"IEND" or at >= len(data):
            samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[data[25]]  # by colour type
            return PictureFile(b"".join(kept), orientation_of(notes), data[24] * samples)
    raise ImageError(_too_many("PNG"))


def _bare_jpeg(data: bytes) -> PictureFile:
    """Segments: 255, a marker, and mostly a length and content (ITU-T T.81, annex B.1.1).

    What follows the first scan's header is left as it is.
    """
    kept, notes, frame, at = [data[:2]], b"", b"", 2
    for _ in range(MOST_PARTS):
        found = _JPEG_MARKER.search(data, at)
        if found is None:
            raise ValueError("no picture")
        at, marker = found.end(), data[found.end() - 1]
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:  # these stand alone
            continue
        length = int.from_bytes(data[at : at + 2])
        if marker in (0xD8, 0xD9) or length < 2:
            raise ValueError("a picture within a picture, or its end before its beginning")
        content = data[at + 2 : at + length]
        if marker == 0xDA:
            in_pieces = content[0] < frame[7]  # components of this scan and of the picture
            kept.append(data[found.start() :])
            whole = frame[1] == 0xC2 or in_pieces
            return PictureFile(b"".join(kept), orientation_of(notes), is_kept_whole=whole)
        part = b"\xff" + data[at - 1 : at + length]
        if marker in _JPEG_FRAMES:
            _check_frame(marker, frame)
            frame = part[:2] + content
            kept.append(part)
        elif marker in _JPEG_TABLES or content.startswith(_JPEG_COLOURS.get(marker, b"\0none")):
            kept.append(part)
        elif marker == 0xE1 and content.startswith(b"Exif\0\0") and not notes:
            notes = content
        at += length
    raise ImageError(_too_many("JPEG"))


def _check_frame(marker: int, earlier: bytes) -> None:
    if earlier:
        raise ValueError("two sizes")
    if marker > 0xC8:
        raise ImageError(
            "This JPEG uses arithmetic coding, which no browser shows. Save it as an ordinary "
            "JPEG or PNG and choose that file."
        )


def _bare_webp(data: bytes) -> PictureFile:
    """Chunks: name, length, content, padded to even length (RFC 9649, section 2.3).

    Of an animation, the first frame.
    """
    kept, notes, has_frame, at = [], b"", False, 12
    for _ in range(MOST_PARTS):
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + length + length % 2
        if name == b"VP8X" and not kept:
            flags = data[at + 8] & ~_WEBP_NOTES
            kept.append(data[at : at + 8] + bytes([flags]) + data[at + 9 : end])
        elif not has_frame and name in (b"ALPH", b"ANIM", *_WEBP_FRAMES):
            kept.append(data[at:end])
            has_frame = name in _WEBP_FRAMES
        elif name == b"EXIF" and not notes:
            notes = data[at + 8 : end]
        at = end
        if at >= len(data):
            body = b"WEBP" + b"".join(kept)
            size = struct.pack("<I", len(body))
            return PictureFile(b"RIFF" + size + body, orientation_of(notes))
    raise ImageError(_too_many("WebP"))


def _too_many(kind: str) -> str:
    return (
        f"This {kind} is cut into more than {MOST_PARTS:,} pieces, which takes too long to read. "
        "Save it again, or choose another picture."
    )


def orientation_of(notes: bytes) -> int:
    """The orientation, 1 to 8, in EXIF notes (tag 0x0112 of Exif 2.32, CIPA DC-008).

    1, which is upright, without one or when it cannot be.

    >>> tag = struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0)
    >>> orientation_of(b"MM\\0*" + struct.pack(">IH", 8, 1) + tag)
    6
    """
    notes = notes.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(notes[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", notes, 4)
        (count,) = struct.unpack_from(f"{order}H", notes, start)
        for at in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, number, value = struct.unpack_from(f"{order}HHIH", notes, at)
            if tag == 0x0112:
                return value if (kind, number) == (3, 1) and 1 <= value <= 8 else 1
    except struct.error:  # a picture whose notes are damaged is still a picture
        pass
    return 1
