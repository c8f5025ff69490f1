"""Bytes from a stranger to pixels: the one place where picture files are opened.

A file may be truncated, enormous, mislabelled or made to do harm. `decode_image` answers with an
array or with an `ImageError` whose message a learner can act on, and with nothing else.
"""

from __future__ import annotations

import io
import threading
import warnings

import numpy as np
from PIL import Image

from cnnlib.picture_files import ImageError, PictureFile, bare_picture

__all__ = ["MAX_BYTES", "MAX_PIXELS", "ImageError", "decode_image"]

MAX_BYTES = 10_000_000
MAX_PIXELS = 36_000_000  # 252 MB while it is decoded: 4 bytes a pixel in Pillow, 3 in the array
# WebP's decoder holds two canvases, a copy of the frame and Pillow's own: 16 bytes a pixel. A
# progressive JPEG is kept whole as 16-bit coefficients, 6 to 8 bytes a pixel, before it is drawn.
MAX_PIXELS_BUFFERED = 13_000_000
MAX_SIDE = 65_535  # pixels; rows are undone, turned and composited one or a few at a time
MAX_JPEG_SCANS = 24  # each costs a pass over the whole picture; encoders write 10 to 20
# Unpacked samples; undoing PNG's Paeth filter on noise costs 15 ns a byte.
MAX_PNG_BYTES = 52_000_000

# Components that decode a visitor's PNG with a plain `Image.open` are bound by this too. Pillow
# only warns at this many pixels and raises at twice as many, so the warning is made an error.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)

# One at a time: memory stays bounded whatever the number of visitors, and `catch_warnings` changes
# the state of the whole process.
_DECODING = threading.Lock()

_BAND_PIXELS = 1_000_000  # converted together, so that temporary arrays stay a few megabytes

# EXIF orientation: (swap rows and columns, flip top to bottom, flip left to right), in this order.
# Exif 2.32 (CIPA DC-008), tag 0x0112.
_ORIENTATIONS = {
    1: (False, False, False),
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}

_SIGNATURES = (
    ("PNG", 0, b"\x89PNG\r\n\x1a\n"),
    ("JPEG", 0, b"\xff\xd8\xff"),
    ("WebP", 8, b"WEBP"),
)
_OTHER_KINDS = (
    ("a GIF picture", 0, b"GIF8"),
    ("a BMP picture", 0, b"BM"),
    ("a TIFF picture", 0, b"II*\0"),
    ("a TIFF picture", 0, b"MM\0*"),
    ("an AVIF picture", 4, b"ftypavif"),
    ("a HEIC picture", 4, b"ftyphe"),
    ("a HEIC picture", 4, b"ftypmif1"),
    ("a video", 4, b"ftyp"),
    ("a PDF document", 0, b"%PDF"),
    ("a ZIP archive or an office document", 0, b"PK\x03\x04"),
)


def decode_image(
    data: bytes, *, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS
) -> np.ndarray:
    """Pixels of a PNG, JPEG or WebP file: (height, width, 3) uint8 RGB, the right way up.

    The kind is told by the content, never by a name. EXIF orientation is applied, transparency is
    composited on white, 16-bit samples are scaled by 255 / 65535, an animation gives its first
    frame, and colour profiles are ignored. `max_bytes` and `max_pixels` are checked before anything
    is decoded. What takes more memory or time to decode is held to less: WebP and progressive JPEG
    to `MAX_PIXELS_BUFFERED` pixels, PNG to `MAX_PNG_BYTES` unpacked.

    Raises ImageError, and nothing else, for anything that is not such a picture.
    """
    try:
        data = _checked_bytes(data, max_bytes)
        kind = _checked_kind(data)
        with _DECODING, warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"PIL(\.|$)")
            warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
            return _decode(bare_picture(data, kind), kind, max_pixels)
    except ImageError:
        raise
    except Image.DecompressionBombError:
        raise ImageError(
            f"This picture has more than {2 * Image.MAX_IMAGE_PIXELS:,} pixels, the most that are "
            "read. Make it smaller and choose it again."
        ) from None
    except Exception as error:  # Pillow's readers raise nearly every kind of exception
        raise ImageError(
            f"This {kind} picture is damaged or cut short and cannot be read. Save or download it "
            "again, or choose another picture."
        ) from error


def _checked_bytes(data: bytes, max_bytes: int) -> bytes:
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise ImageError(
            f"A picture must be given as the bytes of its file; this is a {type(data).__name__}."
        )
    length = data.nbytes if isinstance(data, memoryview) else len(data)
    if not length:
        raise ImageError("The file is empty (0 bytes). Choose a PNG, JPEG or WebP picture.")
    if length > max_bytes:
        raise ImageError(
            f"The file has {length:,} bytes, and at most {max_bytes:,} are read. Make the picture "
            "smaller, or save it as a JPEG, and choose it again."
        )
    return bytes(data)


