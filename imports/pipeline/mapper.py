"""[pure] Batches of a source become rows of the lake, and a report of those that cannot."""

from __future__ import annotations

import datetime
import functools
import zoneinfo
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from clevertap_partners.eventstore.canonical import MAX_RECORD_BYTES
from clevertap_partners.eventstore.survey import Survey
from imports import row_faults as faults
from imports.mapping import OBJECT_ID, PROFILES, Mapping, Property
from imports.pipeline import rows
from imports.pipeline.columns import plain
from imports.pipeline.contents import contents
from imports.pipeline.cursor import cursor_us
from imports.pipeline.document import objects
from imports.pipeline.event_names import Admit, EventNames
from imports.pipeline.failed import Refusal, counted, failed_rows, merged
from imports.pipeline.mapped import Mapped, together
from imports.pipeline.reading import Read, Wrong, all_of
from imports.pipeline.texts import cleaned
from imports.pipeline.values import Piece, piece_of, read_property
from imports.pipeline.when import MICRO, read_created_on
from imports.pipeline.who import read_identities, read_object_ids
from integrations.warehouse import Column

# Larger batches are mapped in halves: a column of texts holds two gigabytes at most, and escapes
# and names make an object longer than its values.
MAX_BATCH_BYTES = 128_000_000


@dataclass(frozen=True)
class MapContext:
    """What a row's fate depends on besides the mapping and the row.

    `admit_event_names` returns those of the given names that the account has or has room for;
    `known_object_ids` makes identities of CleverTap IDs, null where nobody has the ID.
    """

    zone: zoneinfo.ZoneInfo
    captured_at: datetime.datetime
    record_prefix: str
    admit_event_names: Admit
    known_object_ids: Callable[[pa.Array], pa.Array]


@dataclass(frozen=True)
class FieldRead:
    """A column that was read for something: one of the fixed fields, or a property."""

    column: str
    wanted: Property | None
    read: Read


@dataclass
class Examined:
    """A batch as the rules see it. `fields` are in the order in which failures are told."""

    plain: dict[str, pa.Array]
    who: FieldRead
    identities: Read
    created_on: FieldRead | None
    event_name: FieldRead | None
    properties: list[FieldRead]

    @property
    def fields(self) -> list[FieldRead]:
        fixed = [self.who, self.created_on, self.event_name]
        return [field for field in fixed if field is not None] + self.properties


