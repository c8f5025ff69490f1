"""Picture files as nobody should send them: mutated ones by number, and the worst ones by name.

`mutated(number)` is the same file for the same number on every machine with the same Pillow.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from functools import cache

import numpy as np
from PIL import Image

from tests.fuzzing.mutations import damaged

PNG = b"\x89PNG\r\n\x1a\n"
_DIMENSIONS = (0, 1, 2, 255, 4_000, 6_001, 16_384, 65_535, 10**6, 2**31 - 1, 2**32 - 1)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(name: bytes, data: bytes = b"") -> bytes:
    """A chunk of a PNG file."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def segment(marker: int, data: bytes) -> bytes:
    """A segment of a JPEG file."""
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


@cache
def seeds() -> dict[str, bytes]:
    """Sound small files by name, of the kinds that are read and of others."""
    rng = np.random.default_rng(0)
    colours = Image.fromarray(rng.integers(0, 256, (19, 23, 3), dtype=np.uint8))
    smooth = colours.resize((61, 47), Image.Resampling.BICUBIC)
    alpha = smooth.convert("RGBA")
    alpha.putalpha(smooth.convert("L"))
    deep = Image.fromarray(rng.integers(0, 65536, (12, 9), dtype=np.uint16))
    exif = Image.Exif()
    exif[0x0112] = 6
    frames = {"save_all": True, "append_images": [colours.rotate(90), colours.rotate(180)]}
    taken = {
        "png": encoded(smooth, exif=exif),
        "png alpha": encoded(alpha),
        "png palette": encoded(smooth.quantize(30), transparency=bytes([0, 128, 255])),
        "png bits": encoded(smooth.convert("1")),
        "png 16 bits": encoded(deep),
        "png animated": encoded(colours, **frames),
        "png interlaced": interlaced(),
        "jpeg": encoded(smooth, "JPEG", exif=exif, quality=90),
        "jpeg progressive": encoded(smooth, "JPEG", progressive=True),
        "jpeg grey": encoded(smooth.convert("L"), "JPEG", restart_marker_blocks=2),
        "jpeg cmyk": encoded(smooth.convert("CMYK"), "JPEG"),
        "jpeg of two": encoded(smooth, "MPO", save_all=True, append_images=[colours]),
        "webp": encoded(smooth, "WEBP", exif=exif),
        "webp lossless": encoded(smooth, "WEBP", lossless=True),
        "webp alpha": encoded(alpha, "WEBP"),
        "webp animated": encoded(colours, "WEBP", **frames),
    }
    other = {kind: encoded(smooth, kind) for kind in ("BMP", "TIFF", "PPM", "TGA", "ICO", "PDF")}
    other["GIF"] = encoded(colours, "GIF", **frames)
    other["PCX"] = encoded(smooth, "PCX")
    return taken | {kind.lower(): data for kind, data in other.items()}


def interlaced(side: int = 9) -> bytes:
    """A PNG of side x side grey pixels in Adam7 order, which Pillow reads and does not write."""
    starts = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2))
    image = np.add.outer(np.arange(side), np.arange(side)).astype(np.uint8)
    rows = [image[y::dy, x::dx] for y, x, dy, dx in (*starts, (1, 0, 2, 1))]
    raw = b"".join(b"\4" + row.tobytes() for part in rows if part.size for row in part)
    return png_of(raw, side, side, colour_type=0, interlace=1)


def png_of(
    raw: bytes,
    width: int,
    height: int,
    *,
    bits: int = 8,
    colour_type: int = 2,
    interlace: int = 0,
    before: bytes = b"",
    packing: int = 1,
) -> bytes:
    """A PNG around filtered rows; `before` are chunks that come before the pixels."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, interlace)
    pixels = chunk(b"IDAT", zlib.compress(raw, packing))
    return PNG + chunk(b"IHDR", header) + before + pixels + chunk(b"IEND")


def mutated(number: int) -> tuple[str, bytes]:
    """A name and a file: a seed that was damaged, and often mended to get further."""
    rng = np.random.default_rng((7, number))
    known = seeds()
    name = list(known)[int(rng.integers(len(known)))]
    data, how = known[name], []
    if rng.random() < 0.5:
        data, told = _reshaped(data, rng)
        how.append(told)
    if not how or rng.random() < 0.7:
        data, told = damaged(data, rng, tuple(known.values()))
        how.append(told)
    if rng.random() < 0.6:
        data = mended(data)
        how.append("mended")
    return f"{number}: {name}, {', '.join(how)}", data


def mended(data: bytes) -> bytes:
    """The file with the checksums of PNG chunks and the length of a RIFF file made right."""
    if data[:4] == b"RIFF":
        return data[:4] + struct.pack("<I", max(0, len(data) - 8)) + data[8:]
    if data[:8] != PNG:
        return data
    chunks = list(_png_chunks(data))
    end = max((at + 12 + len(content) for at, _, content in chunks), default=8)
    return PNG + b"".join(chunk(name, content) for _, name, content in chunks) + data[end:]


def _png_chunks(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Place, name and content of each chunk that is there whole."""
    at = 8
    while at + 12 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        if at + 12 + length > len(data):
            return
        yield at, data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


def _parts(data: bytes) -> list[bytes]:
    """A file cut where its format has its joints: chunks, segments, or RIFF chunks."""
    cuts = [0]
    if data[:8] == PNG:
        cuts += [place for place, _, _ in _png_chunks(data)]
    elif data[:2] == b"\xff\xd8":
        at = 2
        while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
            cuts.append(at)
            at += 2 + int.from_bytes(data[at + 2 : at + 4])
        cuts.append(at)
    elif data[:4] == b"RIFF":
        at = 12
        while at + 8 <= len(data):
            cuts.append(at)
            at += 8 + int.from_bytes(data[at + 4 : at + 8], "little")
            at += at % 2
    ends = [*cuts[1:], len(data)]
    return [data[cut:end] for cut, end in zip(cuts, ends, strict=True) if cut < end]


def _reshaped(data: bytes, rng: np.random.Generator) -> tuple[bytes, str]:
    """A file whose parts were moved, doubled or left out, or that claims another size."""
    parts = _parts(data)
    place = int(rng.integers(len(parts)))
    match int(rng.integers(5)):
        case 0:
            return b"".join([*parts, parts[place]]), "a part again at the end"
        case 1:
            return b"".join([*parts[:place], parts[place], *parts[place:]]), "a part twice"
        case 2:
            return b"".join([*parts[:place], *parts[place + 1 :]]), "a part left out"
        case 3:
            return b"".join([parts[0], *rng.permutation(np.array(parts[1:], object))]), "shuffled"
    return _of_other_size(data, rng), "another size"


def _of_other_size(data: bytes, rng: np.random.Generator) -> bytes:
    width, height = (int(x) for x in rng.choice(_DIMENSIONS, 2))
    changed = bytearray(data)
    if data[:8] == PNG:
        changed[16:24] = struct.pack(">II", width, height)
    elif data[:2] == b"\xff\xd8":
        for marker in (b"\xff\xc0", b"\xff\xc2"):
            if (at := data.find(marker)) > 0:
                changed[at + 5 : at + 9] = struct.pack(">HH", height & 65535, width & 65535)
    elif data[12:16] == b"VP8X":
        changed[24:30] = struct.pack("<I", width)[:3] + struct.pack("<I", height)[:3]
    elif data[12:16] == b"VP8 ":
        changed[26:30] = struct.pack("<HH", width & 65535, height & 65535)
    else:
        changed[20:30] = rng.integers(0, 256, 10, dtype=np.uint8).tobytes()
    return bytes(changed)
