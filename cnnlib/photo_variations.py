"""Training images made more like the photos that people upload, and images of nothing known.

The shipped photo network learns from these beside plain CIFAR-10 images: its things come larger
and smaller, off the middle, before other backgrounds, in other light, blurred and compressed. From
the images of nothing it learns to be unsure (D. Hendrycks, M. Mazeika and T. Dietterich, "Deep
Anomaly Detection with Outlier Exposure", ICLR 2019, arXiv:1812.04606).

Images are float32 (batch, height, width, 3) in [0, 1]; chance is drawn from the generator given.
"""

from __future__ import annotations

import io

import numpy as np

LARGEST, SMALLEST = 1.7, 0.55  # of a thing, relative to how CIFAR-10 has it
TURN = 0.2  # radians each way
WAY = 0.2  # of the side, each way


def varied(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each image as it might come in a photo: placed, lit, blurred and compressed anew."""
    images = placed(images, backgrounds(images, rng), rng)
    images = lit(images, rng)
    blurry, pressed = rng.random((2, len(images))) < 0.25
    images[blurry] = blurred(images[blurry])
    images[pressed] = compressed(images[pressed], rng.integers(25, 90, pressed.sum()))
    return images


def placed(images: np.ndarray, behind: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each image scaled, stretched, turned and moved; where it does not reach, `behind` shows."""
    count, height, width, _ = images.shape
    size = np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST), count))
    stretch = np.exp(rng.uniform(-0.2, 0.2, count))
    angle = rng.uniform(-TURN, TURN, count)
    # From a place in the new image to the one in the old that shows there.
    rows = np.stack([np.cos(angle), -np.sin(angle)], axis=-1) / (size * stretch)[:, np.newaxis]
    columns = np.stack([np.sin(angle), np.cos(angle)], axis=-1) / (size / stretch)[:, np.newaxis]
    matrices = np.stack([rows, columns], axis=1).astype(np.float32)
    centre = np.float32([(height - 1) / 2, (width - 1) / 2])
    # A thing that is large may be cut off at the edge, but not lost; a small one stays inside.
    reach = WAY + np.abs(1 - size)[:, np.newaxis] / 3
    way = (rng.uniform(-1, 1, (count, 2)) * reach * (height, width)).astype(np.float32)
    grid = np.stack(np.mgrid[:height, :width], axis=-1).reshape(-1, 2).astype(np.float32)
    offset = grid - centre - way[:, np.newaxis]
    sources = offset @ matrices.swapaxes(1, 2) + centre
    shown, cover = _sampled(images, sources)
    return shown + (1 - cover) * behind


