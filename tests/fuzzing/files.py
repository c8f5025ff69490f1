"""Networks, stories, specs, names and run ids as nobody should send them, by number.

Each target reads one kind of text or file from outside. `case(number)` is its file, the same for
the same number; `read` is all that the app does with one before it trusts it.
"""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from cnnlib import datasets, edits, filtering, network_text
from cnnlib.datasets import DatasetError
from cnnlib.edits import EditError
from cnnlib.events import BatchEvent, EpochEvent, RateEvent
from cnnlib.filtering import KernelError
from cnnlib.imports import ImportedFileError, read_story, read_weights
from cnnlib.network import Network
from cnnlib.presets import article_basic
from cnnlib.records import EpochRecord, RunError, from_bytes, state_from_bytes, to_bytes
from cnnlib.records import state_to_bytes as state_bytes
from cnnlib.runs import RunStore
from cnnlib.spec import (
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    FlattenLayer,
    NetworkSpec,
    RunSpec,
    SpecError,
    TrainingSpec,
)
from tests.fuzzing.mutations import STRANGE, damaged, strange_json

SPEC = RunSpec(
    NetworkSpec(
        (28, 28, 1), (ConvLayer(2), BatchNormLayer(), FlattenLayer(), DenseLayer(10, "softmax"))
    ),
    TrainingSpec(epochs=4, image_count=200, augmentation=("shift",)),
)
Case = tuple[str, bytes]


@dataclass(frozen=True)
class Target:
    """A door: what comes through it, what reads that, and what it may be refused with."""

    case: Callable[[int], Case]
    read: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...]


@cache
def network_file() -> bytes:
    """A sound `.npz` file of a network."""
    buffer = io.BytesIO()
    Network.initial(SPEC.network).save(buffer)
    return buffer.getvalue()


@cache
def story() -> dict[str, Any]:
    """What a sound `.json` file of a run says."""
    batches = tuple(BatchEvent(1, n, 3, 2.0 / n, n / 3, 500.0, float(n)) for n in (1, 2, 3))
    end = EpochEvent(1, 0.5, 0.5, 0.6, 0.4, 900.0, 3.0, (0.1,) * 10)
    record = EpochRecord(batches, end, changes=(RateEvent(1, 2, 0.002, 1.0),))
    return {
        "format": "cnn-made-easy run",
        "version": 1,
        "name": "Wide",
        "began_from": "",
        "spec": SPEC.to_dict(),
        "records": {"1": json.loads(to_bytes(record))},
    }


# Networks in .npz files


def network_case(number: int) -> Case:
    rng = np.random.default_rng((11, number))
    kind = int(rng.integers(5))
    if kind == 0:
        data, told = damaged(network_file(), rng, (network_file(),))
        return f"{number}: network, {told}", data
    entries = _entries()
    place = int(rng.integers(len(entries)))
    name, content = entries[place]
    if kind == 1:
        entries[place] = (name, _strange_array(rng))
        told = f"another {name}"
    elif kind == 2:
        entries[place] = (name, _strange_header(rng))
        told = f"another header of {name}"
    elif kind == 3:
        values = strange_json(SPEC.network.to_dict(), rng)
        entries[-1 if entries[-1][0] == "spec.npy" else 0] = ("spec.npy", _npy(_text_of(values)))
        told = "another spec"
    else:
        names = ("../../evil.npy", "/etc/evil.npy", "spec.npy", "", "0/kernel.npy/", "\0.npy")
        entries.insert(place, (str(rng.choice(names)), content))
        told = "another name"
    packing = int(rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, 14]))
    data = zipped(entries, packing)
    if rng.random() < 0.3:
        data, more = damaged(data, rng)
        told += f", {more}"
    return f"{number}: network, {told}", data


def _entries() -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(network_file())) as file:
        return [(name, file.read(name)) for name in file.namelist()]


