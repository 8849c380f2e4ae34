from __future__ import annotations

from dataclasses import fields

import pytest

from exports.options import options_of
from exports.pipeline.encode import FORMATS
from exports.pipeline.encode.base import EncodeOptions


@pytest.mark.parametrize(
    ("format_key", "of_events", "of_profiles"),
    [
        ("json", {"first_line", "values_as_strings", "compress"}, {"values_as_strings"}),
        ("xml", {"compress"}, set()),
        ("csv", {"formula_guard", "compress"}, {"formula_guard"}),
        ("parquet", {"values_as_strings"}, {"values_as_strings"}),
    ],
)
def test_a_format_has_these_options(
    format_key: str, of_events: set[str], of_profiles: set[str]
) -> None:
    assert options_of(format_key, of_profiles=False) == of_events
    assert options_of(format_key, of_profiles=True) == of_profiles


def test_every_format_names_options_that_there_are() -> None:
    known = {option.name for option in fields(EncodeOptions)}
    assert all(spec.options <= known and spec.hint for spec in FORMATS.values())
