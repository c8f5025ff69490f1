"""A network as an .npz file, and back, without trusting the file.

An .npz file is a zip of .npy arrays. Ours holds `spec` (the NetworkSpec as JSON text) and, for each
weight, `layer/name`: "0/kernel" is the first layer's kernel. Reading never unpickles, believes no
size it has not checked against the spec, and raises NetworkError for anything that is not right.
"""

from __future__ import annotations

import io
import math
import os
import struct
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

from cnnlib.fields import MAX_JSON_CHARACTERS
from cnnlib.spec import NetworkSpec, SpecError
from cnnlib.storage import Folder

Weights = tuple[dict[str, np.ndarray], ...]
Target = str | os.PathLike | BinaryIO

MAX_FILE_BYTES = 200_000_000
MAX_PARAMETERS = MAX_FILE_BYTES // 4
HEADER_BYTES = 1024  # NumPy writes 128 for arrays like ours
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
TYPES = {"float32": np.dtype("<f4"), "float16": np.dtype("<f2")}

# All that zipfile, zlib and NumPy's reader of .npy headers are known to raise for damaged files.
_DAMAGE = (
    *(ValueError, KeyError, TypeError, IndexError, EOFError, OverflowError, SyntaxError),
    *(RecursionError, MemoryError, NotImplementedError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error, struct.error, tokenize.TokenError),
)


class NetworkError(ValueError):
    """Weights or images that do not fit a network, or a file that is none; a sentence."""


def write(target: Target, spec: NetworkSpec, weights: Weights, dtype: str = "float32") -> None:
    """Save to a path, whole or not at all, or to an open binary file."""
    if dtype not in TYPES:
        raise NetworkError(f"weights are saved as float32 or float16, not as {dtype!r:.40}.")
    arrays = {}
    for index, layer in enumerate(weights):
        for name, array in layer.items():
            arrays[f"{index}/{name}"] = _converted(array, TYPES[dtype], f"{index}/{name}")
    buffer = io.BytesIO()
    np.savez(buffer, spec=np.array(spec.to_json()), **arrays)
    if hasattr(target, "write"):
        target.write(buffer.getvalue())
        return
    path = Path(target)
    Folder(path.parent).write(path.name, buffer.getvalue())


def _converted(array: np.ndarray, dtype: np.dtype, name: str) -> np.ndarray:
    with np.errstate(over="ignore"):
        converted = array.astype(dtype)
    if not np.array_equal(np.isfinite(converted), np.isfinite(array)):
        raise NetworkError(f"{name} has numbers too large for {dtype.name}; save it as float32.")
    return converted


def read(source: Target, *, allow_non_finite: bool = False) -> tuple[NetworkSpec, Weights]:
    """The spec and the float32 weights in a file, or NetworkError."""
    try:
        data = _contents(source)
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            sizes = _declared_sizes(file)
            spec = _read_spec(file, sizes)
            expected = {
                f"{step.index}/{name}": shape
                for step in spec.trace()
                for name, shape in step.layer.weight_shapes(step.input_shape).items()
            }
            _check_names(set(sizes), {"spec", *expected})
            arrays = {
                name: _read_array(file, sizes, name, shape, allow_non_finite)
                for name, shape in expected.items()
            }
    except NetworkError:
        raise
    except SpecError as error:
        raise NetworkError(f"the network in this file cannot be built: {error}") from None
    except OSError as error:
        raise NetworkError(
            f"this network cannot be read: {error.strerror or str(error)[:120]}."
        ) from None
    except _DAMAGE as error:
        raise NetworkError(
            f"this is not a network file, or a damaged one ({type(error).__name__})."
        ) from None
    weights = tuple(
        {
            name: arrays[f"{step.index}/{name}"]
            for name in step.layer.weight_shapes(step.input_shape)
        }
        for step in spec.trace()
    )
    return spec, weights


def _contents(source: Target) -> bytes:
    if not hasattr(source, "read"):
        path = Path(source)
        return Folder(path.parent).read(path.name, MAX_FILE_BYTES)
    data = source.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise NetworkError(f"a network file may have {MAX_FILE_BYTES:,} bytes; this one has more.")
    return data


