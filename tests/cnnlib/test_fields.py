"""What a field declares is what is let through, and everything else gets a sentence."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlib.fields import (
    MAX_JSON_CHARACTERS,
    SpecError,
    check_fields,
    choice,
    flag,
    from_dict,
    limits_of,
    parse_json,
    quote,
    real,
    whole,
    words,
)


@dataclass(frozen=True)
class Sample:
    """One field of each kind."""

    row_count: int = whole(3, 1, 9)
    rate: float = real(0.5, 0.0, 2.0)
    mode: str = choice("max", ("max", "average"))
    bias: bool = flag(True)
    tricks: tuple[str, ...] = words(("flip", "shift"))

    def __post_init__(self):
        check_fields(self)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"row_count": 1},
        {"row_count": 9},
        {"rate": 0.0},
        {"rate": 2.0},
        {"rate": 1},
        {"mode": "average"},
        {"bias": False},
        {"tricks": ("shift", "flip")},
    ],
)
def test_values_within_what_is_declared_pass(values):
    sample = Sample(**values)
    assert all(getattr(sample, name) == value for name, value in values.items())


REFUSED = [
    ("row_count", 0, "row count must be a whole number from 1 to 9; it is 0."),
    ("row_count", 10, "row count must be a whole number from 1 to 9; it is 10."),
    ("row_count", 3.0, "row count must be a whole number from 1 to 9; it is 3.0."),
    ("row_count", True, "row count must be a whole number from 1 to 9; it is True."),
    ("row_count", "3", "row count must be a whole number from 1 to 9; it is '3'."),
    ("row_count", None, "row count must be a whole number from 1 to 9; it is None."),
    ("row_count", 10**400, f"row count must be a whole number from 1 to 9; it is 1{'0' * 59}."),
    ("rate", -0.1, "rate must be a number from 0.0 to 2.0; it is -0.1."),
    ("rate", 1e308, "rate must be a number from 0.0 to 2.0; it is 1e+308."),
    ("rate", float("nan"), "rate must be a number from 0.0 to 2.0; it is nan."),
    ("rate", float("inf"), "rate must be a number from 0.0 to 2.0; it is inf."),
    ("rate", False, "rate must be a number from 0.0 to 2.0; it is False."),
    ("rate", 10**400, f"rate must be a number from 0.0 to 2.0; it is 1{'0' * 59}."),
    ("mode", "min", "mode must be one of max, average; it is 'min'."),
    ("mode", ["max"], "mode must be one of max, average; it is ['max']."),
    ("mode", "\ud800", "mode must be one of max, average; it is '\\ud800'."),
    ("bias", 1, "bias must be true or false; it is 1."),
    ("bias", "yes", "bias must be true or false; it is 'yes'."),
    ("tricks", "flip", "tricks may only name flip, shift, each once; it is 'flip'."),
    ("tricks", ["flip"], "tricks may only name flip, shift, each once; it is ['flip']."),
    ("tricks", ("turn",), "tricks may only name flip, shift, each once; it is ('turn',)."),
    ("tricks", (["flip"],), "tricks may only name flip, shift, each once; it is (['flip'],)."),
    (
        "tricks",
        ("flip", "flip"),
        "tricks may only name flip, shift, each once; it is ('flip', 'flip').",
    ),
]


@pytest.mark.parametrize(("name", "value", "sentence"), REFUSED)
def test_values_outside_of_it_are_refused_by_name_and_quoted(name, value, sentence):
    with pytest.raises(SpecError) as refusal:
        Sample(**{name: value})
    assert str(refusal.value) == sentence
    assert refusal.value.layer is None


def test_a_slider_can_ask_for_its_limits():
    assert limits_of(Sample, "row_count") == (1, 9)
    assert limits_of(Sample, "rate") == (0.0, 2.0)
    assert limits_of(Sample, "mode") == ("max", "average")
    assert limits_of(Sample, "tricks") == ("flip", "shift")


def test_from_dict_fills_in_what_is_missing_and_reads_lists_as_tuples():
    assert from_dict(Sample, {}) == Sample()
    assert from_dict(Sample, {"rate": 1.5, "tricks": ["flip"]}) == Sample(
        rate=1.5, tricks=("flip",)
    )


@pytest.mark.parametrize("values", [None, [], "rate", 3, [["rate", 1]]])
def test_from_dict_takes_objects_only(values):
    with pytest.raises(SpecError) as refusal:
        from_dict(Sample, values)
    assert str(refusal.value) == f"Sample must be an object with named values; it is {values!r}."


@pytest.mark.parametrize("name", ["Rate", "__class__", "self", "", "rate ", "\ud800"])
def test_from_dict_knows_no_other_names(name):
    with pytest.raises(SpecError) as refusal:
        from_dict(Sample, {name: 1.0})
    assert str(refusal.value) == f"Sample has no setting {name!r}."


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Expecting value"),
        ("{", "Expecting property name"),
        ("{'a': 1}", "Expecting property name"),
        ("[1] 2", "Extra data"),
        ("NaN", "NaN is not a number that can be used"),
        ('{"a": [-Infinity]}', "-Infinity is not a number that can be used"),
        ("[" * MAX_JSON_CHARACTERS, "recursion"),
        ("[" * 50_000 + "]" * 50_000, "recursion"),
        ('{"a":' * 19_000 + "1", "recursion"),
        ("9" * 5_000, "digits"),
        ("\x00", "Expecting value"),
        ("\ufeff{}", "BOM"),
    ],
    ids=lambda text: ascii(text[:30]),
)
def test_text_that_is_not_plain_json_is_refused(text, reason):
    with pytest.raises(SpecError) as refusal:
        parse_json(text)
    assert str(refusal.value).startswith("this is not readable as JSON: ")
    assert reason in str(refusal.value)
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize(
    "text", [None, 3, b"{}", ["{}"], " " * (MAX_JSON_CHARACTERS + 1)], ids=lambda text: quote(text)
)
def test_only_text_of_sensible_size_is_read(text):
    with pytest.raises(SpecError, match=r"^a spec is JSON text of at most 100,000 characters\.$"):
        parse_json(text)


def test_the_largest_text_that_is_allowed_is_read():
    assert parse_json("1" + " " * (MAX_JSON_CHARACTERS - 1)) == 1


@settings(max_examples=40)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_a_quotation_is_the_first_sixty_characters(value):
    assert quote(value) == repr(value)[:60]


def test_what_cannot_be_written_out_can_still_be_quoted():
    nested = []
    for _ in range(100_000):
        nested = [nested]
    assert quote(nested) == "a list too large to show"
    assert quote(-(10**5000)) == "an int too large to show"
    with pytest.raises(SpecError, match=r"from 0\.0 to 2\.0; it is an int too large to show\.$"):
        Sample(rate=10**5000)
    while nested:  # taken apart step by step: freeing it at once would recurse as deep
        nested = nested[0]
