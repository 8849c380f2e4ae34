"""What the owner of the sandbox's project does in the console."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from clevertap_partners.sandbox.gateway import roles
from clevertap_partners.sandbox.gateway.keys import new_key
from clevertap_partners.sandbox.gateway.messages import GoogleError, Response
from clevertap_partners.sandbox.gateway.objects import Objects, lock_of
from clevertap_partners.sandbox.gateway.state import Bucket, ServiceAccount

PROJECT = "partners-sandbox"
LOCATION = "EUROPE-WEST1"
MAX_RETENTION_S = 100 * 366 * 86_400
_ACCOUNT_NAME = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
_PROJECT_ID = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")


class Owner:
    """Answers are what the JSON interface gives. Raises GoogleError with words for people."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._store = objects.store
        self._upstream = objects.upstream

    # -- service accounts -------------------------------------------------------------------------
    def accounts(self) -> list[dict[str, Any]]:
        found = sorted(self._store.state.accounts.values(), key=lambda one: one.email)
        return [self._describe(account) for account in found]

    def account_create(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A new account with its first key; `buckets` are those where it gets `role`."""
        name, project = str(asked.get("name", "")), str(asked.get("project_id") or PROJECT)
        if not _ACCOUNT_NAME.fullmatch(name):
            raise _invalid(
                "A service account name has 6 to 30 lowercase letters, digits and hyphens, "
                "and starts with a letter."
            )
        if not _PROJECT_ID.fullmatch(project):
            raise _invalid("A project id has 6 to 30 lowercase letters, digits and hyphens.")
        email = f"{name}@{project}.iam.gserviceaccount.com"
        client_id = str(10**20 + secrets.randbelow(10**20))
        account = ServiceAccount(email, name, project, client_id, self._store.now())
        role = _role(asked.get("role") or roles.OBJECT_CREATOR)
        buckets = [self.bucket(str(bucket)) for bucket in asked.get("buckets", [])]
        key, file = self._new_key(account)
        with self._store.change() as state:
            if email in state.accounts:
                raise _conflict(f"The service account {email} exists already.")
            account.keys[key.id] = key
            state.accounts[email] = account
            for bucket in buckets:
                bucket.grants[email] = [role]
        return {"account": self._describe(account), "key": file}

    def account_switch(self, email: str, *, disabled: bool) -> dict[str, Any]:
        account = self._account(email)
        with self._store.change():
            account.disabled = disabled
        return self._describe(account)

    def account_delete(self, email: str) -> None:
        self._account(email)
        with self._store.change() as state:
            state.accounts.pop(email, None)
            for bucket in state.buckets.values():
                bucket.grants.pop(email, None)

    def key_add(self, email: str) -> dict[str, Any]:
        account = self._account(email)
        key, file = self._new_key(account)
        with self._store.change():
            account.keys[key.id] = key
        return {"account": self._describe(account), "key": file}

    def key_delete(self, email: str, key_id: str) -> None:
        account = self._account(email)
        with self._store.change():
            if account.keys.pop(key_id, None) is None:
                raise _missing(f"{email} has no key {key_id}.")

    # -- buckets ----------------------------------------------------------------------------------
    def buckets(self) -> list[dict[str, Any]]:
        return [asdict(bucket) for _, bucket in sorted(self._store.state.buckets.items())]

    def bucket(self, name: str) -> Bucket:
        bucket = self._store.state.buckets.get(name)
        if bucket is None:
            raise _missing(f"There is no bucket {name}.")
        return bucket

    def bucket_create(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A new bucket; `grant_to` are the accounts that get `role` on it."""
        name = str(asked.get("name", ""))
        if not good_bucket_name(name):
            raise _invalid(
                "A bucket name has 3 to 63 lowercase letters, digits, hyphens, underscores and "
                "dots, starts and ends with a letter or digit, and does not contain google."
            )
        role = _role(asked.get("role") or roles.OBJECT_CREATOR)
        bucket = Bucket(
            name=name,
            location=str(asked.get("location") or LOCATION).upper(),
            project_id=PROJECT,
            created=self._store.now(),
            retention_s=_retention(asked.get("retention_s", 0)),
            requester_pays=bool(asked.get("requester_pays", False)),
            grants={self._account(str(who)).email: [role] for who in asked.get("grant_to", [])},
        )
        with self._store.change() as state:
            if name in state.buckets:
                raise _conflict(f"The bucket name {name} is taken.")
            self._upstream.ensure_bucket(name)
            state.buckets[name] = bucket
        return asdict(bucket)

    def bucket_change(self, name: str, asked: dict[str, Any]) -> dict[str, Any]:
        bucket = self.bucket(name)
        retention_s = _retention(asked.get("retention_s", bucket.retention_s))
        if bucket.retention_locked and retention_s < bucket.retention_s:
            raise _forbidden("The retention policy is locked: its period may only grow.")
        with self._store.change():
            bucket.retention_s = retention_s
            bucket.requester_pays = bool(asked.get("requester_pays", bucket.requester_pays))
        return asdict(bucket)

    def bucket_lock(self, name: str) -> dict[str, Any]:
        bucket = self.bucket(name)
        if not bucket.retention_s:
            raise _invalid("Set a retention period before you lock it.")
        with self._store.change():
            bucket.retention_locked = True
        return asdict(bucket)

    def bucket_delete(self, name: str) -> None:
        self.bucket(name)
        with self._store.change() as state:
            if not self._upstream.delete_bucket(name):
                raise _conflict("The bucket is not empty. Empty it first.")
            state.buckets.pop(name, None)

    def bucket_empty(self, name: str) -> dict[str, int]:
        """Delete what the retention policy lets go; say how many went and how many stay."""
        bucket, deleted, kept = self.bucket(name), 0, 0
        for item in self._upstream.listing(name, ""):
            with lock_of(name, item["name"]):
                try:
                    self._objects.check_retention(item, bucket)
                except GoogleError:
                    kept += 1
                    continue
                self._upstream.delete(name, item["name"])
                deleted += 1
        return {"deleted": deleted, "kept": kept}

    def grant(self, name: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Set the roles, or single permissions, of an account on a bucket; none takes all away."""
        bucket, account = self.bucket(name), self._account(str(asked.get("email", "")))
        wanted = [_role(role) for role in asked.get("roles", [])]
        with self._store.change():
            bucket.grants.pop(account.email, None)
            if wanted:
                bucket.grants[account.email] = wanted
        return asdict(bucket)

    # -- objects ----------------------------------------------------------------------------------
    def objects(self, name: str, query: Mapping[str, str]) -> dict[str, Any]:
        """A page of the objects whose names start with `prefix` and contain `search`."""
        bucket = self.bucket(name)
        items = self._upstream.listing(name, query.get("prefix", ""))
        found = [item for item in items if query.get("search", "") in item["name"]]
        page, per_page = _number(query, "page", 1), min(_number(query, "per_page", 100), 1000)
        first = (page - 1) * per_page
        shown = [self._objects.describe(item, bucket) for item in found[first : first + per_page]]
        size = sum(int(item["size"]) for item in found)
        return {"objects": shown, "total": len(found), "bytes": size}

    def object(self, bucket_name: str, name: str) -> dict[str, Any]:
        bucket = self.bucket(bucket_name)
        item = self._upstream.look(bucket_name, name)
        if item is None:
            raise _missing(f"There is no object {name} in {bucket_name}.")
        return self._objects.describe(item, bucket)

    def content(self, bucket_name: str, name: str) -> Response:
        self.object(bucket_name, name)
        return self._objects.content(self.bucket(bucket_name), name)

    # -- the sandbox itself -----------------------------------------------------------------------
    def faults(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._store.state.faults]

    def clock_set(self, asked: dict[str, Any]) -> dict[str, float]:
        try:
            skew = float(asked.get("skew_s", 0))
        except (TypeError, ValueError) as error:
            raise _invalid("skew_s is a number of seconds.") from error
        with self._store.change() as state:
            state.clock_skew_s = skew
        return {"skew_s": skew}

    def reset(self) -> None:
        """Forget everything, objects and locked retention included."""
        for name in list(self._store.state.buckets):
            for item in self._upstream.listing(name, ""):
                self._upstream.delete(name, item["name"])
            self._upstream.delete_bucket(name)
        self._store.reset()

    def _account(self, email: str) -> ServiceAccount:
        account = self._store.state.accounts.get(email)
        if account is None:
            raise _missing(f"There is no service account {email}.")
        return account

    def _new_key(self, account: ServiceAccount) -> tuple[Any, dict[str, Any]]:
        return new_key(account, public_url=self._objects.public_url, now=self._store.now())

    def _describe(self, account: ServiceAccount) -> dict[str, Any]:
        buckets = self._store.state.buckets.values()
        keys = [{"id": key.id, "created": key.created} for key in account.keys.values()]
        grants = {b.name: b.grants[account.email] for b in buckets if account.email in b.grants}
        return {**asdict(account), "keys": keys, "grants": grants}


def good_bucket_name(name: str) -> bool:
    address = re.fullmatch(r"\d+(\.\d+){3}", name)
    reserved = name.startswith("goog") or "google" in name or ".." in name
    return bool(_BUCKET_NAME.fullmatch(name)) and not address and not reserved


def _role(asked: Any) -> str:
    if not isinstance(asked, str) or not roles.known(asked):
        raise _invalid(f"{asked} is neither a role nor a permission that the sandbox knows.")
    return asked


def _retention(asked: Any) -> int:
    if isinstance(asked, int) and 0 <= asked <= MAX_RETENTION_S:
        return asked
    raise _invalid("A retention period is between 0 seconds and 100 years.")


def _number(query: Mapping[str, str], key: str, default: int) -> int:
    text = query.get(key, "")
    return max(1, int(text)) if text.isdigit() else default


def _invalid(text: str) -> GoogleError:
    return GoogleError(400, text, reason="invalid")


def _missing(text: str) -> GoogleError:
    return GoogleError(404, text, reason="notFound")


def _conflict(text: str) -> GoogleError:
    return GoogleError(409, text, reason="conflict")


def _forbidden(text: str) -> GoogleError:
    return GoogleError(403, text, reason="forbidden")
