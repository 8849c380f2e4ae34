"""The first rows of an export as its files would hold them, made by the very same code.

Importing this loads the engine: views do so when somebody asks for a preview.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from typing import Any, cast

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import structlog
from deltalake.exceptions import DeltaError
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_noop

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.errors import PermanentError, TransientError
from clevertap_partners.eventstore.kinds import Seen, sightings
from clevertap_partners.eventstore.lake import events_uri, profiles_uri
from clevertap_partners.eventstore.merge import LakeUnsorted
from clevertap_partners.eventstore.profile_reader import ProfileReader
from clevertap_partners.eventstore.query import Query
from clevertap_partners.eventstore.reader import EngineLimits, EventReader, connect
from clevertap_partners.eventstore.schema import property_schema
from clevertap_partners.eventstore.selectors import event_day_totals, event_schemas
from exports.models import Export
from exports.pipeline.encode import FORMATS, open_encoder
from exports.pipeline.encode.base import Encoder
from exports.pipeline.records import EventRecords, ProfileRecords, Records
from exports.pipeline.run import Source
from exports.planning import engine_limits
from exports.ranges import earliest_day
from exports.spec import ExportSpec

log = structlog.get_logger(__name__)

ROWS = 5
# Whose properties are looked at: a survey of everybody would take its time.
PEOPLE = 1_000
TEXT_BYTES = 20_000
# Files that can only be read as a whole are made whole, then shown in parts.
WHOLE_BYTES = 5_000_000
COLUMNS = 300
VALUE_CHARACTERS = 80
TIME_LIMIT_S = 10
# What is over time goes on to its end, in a thread: never more than these, each within the engine's
# limits of memory.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="preview")


@dataclass(frozen=True)
class Column:
    """A typed column and its first values; None where a row has none."""

    name: str
    type: str
    values: tuple[str | None, ...]


@dataclass(frozen=True)
class Preview:
    """The start of one file: of `event_name` on `day`, or of everybody.

    `text` is what a text file holds; of any other, `columns` say what is in it.
    """

    event_name: str
    day: datetime.date | None
    rows: int
    text: str = ""
    is_cut: bool = False
    columns: tuple[Column, ...] = ()
    columns_left_out: int = 0


@dataclass(frozen=True)
class _Subject:
    """What is read, and by whom."""

    records: Records
    source: Source
    event_name: str = ""
    day: datetime.date | None = None


def export_preview(*, account: Account, spec: ExportSpec) -> Preview:
    """The first rows. Raises PermanentError where there are none, TransientError when it fails."""
    wanted = None if spec.type == Export.Type.ALL_USER_PROPERTIES else _event(account, spec)
    limits = engine_limits()

    def work() -> Preview:
        subject = wanted(limits) if wanted else _people(account, limits)
        return _encoded(subject, spec)

    return _in_time(work)


def _event(account: Account, spec: ExportSpec) -> Callable[[EngineLimits], _Subject]:
    """The most frequent event of the newest day that has any of those chosen."""
    first_day, last_day = _days(account, spec)
    totals = event_day_totals(
        account=account,
        first_day=first_day,
        last_day=last_day,
        event_names=spec.event_names or None,
    )
    if not totals:
        raise _nothing()
    name, day, _, _ = max(totals, key=lambda total: (total[1], total[2], total[0]))
    schemas = event_schemas(account=account, event_names=[name])

    def subject(limits: EngineLimits) -> _Subject:
        reader = EventReader(events_uri(account.pk), limits)
        version = reader.version()
        if version is None:
            raise _nothing()
        source = partial(reader.scan, version=version, day=day, event_names=[name])
        return _Subject(EventRecords(schemas), source, name, day)

    return subject


def _days(account: Account, spec: ExportSpec) -> tuple[datetime.date, datetime.date]:
    """The days of the export; of a recurring one those of late, as it goes on for ever."""
    if spec.first_day and spec.last_day:
        return spec.first_day, spec.last_day
    today = timezone.now().astimezone(account.zone).date()
    return earliest_day(today, settings.EXPORT_MAX_DAYS_BACK), datetime.date.max


def _people(account: Account, limits: EngineLimits) -> _Subject:
    reader = ProfileReader(profiles_uri(account.pk), limits)
    version = reader.version()
    if version is None or not reader.shards(version=version):
        raise _nothing()
    source = partial(reader.scan, version=version, shard=0)
    return _Subject(_properties(source, limits), source)


def _properties(source: Source, limits: EngineLimits) -> ProfileRecords:
    """The properties of the first people."""
    found: dict[str, Seen] = {}
    people = _first(source(query=Query(["properties"])), PEOPLE)
    if not people:
        raise _nothing()
    with closing(connect(limits)) as connection:
        connection.register("batch", pa.Table.from_batches(people))
        for seen in sightings(connection, column="properties", group="''"):
            found.setdefault(seen.name, Seen()).add(seen.kinds, seen.inner)
    names = sorted(found)
    return ProfileRecords(
        tuple(property_schema(name, found[name].kinds, found[name].inner) for name in names)
    )


def _encoded(subject: _Subject, spec: ExportSpec) -> Preview:
    is_text = not FORMATS[spec.format].compresses_inside
    options = replace(spec.encode, compress=False)
    encoder = open_encoder(spec.format, options, subject.records)
    file = BytesIO()
    body = encoder.body(
        file, event_name=subject.event_name, max_bytes=TEXT_BYTES if is_text else WHOLE_BYTES
    )
    for rows in _first(_read(subject, encoder), ROWS):
        if body.add(rows) < rows.num_rows:
            break
    body.close()
    if not body.rows:
        raise _nothing()
    start = Preview(subject.event_name, subject.day, body.rows)
    return _as_text(start, file) if is_text else _as_columns(start, file)


def _read(subject: _Subject, encoder: Encoder) -> Iterator[pa.RecordBatch]:
    for query in encoder.queries():
        yield from subject.source(query=query)


def _first(batches: Iterator[pa.RecordBatch], count: int) -> list[pa.RecordBatch]:
    """The first rows; what comes after them is not read."""
    taken: list[pa.RecordBatch] = []
    with closing(cast("Generator[pa.RecordBatch, None, None]", batches)):
        for batch in batches:
            taken.append(batch.slice(0, count))
            count -= taken[-1].num_rows
            if not count:
                break
    return taken


def _as_text(start: Preview, file: BytesIO) -> Preview:
    content = file.getvalue()
    # Only a single row that is larger comes to more.
    text = content[:TEXT_BYTES].decode("utf-8", "ignore")
    return replace(start, text=text, is_cut=len(content) > TEXT_BYTES)


def _as_columns(start: Preview, file: BytesIO) -> Preview:
    """What a reader of Parquet makes of the file: structs as a column for each of their fields."""
    table = pq.read_table(BytesIO(file.getvalue()))
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    columns = tuple(
        Column(field.name, str(field.type), tuple(map(_shown, values.to_pylist())))
        for field, values in zip(table.schema, table.columns, strict=True)
    )
    return replace(
        start, columns=columns[:COLUMNS], columns_left_out=max(0, len(columns) - COLUMNS)
    )


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)
    return text if len(text) <= VALUE_CHARACTERS else f"{text[: VALUE_CHARACTERS - 1]}…"


def _in_time(work: Callable[[], Preview]) -> Preview:
    task = _threads.submit(work)
    try:
        return task.result(timeout=TIME_LIMIT_S)
    except TimeoutError as error:
        task.cancel()
        raise _failed(gettext_noop("The preview took too long.")) from error
    except (duckdb.Error, pa.ArrowException, DeltaError, LakeUnsorted, OSError) as error:
        log.warning("preview_failed", error=type(error).__name__)
        raise _failed(gettext_noop("The preview could not be made.")) from error


def _nothing() -> PermanentError:
    return PermanentError("There is nothing to show.", code="nothing_to_preview")


def _failed(message: str) -> TransientError:
    return TransientError(
        message,
        code="preview_failed",
        fix="Try again in a moment. The export does not depend on it.",
    )