class Mapper:
    """Maps batches of one source by one mapping, which has no problems (`imports.rules`)."""

    def __init__(self, mapping: Mapping, columns: Sequence[Column], context: MapContext) -> None:
        self._mapping = mapping
        self._columns = {column.name: column for column in columns}
        self._context = context
        self._names = EventNames(context.admit_event_names)
        self._properties = [
            Property(each.column, _clean(each.name), each.type, each.format)
            for each in mapping.properties
        ]

    def map(self, batch: pa.RecordBatch, *, part: int, first_row: int) -> Mapped:
        """The fate of every row. Row i of the batch is row first_row + i of the part."""
        if batch.num_rows > 1 and self._bytes(batch) > MAX_BATCH_BYTES:
            half = batch.num_rows // 2
            return together(
                self.map(batch.slice(0, half), part=part, first_row=first_row),
                self.map(batch.slice(half), part=part, first_row=first_row + half),
            )
        return self._map(batch, part, first_row)

    def _bytes(self, batch: pa.RecordBatch) -> int:
        names = sum(len(each.name.encode()) for each in self._properties)
        size: int = batch.nbytes + batch.num_rows * names
        return size

    def examine(self, batch: pa.RecordBatch) -> Examined:
        """Read all columns by the rules; whether there is room for an event name is left open."""
        columns = {name: plain(batch.column(name)) for name in self._mapping.columns}
        who, identities = self._who(columns)
        return Examined(
            plain=columns,
            who=who,
            identities=identities,
            created_on=self._created_on(columns),
            event_name=self._event_name(columns),
            properties=[
                FieldRead(each.column, each, self._property(columns[each.column], each))
                for each in self._properties
            ],
        )

    def refusals(self, examined: Examined) -> list[Refusal]:
        """Every reason of every row, each pair of code and column once.

        Takes room in the account for the new event names of rows that are right otherwise.
        """
        found = [
            Refusal(field.column, wrong) for field in examined.fields for wrong in field.read.wrong
        ]
        found += self._without_room(examined, failing_rows(found))
        return merged(found)

    def pieces(self, examined: Examined, kept: pa.BooleanArray | None) -> list[tuple[str, Piece]]:
        """The JSON of each property, of the rows that are kept."""
        return [
            (field.wanted.name, piece_of(_kept(field.read.values, kept), field.wanted))
            for field in examined.properties
            if field.wanted is not None
        ]

    def _map(self, batch: pa.RecordBatch, part: int, first_row: int) -> Mapped:
        examined = self.examine(batch)
        found = self.refusals(examined)
        failing = failing_rows(found)
        kept = None if failing is None else pc.invert(failing)
        pieces = self.pieces(examined, kept)
        texts = objects(pieces, _count(batch, kept))
        if (pc.max(pc.binary_length(texts)).as_py() or 0) > MAX_RECORD_BYTES:
            found, kept, texts = self._without_large(examined, found, kept, texts, batch.num_rows)
            pieces = self.pieces(examined, kept)
            failing = pc.invert(kept)
        if failing is None:
            failing = all_of(batch.num_rows, False, pa.bool_())
        good = self._good(batch, examined, kept, texts, part, first_row)
        return Mapped(
            good=good,
            failed=failed_rows(batch, examined.plain, found, failing, first_row),
            failures=counted(found),
            survey=self._survey(good, pieces),
        )

    def _who(self, columns: dict[str, pa.Array]) -> tuple[FieldRead, Read]:
        name = self._mapping.identity_column
        if self._mapping.identity_as != OBJECT_ID:
            read = read_identities(columns[name])
            return FieldRead(name, None, read), read
        read = read_object_ids(columns[name])
        if self._mapping.kind != PROFILES:
            return FieldRead(name, None, read), Read(pa.nulls(len(read.values), pa.string()))
        identities = self._context.known_object_ids(read.values)
        unknown = pc.and_(pc.is_null(identities), pc.is_valid(read.values))
        return FieldRead(name, None, read.refusing(faults.OBJECT_ID_UNKNOWN, unknown)), Read(
            identities
        )

    def _created_on(self, columns: dict[str, pa.Array]) -> FieldRead | None:
        name = self._mapping.created_on_column
        if not name or self._mapping.kind == PROFILES:
            return None
        form, context = self._mapping.created_on_format, self._context
        read = read_created_on(columns[name], form, context.zone, context.captured_at)
        return FieldRead(name, None, read)

    def _event_name(self, columns: dict[str, pa.Array]) -> FieldRead | None:
        name = self._mapping.event_name_column
        if not name or self._mapping.kind == PROFILES:
            return None
        return FieldRead(name, None, self._names.read(columns[name]))

    def _property(self, column: pa.Array, wanted: Property) -> Read:
        return read_property(column, wanted, self._mapping, self._context.zone)

    def _without_room(self, examined: Examined, failing: pa.BooleanArray | None) -> list[Refusal]:
        if self._mapping.kind == PROFILES:
            return []
        field = examined.event_name
        if field is None:
            column = self._mapping.identity_column
            without = self._all_without_room(len(examined.plain[column]), failing)
        else:
            column = field.column
            without = self._names.without_room(_where_not(failing, field.read.values))
        if without is None:
            return []
        return [Refusal(column, Wrong(faults.EVENT_NAME_NO_ROOM, without))]

    def _all_without_room(
        self, count: int, failing: pa.BooleanArray | None
    ) -> pa.BooleanArray | None:
        """Of a fixed event name; asked only when there is a row for it."""
        right = all_of(count, True, pa.bool_()) if failing is None else pc.invert(failing)
        return right if right.true_count and not self._names.has_room(self._fixed_name) else None

    @functools.cached_property
    def _fixed_name(self) -> str:
        return _clean(self._mapping.event_name)

    def _without_large(
        self,
        examined: Examined,
        found: list[Refusal],
        kept: pa.BooleanArray | None,
        texts: pa.StringArray,
        count: int,
    ) -> tuple[list[Refusal], pa.BooleanArray, pa.StringArray]:
        """Rows whose properties the lake would not take from anybody else either."""
        large = pc.greater(pc.binary_length(texts), MAX_RECORD_BYTES)
        if kept is None:
            kept = all_of(count, True, pa.bool_())
        everywhere = pc.replace_with_mask(all_of(count, False, pa.bool_()), kept, large)
        refusal = Refusal(examined.who.column, Wrong(faults.ROW_TOO_LARGE, everywhere))
        remaining = pc.and_(kept, pc.invert(everywhere))
        return [*found, refusal], remaining, pc.filter(texts, pc.invert(large))

    def _good(
        self,
        batch: pa.RecordBatch,
        examined: Examined,
        kept: pa.BooleanArray | None,
        texts: pa.StringArray,
        part: int,
        first_row: int,
    ) -> pa.Table:
        who = _kept(examined.who.read.values, kept)
        identities = _kept(examined.identities.values, kept)
        object_ids = who if self._mapping.identity_as == OBJECT_ID else None
        captured = int(self._context.captured_at.timestamp() * MICRO)
        if self._mapping.kind == PROFILES:
            places = _kept(pa.arange(first_row, first_row + batch.num_rows), kept)
            order = _kept(cursor_us(batch, self._mapping), kept)
            return rows.changes(identities, object_ids, texts, captured, order, part, places)
        ids = rows.record_ids(self._context.record_prefix, part, first_row, batch.num_rows)
        created, named = examined.created_on, examined.event_name
        return rows.events(
            identities=identities if object_ids is None else None,
            object_ids=object_ids,
            names=self._fixed_name if named is None else _kept(named.read.values, kept),
            micros=captured if created is None else _kept(created.read.values, kept),
            ids=_kept(ids, kept),
            properties=texts,
            captured=captured,
            zone=self._context.zone,
        )

    def _survey(self, good: pa.Table, pieces: list[tuple[str, Piece]]) -> Survey:
        if self._mapping.kind == PROFILES:
            return Survey()
        return contents(good, pieces, is_one=not self._mapping.event_name_column)


def failing_rows(refusals: Sequence[Refusal]) -> pa.BooleanArray | None:
    """Which rows fail at all; None when none does."""
    if not refusals:
        return None
    return functools.reduce(pc.or_, (refusal.wrong.rows for refusal in refusals))


def _where_not(failing: pa.BooleanArray | None, names: pa.StringArray) -> pa.StringArray:
    return names if failing is None else pc.if_else(failing, pa.scalar(None, pa.string()), names)


def _clean(name: str) -> str:
    text: str = cleaned(pa.array([name], pa.string()))[0].as_py()
    return text


def _kept(values: pa.Array, kept: pa.BooleanArray | None) -> pa.Array:
    return values if kept is None else pc.filter(values, kept)


def _count(batch: pa.RecordBatch, kept: pa.BooleanArray | None) -> int:
    return int(batch.num_rows if kept is None else kept.true_count)
