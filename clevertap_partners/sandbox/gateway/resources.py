"""Objects and buckets as Google's JSON describes them."""

from __future__ import annotations

import datetime
import urllib.parse
from typing import Any

from clevertap_partners.sandbox.gateway.state import Bucket

_FROM_UPSTREAM = (
    "name", "size", "contentType", "contentEncoding", "contentDisposition", "cacheControl",
    "crc32c", "md5Hash", "generation", "metageneration", "metadata", "storageClass",
    "timeCreated", "updated",
)  # fmt: skip


def object_resource(item: dict[str, Any], bucket: Bucket, *, public_url: str) -> dict[str, Any]:
    kept = {key: item[key] for key in _FROM_UPSTREAM if item.get(key) not in (None, "")}
    path = f"b/{bucket.name}/o/{urllib.parse.quote(item['name'], safe='')}"
    resource = {
        "kind": "storage#object",
        **kept,
        "bucket": bucket.name,
        "id": f"{bucket.name}/{item['name']}/{item['generation']}",
        "selfLink": f"{public_url}/storage/v1/{path}",
        "mediaLink": f"{public_url}/download/storage/v1/{path}?alt=media",
        "etag": item["generation"],
    }
    if item["name"] in bucket.holds:
        temporary = bucket.holds[item["name"]] == "temporary"
        resource["temporaryHold" if temporary else "eventBasedHold"] = True
    if bucket.retention_s:
        resource["retentionExpirationTime"] = rfc3339(retained_until(item, bucket))
    return resource


def bucket_resource(bucket: Bucket, *, public_url: str) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "kind": "storage#bucket",
        "id": bucket.name,
        "name": bucket.name,
        "location": bucket.location,
        "locationType": "region" if "-" in bucket.location else "multi-region",
        "storageClass": "STANDARD",
        "projectNumber": "100000000000",
        "metageneration": "1",
        "timeCreated": rfc3339(bucket.created),
        "updated": rfc3339(bucket.created),
        "selfLink": f"{public_url}/storage/v1/b/{bucket.name}",
        "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": True}},
    }
    if bucket.retention_s:
        resource["retentionPolicy"] = {
            "retentionPeriod": str(bucket.retention_s),
            "effectiveTime": rfc3339(bucket.created),
            "isLocked": bucket.retention_locked,
        }
    if bucket.requester_pays:
        resource["billing"] = {"requesterPays": True}
    return resource


def retained_until(item: dict[str, Any], bucket: Bucket) -> float:
    created = datetime.datetime.fromisoformat(item["timeCreated"])
    return created.timestamp() + bucket.retention_s


def rfc3339(moment: float) -> str:
    at = datetime.datetime.fromtimestamp(moment, datetime.UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
