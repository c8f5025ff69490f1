"""Dataclass fields that know their range, so that every spec is checked in one place.

A spec arrives from a slider, a URL or a file. `check_fields` holds each value to what its field
declares and raises `SpecError` with a sentence that quotes the value; `from_dict` builds a spec
from untrusted JSON values the same way.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

MAX_JSON_CHARACTERS = 100_000
MOST_REALS = 512


class SpecError(ValueError):
    """A network or training that cannot be; `layer` is the index of the layer at fault, if any."""

    def __init__(self, message: str, *, layer: int | None = None):
        super().__init__(message)
        self.layer = layer


def whole(default: int, low: int, high: int) -> Any:
    """A whole number from `low` to `high`."""
    return dataclasses.field(default=default, metadata={"whole": (low, high)})


def real(default: float, low: float, high: float) -> Any:
    """A finite number from `low` to `high`."""
    return dataclasses.field(default=default, metadata={"real": (low, high)})


def choice(default: str, options: Sequence[str]) -> Any:
    """One of the words in `options`."""
    return dataclasses.field(default=default, metadata={"options": tuple(options)})


def checked(default: str, complaint: Callable[[Any], str | None]) -> Any:
    """A text that `complaint` has nothing against: it says what a value must be, or None."""
    return dataclasses.field(default=default, metadata={"check": complaint})


def flag(default: bool) -> Any:
    """True or False."""
    return dataclasses.field(default=default, metadata={"flag": True})


def words(options: Sequence[str]) -> Any:
    """Any of the words in `options`, each at most once, as a tuple."""
    return dataclasses.field(default=(), metadata={"words": tuple(options)})


def reals(default: tuple[float, ...], low: float, high: float) -> Any:
    """A tuple of 1 to `MOST_REALS` finite numbers from `low` to `high`."""
    return dataclasses.field(default=default, metadata={"reals": (low, high)})


def limits_of(spec_class: type, name: str) -> tuple:
    """What field `name` declares: (low, high) of numbers, or the options of a choice.

    Pages build their sliders from it, so that a widget never offers what the check refuses.
    """
    (field,) = (field for field in dataclasses.fields(spec_class) if field.name == name)
    return next(iter(field.metadata.values()))


def quote(value: Any) -> str:
    """At most 60 characters of a value, for a message.

    Also of values that Python will not write out: numbers of thousands of digits, lists nested
    almost as deep as the interpreter goes.

    >>> quote("relu"), quote(10**5000)
    ("'relu'", 'an int too large to show')
    """
    try:
        return repr(value)[:60]
    except (ValueError, RecursionError):
        article = "an" if isinstance(value, int) else "a"
        return f"{article} {type(value).__name__} too large to show"


def check_fields(spec: Any) -> None:
    """Raise SpecError at the first value outside what its field declares."""
    for field in dataclasses.fields(spec):
        value = getattr(spec, field.name)
        for rule, allowed in field.metadata.items():
            complaint = _complaint(rule, allowed, value)
            if complaint:
                raise SpecError(f"{field.name.replace('_', ' ')} {complaint}")


def _complaint(rule: str, allowed: Any, value: Any) -> str | None:
    quoted = quote(value)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if rule in ("whole", "real"):
        low, high = allowed
        good_type = isinstance(value, int) if rule == "whole" else True
        # Infinity and "not a number" fail the comparison too.
        if not (is_number and good_type and low <= value <= high):
            kind = "a whole number" if rule == "whole" else "a number"
            return f"must be {kind} from {low:,} to {high:,}; it is {quoted}."
    if rule == "reals" and not _are_reals(value, *allowed):
        low, high = allowed
        return (
            f"must be 1 to {MOST_REALS} numbers from {low:,} to {high:,}, as a tuple; it is "
            f"{quoted}."
        )
    if rule == "options" and not (isinstance(value, str) and value in allowed):
        return f"must be one of {', '.join(allowed)}; it is {quoted}."
    if rule == "check" and (complaint := allowed(value)):
        return f"{complaint}; it is {quoted}."
    if rule == "flag" and not isinstance(value, bool):
        return f"must be true or false; it is {quoted}."
    if rule == "words":
        known = isinstance(value, tuple) and all(
            isinstance(word, str) and word in allowed for word in value
        )
        if not known or len(set(value)) != len(value):
            return f"may only name {', '.join(allowed)}, each once; it is {quoted}."
    return None


def _are_reals(value: Any, low: float, high: float) -> bool:
    return (
        isinstance(value, tuple)
        and 1 <= len(value) <= MOST_REALS
        and all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in value)
        and all(low <= x <= high for x in value)
    )


def from_dict(spec_class: type, values: Any) -> Any:
    """Build `spec_class` from a JSON object; refuse unknown names, fill in missing ones."""
    title = spec_class.__name__
    if not isinstance(values, dict):
        raise SpecError(f"{title} must be an object with named values; it is {quote(values)}.")
    known = {field.name for field in dataclasses.fields(spec_class)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise SpecError(f"{title} has no setting {quote(unknown[0])}.")
    converted = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return spec_class(**converted)


def from_text(spec_class: type, texts: Mapping[str, str]) -> Any:
    """Build `spec_class` from texts, as they stand in an address.

    What is missing or cannot be takes its default, as a widget with that address would show it.
    """
    values = {}
    for field in dataclasses.fields(spec_class):
        if field.name in texts:
            value = _read_text(field, texts[field.name])
            if not any(_complaint(*rule, value) for rule in field.metadata.items()):
                values[field.name] = value
    return spec_class(**values)


def _read_text(field: dataclasses.Field, text: str) -> Any:
    try:
        if "whole" in field.metadata:
            return int(text)
        if "real" in field.metadata:
            return float(text)
    except ValueError:
        return None
    if "flag" in field.metadata:
        return {"true": True, "false": False}.get(text.lower())
    return text


class JsonText:
    """A spec that its `to_dict` and `from_dict` take apart and put together, as JSON text."""

    def to_json(self) -> str:
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read untrusted text; SpecError with a sentence for anything wrong."""
        return cls.from_dict(parse_json(text))


def parse_json(text: str) -> Any:
    """Read untrusted JSON; SpecError unless it is plain, finite and of sensible size."""
    if not isinstance(text, str) or len(text) > MAX_JSON_CHARACTERS:
        raise SpecError(f"a spec is JSON text of at most {MAX_JSON_CHARACTERS:,} characters.")
    try:
        return plain_json(text)
    except (ValueError, RecursionError) as error:
        raise SpecError(f"this is not readable as JSON: {str(error)[:120]}.") from None


def plain_json(text: str) -> Any:
    """The values in a JSON text, finite numbers only, and every name once in its object.

    Raises ValueError for anything else, and RecursionError for what is nested too deep.

    >>> plain_json('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ValueError: the name 'a' stands twice in one object
    """
    return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_once)


def _refuse_constant(name: str) -> None:
    """What JSON calls NaN or Infinity."""
    raise ValueError(f"{name} is not a number that can be used")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        twice = next(
            name for name, count in Counter(name for name, _ in pairs).items() if count > 1
        )
        raise ValueError(f"the name {quote(twice)} stands twice in one object")
    return values
