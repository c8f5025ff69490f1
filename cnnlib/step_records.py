"""A step of a training, laid open, as a file and back."""

from __future__ import annotations

import dataclasses
import typing

import numpy as np

from cnnlib.events import StepDetail
from cnnlib.records import RunError, arrays_from_bytes, arrays_to_bytes

_TYPES = typing.get_type_hints(StepDetail)
# Which axes have to be of one length: of the batch, of the classes, of the layers, of the kernel.
_SHAPES = {
    "indices": ("images",),
    "labels": ("images",),
    "probabilities": ("images", "classes"),
    "gradient_norms": ("layers",),
    "weight_norms": ("layers",),
}
_KERNELS = ("before", "gradient", "after")


def step_to_bytes(detail: StepDetail) -> bytes:
    """A step as npz."""
    return arrays_to_bytes({name: np.asarray(value) for name, value in vars(detail).items()})


def step_from_bytes(data: bytes) -> StepDetail:
    """Read what `step_to_bytes` wrote; RunError for anything else. Never unpickles."""
    arrays = arrays_from_bytes(data, "last step")
    names = [field.name for field in dataclasses.fields(StepDetail)]
    if set(arrays) != set(names):
        raise RunError("a run's last step is damaged: it is not of this version.")
    lengths: dict[str, int] = {}
    for name in names:
        array = arrays[name]
        if _TYPES[name] is np.ndarray:
            axes = _SHAPES.get(name, ())
            whole = array.ndim in (1, 3) if name in _KERNELS else array.ndim == len(axes)
            whole &= all(lengths.setdefault(a, n) == n for a, n in zip(axes, array.shape))  # noqa: B905
        else:
            whole = array.shape == ()
        kinds = "iu" if name in ("indices", "labels") or _TYPES[name] is int else "f"
        if not whole or array.dtype.kind not in kinds:
            raise RunError(f"a run's last step is damaged: its {name} cannot be.")
    if len({arrays[name].shape for name in _KERNELS}) != 1:
        raise RunError("a run's last step is damaged: its kernels are of several sizes.")
    return StepDetail(
        **{
            name: array if _TYPES[name] is np.ndarray else _TYPES[name](array)
            for name, array in arrays.items()
        }
    )
