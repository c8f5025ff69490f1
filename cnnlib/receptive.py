"""What each cell of a network's layers sees of the image, layer by layer.

Formulas: A. Araujo, W. Norris and J. Sim, "Computing Receptive Fields of Convolutional Neural
Networks", Distill 2019, equations 2 (size) and 4 (start).
"""

from __future__ import annotations

from dataclasses import dataclass

from cnnlib.layers import ConvLayer, GlobalAveragePoolLayer, PoolLayer
from cnnlib.shapes import axis_padding
from cnnlib.spec import LayerShape, NetworkSpec


@dataclass(frozen=True)
class Axis:
    """Along one axis, cell n sees `size` pixels from `first` + n * `step` on.

    `first` is negative where padding lets the first cell reach beyond the image.
    """

    first: int = 0
    step: int = 1
    size: int = 1

    def after(self, kernel: int, stride: int, before: int) -> Axis:
        """The same one layer on, where a window of `kernel` cells moves by `stride` over cells
        with `before` zeros in front of them.

        >>> Axis().after(kernel=3, stride=1, before=1).after(kernel=2, stride=2, before=0)
        Axis(first=-1, step=2, size=4)
        """
        return Axis(
            self.first - before * self.step,
            self.step * stride,
            self.size + (kernel - 1) * self.step,
        )


@dataclass(frozen=True)
class LayerWindow:
    """What a layer slides over its input: a square of `kernel` cells a side, `stride` cells on.

    `before` is the number of zeros (above, to the left of) the input.
    """

    kernel: int
    stride: int
    before: tuple[int, int]

    def after(self, rows: Axis, columns: Axis) -> tuple[Axis, Axis]:
        """What the layer's cells see, if those of its input see `rows` and `columns`."""
        return tuple(
            axis.after(self.kernel, self.stride, zeros)
            for axis, zeros in zip((rows, columns), self.before, strict=True)
        )


def window_of(step: LayerShape) -> LayerWindow | None:
    """The window of a layer; None if it has none.

    Maps are squares in every network of ours; a global average pooling's window is the whole map,
    and of another map the height counts for both axes.
    """
    layer = step.layer
    match layer:
        case ConvLayer():
            kernel = layer.kernel_size
        case PoolLayer():
            kernel = layer.size
        case GlobalAveragePoolLayer():
            return LayerWindow(step.input_shape[0], 1, (0, 0))
        case _:
            return None
    before = tuple(
        axis_padding(layer.padding, axis, size, kernel, layer.stride)[0]
        for axis, size in enumerate(step.input_shape[:2])
    )
    return LayerWindow(kernel, layer.stride, before)


@dataclass(frozen=True)
class Field:
    """What the cells of one layer see.

    Attributes:
        step: the layer, its place and its shapes.
        window: what the layer slides over its input.
        rows: what its cells see along the height of the image; `columns`: along its width.
        image_size: height and width of the image.
    """

    step: LayerShape
    window: LayerWindow
    rows: Axis
    columns: Axis
    image_size: tuple[int, int]

    @property
    def side(self) -> int:
        """Rows, and columns, of the image that one of the cells depends on."""
        return self.rows.size

    @property
    def jump(self) -> int:
        """Image rows from one cell's square to the next one's."""
        return self.rows.step

    @property
    def start(self) -> tuple[int, int]:
        """The image row and column that the first cell's square starts in; may be negative."""
        return self.rows.first, self.columns.first

    def square(self, row: int, column: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """((first row, last row), (first column, last column)) of a cell's square, unclipped."""
        return tuple(
            (first := axis.first + at * axis.step, first + axis.size - 1)
            for axis, at in ((self.rows, row), (self.columns, column))
        )

    def seen(self, row: int, column: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """The same, cut off where the image ends: what lies beyond is padding."""
        return tuple(
            (max(first, 0), min(last, size - 1))
            for (first, last), size in zip(self.square(row, column), self.image_size, strict=True)
        )


def receptive_fields(spec: NetworkSpec) -> tuple[Field, ...]:
    """The layers that look at windows, in order; layers that work cell by cell are left out.

    The last may be a global average pooling.

    >>> from cnnlib.presets import article_basic
    >>> [(field.side, field.jump) for field in receptive_fields(article_basic())]
    [(3, 1), (5, 1), (6, 2), (10, 2), (14, 2), (16, 4)]
    """
    fields: list[Field] = []
    axes = (Axis(), Axis())
    for step in spec.trace():
        window = window_of(step)
        if window is not None:
            axes = window.after(*axes)
            fields.append(Field(step, window, *axes, spec.input_shape[:2]))
    return tuple(fields)


def growth_sum(fields: tuple[Field, ...], index: int) -> str:
    """How the side of a layer's squares comes about, from the layer before.

    >>> from cnnlib.presets import article_basic
    >>> growth_sum(receptive_fields(article_basic()), 3)
    '6 + (3 − 1) × 2 = 10'
    """
    before, field = fields[index - 1].rows if index else Axis(), fields[index]
    return f"{before.size} + ({field.window.kernel} − 1) × {before.step} = {field.side}"