def _declared_sizes(file: zipfile.ZipFile) -> dict[str, int]:
    """Unpacked bytes of each array by name, as the zip's directory says."""
    entries = file.infolist()
    sizes = {entry.filename.removesuffix(".npy"): entry.file_size for entry in entries}
    if len(sizes) != len(entries) or not all(x.filename.endswith(".npy") for x in entries):
        raise NetworkError("a network file holds .npy arrays only, each once; this one does not.")
    # Of other packings zipfile unpacks all that is there before it looks at how much was asked for.
    if any(entry.compress_type not in _PACKINGS for entry in entries):
        raise NetworkError(
            "the arrays of a network file are stored as they are or deflated, as NumPy does it; in "
            "this file some are packed in another way."
        )
    if sum(sizes.values()) > MAX_FILE_BYTES:
        raise NetworkError(
            f"the arrays of a network may have {MAX_FILE_BYTES:,} bytes; this file's have "
            f"{sum(sizes.values()):,}."
        )
    return sizes


def _check_names(found: set[str], expected: set[str]) -> None:
    if missing := sorted(expected - found):
        raise NetworkError(f"this file has no {missing[0]}, which its network needs.")
    if unknown := sorted(found - expected):
        raise NetworkError(f"this file holds {unknown[0]!r:.60}, which its network has no use for.")


def _read_spec(file: zipfile.ZipFile, sizes: dict[str, int]) -> NetworkSpec:
    if "spec" not in sizes:
        raise NetworkError("this file has no spec, so it is not a network file of this app.")
    if sizes["spec"] > 4 * MAX_JSON_CHARACTERS + HEADER_BYTES:
        raise NetworkError(f"the spec in this file has {sizes['spec']:,} bytes, which is too many.")
    shape, _, dtype, values = _parsed(file, "spec")
    if shape != () or dtype.kind != "U" or dtype.itemsize != len(values):
        raise NetworkError("the spec in this file is not a text.")
    spec = NetworkSpec.from_json(str(np.frombuffer(values, dtype)[0]))
    if spec.parameters > MAX_PARAMETERS:
        raise NetworkError(
            f"a network may have {MAX_PARAMETERS:,} parameters; this one has {spec.parameters:,}."
        )
    return spec


def _read_array(
    file: zipfile.ZipFile,
    sizes: dict[str, int],
    name: str,
    expected: tuple[int, ...],
    allow_non_finite: bool,
) -> np.ndarray:
    count = math.prod(expected)
    if sizes[name] > 4 * count + HEADER_BYTES:
        raise NetworkError(f"{name} in this file is larger than its network needs.")
    shape, fortran_order, dtype, values = _parsed(file, name)
    if shape != expected or dtype not in TYPES.values():
        raise NetworkError(
            f"{name} must be float32 or float16 of shape {expected}; in this file it is {dtype} "
            f"of shape {shape!r:.60}."
        )
    if len(values) != count * dtype.itemsize:
        raise NetworkError(f"{name} in this file is cut off or too long.")
    flat = np.frombuffer(values, dtype).astype(np.float32)
    if not allow_non_finite and not np.isfinite(flat).all():
        raise NetworkError(f"{name} in this file holds numbers that are not finite.")
    return np.ascontiguousarray(flat.reshape(shape, order="F" if fortran_order else "C"))


def _parsed(file: zipfile.ZipFile, name: str) -> tuple[tuple[int, ...], bool, np.dtype, memoryview]:
    """Shape, Fortran order, type and bytes of a .npy array; its size has been checked before."""
    with file.open(f"{name}.npy") as entry:
        # Asked for no number, zipfile unpacks all there is, and then cuts it to what was declared.
        content = io.BytesIO(entry.read(file.getinfo(f"{name}.npy").file_size))
    if np.lib.format.read_magic(content) != (1, 0):
        raise NetworkError(f"{name} in this file is not in version 1 of the .npy format.")
    shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(content)
    return shape, fortran_order, dtype, content.getbuffer()[content.tell() :]
