"""Which role allows what. Only storage permissions that the sandbox knows."""

from __future__ import annotations

from collections.abc import Iterable

OBJECT_CREATOR = "roles/storage.objectCreator"
_OBJECTS = {f"storage.objects.{verb}" for verb in ("create", "delete", "get", "list", "update")}
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
}


def known(grant: str) -> bool:
    """Whether this is a role of ours or a single permission."""
    return grant in ROLES or grant.startswith(("storage.objects.", "storage.buckets."))


def permissions_of(grants: Iterable[str]) -> set[str]:
    allowed: set[str] = set()
    for grant in grants:
        allowed |= ROLES.get(grant, frozenset({grant}))
    return allowed
