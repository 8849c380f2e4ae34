from __future__ import annotations

import pytest

from exports.options import OPTIONS_OF, options_of
from exports.pipeline.encode import FORMATS


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


def test_it_speaks_of_registered_formats_only() -> None:
    assert OPTIONS_OF.keys() <= FORMATS.keys()
