"""Projects, datasets and tables as an API caller sees them."""

from __future__ import annotations

import urllib.parse
from typing import Any

from clevertap_partners.sandbox.gateway.bigquery import refusals
from clevertap_partners.sandbox.gateway.bigquery.access import Access, note
from clevertap_partners.sandbox.gateway.bigquery.emulator import Emulator, table_path
from clevertap_partners.sandbox.gateway.bigquery.rows import Rows
from clevertap_partners.sandbox.gateway.bigquery.runner import RESULT_LIFETIME_S
from clevertap_partners.sandbox.gateway.bigquery.sizes import Sizes
from clevertap_partners.sandbox.gateway.bigquery.sql import TableName
from clevertap_partners.sandbox.gateway.messages import Request, Response, as_json
from clevertap_partners.sandbox.gateway.state import Dataset, Store

_NUMBER = "100000000000"

Json = dict[str, Any]


class Datasets:
    def __init__(
        self, store: Store, access: Access, emulator: Emulator, sizes: Sizes, rows: Rows
    ) -> None:
        self._store = store
        self._access = access
        self._emulator = emulator
        self._sizes = sizes
        self._rows = rows

    def projects(self, request: Request) -> Response:
        """Those where the caller has a right."""
        email, state = self._access.authenticate(request), self._store.state
        found = {name for name, grants in state.project_grants.items() if grants.get(email)}
        found |= {one.project_id for one in state.datasets.values() if one.grants.get(email)}
        projects = [
            {
                "kind": "bigquery#project",
                "id": name,
                "numericId": _NUMBER,
                "projectReference": {"projectId": name},
                "friendlyName": name,
            }
            for name in sorted(found)
        ]
        answer = {"kind": "bigquery#projectList", "totalItems": len(projects)}
        return as_json({**answer, "projects": projects} if projects else answer)

    def service_account(self, request: Request, project: str) -> Response:
        self._access.authenticate(request)
        self._access.require_project(request, project, "bigquery.jobs.create")
        email = f"bq-{_NUMBER}@bigquery-encryption.iam.gserviceaccount.com"
        return as_json({"kind": "bigquery#getServiceAccountResponse", "email": email})

    def listing(self, request: Request, project: str) -> Response:
        """Those of the project that the caller may see."""
        email, permission = self._access.authenticate(request), "bigquery.datasets.get"
        note(request, permission)
        found = [
            _short(one)
            for _, one in sorted(self._store.state.datasets.items())
            if one.project_id == project
            and not one.owner
            and permission in self._access.on_dataset(email, one)
        ]
        shown, token = _page(found, request)
        return as_json({"kind": "bigquery#datasetList", "datasets": shown, **token})

    def get(self, request: Request, project: str, name: str) -> Response:
        self._access.authenticate(request)
        permission = "bigquery.datasets.get"
        dataset = self._access.require_dataset(request, project, name, permission)
        access = [
            {"role": role, "userByEmail": email}
            for email, granted in sorted(dataset.grants.items())
            for role in granted
        ]
        moment = str(int(dataset.created * 1000))
        times = {"creationTime": moment, "lastModifiedTime": moment}
        return as_json({**_short(dataset), "kind": "bigquery#dataset", "access": access, **times})

    def tables(self, request: Request, project: str, name: str) -> Response:
        self._access.authenticate(request)
        self._access.require_dataset(request, project, name, "bigquery.tables.list")
        found = self._emulator.expect("GET", f"{table_path(project, name)}?maxResults=10000")
        tables = sorted(found.get("tables", []), key=lambda one: str(one["id"]))
        shown, token = _page(tables, request)
        answer = {"kind": "bigquery#tableList", "totalItems": len(tables), **token}
        return as_json({**answer, "tables": shown} if shown else answer)

    def table(self, request: Request, project: str, dataset: str, table: str) -> Response:
        self._access.authenticate(request)
        permission = "bigquery.tables.get"
        found = self._access.require_table(request, project, dataset, table, permission)
        return as_json(self._resource(found, TableName(project, dataset, table)))

    def data(self, request: Request, project: str, dataset: str, table: str) -> Response:
        self._access.authenticate(request)
        permission = "bigquery.tables.getData"
        self._access.require_table(request, project, dataset, table, permission)
        name = TableName(project, dataset, table)
        self._there(name)
        answer = self._rows.page(name, dict(request.query))
        return as_json({"kind": "bigquery#tableDataList", **answer})

    def test_permissions(
        self, request: Request, project: str, dataset: str, table: str
    ) -> Response:
        email = self._access.authenticate(request)
        found = self._access.dataset(project, dataset)
        self._there(TableName(project, dataset, table))
        held = self._access.on_dataset(email, found)
        asked = [str(one) for one in request.json().get("permissions", [])]
        allowed = [permission for permission in asked if permission in held]
        return as_json({"permissions": allowed} if allowed else {})

    def _resource(self, dataset: Dataset, name: TableName) -> Json:
        resource = self._there(name)
        size = str(self._sizes.of(name))
        resource |= {
            "location": dataset.location,
            "numRows": str(self._rows.count(name)),
            "numBytes": size,
            "numActiveLogicalBytes": size,
            "numTotalLogicalBytes": size,
        }
        if dataset.owner:
            expires = int(resource["creationTime"]) + int(RESULT_LIFETIME_S * 1000)
            resource["expirationTime"] = str(expires)
        return resource

    def _there(self, name: TableName) -> Json:
        path = table_path(name.project, name.dataset, name.table)
        status, resource = self._emulator.call("GET", path)
        if status == 404:
            raise refusals.not_found("Table", str(name))
        return resource


def _short(dataset: Dataset) -> Json:
    reference = {"projectId": dataset.project_id, "datasetId": dataset.name}
    return {"id": dataset.id, "datasetReference": reference, "location": dataset.location}


def _page(found: list[Json], request: Request) -> tuple[list[Json], Json]:
    """A page of a list, and the token of the next."""
    first = int(urllib.parse.unquote(request.query.get("pageToken", "")) or 0)
    count = int(request.query.get("maxResults") or 50)
    token = {"nextPageToken": str(first + count)} if first + count < len(found) else {}
    return found[first : first + count], token
