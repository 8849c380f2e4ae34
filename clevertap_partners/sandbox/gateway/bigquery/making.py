"""Tables of the emulator that hold what a SELECT finds, with Google's column types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from clevertap_partners.sandbox.gateway.bigquery import words
from clevertap_partners.sandbox.gateway.bigquery.emulator import Emulator, table_path
from clevertap_partners.sandbox.gateway.bigquery.refusals import invalid_query, refused
from clevertap_partners.sandbox.gateway.bigquery.sql import DIALECT, SCRIPT, Parsed, TableName

# What the emulator forgets of a column on its way through SQL, by the type that it says instead.
_FORGOTTEN = {"BIGNUMERIC": "NUMERIC", "GEOGRAPHY": "BYTES"}

Json = dict[str, Any]
Fields = list[Json]


@dataclass(frozen=True)
class Statement:
    """A SQL text for the emulator, with the parameters that came with it."""

    project: str
    parsed: Parsed
    parameters: Json

    def asked(self, text: str, **more: Any) -> Json:
        return {"query": text, "useLegacySql": False, **self.parameters, **more}


class Maker:
    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def schema(self, statement: Statement, known: Sequence[Fields] = ()) -> Fields:
        """The columns of a SELECT. `known` are those of the tables it reads. Raises as Google."""
        text = f"SELECT * FROM (\n{for_emulator(statement.parsed.tree)}\n) LIMIT 0"
        answer = self.run(statement, text, dryRun=True)
        fields: Fields = answer.get("schema", {}).get("fields", [])
        return [_remembered(_as_record(field), known) for field in fields]

    def make(self, table: TableName, fields: Fields, statement: Statement) -> int:
        """A new table with the rows of the SELECT; how many. After a refusal none."""
        self.create(table, [_stored(field) for field in fields])
        try:
            answer = self.run(statement, _insert(table, fields, statement.parsed.tree))
        except BaseException:
            self.drop(table)
            raise
        if any(_stored(field) != field for field in fields):
            path = table_path(table.project, table.dataset, table.table)
            self._emulator.expect("PATCH", path, {"schema": {"fields": fields}})
        return int(answer.get("numDmlAffectedRows") or 0)

    def create(self, table: TableName, fields: Fields) -> None:
        reference = {
            "projectId": table.project,
            "datasetId": table.dataset,
            "tableId": table.table,
        }
        asked = {"tableReference": reference, "schema": {"fields": fields}}
        status, answer = self._emulator.call(
            "POST", table_path(table.project, table.dataset), asked
        )
        if status == 409:
            raise refused("duplicate", f"Already Exists: Table {table}")
        if status >= 300:
            raise invalid_query(answer.get("error", {}).get("message", "Invalid schema."))

    def drop(self, table: TableName) -> None:
        self._emulator.call("DELETE", table_path(table.project, table.dataset, table.table))

    def run(self, statement: Statement, text: str, **more: Any) -> Json:
        """The emulator's answer. Raises its refusal in Google's words."""
        asked = statement.asked(text, **more)
        status, answer = self._emulator.call("POST", f"{statement.project}/queries", asked)
        errors = answer.get("errors") or answer.get("error", {}).get("errors") or []
        if not errors:
            return answer
        reason, said = errors[0].get("reason", "invalidQuery"), str(errors[0].get("message", ""))
        if reason == "notFound" or (reason == "duplicate" and status < 500):
            raise refused(reason, said)
        raise invalid_query(words.google_words(said, statement.parsed.text))


def for_emulator(tree: exp.Expr) -> str:
    """The SQL text with every column named, and every name quoted."""
    copy = tree.copy()
    if isinstance(copy, exp.Query):
        _name_columns(copy)
    # A column called `at` would be a word of DuckDB's otherwise.
    metadata = any("INFORMATION_SCHEMA" in one.name.upper() for one in copy.find_all(exp.Table))
    return copy.sql(dialect=DIALECT, identify=not metadata, comments=False)


def whole_text(parsed: Parsed) -> str:
    """The statement with whole names of tables; a script as it is."""
    if parsed.kind in {SCRIPT, "CALL"}:
        return parsed.text
    return for_emulator(parsed.tree)


def select_of(tree: exp.Expr) -> exp.Select | None:
    """The SELECT that names the columns of a query."""
    while not isinstance(tree, exp.Select):
        inner = tree.this
        if not isinstance(inner, exp.Query):
            return None
        tree = inner
    return tree


def duplicates(tree: exp.Expr, columns_of: Callable[[exp.Table], list[str]]) -> list[str]:
    """Names that several columns of the result have, as they were typed first."""
    names = output_names(tree, columns_of)
    seen: dict[str, str] = {}
    twice: dict[str, str] = {}
    for name in names:
        if name.lower() in seen:
            twice[name.lower()] = seen[name.lower()]
        seen.setdefault(name.lower(), name)
    return list(twice.values())


def output_names(tree: exp.Expr, columns_of: Callable[[exp.Table], list[str]]) -> list[str]:
    """The names of a result's columns, without those of a star over anything but tables."""
    select = select_of(tree)
    names: list[str] = []
    for each in select.expressions if select is not None else []:
        star = each.this if isinstance(each, exp.Column) else each
        if isinstance(star, exp.Star):
            names += _starred(select, each, star, columns_of)
        elif isinstance(each, (exp.Column, exp.Alias, exp.Dot)):
            names.append(each.alias_or_name)
    return names


