"""Three fast ways to one result, and the choice between them: the engine under `conv2d`.

Each computes, for every window, the sum of products with each kernel:

- `shifted_sums`: the image times one weight at a time, shifted and added up;
- `window_products`: the windows laid out as the rows of a matrix, then matrix products;
- `fourier_product`: the product of the spectra (the convolution theorem).

The arguments have been checked by `windows.conv_windows`. The crossovers in `choose` and
`choose_block` were measured on two cores of an AMD EPYC (1 MB second-level cache each);
`tests/benchmarks/bench_convolution.py --crossovers` measures them again.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cnnlib.threads import share
from cnnlib.windows import Windows, pad

# A tile of windows is copied, multiplied and forgotten while the second-level cache holds it.
TILE_BYTES = 384 * 1024
SUM_CELLS = 48 * 1024
# Time to copy a cell, or to multiply and add one in a pass, in multiply-adds of a matrix product.
COPY_COST = 20
PASS_COST = 10
FOURIER_COST = 200  # a cell of a transform


def correlate(
    images: np.ndarray,
    kernels: np.ndarray,
    bias: np.ndarray | None,
    windows: Windows,
    *,
    groups: int = 1,
) -> np.ndarray:
    """(batch, *windows.output, filters): every kernel's sum of products, plus its bias."""
    if groups == 1:
        batch, channels, filters = len(images), images.shape[3], kernels.shape[3]
        if batch == 0:
            return np.empty((0, *windows.output, filters), images.dtype)
        return METHODS[choose(windows, channels, filters)](images, kernels, bias, windows)
    channels, filters = kernels.shape[2], kernels.shape[3] // groups
    out = np.empty((len(images), *windows.output, groups * filters), images.dtype)
    for group in range(groups):
        seen = slice(group * channels, (group + 1) * channels)
        made = slice(group * filters, (group + 1) * filters)
        its_bias = None if bias is None else bias[made]
        out[..., made] = correlate(images[..., seen], kernels[..., made], its_bias, windows)
    return out


def choose(windows: Windows, channels: int, filters: int) -> str:
    """The name in METHODS of the fastest way for these sizes.

    Measured on images of 64, 224 and 512 squared: passes win up to 4 x 4 weights, but with more
    than one channel or filter the matrix always does; spectra win from about 17 x 17 on.
    """
    single = channels == filters == 1
    if not single or windows.stride != (1, 1) or windows.dilation != (1, 1):
        return "window_products"
    weights = windows.size[0] * windows.size[1]
    if weights <= 16:
        return "shifted_sums"
    return "window_products" if weights < 300 else "fourier_product"


