"""[pure] What a change has changed, as a person reads it: what it was before and what it is now."""

from __future__ import annotations

import os.path
from collections.abc import Mapping
from typing import Any

from clevertap_partners.core.marking import gettext_noop

Changes = dict[str, list[str]]

# What we say ourselves is shown in the reader's language; all else stays as people have given it.
SAID_BY_US = frozenset(
    {
        *("Active", "Alerts", "All permissions", "BigQuery import", "Compression", "Every"),
        *("First line", "Formula guard", "Frequency", "Google Cloud export", "Imported as"),
        *("Manifest", "Operator", "Reason", "Role", "Status", "Type", "Values as strings"),
    }
)

# Enough to tell two values from each other; an entry of the audit log is no backup.
LONGEST = 300
# What is shown before the first difference of two long values that begin alike.
LEAD = 40


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    """{label: [before, after]} of what is not the same; what is missing on one side is empty."""
    labels = [*before, *(label for label in after if label not in before)]
    pairs = {label: (as_text(before.get(label)), as_text(after.get(label))) for label in labels}
    return {label: _short(old, new) for label, (old, new) in pairs.items() if old != new}


def as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return gettext_noop("on") if value else gettext_noop("off")
    if isinstance(value, (list, tuple)):
        return ", ".join(as_text(each) for each in value)
    return str(value)


def _short(old: str, new: str) -> list[str]:
    """Both, from a little before the place where they differ when they are long and begin alike."""
    alike = len(os.path.commonprefix([old, new]))
    begin = max(0, alike - LEAD) if alike >= LONGEST - LEAD else 0
    return [_cut(old, begin), _cut(new, begin)]


def _cut(text: str, begin: int) -> str:
    head = "…" if begin else ""
    rest = head + text[begin:]
    return rest if len(rest) <= LONGEST else f"{rest[: LONGEST - 1]}…"
