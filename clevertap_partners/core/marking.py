"""[pure] Marks texts of modules that know no Django, so that they are translated where they are
shown (`translated.py`). `python -m clevertap_partners.messages` collects them."""

from __future__ import annotations


def gettext_noop(text: str) -> str:
    """The text as it is. Named places, such as {bucket}, are filled by `str.format`."""
    return text
