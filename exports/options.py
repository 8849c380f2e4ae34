"""[pure] Which options the files of a format have, for events and for user properties.

The form shows these and no others, and takes no notice of what is said of the others. Every format
has identifiers, CleverTap ID and manifest.
"""

from __future__ import annotations

from exports.pipeline.encode import FORMATS

# What the form calls an option, where it is not its name in EncodeOptions.
FIELDS = {"event_name_line": "first_line"}
# Files of user properties never name an event, and are always compressed.
EVENTS_ONLY = frozenset({"first_line", "compress"})


def options_of(format_key: str, *, of_profiles: bool) -> frozenset[str]:
    """The form's fields on offer. Raises KeyError for a format that is not registered."""
    spec = FORMATS[format_key]
    names = spec.options if spec.compresses_inside else spec.options | {"compress"}
    fields = frozenset(FIELDS.get(name, name) for name in names)
    return fields - EVENTS_ONLY if of_profiles else fields
