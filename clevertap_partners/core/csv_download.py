"""Tables to take away as CSV, sent as they are read: memory never holds the whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from clevertap_partners.core.csv_text import csv_lines
from clevertap_partners.core.downloads import attachment

# So that a download comes to its end; a table of more lines is read by a machine, from the bucket.
MOST_LINES = 100_000
LINES_AT_ONCE = 200

Cells = Sequence[object]


def csv_download(
    *, name: str, header: Sequence[str], lines: Iterable[Cells], most: int | None = None
) -> StreamingHttpResponse:
    """A CSV file `name` of the lines; a last line says so where there would be more than `most`."""
    pieces = _pieces(header, iter(lines), MOST_LINES if most is None else most)
    return attachment(name, "text/csv; charset=utf-8", pieces)


def _pieces(header: Sequence[str], lines: Iterator[Cells], most: int) -> Iterator[str]:
    yield csv_lines([header])
    wanted = islice(lines, most)
    while some := list(islice(wanted, LINES_AT_ONCE)):
        yield csv_lines([[_text(cell) for cell in line] for line in some])
    if next(lines, None) is not None:
        yield csv_lines([[_("Cut after %(most)s lines: there are more.") % {"most": most}]])


def _text(cell: object) -> str | None:
    return None if cell is None else str(cell)
