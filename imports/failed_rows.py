"""The failed rows of a run, as its files hold them: a page of them, or all of them as a stream.

A file is read a thousand rows at a time, so memory does not grow with the number of rows.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from django.utils.translation import ngettext

from clevertap_partners.core.csv_text import csv_lines
from clevertap_partners.core.templatetags.ui import number
from imports import failed_text
from imports.folder import folder_of
from imports.models import ImportRun
from imports.selectors import batches_with_failures

READ_ROWS = 1000
# A long text is shown so far; the downloads have all of it.
SHOWN_CHARACTERS = 500

Sentence = Callable[[dict[str, Any]], str]


class RowsExpired(Exception):
    """The files with the failed rows are no longer there."""


@dataclass(frozen=True)
class Wanted:
    """Which rows: those that failed for a reason, in a column, with a text in one of the values."""

    code: str = ""
    column: str = ""
    text: str = ""

    @property
    def is_all(self) -> bool:
        return not (self.code or self.column or self.text)


@dataclass(frozen=True)
class KeptFile:
    path: str
    part: int
    rows: int


@dataclass(frozen=True)
class Failure:
    """Why a row failed; `value` is what stood in the column, None where nothing did."""

    column: str
    code: str
    value: str | None
    sentence: str


@dataclass(frozen=True)
class FailedRow:
    """A row of the source that was not imported. `values` are all of its columns."""

    part: int
    number: int
    failures: tuple[Failure, ...]
    values: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True)
class FailedPage:
    rows: list[FailedRow]
    count: int


class FailedRows:
    """The failed rows of one run that were kept. `sentence` puts a stored failure into words."""

    def __init__(self, run: ImportRun, sentence: Sentence) -> None:
        self._sentence = sentence
        self._files = [
            KeptFile(batch.failed_file, batch.unit.part, batch.failed_rows_kept)
            for batch in batches_with_failures(run).select_related("unit")
        ]
        self._folder = folder_of(run)

    @property
    def kept(self) -> int:
        return sum(file.rows for file in self._files)

    @property
    def parts(self) -> int:
        """How many streams they come from."""
        return len({file.part for file in self._files})

    def are_there(self) -> bool:
        """Whether all of them can still be read; there may be none at all."""
        held = self._folder.get_file_info(pafs.FileSelector("", allow_not_found=True))
        wanted = {file.path for file in self._files}
        return bool(wanted) and wanted <= {info.base_name for info in held}

    def page(self, wanted: Wanted, *, number: int, per_page: int) -> FailedPage:
        """The page of that number, from 1; past the end it is empty. Raises RowsExpired."""
        first = (number - 1) * per_page
        found = self._counted if wanted.is_all else self._searched
        return found(wanted, first, per_page)

    def _counted(self, wanted: Wanted, first: int, per_page: int) -> FailedPage:
        """Every row is wanted: the batches say in which file a page begins."""
        rows: list[FailedRow] = []
        before = 0
        for file in self._files:
            if before + file.rows > first and len(rows) < per_page:
                skipped = max(0, first - before)
                rows += self._rows_from(file, skipped, per_page - len(rows))
            before += file.rows
        return FailedPage(rows, self.kept)

    def _rows_from(self, file: KeptFile, skipped: int, count: int) -> list[FailedRow]:
        rows: list[FailedRow] = []
        for batch in self._batches(file):
            if skipped < batch.num_rows:
                rows += self._shown(file, batch.slice(skipped, count - len(rows)))
            skipped = max(0, skipped - batch.num_rows)
            if len(rows) == count:
                break
        return rows

    def _searched(self, wanted: Wanted, first: int, per_page: int) -> FailedPage:
        rows: list[FailedRow] = []
        count = 0
        for file, batch in self._found(wanted):
            start = max(0, first - count)
            if start < batch.num_rows and len(rows) < per_page:
                rows += self._shown(file, batch.slice(start, per_page - len(rows)))
            count += batch.num_rows
        return FailedPage(rows, count)

    def csv(self, wanted: Wanted) -> Iterator[str]:
        """The original rows with what is wrong with them, as CSV; without any, its first line.

        Raises RowsExpired.
        """
        names = self._columns()
        yield csv_lines([[*names, failed_text.description_name(names)]])
        for _, batch in self._found(wanted):
            columns = [texts.to_pylist() for texts in _text_columns(batch)]
            yield csv_lines(zip(*columns, self._descriptions(batch), strict=True))

    def ndjson(self, wanted: Wanted) -> Iterator[str]:
        """As `csv`, an object a line; numbers and booleans as such."""
        for _, batch in self._found(wanted):
            names = _names(batch.schema)
            names.append(failed_text.description_name(names))
            columns = [failed_text.json_values(column) for column in _originals(batch)]
            rows = zip(*columns, self._descriptions(batch), strict=True)
            yield failed_text.ndjson_lines(dict(zip(names, row, strict=True)) for row in rows)

    def _descriptions(self, batch: pa.RecordBatch) -> list[str]:
        stored = batch.column("failures").to_pylist()
        return [" ".join(self._sentence(failure) for failure in each) for each in stored]

    def _found(self, wanted: Wanted) -> Iterator[tuple[KeptFile, pa.RecordBatch]]:
        for file in self._files:
            for batch in self._batches(file):
                found = _narrowed(batch, wanted)
                if found.num_rows:
                    yield file, found

    def _columns(self) -> list[str]:
        """Of the source: those of the first file, as all files of a run have the same."""
        if not self._files:
            return []
        with self._opened(self._files[0]) as opened:
            return _names(opened.schema_arrow)

    def _batches(self, file: KeptFile) -> Iterator[pa.RecordBatch]:
        with self._opened(file) as opened:
            yield from opened.iter_batches(batch_size=READ_ROWS)

    @contextlib.contextmanager
    def _opened(self, file: KeptFile) -> Iterator[pq.ParquetFile]:
        try:
            with self._folder.open_input_file(file.path) as stream:
                yield pq.ParquetFile(stream)
        except FileNotFoundError as error:
            raise RowsExpired(file.path) from error

    def _shown(self, file: KeptFile, batch: pa.RecordBatch) -> list[FailedRow]:
        names = _names(batch.schema)
        rows = zip(*(texts.to_pylist() for texts in _text_columns(batch)), strict=True)
        return [
            FailedRow(
                file.part,
                number,
                tuple(self._failure(failure) for failure in failures),
                tuple(zip(names, map(shortened, values), strict=True)),
            )
            for number, failures, values in zip(
                batch.column("row_number").to_pylist(),
                batch.column("failures").to_pylist(),
                rows,
                strict=True,
            )
        ]

    def _failure(self, stored: dict[str, Any]) -> Failure:
        value = shortened(stored["value"])
        return Failure(stored["column"] or "", stored["code"], value, self._sentence(stored))


def shortened(text: str | None) -> str | None:
    if text is None or len(text) <= SHOWN_CHARACTERS:
        return text
    count = len(text)
    said = ngettext("{text}… ({count} character)", "{text}… ({count} characters)", count)
    return said.format(text=text[:SHOWN_CHARACTERS], count=number(count))


def _narrowed(batch: pa.RecordBatch, wanted: Wanted) -> pa.RecordBatch:
    if wanted.code or wanted.column:
        batch = batch.filter(_with_reason(batch.column("failures"), wanted))
    return batch.filter(_with_text(batch, wanted.text)) if wanted.text else batch


def _with_reason(failures: pa.ListArray, wanted: Wanted) -> pa.Array:
    """Whether one of a row's failures is of that reason."""
    flat = failures.flatten()
    hits = pa.repeat(pa.scalar(True), len(flat))
    for field, value in (("code", wanted.code), ("column", wanted.column)):
        if value:
            hits = pc.and_(hits, pc.equal(flat.field(field), value))
    rows = pc.list_parent_indices(failures).filter(hits)
    return pc.is_in(pa.array(range(len(failures)), rows.type), value_set=pc.unique(rows))


def _with_text(batch: pa.RecordBatch, text: str) -> pa.Array:
    """Whether one of a row's values has the text in it, in whichever case."""
    hits = pa.repeat(pa.scalar(False), batch.num_rows)
    for texts in _text_columns(batch):
        found = pc.match_substring(texts, text, ignore_case=True)
        hits = pc.or_(hits, pc.fill_null(found, False))
    return hits


def _names(schema: pa.Schema) -> list[str]:
    return [field.name for field in schema.field("original").type]


def _originals(batch: pa.RecordBatch) -> Sequence[pa.Array]:
    columns: Sequence[pa.Array] = batch.column("original").flatten()
    return columns


def _text_columns(batch: pa.RecordBatch) -> list[pa.Array]:
    return [failed_text.as_texts(column) for column in _originals(batch)]
