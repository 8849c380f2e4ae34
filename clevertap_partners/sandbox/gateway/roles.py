"""Which role allows what. Only permissions of storage and BigQuery that the sandbox knows.

https://cloud.google.com/bigquery/docs/access-control has the roles of BigQuery.
"""

from __future__ import annotations

from collections.abc import Iterable

OBJECT_CREATOR = "roles/storage.objectCreator"
_OBJECTS = {f"storage.objects.{verb}" for verb in ("create", "delete", "get", "list", "update")}

JOB_USER = "roles/bigquery.jobUser"
DATA_VIEWER = "roles/bigquery.dataViewer"
READ_SESSION_USER = "roles/bigquery.readSessionUser"
_SESSIONS = {f"bigquery.readsessions.{verb}" for verb in ("create", "getData", "update")}
_METADATA = {"bigquery.datasets.get", "bigquery.tables.get", "bigquery.tables.list"}
_VIEW = _METADATA | {"bigquery.tables.getData"}
_EDIT = {f"bigquery.tables.{verb}" for verb in ("create", "delete", "update", "updateData")}

ROLES: dict[str, frozenset[str]] = {
    OBJECT_CREATOR: frozenset({"storage.objects.create"}),
    "roles/storage.objectViewer": frozenset({"storage.objects.get", "storage.objects.list"}),
    "roles/storage.objectUser": frozenset(_OBJECTS),
    "roles/storage.objectAdmin": frozenset(_OBJECTS),
    "roles/storage.legacyBucketReader": frozenset({"storage.buckets.get", "storage.objects.list"}),
    "roles/storage.admin": frozenset(
        _OBJECTS
        | {
            f"storage.buckets.{verb}"
            for verb in (
                "create",
                "delete",
                "get",
                "getIamPolicy",
                "list",
                "setIamPolicy",
                "update",
            )
        }
    ),
    JOB_USER: frozenset({"bigquery.jobs.create"}),
    DATA_VIEWER: frozenset(_VIEW),
    READ_SESSION_USER: frozenset(_SESSIONS),
    "roles/bigquery.metadataViewer": frozenset(_METADATA),
    "roles/bigquery.user": frozenset(
        _SESSIONS
        | {
            "bigquery.jobs.create",
            "bigquery.jobs.list",
            "bigquery.datasets.create",
            "bigquery.datasets.get",
            "bigquery.tables.list",
        }
    ),
    "roles/bigquery.dataEditor": frozenset(_VIEW | _EDIT | {"bigquery.datasets.create"}),
    "roles/bigquery.admin": frozenset(
        _VIEW
        | _EDIT
        | _SESSIONS
        | {f"bigquery.jobs.{verb}" for verb in ("create", "get", "list", "update")}
        | {f"bigquery.datasets.{verb}" for verb in ("create", "delete", "update")}
    ),
}
# What single permissions begin with.
_KNOWN = (
    "storage.objects.",
    "storage.buckets.",
    "bigquery.datasets.",
    "bigquery.jobs.",
    "bigquery.readsessions.",
    "bigquery.tables.",
)


def known(grant: str) -> bool:
    """Whether this is a role of ours or a single permission."""
    return grant in ROLES or grant.startswith(_KNOWN)


def permissions_of(grants: Iterable[str]) -> set[str]:
    allowed: set[str] = set()
    for grant in grants:
        allowed |= ROLES.get(grant, frozenset({grant}))
    return allowed
