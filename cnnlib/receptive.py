"""What each cell of a network's layers sees of the image, layer by layer.

Formulas: A. Araujo, W. Norris and J. Sim, "Computing Receptive Fields of Convolutional Neural
Networks", Distill 2019, equations 2 (size) and 4 (start).
"""

from __future__ import annotations

from dataclasses import dataclass

from cnnlib.layers import ConvLayer, GlobalAveragePoolLayer, Layer, PoolLayer
from cnnlib.shapes import axis_padding
from cnnlib.spec import LayerShape, NetworkSpec


@dataclass(frozen=True)
class Field:
    """What the cells of one layer see.

    Attributes:
        step: the layer, its place and its shapes.
        kernel: rows and columns of its window; `stride`: from one window to the next.
        side: rows, and columns, of the image that one of its cells depends on.
        jump: image rows from one cell's square to the next one's.
        start: the image row that the first cell's square starts in; negative in the padding.
        image_size: height and width of the image.
    """

    step: LayerShape
    kernel: int
    stride: int
    side: int
    jump: int
    start: tuple[int, int]
    image_size: tuple[int, int]

    def square(self, row: int, column: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """((first row, last row), (first column, last column)) of a cell's square, unclipped."""
        return tuple(
            (first := start + at * self.jump, first + self.side - 1)
            for start, at in zip(self.start, (row, column), strict=True)
        )

    def seen(self, row: int, column: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """The same, cut off where the image ends: what lies beyond is padding."""
        return tuple(
            (max(first, 0), min(last, size - 1))
            for (first, last), size in zip(self.square(row, column), self.image_size, strict=True)
        )


def receptive_fields(spec: NetworkSpec) -> tuple[Field, ...]:
    """The layers that look at windows, in order; layers that work cell by cell are left out.

    The last may be a global average pooling, whose window is the whole map. Maps are squares in
    every network of ours; of another, the height's window counts for both axes.

    >>> from cnnlib.presets import article_basic
    >>> [(field.side, field.jump) for field in receptive_fields(article_basic())]
    [(3, 1), (5, 1), (6, 2), (10, 2), (14, 2), (16, 4)]
    """
    fields: list[Field] = []
    side, jump, start = 1, 1, (0, 0)
    size = spec.input_shape[:2]
    for step in spec.trace():
        window = _window(step)
        if window is None:
            continue
        kernel, stride, before = window
        side += (kernel - 1) * jump
        start = tuple(at - pad * jump for at, pad in zip(start, before, strict=True))
        jump *= stride
        fields.append(Field(step, kernel, stride, side, jump, start, size))
    return tuple(fields)


def growth_sum(fields: tuple[Field, ...], index: int) -> str:
    """How the side of a layer's squares comes about, from the layer before.

    >>> from cnnlib.presets import article_basic
    >>> growth_sum(receptive_fields(article_basic()), 3)
    '6 + (3 − 1) × 2 = 10'
    """
    before = fields[index - 1] if index else None
    side, jump = (before.side, before.jump) if before else (1, 1)
    return f"{side} + ({fields[index].kernel} − 1) × {jump} = {fields[index].side}"


def _window(step: LayerShape) -> tuple[int, int, tuple[int, int]] | None:
    """(kernel, stride, (zeros above, zeros to the left)) of a layer; None if it has no window."""
    layer: Layer = step.layer
    match layer:
        case ConvLayer():
            kernel, padding = layer.kernel_size, layer.padding
        case PoolLayer():
            kernel, padding = layer.size, getattr(layer, "padding", "valid")
        case GlobalAveragePoolLayer():
            return step.input_shape[0], 1, (0, 0)
        case _:
            return None
    before = tuple(
        axis_padding(padding, axis, step.input_shape[axis], kernel, layer.stride)[0]
        for axis in (0, 1)
    )
    return kernel, layer.stride, before
