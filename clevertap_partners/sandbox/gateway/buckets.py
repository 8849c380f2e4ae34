"""Buckets as an API caller sees them. They are made in the console, not by the API."""

from __future__ import annotations

import urllib.parse

from clevertap_partners.sandbox.gateway import access
from clevertap_partners.sandbox.gateway.messages import GoogleError, Request, Response, as_json
from clevertap_partners.sandbox.gateway.resources import bucket_resource
from clevertap_partners.sandbox.gateway.state import Store


class Buckets:
    def __init__(self, store: Store, *, public_url: str) -> None:
        self._store = store
        self._public_url = public_url

    def get(self, request: Request, name: str) -> Response:
        bucket = access.bucket_for(request, name, self._store)
        access.require(request, bucket, "storage.buckets.get")
        return as_json(bucket_resource(bucket, public_url=self._public_url))

    def listing(self, request: Request) -> Response:
        """Listing is a right on the project, which nobody has here."""
        access.authenticate(request, self._store)
        permission = "storage.buckets.list"
        request.permissions.append(permission)
        raise GoogleError(
            403,
            f"{request.caller} does not have {permission} access to the Google Cloud project. "
            f"Permission '{permission}' denied on resource (or it may not exist).",
            reason="forbidden",
        )

    def test_permissions(self, request: Request, name: str) -> Response:
        bucket = access.bucket_for(request, name, self._store)
        asked = urllib.parse.parse_qs(request.raw_query).get("permissions", [])
        held = [permission for permission in asked if access.may(request, bucket, permission)]
        answer = {"kind": "storage#testIamPermissionsResponse"}
        return as_json({**answer, "permissions": held} if held else answer)

    def policy(self, request: Request, name: str) -> Response:
        bucket = access.bucket_for(request, name, self._store)
        access.require(request, bucket, "storage.buckets.getIamPolicy")
        members: dict[str, list[str]] = {}
        for email, roles in bucket.grants.items():
            for role in roles:
                members.setdefault(role, []).append(f"serviceAccount:{email}")
        bindings = [{"role": role, "members": who} for role, who in sorted(members.items())]
        return as_json({"kind": "storage#policy", "version": 1, "bindings": bindings})
