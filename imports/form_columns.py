"""The table of the map step: a row for each column, and the property that becomes of it."""

from __future__ import annotations

from collections.abc import Mapping as Fields
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from imports.mapping import (
    BOOLEAN,
    DATE_TYPE,
    EPOCH_MS,
    EPOCH_S,
    FLOAT,
    INTEGER,
    LONG,
    NATIVE,
    STRING,
    Mapping,
    Property,
)
from imports.suggest import date_formats, property_types, suggested_mapping, why_not_mappable
from integrations.warehouse import Column

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TYPE_LABELS = {
    STRING: _("String"),
    INTEGER: _("Integer"),
    FLOAT: _("Float"),
    LONG: _("Long"),
    BOOLEAN: _("Boolean"),
    DATE_TYPE: _("Date"),
}
FORMAT_LABELS = {
    NATIVE: _("As the column has it"),
    EPOCH_S: _("Epoch seconds (10 digits)"),
    EPOCH_MS: _("Epoch milliseconds (13 digits)"),
}
# What a date or a timestamp counts in goes without saying.
CURSOR_LABELS = {
    EPOCH_S: _("{column} · {type}, epoch seconds"),
    EPOCH_MS: _("{column} · {type}, epoch milliseconds"),
}
# More than this no page shows; a query names what is wanted.
MAX_ROWS = 1_000
_MAX_NAME = 1_024


@dataclass
class ColumnRow:
    """A column, whether it becomes a property, and of which name and type."""

    index: int
    column: Column
    included: bool
    name: str
    type: str
    format: str
    why_not: str = ""
    used_as: tuple[StrOrPromise, ...] = ()
    problems: list[str] = field(default_factory=list)

    @property
    def types(self) -> list[tuple[str, StrOrPromise]]:
        """Those it may have; one it was given before stands there until somebody decides."""
        allowed = property_types(self.column)
        types: list[tuple[str, StrOrPromise]] = [(key, TYPE_LABELS[key]) for key in allowed]
        if self.type in allowed:
            return types
        text = gettext("{type} (not possible)").format(type=TYPE_LABELS[self.type])
        return [*types, (self.type, text)]

    @property
    def formats(self) -> list[tuple[str, StrOrPromise]]:
        return [(key, FORMAT_LABELS.get(key, key)) for key in date_formats(self.column)]

    @property
    def may_be_date(self) -> bool:
        return DATE_TYPE in property_types(self.column)

    @property
    def property(self) -> Property:
        is_date = self.type == DATE_TYPE
        return Property(self.column.name, self.name, self.type, self.format if is_date else "")


def kept_rows(mapping: Mapping, columns: Sequence[Column]) -> list[ColumnRow]:
    """The rows as the mapping has them; what it leaves out shows what is suggested for it."""
    suggested = {each.column: each for each in suggested_mapping(mapping.kind, columns).properties}
    kept = {each.column: each for each in mapping.properties}
    rows = []
    for index, column in enumerate(columns[:MAX_ROWS]):
        shown = kept.get(column.name) or suggested.get(column.name) or _plain(column)
        rows.append(
            ColumnRow(
                index,
                column,
                column.name in kept,
                shown.name,
                shown.type,
                shown.format,
                why_not_mappable(column),
                used_as(mapping, column),
            )
        )
    return rows


def sent_rows(data: Fields[str, str], columns: Sequence[Column]) -> list[ColumnRow]:
    """The rows as they were sent. A column that cannot be mapped is not, whatever is sent."""
    rows = []
    for index, column in enumerate(columns[:MAX_ROWS]):
        why_not = why_not_mappable(column)
        plain = _plain(column)
        rows.append(
            ColumnRow(
                index,
                column,
                not why_not and f"include_{index}" in data,
                data.get(f"name_{index}", plain.name).strip()[:_MAX_NAME],
                _sent_type(data.get(f"type_{index}"), column),
                _one_of(data.get(f"format_{index}"), date_formats(column)),
                why_not,
            )
        )
    return rows


def gone_rows(
    mapping: Mapping, columns: Sequence[Column], sent: Sequence[str] | None = None
) -> list[ColumnRow]:
    """Properties whose column cannot be read any more; of those that were `sent`, if given.

    They stay, and are a mistake, until somebody takes them out.
    """
    usable = {column.name for column in columns if not why_not_mappable(column)}
    return [
        ColumnRow(index, Column(each.column, ""), True, each.name, each.type, each.format)
        for index, each in enumerate(mapping.properties)
        if each.column not in usable and (sent is None or each.column in sent)
    ]


def properties_of(rows: Sequence[ColumnRow]) -> tuple[Property, ...]:
    return tuple(row.property for row in rows if row.included)


def used_as(mapping: Mapping, column: Column) -> tuple[StrOrPromise, ...]:
    """What else the mapping reads the column for."""
    uses = (
        (_("Identity"), mapping.identity_column),
        (_("Updated On"), mapping.cursor_column),
        (_("Created On"), mapping.created_on_column),
        (_("Event name"), mapping.event_name_column),
    )
    return tuple(use for use, name in uses if name == column.name)


def _plain(column: Column) -> Property:
    types, formats = property_types(column), date_formats(column)
    return Property(
        column.name, column.name, types[0] if types else STRING, formats[0] if formats else ""
    )


def _sent_type(sent: str | None, column: Column) -> str:
    """A type that the column cannot have is for the rules to refuse, not to be replaced unseen."""
    return sent if sent in TYPE_LABELS else _one_of(None, property_types(column)) or STRING


def _one_of(sent: str | None, allowed: Sequence[str]) -> str:
    if sent in allowed:
        return str(sent)
    return allowed[0] if allowed else ""
