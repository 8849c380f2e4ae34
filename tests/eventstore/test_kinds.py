"""What a survey tells of properties, compared with plain Python on any records."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clevertap_partners.eventstore.jsontext import clean
from clevertap_partners.eventstore.survey import PropertyKey, survey
from tests.eventstore.support import rows_of
from tests.lakes import event

Found = dict[str, tuple[set[str], dict[str, set[str]]]]


def surveyed(*records: dict[str, Any]) -> Found:
    """The kinds and inner kinds of the properties of some events, which are all of one name."""
    rows = rows_of(*(event("A", at=at, evtData=one) for at, one in enumerate(records)))
    found = survey(rows).properties
    assert all(key == PropertyKey("A", "event", key.name) for key in found)
    return {key.name: (seen.kinds, seen.inner) for key, seen in found.items()}


def reference(*records: dict[str, Any]) -> Found:
    found: Found = {}
    for record in records:
        for name, value in clean(record).items():
            kinds, inner = found.setdefault(name, (set(), {}))
            kinds.add(kind := kind_of(value))
            for one in {"items": value, "object": [value]}.get(kind, []):
                for key, inside in (one or {}).items():
                    inner.setdefault(key, set()).add(kind_of(inside))
    return found


def kind_of(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            size = max(value, -value - 1)
            return "integer" if abs(value) <= 2**53 else "long" if size < 2**63 else "big_integer"
        case float():
            return "float"
        case str():
            return "string"
        case dict():
            return "object"
    return "items" if {type(one) for one in value} - {type(None)} == {dict} else "list"


EDGES = [0, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**15, 10**16 - 1, 10**16, 10**30]
# Keys that the engine could take for one, for a path, or for the end of a text.
ODD_KEYS = [
    "a",
    "A",
    "a/b",
    "a~1b",
    "a.b",
    "$.a",
    "0",
    "*",
    "a[0]",
    'q"',
    "it's",
    "\\",
    "\t\n",
    "😀",
]
TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=4)
NAMES = st.sampled_from(ODD_KEYS) | TEXTS
SCALARS = (
    st.none()
    | st.booleans()
    | st.sampled_from([*EDGES, *(-edge for edge in EDGES)])
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "[{}", '"[null,{}]', "1234567890123456", ":1234567890123456"])
    | TEXTS
)
VALUES = st.recursive(
    SCALARS,
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(st.just("") | NAMES, inside, max_size=3)
    ),
    max_leaves=8,
)
RECORDS = st.lists(st.dictionaries(NAMES, VALUES, max_size=4), min_size=1, max_size=4)


@settings(max_examples=150, deadline=None)
@given(RECORDS)
def test_it_tells_the_kinds_that_plain_python_tells(records: list[dict[str, Any]]) -> None:
    assert surveyed(*records) == reference(*records)


def test_it_reports_odd_keys_exactly_outside_and_inside() -> None:
    inside = {key: number for number, key in enumerate(["", *ODD_KEYS])}
    record = {key: [inside, {key: 0.5}] for key in ODD_KEYS} | {"object": inside}
    found = surveyed(record)
    assert found == reference(record)
    assert found.keys() == {*ODD_KEYS, "object"}
    assert found["A"][1] == {key: {"integer"} for key in inside} | {"A": {"integer", "float"}}


def test_names_that_differ_by_case_only_stay_apart() -> None:
    found = surveyed({"Id": 1, "ID": "x", "items": [{"k": 1, "K": True}]}, {"id": 0.5})
    kinds = {name: seen[0] for name, seen in found.items() if name != "items"}
    assert kinds == {"Id": {"integer"}, "ID": {"string"}, "id": {"float"}}
    assert found["items"][1] == {"k": {"integer"}, "K": {"boolean"}}


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        *((2**53, "integer"), (-(2**53), "integer"), (2**53 + 1, "long"), (-(2**53) - 1, "long")),
        *((2**63 - 1, "long"), (-(2**63), "long"), (2**63, "big_integer")),
        *((-(2**63) - 1, "big_integer"), (1e16, "float"), (0.12345678901234567, "float")),
    ],
)
def test_it_knows_how_long_a_number_is(number: float, kind: str) -> None:
    assert surveyed({"n": number, "in": {"n": number}}) == {
        "n": ({kind}, {}),
        "in": ({"object"}, {"n": {kind}}),
    }


def test_a_key_of_several_kinds_in_one_list_has_them_all() -> None:
    items = [{"q": 1, "w": {}}, {"q": 2.5, "w": []}, {"q": "x"}, {}]
    assert surveyed({"i": items}) == {
        "i": ({"items"}, {"q": {"integer", "float", "string"}, "w": {"object", "list"}})
    }


@pytest.mark.parametrize("items", [[{}], [{}, {}], [None, {}], [{}, None], [{}, {"k": 1}]])
def test_a_list_of_empty_objects_is_a_list_of_objects(items: list[Any]) -> None:
    assert surveyed({"i": items})["i"][0] == {"items"}


def test_a_list_that_is_not_all_objects_tells_nothing_of_its_insides() -> None:
    assert surveyed({"l": [{"q": 1}, 2]}, {"l": [{"z": 1}]}) == {
        "l": ({"list", "items"}, {"z": {"integer"}})
    }


def test_it_knows_every_key_of_a_large_object() -> None:
    record = {f"k{number}": number for number in range(256)}
    assert surveyed(record) == {key: ({"integer"}, {}) for key in record}
    assert surveyed({"o": record})["o"][1] == {key: {"integer"} for key in record}
