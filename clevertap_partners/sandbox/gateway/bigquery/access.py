"""Who is calling BigQuery, and what they may do with a project, a dataset, its tables."""

from __future__ import annotations

from clevertap_partners.sandbox.gateway import roles, tokens
from clevertap_partners.sandbox.gateway.bigquery import refusals
from clevertap_partners.sandbox.gateway.messages import Request
from clevertap_partners.sandbox.gateway.state import Dataset, Store

# What an account may do with the results of its own queries.
_OWN_RESULTS = frozenset({"bigquery.tables.get", "bigquery.tables.getData"})


class Access:
    def __init__(self, store: Store) -> None:
        self._store = store

    def authenticate(self, request: Request) -> str:
        """The caller's e-mail, also put on the request. Raises 401."""
        request.caller = self.caller(request.header("authorization"))
        return request.caller

    def caller(self, authorization: str) -> str:
        """The e-mail behind an `Authorization` header. Raises 401."""
        scheme, _, bearer = authorization.partition(" ")
        account = tokens.caller_of(bearer.strip(), self._store) if bearer else None
        if scheme.lower() != "bearer" or account is None:
            raise refusals.signed_out()
        return account.email

    def on_project(self, email: str, project: str) -> set[str]:
        """The permissions that an account has on all of a project."""
        grants = self._store.state.project_grants.get(project, {})
        return roles.permissions_of(grants.get(email, []))

    def on_dataset(self, email: str, dataset: Dataset) -> set[str]:
        if dataset.owner:
            return set(_OWN_RESULTS) if dataset.owner == email else set()
        granted = roles.permissions_of(dataset.grants.get(email, []))
        return granted | self.on_project(email, dataset.project_id)

    def require_project(self, request: Request, project: str, permission: str) -> None:
        """Raises 403 in Google's words; the journal remembers what was asked for."""
        note(request, permission)
        if permission not in self.on_project(request.caller, project):
            raise refusals.project_denied(project, permission)

    def dataset(self, project: str, name: str) -> Dataset:
        """Raises 404."""
        found = self._store.state.datasets.get(f"{project}:{name}")
        if found is None:
            raise refusals.not_found("Dataset", f"{project}:{name}")
        return found

    def require_dataset(
        self, request: Request, project: str, name: str, permission: str
    ) -> Dataset:
        """The dataset. Raises 404, or 403 in Google's words."""
        dataset = self.dataset(project, name)
        note(request, permission)
        if permission not in self.on_dataset(request.caller, dataset):
            raise refusals.dataset_denied(dataset.id, permission)
        return dataset

    def require_table(
        self, request: Request, project: str, dataset: str, table: str, permission: str
    ) -> Dataset:
        """The dataset of a table. Raises 404 for the dataset, or 403 in Google's words."""
        found = self.dataset(project, dataset)
        note(request, permission)
        if permission not in self.on_dataset(request.caller, found):
            raise refusals.table_denied(f"{found.id}.{table}", permission)
        return found


def note(request: Request, permission: str) -> None:
    if permission not in request.permissions:
        request.permissions.append(permission)
