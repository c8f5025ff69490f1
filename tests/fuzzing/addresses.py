"""Addresses and widget values that no honest browser would send, drawn for any page.

The names are those that the page's own widgets and code use, and made-up ones; the values go from
what a widget would write to what nothing here would.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
VALUES = (
    *("", " ", "0", "1", "2", "7", "9", "10", "27", "28", "64", "100", "-1", "-0", "0.5", "1.5"),
    *("1e3", "1e308", "1e309", "-1e400", "nan", "NaN", "inf", "-Infinity", "9" * 20, "9" * 400),
    *("-" + "9" * 30, "0x10", "1_000", "+1", "٣", "１", "²", "½", "true", "True", "false", "null"),
    *("None", "[]", "{}", "undefined", "a", "A b", "é", "😀", "\u202etxet", "e\u0301", "\0", "\n"),
    *("\ud7ff", "\ufffd", "'", '"', "<b>x</b>", "{n}", "$x$", "%s", "%00", "../../etc/passwd"),
    *("/", "//x", ",", ",,,,", ".", "...", "~", ";", "0,0", "0.0", "1-1", "3-", "-", "1,2,3,4,5,6"),
    *("v1~28x28x1~flatten~dense_10_softmax", "v1~32x32x3~gap~dense_10_softmax", "v1~1x1x1", "v1~"),
    *("v1~28x28x1~conv_8_3_relu~max_2~flatten~dense_10_softmax", "v1~256x256x3~conv_512_11_relu"),
    *("digits", "cifar10", "shapes", "cifar10:3,5@16", "run", "Your run", "Digits", "relu"),
    *("0.0.0.0.0", "3.4.255.0.9", "31.31.9.9.9_0.0.0.0.0", "0,1;1,0", "nan,1;1,0", "9e9"),
    *("A" * 16, "A" * 16 + "," + "B" * 16, "A" * 16 + "." + "B" * 16, "x" * 3_000, "😀" * 500),
)
MADE_UP = ("x", "", "a b", "é", "__proto__", "embed", "embed_options", "run ", "RUN", "[]", "0")


@cache
def written_names() -> tuple[str, ...]:
    """What looks like the name of a parameter in the pages' code."""
    names: set[str] = set()
    for path in (ROOT / "pages").rglob("*.py"):
        code = path.read_text(encoding="utf-8")
        names |= set(re.findall(r'"([a-z]+(?:_[a-z0-9]+)+|run|runs|epoch|net|dataset)"', code))
    return tuple(sorted(names))


def own_names(app: AppTest) -> tuple[str, ...]:
    """The names that widgets of the page give their parameters."""
    found = {getattr(element.proto, "query_param_key", "") for element in _elements(app)} | set(
        app.query_params
    )
    return tuple(sorted(found - {""}))


def _elements(app: AppTest) -> list:
    found = []
    nodes = [app._tree]
    while nodes:
        node = nodes.pop()
        nodes += list(getattr(node, "children", {}).values())
        if getattr(node, "proto", None) is not None:
            found.append(node)
    return found


def own_values(app: AppTest) -> tuple[str, ...]:
    """The options of the page's choices, as they stand in an address, and its widgets' ends."""
    found: list[str] = []
    for element in _elements(app):
        proto = element.proto
        found += [str(getattr(x, "content", x)) for x in getattr(proto, "options", ())]
        found += [str(getattr(proto, end)) for end in ("min", "max") if hasattr(proto, end)]
    return tuple(dict.fromkeys(found))


def address(
    names: Sequence[str], values: Sequence[str], rng: np.random.Generator
) -> dict[str, list[str]]:
    """A query: one to eight parameters, mostly of the page's names, some given several times."""
    query: dict[str, list[str]] = {}
    for _ in range(int(rng.integers(1, 9))):
        draw = rng.random()
        known = names if names and draw < 0.75 else written_names() if draw < 0.95 else MADE_UP
        name = known[int(rng.integers(len(known)))]
        if not name.isprintable() or not name:
            continue
        count = 1 if rng.random() < 0.9 else int(rng.integers(2, 6))
        query[name] = [_value(values, rng) for _ in range(count)]
    return query


def _value(values: Sequence[str], rng: np.random.Generator) -> str:
    if values and rng.random() < 0.3:
        return values[int(rng.integers(len(values)))]
    if rng.random() < 0.2:
        return str(int(rng.integers(-5, 70)))
    return VALUES[int(rng.integers(len(VALUES)))]


# Numbers that are none make Streamlit's own widgets raise, in the session of whoever sent them.
NUMBERS = (0.0, 1.0, -1.0, 3.0, 7.0, 1e9, -1e9, 0.5, 2.5, 1e308)
CHOICES = ("", "x", "Digits", "😀", "\0", "-1", "nan", "9" * 500, "<b>", "x" * 2_000)


def forged(state: WidgetState, values: Sequence[str], rng: np.random.Generator) -> str:
    """Give a widget's state another value of its kind; the kind, or "" if it has none."""
    kind = state.WhichOneof("value")
    word = _value((*values, *CHOICES), rng)
    number = NUMBERS[int(rng.integers(len(NUMBERS)))]
    match kind:
        case "string_value":
            state.string_value = word
        case "string_array_value":
            count = int(rng.integers(0, 4))
            state.string_array_value.data[:] = [_value(values, rng) for _ in range(count)]
        case "double_value":
            state.double_value = number
        case "double_array_value":
            ends = len(state.double_array_value.data)
            state.double_array_value.data[:] = [number] * int(rng.integers(0, ends + 2))
        case "int_value":
            state.int_value = int(rng.integers(-(2**40), 2**40)) if rng.random() < 0.5 else 3
        case "int_array_value":
            state.int_array_value.data[:] = [int(x) for x in rng.integers(-3, 100, 2)]
        case "bool_value":
            state.bool_value = not state.bool_value
        case "json_value":
            state.json_value = str(rng.choice(JSON))
        case _:
            return ""
    return kind


JSON = (
    *("null", "{}", "[]", "1", '"x"', '{"value": null}', '{"layer": -1}', '{"layer": 1e9}', "NaN"),
    *('{"place": [0, 0]}', '{"value": [[1]]}', '{"epoch": "3"}', '{"open": 10, "tick": -1}'),
    *('{"row": {}, "column": []}', '{"point": "a"}', '{"selection": {"points": [{}]}}'),
    *('{"drawing": 5}', '{"drawing": [1]}', '{"drawing": {"raw": 3, "data": 4}}'),
    *('{"drawing": {"raw": {"objects": 7}, "data": "x"}}', '{"backgroundFit": {}}'),
    '{"drawing": {"raw": {"objects": [1]}, "data": "data:image/png;base64,AAAA"}}',
    '{"backgroundFit": 3, "drawing": "x"}',
)
