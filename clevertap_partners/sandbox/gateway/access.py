"""Who is calling, on which bucket, and whether they may."""

from __future__ import annotations

from clevertap_partners.sandbox.gateway import roles, tokens
from clevertap_partners.sandbox.gateway.messages import GoogleError, Request
from clevertap_partners.sandbox.gateway.state import Bucket, Store


def authenticate(request: Request, store: Store) -> str:
    """The caller's e-mail, also put on the request. Raises 401."""
    scheme, _, bearer = request.header("authorization").partition(" ")
    if scheme.lower() != "bearer" or not bearer:
        text = "Anonymous caller does not have access to the Google Cloud Storage resource."
        raise GoogleError(401, text, reason="required")
    account = tokens.caller_of(bearer.strip(), store)
    if account is None:
        raise GoogleError(401, "Invalid Credentials", reason="authError")
    request.caller = account.email
    return account.email


def bucket_for(request: Request, name: str, store: Store) -> Bucket:
    """The bucket of an authenticated call. Raises 401, 404, or 400 for requester pays."""
    authenticate(request, store)
    bucket = store.state.buckets.get(name)
    if bucket is None:
        raise GoogleError(404, "The specified bucket does not exist.", reason="notFound")
    if bucket.requester_pays and not request.query.get("userProject"):
        text = "Bucket is a requester pays bucket but no user project provided."
        raise GoogleError(400, text, reason="required")
    return bucket


def may(request: Request, bucket: Bucket, permission: str) -> bool:
    return permission in roles.permissions_of(bucket.grants.get(request.caller, []))


def require(request: Request, bucket: Bucket, permission: str) -> None:
    """Raises 403 in Google's words; the journal remembers what was asked for."""
    if permission not in request.permissions:
        request.permissions.append(permission)
    if not may(request, bucket, permission):
        raise denied(request, permission)


def denied(request: Request, permission: str) -> GoogleError:
    on_bucket = permission.startswith("storage.buckets.") or permission == "storage.objects.list"
    noun = "bucket" if on_bucket else "object"
    return GoogleError(
        403,
        f"{request.caller} does not have {permission} access to the Google Cloud Storage {noun}. "
        f"Permission '{permission}' denied on resource (or it may not exist).",
        reason="forbidden",
    )