def shifted_sums(
    images: np.ndarray, kernels: np.ndarray, bias: np.ndarray | None, windows: Windows
) -> np.ndarray:
    """One channel, one filter, stride 1: a multiplication and an addition a weight, no copies.

    The image is read as one long row, in which a step down is a step of `width` cells: so every
    pass is contiguous. The sums whose window straddles two rows are computed too, and left out.
    """
    padded = pad(images, windows.padding)
    batch, _, width, _ = padded.shape
    rows, columns = windows.output
    shifts = [
        (row * windows.dilation[0] * width + column * windows.dilation[1], weight)
        for (row, column), weight in np.ndenumerate(kernels[:, :, 0, 0])
    ]
    out = np.empty((batch, rows, columns, 1), images.dtype)
    step = max(1, SUM_CELLS // width)

    def work(tiles: Iterator[tuple[int, int]]) -> None:
        sums = np.empty((min(step, rows), width), images.dtype)
        products = np.empty(sums.size, images.dtype)
        for image, row in tiles:
            high = min(step, rows - row)
            length = (high - 1) * width + columns
            total, product = sums.reshape(-1)[:length], products[:length]
            cells = padded[image].reshape(-1)[row * width :]
            for number, (shift, weight) in enumerate(shifts):
                np.multiply(cells[shift : shift + length], weight, out=product if number else total)
                if number:
                    np.add(total, product, out=total)
            target = out[image, row : row + high, :, 0]
            np.add(sums[:high, :columns], 0 if bias is None else bias[0], out=target)

    tiles = [(image, row) for image in range(batch) for row in range(0, rows, step)]
    share(work, tiles, out.size * len(shifts) * PASS_COST)
    return out


def window_products(
    images: np.ndarray,
    kernels: np.ndarray,
    bias: np.ndarray | None,
    windows: Windows,
    *,
    block: int | None = None,
) -> np.ndarray:
    """A matrix whose rows hold what `block` neighbouring windows see, times the kernels.

    With few filters or channels, plain rows (block 1) are mostly copying, and a narrow product.
    Neighbours share most of what they see, so a block copies less and multiplies more.
    """
    batch, channels, filters = len(images), images.shape[3], kernels.shape[3]
    rows, columns = windows.output
    block = block or choose_block(windows, channels, filters)
    matrix = WindowMatrix(images, windows, block)
    weights = _spread(kernels, block, windows.stride[1])
    out = np.empty((batch, rows, columns, filters), images.dtype)
    whole = matrix.blocks * block == columns
    biases = None if bias is None else np.tile(bias, columns)

    def work(tiles: Iterator[tuple[slice, slice]]) -> None:
        space = matrix.space()
        for tile in tiles:
            filled = matrix.fill(tile, space)
            target = out[tile].reshape(-1, columns * filters)
            if whole:
                np.matmul(filled, weights, out=target.reshape(len(filled), -1))
                if biases is not None:
                    target += biases
            else:
                # The last block reaches past the last window: leave that part out.
                sums = np.matmul(filled, weights).reshape(len(target), -1)[:, : columns * filters]
                np.add(sums, 0 if biases is None else biases, out=target)

    share(work, matrix.tiles, out.size * weights.shape[0] + matrix.cells * COPY_COST)
    return out


def choose_block(windows: Windows, channels: int, filters: int) -> int:
    """How many neighbouring windows one row of the matrix should hold.

    Measured with 1 to 32 channels and 1 to 64 filters of 3 x 3 and 5 x 5 on single images and
    batches: within a few per cent of the fastest of 1, 2, 3, 4, 6, 8 and 16 for most.
    """
    if windows.dilation[1] > 1 or windows.stride[1] >= windows.size[1]:
        return 1  # neighbours share nothing, or with gaps
    few = channels <= 3
    if filters <= 4:
        block = max(4, (16 if few else 8) // filters)
    elif filters <= 8:
        block = 4 if few else 2
    else:
        block = 2 if few or filters <= 16 else 1
    # A length near by that leaves no part of a block over is worth more than the best length.
    lengths = range(-(-block * 2 // 3), block * 3 // 2 + 1)
    whole = [length for length in lengths if windows.output[1] % length == 0]
    return min(whole, key=lambda length: abs(length - block), default=block)


class WindowMatrix:
    """The windows of a batch as the rows of a matrix that is only ever made tile by tile.

    A row holds the cells that `block` neighbouring windows see, ordered (row, column, channel).
    A tile is (images, output rows) as slices. Several threads may fill tiles, each in its `space`.
    """

    def __init__(self, images: np.ndarray, windows: Windows, block: int = 1):
        (rows, columns), (down, right) = windows.output, windows.stride
        (high, wide), (row_gap, column_gap) = windows.size, windows.dilation
        self.blocks = -(-columns // block)
        # Blocks need a stride's cells for each window they make up; the last may miss some.
        needed = (self.blocks * block - 1) * right + (wide - 1) * column_gap + 1
        (top, bottom), (left, after) = windows.padding
        missing = max(0, needed - (left + images.shape[2] + after))
        self.padded = pad(images, ((top, bottom), (left, after + missing)))
        batch, _, _, channels = images.shape

        seen = wide if block == 1 else (block - 1) * right + wide
        self.row_shape = (self.blocks, high, seen, channels)
        image_step, row_step, cell_step, channel_step = self.padded.strides
        self.strides = (
            *(image_step, down * row_step, block * right * cell_step),
            *(row_gap * row_step, column_gap * cell_step, channel_step),
        )
        self.down = down
        self.direct = windows.size == (1, 1) and windows.stride == (1, 1)
        self.cells = batch * rows * self.blocks * high * seen * channels
        row_bytes = self.cells // (batch * rows) * images.itemsize
        self.tile_rows = max(1, min(rows, TILE_BYTES // row_bytes))
        self.tile_images = max(1, min(batch, TILE_BYTES // (row_bytes * rows)))
        self.tiles = [
            (of_images, of_rows)
            for of_images in _slices(batch, self.tile_images)
            for of_rows in _slices(rows, self.tile_rows)
        ]

    def space(self) -> np.ndarray:
        """Work space for one thread."""
        return np.empty((self.tile_images, self.tile_rows, *self.row_shape), self.padded.dtype)

    def fill(self, tile: tuple[slice, slice], space: np.ndarray) -> np.ndarray:
        """The rows of the matrix for `tile`: (windows in the tile / block, cells they see)."""
        images, rows = tile
        if self.direct:
            return self.padded[tile].reshape(-1, self.padded.shape[3])
        shape = (images.stop - images.start, rows.stop - rows.start)
        seen = np.ndarray(
            (*shape, *self.row_shape),
            self.padded.dtype,
            self.padded,
            images.start * self.strides[0] + rows.start * self.strides[1],
            self.strides,
        )
        filled = space[: shape[0], : shape[1]]
        filled[...] = seen
        return filled.reshape(shape[0] * shape[1] * self.blocks, -1)


def _slices(count: int, length: int) -> list[slice]:
    return [slice(first, min(first + length, count)) for first in range(0, count, length)]


def _spread(kernels: np.ndarray, block: int, stride: int) -> np.ndarray:
    """Weights for rows of `block` windows: (cells, block * filters), with zeros between."""
    height, width, channels, filters = kernels.shape
    if block == 1:
        return kernels.reshape(-1, filters)
    seen = (block - 1) * stride + width
    spread = np.zeros((height, seen, channels, block, filters), kernels.dtype)
    for place in range(block):
        spread[:, place * stride : place * stride + width, :, place] = kernels
    return spread.reshape(-1, block * filters)


def fourier_product(
    images: np.ndarray, kernels: np.ndarray, bias: np.ndarray | None, windows: Windows
) -> np.ndarray:
    """One channel, one filter, stride 1: the time does not grow with the kernel.

    Errors are relative to the largest value of an image, not to each result. A value that is not
    finite would spoil the whole image, so then `window_products` is used.
    """
    if not np.isfinite(images).all():
        return window_products(images, kernels, bias, windows)
    padded = pad(images, windows.padding)[..., 0]
    batch, height, width = padded.shape
    rows, columns = windows.output
    size = (_smooth_size(height), _smooth_size(width))
    out = np.empty((batch, rows, columns, 1), images.dtype)
    # The conjugate turns convolution, which would flip the kernel, into cross-correlation.
    kernel = np.conj(_spectrum(kernels[:, :, 0, 0], size))

    def work(numbers: Iterator[int]) -> None:
        for image in numbers:
            spectrum = _spectrum(padded[image], size)
            spectrum *= kernel
            np.fft.ifft(spectrum, axis=0, out=spectrum)
            sums = np.fft.irfft(spectrum[:rows], size[1], axis=1)[:, :columns]
            np.add(sums, 0 if bias is None else bias[0], out=out[image, :, :, 0])

    share(work, range(batch), padded.size * FOURIER_COST)
    return out


def _spectrum(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """np.fft.rfft2(image, size), in place: half the memory traffic, and a third of the time."""
    spectrum = np.zeros((size[0], size[1] // 2 + 1), np.result_type(image, np.complex64))
    np.fft.rfft(image, size[1], axis=1, out=spectrum[: len(image)])
    return np.fft.fft(spectrum, axis=0, out=spectrum)


def _smooth_size(size: int) -> int:
    """The next size at or above `size` with no prime factor over 5, which is fast to transform."""
    while True:
        rest = size
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return size
        size += 1


METHODS = {
    "shifted_sums": shifted_sums,
    "window_products": window_products,
    "fourier_product": fourier_product,
}
