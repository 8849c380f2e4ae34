"""Whether a query may run, where, and what it will read: all that Google says before it runs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from clevertap_partners.sandbox.gateway.bigquery import refusals, sizes, sql
from clevertap_partners.sandbox.gateway.bigquery.access import Access
from clevertap_partners.sandbox.gateway.bigquery.emulator import Emulator, table_path
from clevertap_partners.sandbox.gateway.bigquery.making import Fields, Maker, Statement, duplicates
from clevertap_partners.sandbox.gateway.bigquery.sizes import Sizes
from clevertap_partners.sandbox.gateway.bigquery.sql import Parsed, TableName
from clevertap_partners.sandbox.gateway.messages import GoogleError
from clevertap_partners.sandbox.gateway.state import Dataset, Store

ANYWHERE = "US"

Json = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """`schema` is that of a SELECT; other statements have none."""

    statement: Statement
    location: str
    bytes: int
    schema: Fields

    @property
    def kind(self) -> str:
        return self.statement.parsed.kind

    @property
    def tables(self) -> tuple[TableName, ...]:
        return self.statement.parsed.reads


class Planner:
    def __init__(self, store: Store, access: Access, emulator: Emulator) -> None:
        self._store = store
        self._access = access
        self._emulator = emulator
        self.maker = Maker(emulator)
        self.sizes = Sizes(emulator)

    def location(self, project: str, config: Json) -> str:
        """Where a query runs that names no location: where its data are."""
        default = config.get("defaultDataset", {})
        names = [default.get("datasetId", "")] if default else []
        try:
            parsed = _parse(project, config)
            names = [one.dataset for one in (*parsed.reads, *parsed.writes)] + names
        except GoogleError:
            pass  # said when the query is planned
        datasets = self._store.state.datasets
        found = (datasets.get(f"{project}:{name}") for name in names)
        return next((one.location for one in found if one is not None), ANYWHERE)

    def plan(self, caller: str, project: str, location: str, config: Json) -> Plan:
        """Raises what Google refuses with: syntax, rights, locations, names, columns."""
        if config.get("useLegacySql", True):
            raise refusals.refused(
                "invalid", "The sandbox runs GoogleSQL only: useLegacySql=false."
            )
        parsed = _parse(project, config)
        for name in parsed.reads:
            self._check_read(caller, name, location)
        for name in parsed.writes:
            self._check_write(caller, name, location, parsed.kind)
        parameters: Json = {
            key: config[key] for key in ("queryParameters", "parameterMode") if key in config
        }
        statement = Statement(project, parsed, parameters)
        schema = self._schema(statement) if parsed.kind == sql.SELECT else []
        return Plan(statement, location, self._bytes(parsed), schema)

    def check_price(self, plan: Plan, config: Json) -> None:
        """Raises 400 when the query would cost more than its `maximumBytesBilled`."""
        limit = int(config.get("maximumBytesBilled") or 0)
        billed = sizes.billed(plan.bytes)
        if limit and billed > limit:
            text = f"Query exceeded limit for bytes billed: {limit}. {billed} or higher required."
            raise refusals.refused("bytesBilledLimitExceeded", text)

    def fields(self, name: TableName) -> Fields:
        """The columns of a table; none for what is not one table."""
        if name.is_special:
            return []
        path = table_path(name.project, name.dataset, name.table)
        status, found = self._emulator.call("GET", path)
        fields: Fields = found.get("schema", {}).get("fields", []) if status == 200 else []
        return fields

    def _check_read(self, caller: str, name: TableName, location: str) -> None:
        dataset = self._dataset(name, location)
        held = self._access.on_dataset(caller, dataset)
        metadata = name.table.upper().startswith("INFORMATION_SCHEMA.")
        if ("bigquery.tables.get" if metadata else "bigquery.tables.getData") not in held:
            raise refusals.query_denied(str(name))
        if not name.is_special:
            self._check_there(name, location)

    def _check_write(self, caller: str, name: TableName, location: str, kind: str) -> None:
        dataset = self._dataset(name, location)
        permission = _needed(kind)
        if permission not in self._access.on_dataset(caller, dataset):
            if permission == "bigquery.tables.create":
                raise refusals.dataset_denied(dataset.id, permission)
            raise refusals.table_denied(str(name), permission)
        if permission != "bigquery.tables.create":
            self._check_there(name, location)

    def _dataset(self, name: TableName, location: str) -> Dataset:
        """Google finds datasets only in the location where the query runs."""
        id_ = f"{name.project}:{name.dataset}"
        found = self._store.state.datasets.get(id_)
        if found is None or found.location != location:
            raise refusals.not_found("Dataset", id_, location)
        return found

    def _check_there(self, name: TableName, location: str) -> None:
        status, _ = self._emulator.call("GET", table_path(name.project, name.dataset, name.table))
        if status == 404:
            raise refusals.not_found("Table", str(name), location)

    def _schema(self, statement: Statement) -> Fields:
        known = {name: self.fields(name) for name in statement.parsed.reads}

        def columns_of(table: exp.Table) -> list[str]:
            fields = known.get(TableName(table.catalog, table.db, table.name), [])
            return [field["name"] for field in fields]

        schema = self.maker.schema(statement, list(known.values()))
        if twice := duplicates(statement.parsed.tree, columns_of):
            raise refusals.invalid_query(
                "Duplicate column names in the result are not supported when a destination table "
                f"is present. Found duplicate(s): {', '.join(twice)}"
            )
        return schema

    def _bytes(self, parsed: Parsed) -> int:
        tables = [name for name in parsed.reads if not name.is_special]
        return sum(self.sizes.of(name, parsed.columns) for name in tables)


def _parse(project: str, config: Json) -> Parsed:
    default = config.get("defaultDataset") or {}
    return sql.parse(
        str(config.get("query", "")),
        project=str(default.get("projectId") or project),
        dataset=str(default.get("datasetId") or ""),
    )


def _needed(kind: str) -> str:
    if kind.startswith(("CREATE", sql.SCRIPT)):
        return "bigquery.tables.create"
    if kind.startswith("DROP"):
        return "bigquery.tables.delete"
    return "bigquery.tables.update" if kind.startswith("ALTER") else "bigquery.tables.updateData"