def zipped(entries: list[tuple[str, bytes]], packing: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as file:
        known = set()
        for name, content in entries:
            if name not in known:  # zipfile warns of a second one, and writes it
                file.writestr(zipfile.ZipInfo(name), content, packing)
            known.add(name)
    return buffer.getvalue()


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def _text_of(values: Any) -> np.ndarray:
    text = json.dumps(values).encode("utf-8", "replace").decode("utf-8", "replace")
    return np.array(text)


def _strange_array(rng: np.random.Generator) -> bytes:
    shape = tuple(int(x) for x in rng.integers(0, 4, int(rng.integers(0, 6))))
    kind = rng.choice(["<f4", ">f4", "<f8", "<f2", "<i8", "<U7", "S3", "?", "<c8", "<M8[s]", "V9"])
    array = np.zeros(shape, kind)
    if array.dtype.kind == "f" and array.size and rng.random() < 0.5:
        array.flat[0] = rng.choice([np.nan, np.inf, -np.inf, 6e4])
    if rng.random() < 0.1:
        return b"\x93NUMPY\1\0" + struct.pack("<H", 30) + b"{'descr': '|O'}" + pickle.dumps(Bomb())
    return _npy(np.asfortranarray(array) if rng.random() < 0.3 else array)


def _strange_header(rng: np.random.Generator) -> bytes:
    shape = rng.choice(["(3, 3, 1, 2)", "(-1,)", "(2**70,)", "(10000000000,)", "((((1))))", "None"])
    descr = rng.choice(["'<f4'", "'|O'", "'<U2000000000'", "[('a', '<f4')]", "'<f4" + "'", "None"])
    order = rng.choice(["False", "True", "1", "[]"])
    header = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    deep = rng.random()
    if deep < 0.1:
        header = b"(" * 60_000
    elif deep < 0.2:
        header = b"-" * 60_000 + b"1"
    elif deep < 0.25:
        header = b"[" * 9_000 + b"]" * 9_000
    version = int(rng.choice([1, 1, 1, 2, 3, 9]))
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + bytes(72)


class Bomb:
    """Ends the process of whoever unpickles it."""

    def __reduce__(self) -> tuple:
        return exec, ("raise SystemExit('unpickled')",)


def network_bombs() -> dict[str, Callable[[], bytes]]:
    """The worst files of a network of at most 20 MB, by name."""
    zeros = bytes(300_000_000)
    return {
        "npz: zeros, declared": lambda: zipped([("spec.npy", zeros)], zipfile.ZIP_DEFLATED),
        "npz: zeros, not declared": lambda: _lying(zipfile.ZIP_DEFLATED),
        "npz: zeros in bzip2, not declared": lambda: _lying(zipfile.ZIP_BZIP2),
        "npz: zeros in lzma, not declared": lambda: _lying(zipfile.ZIP_LZMA),
        "npz: zeros in bzip2, small": lambda: _lying(zipfile.ZIP_BZIP2, 20_000_000),
        "npz: entries": lambda: zipped([(f"{n}.npy", b"") for n in range(100_000)]),
        "npz: entries unsigned": lambda: zipped(
            [(f"{n}.npy", b"") for n in range(100_000)]
        ).replace(b"PK\1\2", b"PK\1\3"),
        "npz: as large as may be": _large_network,
        "npz: a long comment": lambda: network_file()[:-2] + b"\xff\xff" + bytes(65_535),
        "npz: beginnings of an end": lambda: b"PK\5\6" * 5_000_000,
    }


def _lying(packing: int, size: int = 400_000_000) -> bytes:
    """Zeros under a name that is read first; the file's directory tells of only 400 kB."""
    data = bytearray(zipped([("spec.npy", bytes(size))], packing))
    entry = data.rindex(b"PK\1\2")
    for at in (entry + 24, 22):
        data[at : at + 4] = struct.pack("<I", 400_000)
    return bytes(data)


def _large_network() -> bytes:
    layers = (FlattenLayer(), DenseLayer(2048), DenseLayer(1600), DenseLayer(10, "softmax"))
    buffer = io.BytesIO()
    Network.initial(NetworkSpec((28, 28, 1), layers)).save(buffer)
    return buffer.getvalue()


# Stories, specs and records in JSON


def _json_case(values: dict[str, Any], what: str, salt: int) -> Callable[[int], Case]:
    def case(number: int) -> Case:
        rng = np.random.default_rng((salt, number))
        kind = int(rng.integers(4))
        if kind == 0:
            data, told = damaged(json.dumps(values).encode(), rng)
        else:
            text = json.dumps(strange_json(values, rng))
            if kind == 1:
                text = text.replace('": ', f'": {rng.choice(_TOKENS)}, "x": ', 1)
            if kind == 2:
                text = text.replace("{", '{"version": 1, "version": 2, ', 1)
            data = text.encode("utf-8", "surrogatepass")
            told = "strange values"
        if rng.random() < 0.05:
            data = data.decode("utf-8", "ignore").encode(str(rng.choice(["utf-16", "utf-8-sig"])))
        return f"{number}: {what}, {told}", data

    return case


_TOKENS = (
    *(
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "-1e999",
        "9" * 4_400,
        "9" * 5_000,
        "0." + "9" * 9_999,
    ),
    *(
        '"\\ud800"',
        '"\\u0000"',
        "[" * 2_000,
        "{" * 2_000,
        "00",
        "+1",
        "0x1F",
        "'a'",
        "1_000",
        "tru",
    ),
)


def story_bombs() -> dict[str, Callable[[], bytes]]:
    """The worst stories of at most 4 MB, by name."""
    size = 3_999_000

    def told(records: bytes) -> bytes:
        text = json.dumps(story() | {"records": None}).encode()
        return text.replace(b"null", records)

    return {
        "story: lists in lists": lambda: b"[" * size,
        "story: objects in objects": lambda: b'{"a":' * (size // 5),
        "story: empty lists": lambda: told(b"[" + b"[]," * (size // 3 - 300) + b"[]]"),
        "story: empty objects": lambda: told(b"[" + b"{}," * (size // 3 - 300) + b"{}]"),
        "story: names": lambda: told(
            b"{" + b",".join(b'"%x":0' % n for n in range(size // 11)) + b"}"
        ),
        "story: long whole number": lambda: told(b"9" * (size - 2_000)),
        "story: long fraction": lambda: told(b"0." + b"9" * (size - 2_000)),
        "story: long power": lambda: told(b"1e" + b"9" * (size - 2_000)),
        "story: names that repeat at the end": lambda: told(
            b"{" + b",".join(b'"%x":0' % n for n in range(size // 11)) + b',"0":0}'
        ),
        "story: numbers": lambda: told(b"[" + b"1e5," * (size // 4 - 500) + b"1]"),
        "story: escaped signs": lambda: told(b'"' + b"\\ud83d" * (size // 6 - 300) + b'"'),
        "story: batches": lambda: told(_batches(size - 2_000)),
    }


def _batches(size: int) -> bytes:
    batch = json.dumps(story()["records"]["1"]["batches"][0]).encode()
    many = b",".join([batch] * ((size - 500) // (len(batch) + 1)))
    return b'{"1": {"batches": [' + many + b'], "epoch": null, "partial": true}}'


def read_spec(data: bytes) -> None:
    """A run's spec, and all that is asked of one that was taken."""
    spec = RunSpec.from_json(data.decode("utf-8", "replace"))
    assert RunSpec.from_json(spec.to_json()) == spec
    spec.check()
    spec.work(), spec.memory_bytes()
    network_text.from_text(network_text.to_text(spec.network))


# Names and texts from addresses


def _text_case(texts: tuple[str, ...], what: str, salt: int) -> Callable[[int], Case]:
    def case(number: int) -> Case:
        rng = np.random.default_rng((salt, number))
        text = texts[int(rng.integers(len(texts)))]
        for _ in range(int(rng.integers(4))):
            at, end = sorted(int(x) for x in rng.integers(0, len(text) + 1, 2))
            piece = STRANGE_TEXTS[int(rng.integers(len(STRANGE_TEXTS)))]
            text = text[:at] + piece + text[end if rng.random() < 0.3 else at :]
        return f"{number}: {what} {text[:40]!a}", text.encode("utf-8", "surrogatepass")

    return case


STRANGE_TEXTS = (
    *(x for x in STRANGE if isinstance(x, str)),
    *(
        "/",
        "\\",
        "..",
        "../",
        "%2e%2e%2f",
        "~",
        ".",
        "_",
        "-",
        ":",
        ",",
        "@",
        "+rgb",
        " ",
        "\n",
        "\t",
    ),
    *("٣", "²", "𝟛", "１", "é", "e\u0301", "\u202e", "\ufeff", "9" * 400, "-9", "1e999", "0x10"),
)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def _ask_store(store: RunStore) -> Callable[[bytes], None]:
    def ask(data: bytes) -> None:
        run_id = _text(data)
        if store.exists(run_id):
            raise AssertionError("there is such a run")
        store.status(run_id)

    return ask


def _read_texts(data: bytes) -> None:
    """Every reader of a text in an address; each refuses what it does not know."""
    text = _text(data)
    readers: tuple[tuple[Callable[[], object], type[Exception]], ...] = (
        (lambda: network_text.from_text(text).trace(), SpecError),
        (lambda: edits.edits_from_text(text, 32, 32), EditError),
        (lambda: edits.place_from_text(text, 32, 32), EditError),
        (lambda: filtering.weights_from_text(text), KernelError),
    )
    for read, refusal in readers:
        try:
            read()
        except refusal as error:
            str(error).encode()


def targets(store: RunStore) -> dict[str, Target]:
    """All doors but that of pictures; `store` is one to ask for runs that are not there."""
    record = json.loads(
        to_bytes(from_bytes(EpochRecord, json.dumps(story()["records"]["1"]).encode()))
    )
    shipped = network_text.to_text(article_basic())
    state = state_bytes(1, {"m/0": np.zeros((3, 4), np.float32), "seed": np.array(7)})
    refused = (ImportedFileError,)
    return {
        "networks": Target(network_case, read_weights, refused),
        "stories": Target(_json_case(story(), "story", 12), read_story, refused),
        "specs": Target(_json_case(SPEC.to_dict(), "spec", 13), read_spec, (SpecError,)),
        "records": Target(
            _json_case(record, "record", 14), lambda x: from_bytes(EpochRecord, x), (RunError,)
        ),
        "states": Target(
            lambda n: (f"{n}: state", damaged(state, np.random.default_rng((15, n)))[0]),
            state_from_bytes,
            (RunError,),
        ),
        "run ids": Target(
            _text_case(("AbCdEfGhIjKlMn_-", "", "spec.json"), "run id", 16),
            _ask_store(store),
            (RunError,),
        ),
        "data sets": Target(
            _text_case(("digits", "cifar10:3,5@16", "digits:1,7@32+rgb", "shapes@64"), "set", 17),
            lambda x: datasets.info(_text(x)),
            (DatasetError,),
        ),
        "texts": Target(
            _text_case((shipped, "3.4.255.0.9_1.2.3.4.5", "3.4", "0.5_1_-1"), "text", 18),
            _read_texts,
            (),
        ),
    }
