"""Service accounts as the owner of the sandbox's project handles them."""

from __future__ import annotations

import re
import secrets
from dataclasses import asdict
from typing import Any

from clevertap_partners.sandbox.gateway import roles
from clevertap_partners.sandbox.gateway.keys import new_key
from clevertap_partners.sandbox.gateway.refusals import (
    account_in,
    bucket_in,
    conflict,
    dataset_in,
    invalid,
    missing,
    role_from,
)
from clevertap_partners.sandbox.gateway.state import Key, ServiceAccount, Store

PROJECT = "partners-sandbox"
# Google has the same rule for project ids and for names of service accounts.
_NAME = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")


class OwnerAccounts:
    """Answers are what the JSON interface gives. Raises GoogleError with words for people."""

    def __init__(self, store: Store, *, public_url: str) -> None:
        self._store = store
        self._public_url = public_url

    def listing(self) -> list[dict[str, Any]]:
        found = sorted(self._store.state.accounts.values(), key=lambda one: one.email)
        return [self._describe(account) for account in found]

    def create(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A new account with its first key; `buckets` are those where it gets `role`.

        `project_roles` are those on the whole project; it may view the data of `datasets`.
        """
        name, project = str(asked.get("name", "")), str(asked.get("project_id") or PROJECT)
        if not _NAME.fullmatch(name):
            raise invalid(
                "A service account name has 6 to 30 lowercase letters, digits and hyphens, "
                "and starts with a letter."
            )
        if not _NAME.fullmatch(project):
            raise invalid("A project id has 6 to 30 lowercase letters, digits and hyphens.")
        email = f"{name}@{project}.iam.gserviceaccount.com"
        client_id = str(10**20 + secrets.randbelow(10**20))
        account = ServiceAccount(email, name, project, client_id, self._store.now())
        role = role_from(asked.get("role") or roles.OBJECT_CREATOR)
        buckets = [bucket_in(self._store.state, str(bucket)) for bucket in asked.get("buckets", [])]
        datasets = [dataset_in(self._store.state, str(name)) for name in asked.get("datasets", [])]
        key, file = self._new_key(account)
        with self._store.change() as state:
            if email in state.accounts:
                raise conflict(f"The service account {email} exists already.")
            account.keys[key.id] = key
            state.accounts[email] = account
            for bucket in buckets:
                bucket.grants[email] = [role]
            if wanted := [role_from(one) for one in asked.get("project_roles", [])]:
                state.project_grants.setdefault(project, {})[email] = wanted
            for dataset in datasets:
                dataset.grants[email] = [roles.DATA_VIEWER]
        return {"account": self._describe(account), "key": file}

    def switch(self, email: str, *, disabled: bool) -> dict[str, Any]:
        account = account_in(self._store.state, email)
        with self._store.change():
            account.disabled = disabled
        return self._describe(account)

    def delete(self, email: str) -> None:
        account_in(self._store.state, email)
        with self._store.change() as state:
            state.accounts.pop(email, None)
            for bucket in state.buckets.values():
                bucket.grants.pop(email, None)
            for dataset in state.datasets.values():
                dataset.grants.pop(email, None)
            for of_project in state.project_grants.values():
                of_project.pop(email, None)

    def key_add(self, email: str) -> dict[str, Any]:
        account = account_in(self._store.state, email)
        key, file = self._new_key(account)
        with self._store.change():
            account.keys[key.id] = key
        return {"account": self._describe(account), "key": file}

    def key_delete(self, email: str, key_id: str) -> None:
        account = account_in(self._store.state, email)
        with self._store.change():
            if account.keys.pop(key_id, None) is None:
                raise missing(f"{email} has no key {key_id}.")

    def key_switch(self, email: str, key_id: str, *, disabled: bool) -> None:
        account = account_in(self._store.state, email)
        with self._store.change():
            key = account.keys.get(key_id)
            if key is None:
                raise missing(f"{email} has no key {key_id}.")
            key.disabled = disabled

    def sign_out(self, email: str) -> None:
        """Its tokens are over, as they are an hour after they were granted."""
        account = account_in(self._store.state, email)
        with self._store.change():
            account.signed_out = self._store.now()

    def _new_key(self, account: ServiceAccount) -> tuple[Key, dict[str, Any]]:
        return new_key(account, public_url=self._public_url, now=self._store.now())

    def _describe(self, account: ServiceAccount) -> dict[str, Any]:
        buckets = self._store.state.buckets.values()
        keys = [
            {"id": key.id, "created": key.created, "disabled": key.disabled}
            for key in account.keys.values()
        ]
        grants = {b.name: b.grants[account.email] for b in buckets if account.email in b.grants}
        datasets = self._store.state.datasets.values()
        on_project = self._store.state.project_grants.get(account.project_id, {})
        return {
            **asdict(account),
            "keys": keys,
            "grants": grants,
            "project_roles": on_project.get(account.email, []),
            "datasets": {
                d.id: d.grants[account.email] for d in datasets if account.email in d.grants
            },
        }
