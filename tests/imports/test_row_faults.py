from __future__ import annotations

import string

import pytest

from imports import row_faults


@pytest.mark.parametrize("code", row_faults.CODES)
def test_every_code_says_what_is_wrong_where_and_what_to_do(code: str) -> None:
    said = row_faults.sentence(code, "the value", "the column")
    # What a row is too large with, no column alone can tell.
    assert ("“the column”" in said) == (code != row_faults.ROW_TOO_LARGE)
    assert said.count(". ") >= 1
    assert said.endswith((".", ")."))
    assert not any(name for _, name, _, _ in string.Formatter().parse(said))


def test_a_sentence_shows_no_more_of_a_value_than_can_be_read() -> None:
    said = row_faults.sentence(row_faults.NOT_A_NUMBER, "x" * 500, "c")
    assert f"“{'x' * row_faults.MAX_SHOWN}…”" in said


def test_braces_in_a_value_are_just_braces() -> None:
    assert "“{column}”" in row_faults.sentence(row_faults.NOT_A_NUMBER, "{column}", "c")


def test_a_date_is_told_its_format() -> None:
    said = row_faults.sentence(row_faults.DATE_FORMAT, "x", "c", format="dd/MM/yyyy")
    assert "in the format dd/MM/yyyy" in said


def test_the_codes_are_the_constants() -> None:
    constants = {
        value
        for name, value in vars(row_faults).items()
        if name.isupper() and isinstance(value, str)
    }
    assert constants == set(row_faults.CODES)
