"""[pure] Parquet, zstd: typed columns, so that whoever loads the files needs no schema.

Events differ in their properties, so these reach the file as JSON text and get the types of the
file's event on the way into it, a row group at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import BinaryIO

import duckdb
import pyarrow as pa

from clevertap_partners.eventstore.memo import Memo
from clevertap_partners.eventstore.query import Query
from clevertap_partners.eventstore.schema import EventSchema
from exports.pipeline.encode import sql
from exports.pipeline.encode.as_json import profile_json
from exports.pipeline.encode.base import EncodeOptions
from exports.pipeline.encode.profiles import FIXED, ProfileField, ProfileFields, profile_fields
from exports.pipeline.encode.row_groups import ParquetBody
from exports.pipeline.encode.typed import (
    TEXT,
    Structure,
    TypedProperty,
    arrow_type,
    columns_of,
    transform,
    transforms,
    typed_properties,
)
from exports.pipeline.records import ProfileRecords, Records

_DEVICE: Structure = {
    **dict.fromkeys(sql.DEVICE_TEXTS, TEXT),
    "dpi": "DOUBLE",
    "dimensions": {"width": "DOUBLE", "height": "DOUBLE", "unit": TEXT},
}
# Of the engine that types a row group; it holds one at a time.
ENGINE_MEMORY_MB = 64
_TIME = pa.timestamp("us", tz="UTC")
_SCOPES = {"eventProps": "event_props", "sessionProps": "session_props"}


class ParquetEncoder:
    """A column a field; the properties of events in the structs eventProps and sessionProps."""

    def __init__(self, options: EncodeOptions, records: Records) -> None:
        self._options = options
        self._records = records
        self._engine = duckdb.connect(
            config={"threads": 1, "memory_limit": f"{ENGINE_MEMORY_MB}MB"}
        )

    def queries(self) -> list[Query]:
        if isinstance(self._records, ProfileRecords):
            return [Query(_ProfileColumns(self._records, self._options).projections())]
        device = Memo("device_struct", "device_info", transform("value", _DEVICE))
        return [Query(self._event_steps(), [device])]

    def _event_steps(self) -> list[str]:
        profile = transform("profile", _profile_structure(self._options))
        return [
            f"event_time, {profile_json(self._options)} AS profile, device_info, "
            "control_group_name, event_props, session_props",
            f"""event_time AS "eventTime", {profile} AS profile,
            device_struct(device_info) AS "deviceInfo",
            control_group_name AS "controlGroupName", event_props, session_props""",
        ]

    def body(self, file: BinaryIO, *, event_name: str, max_bytes: int) -> ParquetBody:
        if isinstance(self._records, ProfileRecords):
            profiles = _ProfileColumns(self._records, self._options)
            return ParquetBody(file, max_bytes, profiles.schema, profiles.table)
        schema = self._records.schemas[event_name]
        events = _EventColumns(schema, self._options, self._engine)
        return ParquetBody(file, max_bytes, events.schema, events.table)


def _profile_structure(options: EncodeOptions) -> Structure:
    object_id = {"objectId": TEXT} if options.clevertap_id else {}
    texts = dict.fromkeys(sql.PROFILE_TEXTS, TEXT)
    return {"identity": TEXT, **object_id, "all_identities": [TEXT], **texts}


class _EventColumns:
    """The columns of one event's files. A scope without properties has no column."""

    def __init__(
        self, schema: EventSchema, options: EncodeOptions, engine: duckdb.DuckDBPyConnection
    ) -> None:
        self._engine = engine
        given = {"eventProps": schema.event_props, "sessionProps": schema.session_props}
        self._scopes = {
            scope: typed_properties(properties, as_texts=options.values_as_strings)
            for scope, properties in given.items()
            if properties
        }
        self._structs = {
            scope: transforms(_SCOPES[scope], typed) for scope, typed in self._scopes.items()
        }
        scopes = [(scope, _struct_of(typed)) for scope, typed in self._scopes.items()]
        self.schema = pa.schema([*_fixed_fields(options), *scopes])

    def table(self, rows: pa.Table) -> pa.Table:
        """The rows with their properties typed, in the order of `schema`."""
        rows = rows.rename_columns({"event_name": "eventName"})
        # Typed batch by batch, as they came: the engine would copy a whole row group at a time.
        typed = self._typed(rows)
        columns = {name: rows.column(name) for name in rows.column_names} | typed
        return pa.table([columns[name] for name in self.schema.names], schema=self.schema)

    def _typed(self, rows: pa.Table) -> dict[str, pa.Array]:
        """The structs of the scopes."""
        self._engine.register("waiting", rows.select(list(_SCOPES.values())))
        return {scope: self._struct(scope, rows) for scope in self._scopes}

    def _struct(self, scope: str, rows: pa.Table) -> pa.Array:
        typed = self._scopes[scope]
        return pa.StructArray.from_arrays(
            columns_of([self._found(struct) for struct in self._structs[scope]], typed),
            type=_struct_of(typed),
            mask=rows.column(_SCOPES[scope]).combine_chunks().is_null(),
        )

    def _found(self, struct: str) -> pa.StructArray:
        """One struct after the other: the engine has memory for one."""
        rows = self._engine.sql(f"SELECT {struct} AS found FROM waiting")  # noqa: S608  (ours)
        return _only_chunk(rows.to_arrow_table().combine_chunks().column("found"))


