"""Integer arithmetic of convolutional networks: output sizes, parameters, multiply-adds.

Formulas: V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning" (2016),
relationships 6 and 14, arXiv:1603.07285. "same" and "valid" follow Keras.
"""

from __future__ import annotations

Padding = int | str | tuple[tuple[int, int], tuple[int, int]]


class ShapeError(ValueError):
    """A size that no layer can work with; the message says what to change."""


def same_padding(size: int, kernel: int, stride: int = 1, dilation: int = 1) -> tuple[int, int]:
    """Zeros that "same" adds before and after one axis of `size` cells.

    As in Keras: the output has ceil(size / stride) cells, and an odd zero goes to the end.

    >>> same_padding(32, kernel=3)
    (1, 1)
    >>> same_padding(32, kernel=2)
    (0, 1)
    """
    reach = dilation * (kernel - 1) + 1
    total = max((-(-size // stride) - 1) * stride + reach - size, 0)
    return total // 2, total - total // 2


def axis_padding(
    padding: Padding, axis: int, size: int, kernel: int, stride: int = 1, dilation: int = 1
) -> tuple[int, int]:
    """Zeros before and after one axis (0 is height, 1 is width) for any way to write `padding`.

    >>> axis_padding("valid", 0, size=32, kernel=3), axis_padding(2, 1, size=32, kernel=3)
    ((0, 0), (2, 2))
    """
    if padding == "valid":
        return 0, 0
    if padding == "same":
        return same_padding(size, kernel, stride, dilation)
    if _is_count(padding):
        return padding, padding
    if isinstance(padding, (tuple, list)) and len(padding) == 2:
        pair = padding[axis]
        if isinstance(pair, (tuple, list)) and len(pair) == 2 and all(map(_is_count, pair)):
            return pair[0], pair[1]
    raise ShapeError(
        "padding must be a whole number from 0, 'same', 'valid' or ((top, bottom), (left, right)); "
        f"it is {padding!r}."
    )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def output_size(
    size: int,
    kernel: int,
    *,
    stride: int = 1,
    padding: Padding = "valid",
    dilation: int = 1,
    axis: int = 0,
) -> int:
    """Cells along one axis after a kernel of `kernel` cells has slid over `size` cells.

    `axis` (0 is height, 1 is width) chooses from a `padding` that differs between the two. Raises
    ShapeError when the kernel does not fit even once.

    >>> output_size(32, kernel=3)
    30
    >>> output_size(7, kernel=3, stride=2, padding="same")
    4
    """
    for name, value in (("size", size), ("kernel", kernel), ("stride", stride)):
        if value < 1:
            raise ShapeError(f"{name} must be at least 1; it is {value}.")
    if dilation < 1:
        raise ShapeError(f"dilation must be at least 1; it is {dilation}.")
    before, after = axis_padding(padding, axis, size, kernel, stride, dilation)
    reach = dilation * (kernel - 1) + 1
    room = size + before + after - reach
    if room < 0:
        raise ShapeError(
            f"a kernel that reaches over {reach} cells does not fit into "
            f"{size + before + after} cells (padding included)."
        )
    return room // stride + 1


def unused_cells(
    size: int,
    kernel: int,
    *,
    stride: int = 1,
    padding: Padding = "valid",
    dilation: int = 1,
    axis: int = 0,
) -> int:
    """Cells at the end of an axis (padding included) that no window reaches.

    >>> unused_cells(32, kernel=3, stride=2)
    1
    """
    window = {"stride": stride, "padding": padding, "dilation": dilation}
    windows = output_size(size, kernel, **window, axis=axis)
    before, after = axis_padding(axis=axis, size=size, kernel=kernel, **window)
    return size + before + after - ((windows - 1) * stride + dilation * (kernel - 1) + 1)


def conv_parameters(kernel_size: int, channels: int, filters: int, *, bias: bool = True) -> int:
    """Weights of a convolution layer: one kernel_size x kernel_size x channels kernel a filter.

    >>> conv_parameters(3, channels=3, filters=32)
    896
    """
    return (kernel_size * kernel_size * channels + bias) * filters


def conv_multiply_adds(kernel_size: int, channels: int, output_shape: tuple[int, int, int]) -> int:
    """Multiplications with one addition each, for one image; biases are not counted.

    >>> conv_multiply_adds(3, channels=3, output_shape=(30, 30, 32))
    777600
    """
    height, width, filters = output_shape
    return kernel_size * kernel_size * channels * height * width * filters


def dense_parameters(inputs: int, units: int, *, bias: bool = True) -> int:
    """Weights of a dense layer.

    >>> dense_parameters(1600, units=256)
    409856
    """
    return (inputs + bias) * units


def receptive_field(kernels_and_strides: list[tuple[int, int]]) -> tuple[int, int]:
    """Side of the input square that one output cell sees, and the step between two such squares.

    `kernels_and_strides` lists (kernel, stride) from the first layer on. Formula: A. Araujo,
    W. Norris and J. Sim, "Computing Receptive Fields of Convolutional Neural Networks",
    Distill 2019, equation 2.

    >>> receptive_field([(3, 1), (3, 1), (2, 2), (3, 1)])
    (10, 2)
    """
    field, jump = 1, 1
    for kernel, stride in kernels_and_strides:
        field += (kernel - 1) * jump
        jump *= stride
    return field, jump
