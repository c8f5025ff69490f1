"""Damage done to bytes and to JSON, from a seeded generator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

_TELLING = (0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF)
_WORDS = (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\0\0\0\1", b"\x80\0\0\0")


def damaged(
    data: bytes, rng: np.random.Generator, others: Sequence[bytes] = ()
) -> tuple[bytes, str]:
    """The data after one to six changes of one kind, and what was done."""
    count = int(rng.integers(1, 7))
    kind = int(rng.integers(7 if others else 6))
    if kind == 5:
        return data[: int(rng.integers(len(data) + 1))], "cut off"
    if kind == 6:
        other = others[int(rng.integers(len(others)))]
        at, start = int(rng.integers(len(data) + 1)), int(rng.integers(len(other) + 1))
        return data[:at] + other[start:], "the end of another file"
    changed = bytearray(data)
    for _ in range(count):
        _change(changed, kind, rng)
    names = ("bits turned", "telling bytes", "pieces left out", "pieces again", "large words")
    return bytes(changed), names[kind]


def _change(data: bytearray, kind: int, rng: np.random.Generator) -> None:
    if not data:
        return
    # Most of what a reader believes stands in the first bytes.
    most = len(data) if rng.random() < 0.5 else min(len(data), 64)
    at, length = int(rng.integers(most)), int(rng.integers(1, 20))
    match kind:
        case 0:
            data[at] ^= 1 << int(rng.integers(8))
        case 1:
            data[at] = _TELLING[int(rng.integers(len(_TELLING)))]
        case 2:
            del data[at : at + length]
        case 3:
            data[at:at] = data[at : at + length]
        case 4:
            word = _WORDS[int(rng.integers(len(_WORDS)))]
            data[at : at + len(word)] = word


STRANGE: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 2**64 + 1, -(2**70), 10**400, 0.5, -0.0),
    *(1e308, 5e-324, float("nan"), float("inf"), -float("inf")),
    *("", "nan", "inf", "-inf", "0", "\0", "\ud800", "\U0010ffff", "../../etc/passwd", "a" * 5_000),
    *("<script>alert(1)</script>", "digits", "relu", "conv", [], {}, [[]], [0] * 600, {"": 0}),
    *({"kind": "conv"}, {"__class__": "x"}, [None], [True, False], ["flip", "flip"]),
)


def strange_json(values: Any, rng: np.random.Generator) -> Any:
    """Plain values with one to three of them, at any depth, replaced, doubled or left out."""
    for _ in range(int(rng.integers(1, 4))):
        values = _strange(values, rng)
    return values


def _strange(values: Any, rng: np.random.Generator) -> Any:
    if rng.random() < 0.85 and isinstance(values, (dict, list)) and values:
        inner = dict(values) if isinstance(values, dict) else list(values)
        keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        key = keys[int(rng.integers(len(keys)))]
        if rng.random() < 0.1:
            del inner[key]
        elif rng.random() < 0.1:
            word = STRANGE[int(rng.integers(len(STRANGE)))]
            if isinstance(inner, dict):
                inner[str(word)[:50]] = inner[key]
            else:
                inner.append(inner[key])
        else:
            inner[key] = _strange(inner[key], rng)
        return inner
    return STRANGE[int(rng.integers(len(STRANGE)))]
