"""[pure] Which options the files of a format have, for events and for user properties.

The form shows these and no others, and takes no notice of what is said of the others.
"""

from __future__ import annotations

from exports.pipeline.encode import FORMATS

# Every format has identifiers, CleverTap ID and manifest. What a file has besides:
OPTIONS_OF = {
    "json": frozenset({"first_line", "values_as_strings"}),
    "csv": frozenset({"formula_guard"}),
    "parquet": frozenset({"values_as_strings"}),
}
# Files of user properties never name an event, and are always compressed.
EVENTS_ONLY = frozenset({"first_line", "compress"})


def options_of(format_key: str, *, of_profiles: bool) -> frozenset[str]:
    """The options on offer. Raises KeyError for a format that is not registered."""
    gzip = frozenset[str]() if FORMATS[format_key].compresses_inside else frozenset({"compress"})
    options = OPTIONS_OF.get(format_key, frozenset()) | gzip
    return options - EVENTS_ONLY if of_profiles else options
