"""Datasets and tables as the owner of the sandbox's project handles them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sqlglot import exp

from clevertap_partners.sandbox.gateway.bigquery import sql
from clevertap_partners.sandbox.gateway.bigquery.emulator import Emulator, table_path
from clevertap_partners.sandbox.gateway.bigquery.making import (
    Fields,
    Statement,
    for_emulator,
    whole_text,
)
from clevertap_partners.sandbox.gateway.bigquery.plan import Planner
from clevertap_partners.sandbox.gateway.bigquery.rows import Rows
from clevertap_partners.sandbox.gateway.bigquery.runner import ensure_dataset
from clevertap_partners.sandbox.gateway.bigquery.sql import Parsed, TableName
from clevertap_partners.sandbox.gateway.owner_accounts import PROJECT
from clevertap_partners.sandbox.gateway.refusals import (
    account_in,
    conflict,
    invalid,
    missing,
    role_from,
)
from clevertap_partners.sandbox.gateway.state import Dataset, Store

LOCATION = "EU"
PREVIEW_ROWS = 20
_NAME = re.compile(r"[A-Za-z0-9]\w{0,1023}", re.ASCII)
_VALUES: dict[str, Callable[[str], Any]] = {
    "INTEGER": int,
    "FLOAT": float,
    "BOOLEAN": lambda text: text == "true",
}

Json = dict[str, Any]


class OwnerDatasets:
    """Answers are what the JSON interface gives. Raises GoogleError with words for people."""

    def __init__(self, store: Store, emulator: Emulator, planner: Planner, rows: Rows) -> None:
        self._store = store
        self._emulator = emulator
        self._planner = planner
        self._rows = rows

    def listing(self) -> list[Json]:
        found = sorted(self._store.state.datasets.items())
        return [asdict(dataset) for _, dataset in found if not dataset.owner]

    def create(self, asked: Json) -> Json:
        """A new dataset; `grant_to` are the accounts that get `roles` on it."""
        name, project = str(asked.get("name", "")), str(asked.get("project_id") or PROJECT)
        if not _NAME.fullmatch(name):
            raise invalid(
                "A dataset name has letters, digits and underscores, and starts with a letter or "
                "a digit."
            )
        wanted = [role_from(role) for role in asked.get("roles", [])]
        emails = [
            account_in(self._store.state, str(who)).email for who in asked.get("grant_to", [])
        ]
        dataset = Dataset(
            name,
            project,
            str(asked.get("location") or LOCATION).upper(),
            self._store.now(),
            grants={email: wanted for email in emails if wanted},
        )
        if dataset.id in self._store.state.datasets:
            raise conflict(f"The dataset {dataset.id} exists already.")
        ensure_dataset(self._emulator, dataset)
        with self._store.change() as state:
            state.datasets[dataset.id] = dataset
        return asdict(dataset)

    def delete(self, project: str, name: str) -> None:
        """With all its tables."""
        dataset = self._dataset(project, name)
        self._drop(dataset)
        with self._store.change() as state:
            state.datasets.pop(dataset.id, None)

    def grant(self, project: str, name: str, asked: Json) -> Json:
        """Set the roles, or single permissions, of an account on a dataset; none takes all away."""
        dataset = self._dataset(project, name)
        email, wanted = self._grants(asked)
        with self._store.change():
            dataset.grants.pop(email, None)
            if wanted:
                dataset.grants[email] = wanted
        return asdict(dataset)

    def project_grants(self) -> dict[str, dict[str, list[str]]]:
        return self._store.state.project_grants

    def grant_project(self, project: str, asked: Json) -> Json:
        """The same on a whole project, for all of its datasets."""
        email, wanted = self._grants(asked)
        with self._store.change() as state:
            grants = state.project_grants.setdefault(project, {})
            grants.pop(email, None)
            if wanted:
                grants[email] = wanted
        return {"project_id": project, "grants": grants}

    def tables(self, project: str, name: str) -> list[Json]:
        self._dataset(project, name)
        found = self._emulator.expect("GET", f"{table_path(project, name)}?maxResults=10000")
        names = sorted(one["tableReference"]["tableId"] for one in found.get("tables", []))
        return [self._described(TableName(project, name, table)) for table in names]

    def table(self, project: str, dataset: str, table: str) -> Json:
        """What the table is, with its first rows."""
        name = self._table(project, dataset, table)
        described = self._described(name)
        page = self._rows.page(name, {"maxResults": PREVIEW_ROWS})
        fields = described["schema"]
        return {**described, "preview": [_row(row, fields) for row in page.get("rows", [])]}

    def drop_table(self, project: str, dataset: str, table: str) -> None:
        self._planner.maker.drop(self._table(project, dataset, table))

    def run(self, asked: Json) -> Json:
        """Run SQL with every right: {"columns", "rows", "changed_rows"}."""
        project = str(asked.get("project_id") or PROJECT)
        parsed = sql.parse(
            str(asked.get("sql", "")), project=project, dataset=str(asked.get("dataset") or "")
        )
        statement = Statement(project, parsed, {})
        self._planner.sizes.forget()
        if parsed.kind.startswith("CREATE_TABLE"):
            return self._create_table(statement)
        answer = self._planner.maker.run(statement, whole_text(parsed))
        fields = answer.get("schema", {}).get("fields", [])
        return {
            "columns": [field["name"] for field in fields],
            "rows": [_row(row, fields) for row in answer.get("rows", [])],
            "changed_rows": int(answer.get("numDmlAffectedRows") or 0),
        }

    def forget_all(self) -> None:
        for dataset in list(self._store.state.datasets.values()):
            self._drop(dataset)

    def _create_table(self, statement: Statement) -> Json:
        """By columns or from a SELECT, with Google's types: the emulator forgets some in SQL."""
        tree, table = statement.parsed.tree, statement.parsed.writes[0]
        if tree.args.get("replace"):
            self._planner.maker.drop(table)
        if isinstance(tree.this, exp.Schema):
            self._planner.maker.create(table, [_field(one) for one in tree.this.expressions])
        if isinstance(tree.expression, exp.Query):
            self._fill(table, statement, tree.expression, made=isinstance(tree.this, exp.Schema))
        return {"columns": [], "rows": [], "changed_rows": 0}

    def _fill(
        self, table: TableName, statement: Statement, query: exp.Query, *, made: bool
    ) -> None:
        maker = self._planner.maker
        if made:
            name = f"`{table.project}`.`{table.dataset}`.`{table.table}`"
            maker.run(statement, f"INSERT INTO {name} {for_emulator(query)}")
            return
        known = [self._planner.fields(name) for name in statement.parsed.reads]
        parsed = Parsed(statement.parsed.text, sql.SELECT, (query,))
        select = Statement(statement.project, parsed, {})
        maker.make(table, maker.schema(select, known), select)

    def _described(self, name: TableName) -> Json:
        path = table_path(name.project, name.dataset, name.table)
        resource = self._emulator.expect("GET", path)
        return {
            "name": name.table,
            "kind": resource["type"],
            "rows": self._rows.count(name),
            "bytes": self._planner.sizes.of(name),
            "created": int(resource["creationTime"]) / 1000,
            "schema": resource.get("schema", {}).get("fields", []),
        }

    def _drop(self, dataset: Dataset) -> None:
        path = f"{dataset.project_id}/datasets/{dataset.name}?deleteContents=true"
        self._emulator.call("DELETE", path)

    def _dataset(self, project: str, name: str) -> Dataset:
        found = self._store.state.datasets.get(f"{project}:{name}")
        if found is None or found.owner:
            raise missing(f"There is no dataset {project}:{name}.")
        return found

    def _table(self, project: str, dataset: str, table: str) -> TableName:
        self._dataset(project, dataset)
        status, _ = self._emulator.call("GET", table_path(project, dataset, table))
        if status == 404:
            raise missing(f"There is no table {table} in {project}:{dataset}.")
        return TableName(project, dataset, table)

    def _grants(self, asked: Json) -> tuple[str, list[str]]:
        account = account_in(self._store.state, str(asked.get("email", "")))
        return account.email, [role_from(role) for role in asked.get("roles", [])]


def _field(column: exp.Expr) -> Json:
    """A column's definition as the API wants it."""
    kind = column.args["kind"]
    required = column.find(exp.NotNullColumnConstraint) is not None
    return {"name": column.name, **_typed(kind, mode="REQUIRED" if required else "NULLABLE")}


def _typed(kind: exp.DataType, *, mode: str = "NULLABLE") -> Json:
    if kind.is_type(exp.DType.ARRAY):
        return {**_typed(kind.expressions[0]), "mode": "REPEATED"}
    if kind.is_type(exp.DType.STRUCT):
        parts = [{"name": one.name, **_typed(one.args["kind"])} for one in kind.expressions]
        return {"type": "RECORD", "mode": mode, "fields": parts}
    name = kind.sql(dialect=sql.DIALECT).partition("(")[0].upper()
    return {"type": _API_TYPES.get(name, name), "mode": mode}


_API_TYPES = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN"}


def _row(row: Json, fields: Fields) -> list[Any]:
    cells = [cell["v"] for cell in row["f"]]
    return [_value(value, field) for value, field in zip(cells, fields, strict=True)]


def _value(value: Any, field: Json) -> Any:
    if value is None or not isinstance(value, str):
        return value
    return _VALUES.get(field["type"], str)(value)
