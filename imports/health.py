"""[pure] How well a run went: the share of its rows that landed, as a colour and in words."""

from __future__ import annotations

from dataclasses import dataclass

from clevertap_partners.core.marking import gettext_noop as _

WHOLE = 10_000  # hundredths of a per cent


@dataclass(frozen=True)
class Health:
    """`tone` is the colour, `percent` the share as it is written, `words` what both mean."""

    tone: str
    percent: str
    words: str


NOTHING_PROCESSED = Health("neutral", "", _("nothing processed"))
NOTHING_NEW = Health("neutral", "", _("nothing new"))


def health(*, imported: int, failed: int, read: int = 0) -> Health:
    """Rows that were known already say nothing about a run: they are no part of its health."""
    total = imported + failed
    if not total:
        return NOTHING_NEW if read else NOTHING_PROCESSED
    hundredths = hundredths_of(imported, total)
    return Health(_tone(imported, total), percent_text(hundredths), _words(imported, total))


def _tone(imported: int, total: int) -> str:
    if imported == total:
        return "success"
    return "warning" if 2 * imported >= total else "danger"


def _words(imported: int, total: int) -> str:
    if imported == total:
        return _("every row imported")
    if not imported:
        return _("every row failed")
    return _("some rows failed") if 2 * imported >= total else _("most rows failed")


def hundredths_of(imported: int, total: int) -> int:
    """Rounded down, so that no failed row hides behind 100 %; some is never shown as none."""
    down = imported * WHOLE // total
    return max(1, down) if imported else 0


def percent_text(hundredths: int) -> str:
    """9950 as 99.5 %."""
    whole, rest = divmod(hundredths, 100)
    text = f"{whole}.{rest:02}".rstrip("0").rstrip(".")
    return f"{text} %"
