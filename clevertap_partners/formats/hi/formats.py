"""Numbers as they are grouped in India: 12,34,567. Django asks for the names below."""

from __future__ import annotations

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = (3, 2, 0)