def _fixed_fields(options: EncodeOptions) -> list[pa.Field]:
    return [
        pa.field("ts", pa.int64(), nullable=False),
        pa.field("eventTime", _TIME, nullable=False),
        pa.field("eventName", pa.string(), nullable=False),
        pa.field("profile", arrow_type(_profile_structure(options))),
        pa.field("deviceInfo", arrow_type(_DEVICE)),
        pa.field("controlGroupName", pa.string()),
    ]


def _struct_of(typed: Sequence[TypedProperty]) -> pa.DataType:
    return pa.struct([pa.field(one.column, one.arrow_type) for one in typed])


class _ProfileColumns:
    """The columns of profiles: a field each, typed where it is a property."""

    def __init__(self, records: ProfileRecords, options: EncodeOptions) -> None:
        fields = profile_fields(records, options)
        self._source = fields.source
        self._order = [field.name for field in fields.all]
        self._known = {field.name: field for field in fields.all if field.known is None}
        self._typed = _typed_fields(fields, as_texts=options.values_as_strings)
        self.schema = pa.schema([self._field(name) for name in self._order])

    def projections(self) -> list[str]:
        known = [f'{_known_value(field)} AS "{name}"' for name, field in self._known.items()]
        structs = [f"{one} AS s{n}" for n, one in enumerate(self._structs())]
        return [
            f"{self._source}, properties, created_at, last_seen_at",
            ", ".join([*known, *structs]),
        ]

    def table(self, rows: pa.Table) -> pa.Table:
        """The rows with each property in a column of its own, in the order of `schema`."""
        rows = rows.combine_chunks()
        columns = {name: rows.column(name) for name in self._known}
        structs = [_only_chunk(rows.column(f"s{n}")) for n, _ in enumerate(self._structs())]
        values = columns_of(structs, list(self._typed.values()))
        columns |= dict(zip(self._typed, values, strict=True))
        return pa.table([columns[name] for name in self._order], schema=self.schema)

    def _structs(self) -> list[str]:
        return transforms("properties", list(self._typed.values()))

    def _field(self, name: str) -> pa.Field:
        if typed := self._typed.get(name):
            return pa.field(typed.column, typed.arrow_type)
        kinds = {"all_identities": pa.list_(pa.string()), "created": _TIME, "lastSeen": _TIME}
        return pa.field(name, kinds.get(name, pa.string()))


def _known_value(field: ProfileField) -> str:
    special = {
        "all_identities": """from_json(all_identities, '["VARCHAR"]')""",
        "created": "created_at",
        "lastSeen": "last_seen_at",
    }
    return special.get(field.name, field.text)


def _typed_fields(fields: ProfileFields, *, as_texts: bool) -> dict[str, TypedProperty]:
    """The properties by the name of their field, which is their column's name if it is free."""
    sources = {field.name: field.known.name for field in fields.all if field.known is not None}
    named = [field.schema for field in fields.person if field.known is not None]
    others = [field.schema for field in (*fields.flags, *fields.properties)]
    typed = [
        *typed_properties(named, as_texts=as_texts),
        *typed_properties(others, as_texts=as_texts, taken=FIXED),
    ]
    return {one.name: replace(one, name=sources[one.name]) for one in typed}


def _only_chunk(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
