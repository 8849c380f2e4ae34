"""Numbers as they are grouped in India, 12,34,567, and dates as they are typed.

Django asks for these names.
"""

from __future__ import annotations

# The day comes first, as it does in India; Django would take the month.
DATE_INPUT_FORMATS = ["%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y"]
DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = (3, 2, 0)
