"""The worst picture files of at most 10 MB that we know how to make, by name.

Some are the largest that may be read; most are small files that a reader without limits would
spend minutes or gigabytes on. Each is a function, since together they are large.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import numpy as np
from PIL import Image

from cnnlib.decoder import MAX_BYTES, MAX_PIXELS, MAX_PIXELS_BUFFERED, MAX_PNG_BYTES
from tests.fuzzing.pictures import PNG, chunk, encoded, png_of, segment

BYTES = MAX_BYTES - 1_000


def bombs() -> dict[str, Callable[[], bytes]]:
    """All of them."""
    return {**_png_bombs(), **_jpeg_bombs(), **_webp_bombs()}


def _png_bombs() -> dict[str, Callable[[], bytes]]:
    megabyte = zlib.compress(bytes(1_000_000), 9)
    profile = chunk(b"iCCP", b"x\0\0" + megabyte)
    text = chunk(b"zTXt", b"x\0\0" + megabyte)
    size = MAX_PNG_BYTES
    return {
        "png: chunks of nothing": lambda: _small_png(chunk(b"noNe") * (BYTES // 12)),
        "png: colour profiles": lambda: _small_png(profile * (BYTES // len(profile))),
        "png: packed texts": lambda: _small_png(text * (BYTES // len(text))),
        "png: notes that repeat": lambda: _small_png(chunk(b"eXIf", exif_bomb(BYTES - 500))),
        "png: pixels in crumbs": _crumbs,
        "png: two headers": _two_headers,
        "png: palette, one row": lambda: _palette(MAX_PIXELS, 1),
        "png: palette, one column": lambda: _palette(1, MAX_PIXELS),
        "png: palette, square": lambda: _palette(6_000, 6_000),
        "png: rgb, one row": lambda: _noise(size // 3 - 1, 1, 3, 2),
        "png: rgba, one row": lambda: _noise(size // 4 - 1, 1, 4, 6),
        "png: rgba, 65535 a row": lambda: _noise(65_535, size // 4 // 65_536, 4, 6),
        "png: rgb of noise": lambda: _noise(4_163, 4_163, 3, 2),
        "png: rgba of noise": lambda: _noise(3_605, 3_605, 4, 6),
        "png: rgba of 16 bits": lambda: _noise(2_549, 2_549, 8, 6, bits=16),
        "png: grey of 16 bits": lambda: _noise(5_098, 5_098, 2, 0, bits=16),
        "png: interlaced": lambda: _noise(4_160, 4_160, 3, 2, interlace=1),
        "png: announces a billion pixels": lambda: png_of(bytes(1_000), 31_623, 31_623),
    }


def _small_png(chunks: bytes) -> bytes:
    return png_of(b"\0\1\2\3", 1, 1, before=chunks)


def exif_bomb(size: int) -> bytes:
    """Notes with as many tags as there can be, each of which asks for all bytes of the file."""
    count = min(65_535, (size - 20) // 12 - 1)
    rest = size - 10 - 12 * count
    tags = b"".join(
        struct.pack("<HHII", tag, 7, size - 20, 8)
        for tag in range(0x8000, 0x8000 + count)
        if tag < 65_536
    )
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags) // 12) + tags + bytes(max(0, rest))


def _crumbs() -> bytes:
    packed = zlib.compress(np.random.default_rng(0).bytes(800_000), 0)
    crumbs = b"".join(chunk(b"IDAT", packed[at : at + 1]) for at in range(BYTES // 13))
    header = struct.pack(">IIBBBBB", 900, 888, 8, 0, 0, 0, 0)
    return PNG + chunk(b"IHDR", header) + crumbs + chunk(b"IEND")


def _two_headers() -> bytes:
    """The first announces pixels of one bit, the second of 64."""
    width = height = 6_000
    first = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    second = struct.pack(">IIBBBBB", width, height, 16, 6, 0, 0, 0)
    packer = zlib.compressobj(1)
    row = b"\4" + bytes(range(256)) * (8 * width // 256 + 1)
    packed = b"".join(packer.compress(row[: 8 * width + 1]) for _ in range(height))
    pixels = chunk(b"IDAT", packed + packer.flush())
    return PNG + chunk(b"IHDR", first) + chunk(b"IHDR", second) + pixels + chunk(b"IEND")


def _palette(width: int, height: int) -> bytes:
    before = chunk(b"PLTE", bytes(range(256)) * 3) + chunk(b"tRNS", bytes(range(256)))
    row = b"\0" + (bytes(range(256)) * (width // 256 + 1))[:width]
    return png_of(row * height, width, height, colour_type=3, before=before)


def _noise(
    width: int, height: int, samples: int, colour_type: int, *, bits: int = 8, interlace: int = 0
) -> bytes:
    """Rows that are filtered as it costs most (Paeth), of bytes that look like noise to it."""
    rng = np.random.default_rng(0)
    length = width * samples + 1
    tile = rng.integers(0, 256, 4_001, dtype=np.uint8)  # packs to a tenth, as a file must
    raw = np.resize(tile, (height, length))
    if not interlace:
        raw[:, 0] = 4
        return png_of(raw.tobytes(), width, height, bits=bits, colour_type=colour_type)
    return png_of(
        _adam7(raw, width, height, samples), width, height, colour_type=colour_type, interlace=1
    )


def _adam7(raw: np.ndarray, width: int, height: int, samples: int) -> bytes:
    passes = (
        *((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2)),
        (1, 0, 2, 1),
    )
    parts = []
    for top, left, down, right in passes:
        part = raw[top::down, : -(-(width - left) // right) * samples + 1].copy()
        part[:, 0] = 4
        parts.append(part.tobytes())
    return b"".join(parts)


def _jpeg_bombs() -> dict[str, Callable[[], bytes]]:
    return {
        "jpeg: nothing but zeros": lambda: _in_front(bytes(BYTES - 1_000)),
        "jpeg: escaped bytes": lambda: _in_front(b"\xff\0" * (BYTES // 2 - 500)),
        "jpeg: fill bytes": lambda: _in_front(b"\xff" * (BYTES - 1_000)),
        "jpeg: segments of nothing": lambda: _in_front(segment(0xE5, b"") * (BYTES // 4 - 500)),
        "jpeg: comments of nothing": lambda: _in_front(segment(0xFE, b"") * (BYTES // 4 - 500)),
        "jpeg: markers alone": lambda: _in_front(b"\xff\xd0" * (BYTES // 2 - 500)),
        "jpeg: notes that repeat": _jpeg_notes,
        "jpeg: profiles": lambda: _in_front(
            segment(0xE2, b"ICC_PROFILE\0\1\1" + bytes(65_000)) * (BYTES // 65_100)
        ),
        "jpeg: tables": lambda: _in_front(
            segment(0xDB, (b"\0" + bytes(range(1, 65))) * 1_000) * (BYTES // 65_100)
        ),
        "jpeg: progressive behind a marker": lambda: _hidden(_plain_jpeg(6_000, progressive=True)),
        "jpeg: in pieces behind a marker": lambda: _hidden(_in_pieces(6_000)),
        "jpeg: as large as may be": lambda: _plain_jpeg(6_000),
        "jpeg: one row": lambda: _plain_jpeg(65_500, 549),
        "jpeg: four inks": lambda: _plain_jpeg(6_000, mode="CMYK"),
        "jpeg: detailed": lambda: _detailed_jpeg(6_000, 40),
        "jpeg: detailed, no subsampling": lambda: _detailed_jpeg(5_000, 30, subsampling=0),
        "jpeg: progressive": lambda: _detailed_jpeg(3_605, 60, progressive=True, subsampling=0),
        "jpeg: all scans there may be": _many_scans,
        "jpeg: two sizes": _two_sizes,
    }


def _in_front(junk: bytes) -> bytes:
    small = encoded(Image.new("RGB", (8, 8), "teal"), "JPEG")
    return small[:2] + junk + small[2:]


def _jpeg_notes() -> bytes:
    notes = exif_bomb(9_000_000)
    pieces = [notes[at : at + 65_500] for at in range(0, len(notes), 65_500)]
    return _in_front(b"".join(segment(0xE1, b"Exif\0\0" + piece) for piece in pieces))


def _plain_jpeg(width: int, height: int = 0, mode: str = "RGB", **options: object) -> bytes:
    tone = (10, 120, 110, 40)[: len(mode)]
    return encoded(Image.new(mode, (width, height or width), tone), "JPEG", **options)


def _detailed_jpeg(side: int, quality: int, **options: object) -> bytes:
    """Noise, at the best quality from `quality` down that has few enough bytes."""
    tile = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    image = Image.fromarray(tile)
    for tried in range(quality, 0, -6):
        data = encoded(image, "JPEG", quality=tried, **options)
        if len(data) < BYTES:
            return data
    return data


def _hidden(data: bytes) -> bytes:
    """A marker that has no length, where a careless reader takes what follows for one."""
    at = next(place for place in map(data.find, (b"\xff\xc2", b"\xff\xc0")) if place > 0)
    return data[:at] + b"\xff\xd0" + data[at:]


def _in_pieces(side: int) -> bytes:
    """A baseline file whose first scan has one component, so that all of it has to be kept."""
    data = _plain_jpeg(side)
    at = data.index(b"\xff\xda")
    return data[:at] + segment(0xDA, b"\1\1\0\0\x3f\0") + data[at + 14 :]


def _many_scans() -> bytes:
    data = _detailed_jpeg(3_605, 30, progressive=True)
    last, end = data.rindex(b"\xff\xda"), data.rindex(b"\xff\xd9")
    room = max(0, min(24 - data.count(b"\xff\xda"), (BYTES - len(data)) // (end - last)))
    return data[:end] + data[last:end] * room + data[end:]


def _two_sizes() -> bytes:
    data = _plain_jpeg(64)
    at = data.index(b"\xff\xc0")
    length = 2 + int.from_bytes(data[at + 2 : at + 4])
    frame = data[at : at + length]
    large = frame[:5] + struct.pack(">HH", 65_000, 65_000) + frame[9:]
    return data[: at + length] + large + data[at + length :]


def _webp_bombs() -> dict[str, Callable[[], bytes]]:
    side = int(MAX_PIXELS_BUFFERED**0.5)
    return {
        "webp: frames of nothing": _countless_frames,
        "webp: chunks of nothing": lambda: _riff(b"VP8 " + bytes(4) + b"junk\0\0\0\0" * 1_200_000),
        "webp: as large as may be": lambda: _webp(side, quality=80),
        "webp: lossless": lambda: _webp(side, lossless=True, quality=0, method=0),
        "webp: alpha": lambda: _webp(side, alpha=True, quality=20, method=0),
        "webp: one row": lambda: _webp(16_383, 793, quality=80),
        "webp: notes that repeat": lambda: _webp(64, exif=exif_bomb(9_000_000)),
        "webp: many frames": _many_frames,
        "webp: a frame larger than its canvas": _large_frame,
    }


def _riff(chunks: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def _webp(side: int, height: int = 0, *, alpha: bool = False, **options: object) -> bytes:
    rng = np.random.default_rng(0)
    shape = ((height or side) // 2 + 1, side // 2 + 1, 4 if alpha else 3)
    small = Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8) // 64 * 64)
    image = small.resize((side, height or side), Image.Resampling.NEAREST)
    return encoded(image, "WEBP", **{"method": 0, **options})


def _many_frames() -> bytes:
    first = Image.new("RGB", (900, 900), "teal")
    more = [Image.new("RGB", (900, 900), (n, 255 - n, 90)) for n in range(100)]
    return encoded(first, "WEBP", save_all=True, append_images=more, method=0)


def _large_frame() -> bytes:
    data = _webp(3_600, quality=50)
    canvas = b"VP8X" + struct.pack("<II", 10, 0) + (7).to_bytes(3, "little") * 2
    return _riff(canvas + data[data.index(b"VP8 ") :])


def _countless_frames() -> bytes:
    """The frame of a small animation, again and again."""
    rest = [Image.new("RGB", (2, 2), "red")]
    data = encoded(Image.new("RGB", (2, 2)), "WEBP", save_all=True, append_images=rest)
    at = data.index(b"ANMF")
    end = data.index(b"ANMF", at + 4)
    frame = data[at:end]
    return _riff(data[12:at] + frame * ((BYTES - at) // len(frame)))