def _checked_kind(data: bytes) -> str:
    """ "PNG", "JPEG" or "WebP"."""
    for kind, offset, signature in _SIGNATURES:
        if data[offset : offset + len(signature)] == signature:
            return kind
    advice = "Save it as PNG, JPEG or WebP and choose that file."
    for kind, offset, signature in _OTHER_KINDS:
        if data[offset : offset + len(signature)] == signature:
            raise ImageError(f"This file is {kind}, which is not read here. {advice}")
    start = data[:1000].lower()
    if b"<svg" in start:
        raise ImageError(f"This file is an SVG drawing, which has no pixels. {advice}")
    if b"<html" in start or b"<!doctype html" in start:
        raise ImageError(
            "This file is a web page, not a picture. Save the picture itself and choose that file."
        )
    raise ImageError(
        "This file is not a picture that can be read here. Choose a PNG, JPEG or WebP picture."
    )


def _decode(file: PictureFile, kind: str, max_pixels: int) -> np.ndarray:
    with Image.open(io.BytesIO(file.data), formats=("PNG", "JPEG", "WEBP")) as image:
        _check_pixels(image, file, kind, max_pixels)
        image.load()
        swap, flip_rows, flip_columns = _ORIENTATIONS[file.orientation]
        height, width = image.size if swap else image.size[::-1]
        upright = np.empty((height, width, 3), np.uint8)
        # The same memory seen as the file stores it, so that turning a picture copies nothing.
        stored = upright[:: -1 if flip_rows else 1, :: -1 if flip_columns else 1]
        if swap:
            stored = stored.swapaxes(0, 1)
        key = _transparent_sample(image, file.data, kind)
        rows = max(1, _BAND_PIXELS // image.width)
        for top in range(0, image.height, rows):
            band = image.crop((0, top, image.width, min(top + rows, image.height)))
            stored[top : top + rows] = _band_pixels(band, key)
    return upright


def _check_pixels(image: Image.Image, file: PictureFile, kind: str, max_pixels: int) -> None:
    width, height = image.size
    limit, what = max_pixels, "are read"
    if kind == "JPEG":
        _check_scans(file.data)
        if file.is_kept_whole:
            limit, what = min(limit, MAX_PIXELS_BUFFERED), "are read of a progressive JPEG"
    elif kind == "WebP":
        limit, what = min(limit, MAX_PIXELS_BUFFERED), "are read of a WebP picture"
    else:
        limit = min(limit, MAX_PNG_BYTES * 8 // file.bits)
        what = f"are read of a PNG with {file.bits} bits each"
    if width * height > limit:
        raise ImageError(
            f"This picture has {width} × {height} = {width * height:,} pixels, and at most "
            f"{limit:,} {what}. Make it smaller and choose it again."
        )
    if max(width, height) > MAX_SIDE:
        raise ImageError(
            f"This picture has {width} × {height} pixels, and no side may have more than "
            f"{MAX_SIDE:,}. Make it smaller and choose it again."
        )


def _check_scans(data: bytes) -> None:
    if data.count(b"\xff\xda") > MAX_JPEG_SCANS:
        raise ImageError(
            f"This JPEG is stored in more than {MAX_JPEG_SCANS} scans, which takes too long to "
            "read. Save it as an ordinary JPEG or PNG and choose that file."
        )


def _transparent_sample(image: Image.Image, data: bytes, kind: str) -> np.ndarray | None:
    """The sample value that a PNG without alpha declares transparent, in Pillow's 8-bit scale."""
    key = image.info.get("transparency")
    if kind != "PNG" or key is None or image.mode not in ("1", "L", "I;16", "RGB"):
        return None
    bit_depth = data[24]
    if image.mode == "L" and bit_depth < 8:  # Pillow scales the samples but not the key
        key = key * 255 // (2**bit_depth - 1)
    if image.mode == "RGB" and bit_depth == 16:  # Pillow keeps the high byte of each sample
        key = tuple(sample >> 8 for sample in key)
    return np.asarray(key)


def _band_pixels(band: Image.Image, key: np.ndarray | None) -> np.ndarray:
    """Some rows of a picture, in any of Pillow's modes, as uint8 that broadcasts to RGB."""
    if band.mode == "P" and "transparency" in band.info:
        band = band.convert("RGBA")
    if band.mode in ("LA", "RGBA"):
        white = Image.new("RGB", band.size, "white")
        white.paste(band.convert("RGBA"), mask=band.getchannel("A"))
        return np.asarray(white)
    if band.mode == "1":
        band = band.convert("L")
    elif band.mode not in ("L", "I;16", "RGB"):
        band = band.convert("RGB")
    samples = np.asarray(band)
    pixels = _to_eight_bits(samples) if band.mode == "I;16" else samples
    if key is not None:
        pixels = pixels.copy()
        match = samples == key
        pixels[match.all(axis=-1) if samples.ndim == 3 else match] = 255
    return pixels if pixels.ndim == 3 else pixels[:, :, None]


def _to_eight_bits(samples: np.ndarray) -> np.ndarray:
    """16-bit samples scaled to 0..255 and rounded; none is clipped."""
    # (255 s + 32895) >> 16 is round(255 s / 65535) for all of them, without a division.
    return ((samples.astype(np.uint32) * 255 + 32895) >> 16).astype(np.uint8)
