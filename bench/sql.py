"""What DuckDB is asked for: the fields of our files, from the lake's columns."""

from __future__ import annotations

from typing import Any

from bench.fields import DEVICE, DIMENSIONS, EVENT, OBJECTS, PROFILE, SESSION, duckdb_structure

# Never in these events, as nobody asks for the CleverTap ID; a column of every CSV all the same.
_NO_OBJECT_ID = 'NULL AS "profile.objectId"'
_CONTROL_GROUP = 'control_group_name AS "controlGroupName"'


def json_select(file: str) -> str:
    """JSON text columns, taken as JSON."""
    return f"""SELECT profile::JSON AS profile, ts, device_info::JSON AS "deviceInfo",
        {_CONTROL_GROUP}, event_props::JSON AS "eventProps",
        session_props::JSON AS "sessionProps" FROM read_parquet('{file}')"""


def native_json_select(native: str) -> str:
    """Of a copy with structs."""
    return f"""SELECT profile, ts, "deviceInfo", "controlGroupName", "eventProps", "sessionProps"
        FROM read_parquet('{native}')"""


def parquet_select(file: str) -> str:
    """Typed structs."""
    return f"""SELECT ts, event_time AS "eventTime", event_name AS "eventName", {_CONTROL_GROUP},
        {_transforms()} FROM read_parquet('{file}')"""


def csv_transform_select(file: str) -> str:
    """Flat columns, each JSON text parsed once into a typed struct."""
    device = {name: kind for name, kind in DEVICE.items() if name != "dimensions"}
    columns = [
        "ts",
        '"eventName"',
        *_members("profile", PROFILE),
        _NO_OBJECT_ID,
        *_members("deviceInfo", device),
        *(
            f'"deviceInfo".dimensions.{name} AS "deviceInfo.dimensions.{name}"'
            for name in DIMENSIONS
        ),
        '"controlGroupName"',
        *_members("eventProps", EVENT),
        *_members("sessionProps", SESSION),
    ]
    return f"SELECT {', '.join(columns)} FROM ({parquet_select(file)})"


def csv_paths_select(file: str) -> str:
    """Flat columns, each JSON text read once for a list of paths."""
    lists, columns = [], ["ts", 'event_name AS "eventName"', _NO_OBJECT_ID, _CONTROL_GROUP]
    for column, name, fields in OBJECTS:
        paths = _paths(fields)
        texts = ", ".join(f"'$.{path}'" for path in paths)
        lists.append(f"json_extract_string({column}, [{texts}]) AS {column}_values")
        for place, path in enumerate(paths, 1):
            value = f"{column}_values[{place}]"
            if path == '"all_identities"':
                value = f"""array_to_string(from_json({value}, '["VARCHAR"]'), ',')"""
            columns.append(f'{value} AS "{name}.{path.replace(chr(34), "")}"')
    rows = f"SELECT ts, event_name, control_group_name, {', '.join(lists)}"
    return f"SELECT {', '.join(columns)} FROM ({rows} FROM read_parquet('{file}'))"


def _transforms() -> str:
    return ", ".join(
        f"""json_transform({column}, '{duckdb_structure(fields)}') AS "{name}\""""
        for column, name, fields in OBJECTS
    )


def _members(root: str, fields: dict[str, Any]) -> list[str]:
    columns = []
    for name, kind in fields.items():
        value = f'"{root}"."{name}"'
        value = f"array_to_string({value}, ',')" if kind == "texts" else value
        columns.append(f'{value} AS "{root}.{name}"')
    return columns


def _paths(fields: dict[str, Any]) -> list[str]:
    """Each field's path, quoted, inner ones in the place of their object."""
    paths = []
    for name, kind in fields.items():
        inner = [f".{path}" for path in _paths(kind)] if isinstance(kind, dict) else [""]
        paths += [f'"{name}"{path}' for path in inner]
    return paths
