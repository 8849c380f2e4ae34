from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clevertap_partners.eventstore.jsontext import Refused, clean, dump, parse

NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def same(first: Any, second: Any) -> bool:
    """Equal, and of the same kinds of number: 1 is not 1.0."""
    return json.dumps(first) == json.dumps(second)


@given(NUMBERS)
def test_a_number_survives_exactly(number: float) -> None:
    value, _ = parse(json.dumps({"n": number}).encode())
    assert same(parse(dump(clean(value)).encode())[0], {"n": number})


@given(VALUES, st.booleans())
def test_a_clean_text_comes_out_as_it_went_in(value: Any, ascii_only: bool) -> None:
    line = json.dumps({"v": value}, ensure_ascii=ascii_only).encode(errors="surrogatepass")
    try:
        text = dump(clean(parse(line)[0]))
    except Refused:
        return
    again, _ = parse(text.encode())
    assert dump(clean(again)) == text


@given(VALUES)
def test_a_value_that_counts_as_plain_needs_no_cleaning(value: Any) -> None:
    parsed, plain = parse(json.dumps({"v": value}, ensure_ascii=False).encode(errors="replace"))
    if plain:
        assert same(clean(parsed), parsed)


@given(st.text())
def test_no_control_character_is_left(text: str) -> None:
    cleaned = clean(text)
    assert not [
        c for c in cleaned if unicodedata.category(c) in {"Cc", "Cs"} - {"\t"} and c not in "\t\r\n"
    ]


REFUSED = {
    b'{"a"': "not valid JSON: .* at character 5",
    b'{"a":NaN}': "NaN, which is not a JSON number",
    b"\xff": "not UTF-8 text: byte 1",
    b"[" * 5000 + b"]" * 5000: "nested more than 32",
    b"1" * 5000: "4,300 digits",
}


@pytest.mark.parametrize("line", REFUSED, ids=range(len(REFUSED)))
def test_it_refuses_a_line_with_a_reason(line: bytes) -> None:
    with pytest.raises(Refused, match=REFUSED[line]):
        parse(line)


@pytest.mark.parametrize("line", [b'{"a":1e999}', b'{"a":-1e999}'])
def test_it_refuses_a_number_too_large_for_a_float(line: bytes) -> None:
    with pytest.raises(Refused, match="not finite or too large"):
        clean(parse(line)[0])


def test_it_refuses_what_is_nested_too_deep_for_the_engine() -> None:
    value, plain = parse(b"[" * 40 + b"]" * 40)
    assert not plain
    with pytest.raises(Refused, match="nested more than 32"):
        clean(value)
