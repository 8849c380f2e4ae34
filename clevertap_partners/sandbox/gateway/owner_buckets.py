"""Buckets and their objects as the owner of the sandbox's project handles them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from clevertap_partners.sandbox.gateway import roles
from clevertap_partners.sandbox.gateway.messages import GoogleError, Response
from clevertap_partners.sandbox.gateway.objects import HOLDS, Objects, lock_of
from clevertap_partners.sandbox.gateway.owner_accounts import PROJECT
from clevertap_partners.sandbox.gateway.refusals import (
    account_in,
    bucket_in,
    conflict,
    forbidden,
    invalid,
    missing,
    role_from,
)
from clevertap_partners.sandbox.gateway.state import Bucket

LOCATION = "EUROPE-WEST1"
MAX_RETENTION_S = 100 * 366 * 86_400
_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")


class OwnerBuckets:
    """Answers are what the JSON interface gives. Raises GoogleError with words for people."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._store = objects.store
        self._upstream = objects.upstream

    def listing(self) -> list[dict[str, Any]]:
        return [asdict(bucket) for _, bucket in sorted(self._store.state.buckets.items())]

    def create(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A new bucket; `grant_to` are the accounts that get `role` on it."""
        name = str(asked.get("name", ""))
        if not good_bucket_name(name):
            raise invalid(
                "A bucket name has 3 to 63 lowercase letters, digits, hyphens, underscores and "
                "dots, starts and ends with a letter or digit, and does not contain google."
            )
        role = role_from(asked.get("role") or roles.OBJECT_CREATOR)
        bucket = Bucket(
            name=name,
            location=str(asked.get("location") or LOCATION).upper(),
            project_id=PROJECT,
            created=self._store.now(),
            retention_s=_retention(asked.get("retention_s", 0)),
            requester_pays=bool(asked.get("requester_pays", False)),
            grants={
                account_in(self._store.state, str(who)).email: [role]
                for who in asked.get("grant_to", [])
            },
        )
        with self._store.change() as state:
            if name in state.buckets:
                raise conflict(f"The bucket name {name} is taken.")
            self._upstream.ensure_bucket(name)
            state.buckets[name] = bucket
        return asdict(bucket)

    def change(self, name: str, asked: dict[str, Any]) -> dict[str, Any]:
        bucket = bucket_in(self._store.state, name)
        retention_s = _retention(asked.get("retention_s", bucket.retention_s))
        if bucket.retention_locked and retention_s < bucket.retention_s:
            raise forbidden("The retention policy is locked: its period may only grow.")
        with self._store.change():
            bucket.retention_s = retention_s
            bucket.requester_pays = bool(asked.get("requester_pays", bucket.requester_pays))
        return asdict(bucket)

    def lock(self, name: str) -> dict[str, Any]:
        bucket = bucket_in(self._store.state, name)
        if not bucket.retention_s:
            raise invalid("Set a retention period before you lock it.")
        with self._store.change():
            bucket.retention_locked = True
        return asdict(bucket)

    def delete(self, name: str) -> None:
        bucket_in(self._store.state, name)
        with self._store.change() as state:
            if not self._upstream.delete_bucket(name):
                raise conflict("The bucket is not empty. Empty it first.")
            state.buckets.pop(name, None)

    def empty(self, name: str) -> dict[str, int]:
        """Delete what retention and holds let go; say how many went and how many stay."""
        bucket, deleted, kept = bucket_in(self._store.state, name), 0, 0
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
        bucket = bucket_in(self._store.state, name)
        account = account_in(self._store.state, str(asked.get("email", "")))
        wanted = [role_from(role) for role in asked.get("roles", [])]
        with self._store.change():
            bucket.grants.pop(account.email, None)
            if wanted:
                bucket.grants[account.email] = wanted
        return asdict(bucket)

    def hold(self, name: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Put a hold ("temporary" or "event-based") on an object, or with "" take it off."""
        bucket, wanted = bucket_in(self._store.state, name), asked.get("hold", "")
        if wanted not in {"", *HOLDS}:
            raise invalid(f"A hold is {' or '.join(HOLDS)}.")
        item = self.object(name, str(asked.get("object", "")))
        with self._store.change():
            bucket.holds.pop(item["name"], None)
            if wanted:
                bucket.holds[item["name"]] = wanted
        return self.object(name, item["name"])

    def objects(self, name: str, query: Mapping[str, str]) -> dict[str, Any]:
        """A page of the objects whose names start with `prefix` and contain `search`."""
        bucket = bucket_in(self._store.state, name)
        items = self._upstream.listing(name, query.get("prefix", ""))
        found = [item for item in items if query.get("search", "") in item["name"]]
        page, per_page = _number(query, "page", 1), min(_number(query, "per_page", 100), 1000)
        first = (page - 1) * per_page
        shown = [self._objects.describe(item, bucket) for item in found[first : first + per_page]]
        size = sum(int(item["size"]) for item in found)
        return {"objects": shown, "total": len(found), "bytes": size}

    def object(self, bucket_name: str, name: str) -> dict[str, Any]:
        bucket = bucket_in(self._store.state, bucket_name)
        item = self._upstream.look(bucket_name, name)
        if item is None:
            raise missing(f"There is no object {name} in {bucket_name}.")
        return self._objects.describe(item, bucket)

    def content(self, bucket_name: str, name: str) -> Response:
        self.object(bucket_name, name)
        return self._objects.content(bucket_in(self._store.state, bucket_name), name)

    def forget_all(self) -> None:
        """Delete every object and bucket, locked retention or not."""
        for name in list(self._store.state.buckets):
            for item in self._upstream.listing(name, ""):
                self._upstream.delete(name, item["name"])
            self._upstream.delete_bucket(name)


def good_bucket_name(name: str) -> bool:
    address = re.fullmatch(r"\d+(\.\d+){3}", name)
    reserved = name.startswith("goog") or "google" in name or ".." in name
    return bool(_BUCKET_NAME.fullmatch(name)) and not address and not reserved


def _retention(asked: Any) -> int:
    if isinstance(asked, int) and 0 <= asked <= MAX_RETENTION_S:
        return asked
    raise invalid("A retention period is between 0 seconds and 100 years.")


def _number(query: Mapping[str, str], key: str, default: int) -> int:
    text = query.get(key, "")
    return max(1, int(text)) if text.isdigit() else default
