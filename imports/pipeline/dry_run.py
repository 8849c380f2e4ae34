"""[pure] How rows would fare, field by field: the rules of the run, and nothing is written."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from clevertap_partners.core.marking import gettext_noop as _
from imports import row_faults
from imports.mapping import EPOCH_MS, EPOCH_S, Mapping
from imports.pipeline.columns import shown
from imports.pipeline.failed import Refusal
from imports.pipeline.mapper import Examined, FieldRead, MapContext, Mapper
from imports.pipeline.values import piece_of
from integrations.warehouse import Column

_WORDS = {EPOCH_S: _("seconds since 1970"), EPOCH_MS: _("milliseconds since 1970")}
IDENTITY, CREATED_ON, EVENT_NAME = _("Identity"), _("Created On"), _("Event name")

Say = Callable[[str], str]


@dataclass(frozen=True)
class FieldResult:
    """What a column's value becomes, or why it cannot.

    `property` is the property's name, or Identity, Created On or Event name, which have no `type`.
    `value` is as it would be stored, JSON for properties; when there is a `code`, as it came.
    """

    column: str
    property: str
    type: str
    value: str
    code: str = ""
    sentence: str = ""


@dataclass(frozen=True)
class RowResult:
    """The row's number in the sample, from 1, and its fields in the order of the mapping."""

    number: int
    fields: tuple[FieldResult, ...]

    @property
    def failures(self) -> tuple[FieldResult, ...]:
        return tuple(field for field in self.fields if field.code)

    @property
    def result(self) -> str:
        return "Error" if self.failures else "Success"


def dry_run(
    mapping: Mapping,
    columns: Sequence[Column],
    sample: pa.Table,
    context: MapContext,
    *,
    say: Say = str,
) -> list[RowResult]:
    """The fate of each row of a small sample. `say` turns its words into another language."""
    mapper = Mapper(mapping, columns, context)
    results: list[RowResult] = []
    for batch in sample.combine_chunks().to_batches():
        results += _of_batch(mapper, batch, len(results), say)
    return results


def _of_batch(mapper: Mapper, batch: pa.RecordBatch, before: int, say: Say) -> list[RowResult]:
    examined = mapper.examine(batch)
    refusals = mapper.refusals(examined)
    by_field = [
        _of_field(field, _label(field, examined, say), examined, refusals, say)
        for field in examined.fields
    ]
    by_row = zip(*by_field, strict=True)
    return [RowResult(before + number, fields) for number, fields in enumerate(by_row, 1)]


def _label(field: FieldRead, examined: Examined, say: Say) -> str:
    if field.wanted is not None:
        return field.wanted.name
    if field is examined.who:
        return say(IDENTITY)
    return say(CREATED_ON if field is examined.created_on else EVENT_NAME)


def _of_field(
    field: FieldRead, label: str, examined: Examined, refusals: Sequence[Refusal], say: Say
) -> list[FieldResult]:
    came = shown(examined.plain[field.column]).to_pylist()
    codes = _codes(field, examined, refusals)
    stored = _stored(field, examined)
    kind, form = "", ""
    if field.wanted is not None:
        kind, form = field.wanted.type, _WORDS.get(field.wanted.format, field.wanted.format)
    return [
        FieldResult(
            field.column,
            label,
            kind,
            value,
            code,
            row_faults.sentence(code, value, field.column, format=form, say=say),
        )
        if code
        else FieldResult(field.column, label, kind, kept or "")
        for value, kept, code in zip(came, stored, codes, strict=True)
    ]


def _codes(field: FieldRead, examined: Examined, refusals: Sequence[Refusal]) -> list[str]:
    """The first reason of each row that is this field's."""
    wrong = list(field.read.wrong)
    if field is examined.who or field is examined.event_name:
        own = {each.code for each in wrong}
        # What only shows when the rest of the row is known.
        wrong += [
            each.wrong
            for each in refusals
            if each.column == field.column
            and each.wrong.code == row_faults.EVENT_NAME_NO_ROOM
            and each.wrong.code not in own
        ]
    codes = [""] * len(field.read.values)
    for each in wrong:
        for place, fails in enumerate(each.rows.to_pylist()):
            if fails and not codes[place]:
                codes[place] = each.code
    return codes


def _stored(field: FieldRead, examined: Examined) -> list[str | None]:
    values = field.read.values
    if field.wanted is not None:
        texts: list[str | None] = piece_of(values, field.wanted).json.to_pylist()
        return texts
    if field is examined.created_on:
        return [None if each is None else _utc(each) for each in values.to_pylist()]
    plain: list[str | None] = values.to_pylist()
    return plain


def _utc(micros: int) -> str:
    moment = datetime.datetime.fromtimestamp(0, datetime.UTC) + datetime.timedelta(
        microseconds=micros
    )
    return moment.isoformat().replace("+00:00", "Z")