def _starred(
    select: exp.Select | None,
    each: exp.Expr,
    star: exp.Star,
    columns_of: Callable[[exp.Table], list[str]],
) -> list[str]:
    if select is None or any(join.args.get("using") for join in select.args.get("joins") or []):
        return []
    source = select.args.get("from_") or select.args.get("from")
    sources = [source.this] if source is not None else []
    sources += [join.this for join in select.args.get("joins") or []]
    of_one = each.table.lower() if isinstance(each, exp.Column) else ""
    left_out = {
        one.name.lower() for one in star.args.get("except_") or star.args.get("except") or []
    }
    return [
        name
        for table in sources
        if isinstance(table, exp.Table) and of_one in {"", table.alias_or_name.lower()}
        for name in columns_of(table)
        if name.lower() not in left_out
    ]


def _name_columns(query: exp.Query) -> None:
    select, nameless = select_of(query), 0
    for at, each in enumerate(select.expressions if select is not None else []):
        if isinstance(each, (exp.Column, exp.Alias, exp.Dot, exp.Star)):
            continue
        assert select is not None  # noqa: S101  (the loop ran over its columns)
        select.expressions[at].replace(exp.alias_(each.copy(), f"f{nameless}_", quoted=True))
        nameless += 1


def _insert(table: TableName, fields: Fields, tree: exp.Expr) -> str:
    target, select = f"`{table.project}`.`{table.dataset}`.`{table.table}`", for_emulator(tree)
    # A geography travels as text, as Google's Storage Read API sends it.
    texts = ", ".join(
        f"CAST(`{field['name']}` AS STRING) AS `{field['name']}`"
        for field in fields
        if field["type"] == "GEOGRAPHY"
    )
    if not texts:
        return f"INSERT INTO {target} {select}"
    return f"INSERT INTO {target} SELECT * REPLACE ({texts}) FROM (\n{select}\n)"


def _stored(field: Json) -> Json:
    return {**field, "type": "STRING"} if field["type"] == "GEOGRAPHY" else field


def _as_record(field: Json) -> Json:
    """The emulator can make no table with a column of ranges; a record looks the same."""
    if field["type"] != "RANGE":
        return field
    bound = {"type": field["rangeElementType"]["type"], "mode": "NULLABLE"}
    ends = [{"name": "start", **bound}, {"name": "end", **bound}]
    return {"name": field["name"], "type": "RECORD", "mode": field["mode"], "fields": ends}


def _remembered(field: Json, known: Sequence[Fields]) -> Json:
    """The column's type in the table that it comes from, where the emulator forgets it."""
    for one in (one for fields in known for one in fields):
        same = one["name"].lower() == field["name"].lower()
        if same and _FORGOTTEN.get(one["type"]) == field["type"]:
            return {**field, "type": one["type"]}
    return field