def _sampled(images: np.ndarray, sources: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bilinear samples at `sources` (batch, points, 2), and how far each is within its image."""
    count, height, width, channels = images.shape
    padded = np.zeros((count, height + 2, width + 2, channels + 1), np.float32)
    padded[:, 1:-1, 1:-1, :channels] = images
    padded[:, 1:-1, 1:-1, channels] = 1
    limits = np.float32([height, width])
    inside = np.clip(sources + 1, 0, limits + np.float32(0.999))
    low = inside.astype(np.int32)
    share = (inside - low.astype(np.float32))[..., np.newaxis]
    row_stride = width + 2
    start = (np.arange(count) * (height + 2) * row_stride)[:, np.newaxis]
    flat = padded.reshape(-1, channels + 1)
    first = start + low[..., 0] * row_stride + low[..., 1]
    down, right = share[..., 0, :], share[..., 1, :]
    upper = flat[first] * (1 - right) + flat[first + 1] * right
    lower = flat[first + row_stride] * (1 - right) + flat[first + row_stride + 1] * right
    sampled = (upper * (1 - down) + lower * down).reshape(count, height, width, channels + 1)
    return sampled[..., :channels], sampled[..., channels:]


def backgrounds(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Something to stand before: a plain colour, a slope of two, rough noise, or what the image
    itself has, blurred, as often as those together."""
    count = len(images)
    kinds = rng.integers(0, 6, count)
    behind = np.empty_like(images)
    behind[kinds == 0] = rng.random((np.sum(kinds == 0), 1, 1, 3), np.float32)
    behind[kinds == 1] = slopes(images[kinds == 1], rng)
    behind[kinds == 2] = rough(images[kinds == 2], rng)
    behind[kinds >= 3] = blurred(blurred(images[kinds >= 3]))
    return behind


def slopes(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """From one colour to another in a straight line, of the shape of `images`."""
    count, height, width, _ = images.shape
    start, end = rng.random((2, count, 1, 1, 3), np.float32)
    angle = rng.uniform(0, 2 * np.pi, (count, 1, 1)).astype(np.float32)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    along = np.cos(angle) * (rows / height - 0.5) + np.sin(angle) * (columns / width - 0.5)
    share = np.clip(along + 0.5, 0, 1)[..., np.newaxis]
    return start + (end - start) * share


def rough(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Noise in squares of 1, 2, 4 or 8 pixels about a colour, of the shape of `images`."""
    count, height, width, _ = images.shape
    noise = np.empty(images.shape, np.float32)
    grains = rng.choice((1, 2, 4, 8), count)
    for grain in (1, 2, 4, 8):
        own = np.flatnonzero(grains == grain)
        cells = rng.random((len(own), -(-height // grain), -(-width // grain), 3), np.float32)
        large = cells.repeat(grain, axis=1).repeat(grain, axis=2)
        noise[own] = large[:, :height, :width]
    colour = rng.random((count, 1, 1, 3), np.float32)
    strength = rng.random((count, 1, 1, 1), np.float32)
    return colour + (noise - colour) * strength


def lit(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Brighter or darker, flatter or harsher, paler or more coloured, within [0, 1]."""
    shape = (len(images), 1, 1, 1)
    light = rng.uniform(-0.15, 0.15, shape).astype(np.float32)
    contrast, colour = rng.uniform(0.65, 1.35, (2, *shape)).astype(np.float32)
    grey = images.mean(axis=-1, keepdims=True)
    images = grey + (images - grey) * colour
    mean = images.mean(axis=(1, 2), keepdims=True)
    return np.clip(mean + (images - mean) * contrast + light, 0, 1)


def blurred(images: np.ndarray) -> np.ndarray:
    """Each pixel the weighted mean of 3 x 3, with 1, 2, 1 each way."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    rows = (padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]) / 4
    return (rows[:, :, :-2] + 2 * rows[:, :, 1:-1] + rows[:, :, 2:]) / 4


def compressed(images: np.ndarray, qualities: np.ndarray) -> np.ndarray:
    """Each image through JPEG and back, with a quality from 1 to 95."""
    from PIL import Image

    bytes_of = np.rint(images * 255).astype(np.uint8)
    result = np.empty_like(images)
    for index, (image, quality) in enumerate(zip(bytes_of, qualities, strict=True)):
        file = io.BytesIO()
        Image.fromarray(image).save(file, "JPEG", quality=int(quality))
        result[index] = np.asarray(Image.open(file), np.float32) / 255
    return result


def nothing_known(photos: np.ndarray, digits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """An image that shows none of the classes in place of each of `photos`.

    In equal shares: plain colours and slopes, noise, a photo's squares in another order, a photo's
    frequencies with other phases, and digits, (count, 28, 28, 1), in two colours.
    """
    kinds = rng.integers(0, 5, len(photos))
    makers = (
        slopes,
        rough,
        _shuffled,
        _other_phases,
        lambda images, rng: _coloured(digits[rng.integers(0, len(digits), len(images))], rng),
    )
    made = np.empty_like(photos)
    for kind, make in enumerate(makers):
        made[kinds == kind] = make(photos[kinds == kind], rng)
    return made


def _shuffled(photos: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each photo's squares of a quarter of its side in another order."""
    count, height, _, channels = photos.shape
    side = height // 4
    squares = photos.reshape(count, 4, side, 4, side, channels).swapaxes(2, 3)
    squares = squares.reshape(count, 16, side, side, channels)
    order = rng.permuted(np.tile(np.arange(16), (count, 1)), axis=1)
    squares = np.take_along_axis(squares, order[:, :, np.newaxis, np.newaxis, np.newaxis], axis=1)
    squares = squares.reshape(count, 4, 4, side, side, channels).swapaxes(2, 3)
    return squares.reshape(photos.shape)


def _other_phases(photos: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As much of each frequency as the photo has, at random places: texture without a thing."""
    spectrum = np.fft.rfft2(photos, axes=(1, 2))
    _, height, width, _ = photos.shape
    noise = rng.random((len(photos), height, width, 1), np.float32)
    phases = np.angle(np.fft.rfft2(noise, axes=(1, 2)))
    phases[:, 0, 0] = 0
    turned = np.abs(spectrum) * np.exp(1j * (phases + np.angle(spectrum)))
    turned[:, 0, 0] = spectrum[:, 0, 0]  # the mean colour stays
    return np.clip(np.fft.irfft2(turned, (height, width), axes=(1, 2)), 0, 1).astype(np.float32)


def _coloured(digits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Digits (count, 28, 28, 1) in the middle of 32 x 32, ink and paper each of a colour."""
    ink = np.pad(digits, ((0, 0), (2, 2), (2, 2), (0, 0)))
    first, second = rng.random((2, len(digits), 1, 1, 3), np.float32)
    return first + (second - first) * ink
