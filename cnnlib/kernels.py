"""The teaching kernels: small filters with a name, a source and a thing they look for.

All are written for cross-correlation, as Keras computes it: a kernel is laid on the image as it is
printed here, without turning it around. The weights are single-channel, (height, width) float32.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb
from types import MappingProxyType

import numpy as np

LARGEST_SIZE = 11

_SETOSA = 'V. Powell, "Image Kernels Explained Visually", setosa.io/ev/image-kernels'
_GONZALEZ = 'R. C. Gonzalez and R. E. Woods, "Digital Image Processing"'
_SOBEL = 'I. Sobel and G. Feldman, "A 3x3 Isotropic Gradient Operator for Image Processing" (1968)'
_PREWITT = (
    'J. M. S. Prewitt, "Object Enhancement and Extraction", '
    "in Picture Processing and Psychopictorics (1970)"
)
_BINOMIAL = (
    "the binomial row (1, 2, 1) against itself; "
    'B. Jähne, "Digital Image Processing", chapter "Averaging"'
)


class KernelError(ValueError):
    """A kernel name or size that does not exist; the message says which do."""


@dataclass(frozen=True, eq=False)
class Kernel:
    """One named filter.

    Attributes:
        name: the key in `KERNELS`, such as "sobel_x".
        title: the name to show, such as "Sobel, left to right".
        weights: (height, width) float32, read-only.
        source: where the numbers come from.
        looks_for: what makes the answer large, in one sentence.
        bias: added to every sum.
    """

    name: str
    title: str
    weights: np.ndarray
    source: str
    looks_for: str
    bias: float = 0.0


def _kernel(
    name: str,
    title: str,
    rows: Sequence[Sequence[float]],
    *,
    divisor: float = 1.0,
    source: str,
    looks_for: str,
) -> Kernel:
    weights = (np.array(rows, dtype=np.float64) / divisor).astype(np.float32)
    weights.setflags(write=False)
    return Kernel(name, title, weights, source, looks_for)


IDENTITY = _kernel(
    "identity",
    "Identity",
    [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    source="the definition of a filter that changes nothing",
    looks_for="Nothing: every pixel comes out as it went in.",
)
BOX_BLUR = _kernel(
    "box_blur",
    "Box blur",
    [[1, 1, 1], [1, 1, 1], [1, 1, 1]],
    divisor=9,
    source=f"{_GONZALEZ}, chapter 3, spatial filtering",
    looks_for="The average of the neighbourhood: all pixels count the same.",
)
GAUSSIAN_BLUR = _kernel(
    "gaussian_blur",
    "Gaussian blur",
    [[1, 2, 1], [2, 4, 2], [1, 2, 1]],
    divisor=16,
    source=_BINOMIAL,
    looks_for="The average of the neighbourhood: near pixels count more than far ones.",
)
SHARPEN = _kernel(
    "sharpen",
    "Sharpen",
    [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    source=_SETOSA,
    looks_for="Pixels that differ from their neighbours: the difference is added to the pixel.",
)
SOBEL_X = _kernel(
    "sobel_x",
    "Sobel, left to right",
    [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    source=_SOBEL,
    looks_for="Upright edges: positive where the right side is brighter, negative where it is "
    "darker.",
)
SOBEL_Y = _kernel(
    "sobel_y",
    "Sobel, top to bottom",
    [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    source=_SOBEL,
    looks_for="Level edges: positive where the lower side is brighter, negative where it is "
    "darker.",
)
PREWITT_X = _kernel(
    "prewitt_x",
    "Prewitt, left to right",
    [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
    source=_PREWITT,
    looks_for="Upright edges, as Sobel does, with all three rows counting the same.",
)
PREWITT_Y = _kernel(
    "prewitt_y",
    "Prewitt, top to bottom",
    [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
    source=_PREWITT,
    looks_for="Level edges, as Sobel does, with all three columns counting the same.",
)
LAPLACIAN = _kernel(
    "laplacian",
    "Laplacian",
    [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    source=f"{_GONZALEZ}, chapter 3, spatial filtering",
    looks_for="Pixels darker than their four neighbours; negative where they are brighter.",
)
EMBOSS = _kernel(
    "emboss",
    "Emboss",
    [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
    source=_SETOSA,
    looks_for="Brightness that grows towards the lower right, added to the picture: it looks "
    "carved and lit from one corner.",
)
OUTLINE = _kernel(
    "outline",
    "Outline",
    [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    source=_SETOSA,
    looks_for="Pixels that differ from all eight neighbours; even areas come out as zero.",
)

KERNELS: Mapping[str, Kernel] = MappingProxyType(
    {
        kernel.name: kernel
        for kernel in (
            IDENTITY,
            BOX_BLUR,
            GAUSSIAN_BLUR,
            SHARPEN,
            SOBEL_X,
            SOBEL_Y,
            PREWITT_X,
            PREWITT_Y,
            LAPLACIAN,
            EMBOSS,
            OUTLINE,
        )
    }
)


def kernel_of_size(name: str, size: int) -> np.ndarray:
    """The weights of the named kernel on `size` x `size` cells, float32, read-only.

    - "box_blur" is 1 / size² everywhere.
    - "gaussian_blur" is the binomial row of `size` numbers against itself, which sums to 1.
    - "identity" is 1 in the middle and 0 elsewhere.
    - Every other kernel is its 3 x 3 self with zeros around it, so its answer does not change;
      it has no smaller form.

    The middle of an even size is the upper left one of its four, (size - 1) // 2: with that, and
    "same" padding as in Keras, the identity gives back the image.

    Raises KernelError for a name that is not in `KERNELS`, a size that is not a whole number from
    1 to 11, and a size below 3 where the kernel has no smaller form.

    >>> kernel_of_size("gaussian_blur", 2).tolist()
    [[0.25, 0.25], [0.25, 0.25]]
    >>> kernel_of_size("sobel_x", 4)[:3, :3].tolist() == SOBEL_X.weights.tolist()
    True
    """
    if name not in KERNELS:
        raise KernelError(f"There is no kernel named {name!r}; choose one of {', '.join(KERNELS)}.")
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= LARGEST_SIZE:
        raise KernelError(
            f"The size of a kernel must be a whole number from 1 to {LARGEST_SIZE}; it is {size!r}."
        )
    weights = _weights_of_size(KERNELS[name], size)
    weights.setflags(write=False)
    return weights


def _weights_of_size(kernel: Kernel, size: int) -> np.ndarray:
    if kernel is BOX_BLUR:
        return np.full((size, size), 1 / size**2, dtype=np.float32)
    if kernel is GAUSSIAN_BLUR:
        row = np.array([comb(size - 1, k) for k in range(size)], dtype=np.float64)
        return (np.outer(row, row) / 4.0 ** (size - 1)).astype(np.float32)
    middle = (size - 1) // 2
    weights = np.zeros((size, size), dtype=np.float32)
    if kernel is IDENTITY:
        weights[middle, middle] = 1
        return weights
    if size < 3:
        raise KernelError(
            f"{kernel.title} compares a pixel with its neighbours and needs at least 3 x 3 "
            f"cells; the size is {size}."
        )
    weights[middle - 1 : middle + 2, middle - 1 : middle + 2] = kernel.weights
    return weights
