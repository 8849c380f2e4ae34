"""Objects of a bucket: look, list, download, delete, and the one way in, `put`."""

from __future__ import annotations

import base64
import http.client
import threading
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from clevertap_partners.sandbox.gateway import access, names
from clevertap_partners.sandbox.gateway.messages import GoogleError, Request, Response, as_json
from clevertap_partners.sandbox.gateway.resources import (
    object_resource,
    retained_until,
    rfc3339,
)
from clevertap_partners.sandbox.gateway.spool import Spooled
from clevertap_partners.sandbox.gateway.state import Bucket, Store
from clevertap_partners.sandbox.gateway.upstream import Upstream

MAX_RESULTS = 1000
_LOCKS = [threading.Lock() for _ in range(64)]
# Each with the name that it has in Google's refusals.
HOLDS = {"temporary": "Temporary", "event-based": "Event-Based"}
_PASSED_HEADERS = (
    "Content-Type", "Content-Encoding", "Content-Range", "X-Goog-Generation", "X-Goog-Hash",
    "X-Goog-Stored-Content-Encoding", "X-Goog-Stored-Content-Length", "ETag",
)  # fmt: skip


@dataclass(frozen=True)
class Conditions:
    """Preconditions on generations; None means not asked for."""

    match: int | None = None
    not_match: int | None = None

    @staticmethod
    def of(request: Request) -> Conditions:
        try:
            match, not_match = (
                int(request.query[key]) if key in request.query else None
                for key in ("ifGenerationMatch", "ifGenerationNotMatch")
            )
        except ValueError as error:
            raise GoogleError(400, "Invalid generation.", reason="invalid") from error
        return Conditions(match, not_match)

    def check(self, item: dict[str, Any] | None, *, unchanged_status: int = 412) -> None:
        generation = int(item["generation"]) if item else 0
        if self.match is not None and self.match != generation:
            raise _not_met(412)
        if self.not_match is not None and self.not_match == generation:
            raise _not_met(unchanged_status)


@dataclass(frozen=True)
class NewObject:
    """What a finished upload asks for. `resource` is Google's JSON with at least a name."""

    bucket: Bucket
    resource: dict[str, Any]
    conditions: Conditions
    checksums: dict[str, str] = field(default_factory=dict)


class Objects:
    def __init__(self, store: Store, upstream: Upstream, *, public_url: str) -> None:
        self.store = store
        self.upstream = upstream
        self.public_url = public_url

    def get(self, request: Request, bucket_name: str, name: str) -> Response:
        bucket, item = self._readable(request, bucket_name, name)
        return as_json(self.describe(item, bucket))

    def download(self, request: Request, bucket_name: str, name: str) -> Response:
        bucket, item = self._readable(request, bucket_name, name)
        return self.content(bucket, item["name"], request.header("range"))

    def content(self, bucket: Bucket, name: str, byte_range: str = "") -> Response:
        answer = self.upstream.open(bucket.name, name, byte_range)
        headers = {key: answer.headers[key] for key in _PASSED_HEADERS if key in answer.headers}
        length = int(answer.headers.get("Content-Length", 0))
        return Response(
            answer.status, headers=headers, stream=cast(BinaryIO, _Closing(answer)), length=length
        )

    def listing(self, request: Request, bucket_name: str) -> Response:
        bucket = access.bucket_for(request, bucket_name, self.store)
        access.require(request, bucket, "storage.objects.list")
        query = request.query
        items = self.upstream.listing(bucket.name, query.get("prefix", ""))
        names_left, prefixes = fold(items, query.get("prefix", ""), query.get("delimiter", ""))
        after = _page_start(query.get("pageToken", ""))
        rest = [name for name in names_left if name.encode() > after]
        page = rest[: _max_results(query.get("maxResults", ""))]
        by_name = {item["name"]: item for item in items}
        answer: dict[str, Any] = {"kind": "storage#objects"}
        found = [self.describe(by_name[name], bucket) for name in page if name in by_name]
        folders = [name for name in page if name in prefixes]
        answer |= {"items": found} if found else {}
        answer |= {"prefixes": folders} if folders else {}
        if len(page) < len(rest):
            answer["nextPageToken"] = base64.urlsafe_b64encode(page[-1].encode()).decode()
        return as_json(answer)

    def delete(self, request: Request, bucket_name: str, name: str) -> Response:
        bucket = access.bucket_for(request, bucket_name, self.store)
        access.require(request, bucket, "storage.objects.delete")
        with lock_of(bucket.name, name):
            item = self._found(request, bucket, name)
            Conditions.of(request).check(item)
            self.check_retention(item, bucket)
            self.upstream.delete(bucket.name, name)
            request.changes.append(f"delete {name}")
        return Response(204)

    def check_upload(self, request: Request, bucket_name: str, name: str) -> Bucket:
        """What can be refused before the bytes come. Raises GoogleError."""
        bucket = access.bucket_for(request, bucket_name, self.store)
        access.require(request, bucket, "storage.objects.create")
        if reason := names.problem(name):
            raise GoogleError(400, reason, reason="invalid" if name else "required")
        self._check_replace(request, bucket, name, Conditions.of(request))
        return bucket

    def put(self, request: Request, new: NewObject, spooled: Spooled) -> dict[str, Any]:
        """Check and create as one step: of two creators of a name, one gets 412."""
        name = new.resource["name"]
        check_sums(new, spooled)
        with lock_of(new.bucket.name, name):
            replaced = self._check_replace(request, new.bucket, name, new.conditions)
            with spooled.open() as file:
                item = self.upstream.create(new.bucket.name, new.resource, file, spooled.size)
            request.changes.append(f"{'replace' if replaced else 'create'} {name}")
        return self.describe(item, new.bucket)

    def check_retention(self, item: dict[str, Any], bucket: Bucket) -> None:
        """Raises 403 while a hold or the bucket's policy keeps the object as it is."""
        check_hold(item["name"], bucket)
        until = retained_until(item, bucket)
        if bucket.retention_s and until > self.store.now():
            raise GoogleError(
                403,
                f"Object '{bucket.name}/{item['name']}' is subject to bucket's retention policy or "
                f"object retention and cannot be deleted or overwritten until {rfc3339(until)}",
                reason="retentionPolicyNotMet",
            )

    def describe(self, item: dict[str, Any], bucket: Bucket) -> dict[str, Any]:
        return object_resource(item, bucket, public_url=self.public_url)

    def _check_replace(
        self, request: Request, bucket: Bucket, name: str, conditions: Conditions
    ) -> bool:
        """Whether an object is in the way, and may give way. Raises GoogleError when it may not."""
        item = self.upstream.look(bucket.name, name)
        conditions.check(item)
        if item is not None:
            access.require(request, bucket, "storage.objects.delete")
            self.check_retention(item, bucket)
        return item is not None

    def _readable(
        self, request: Request, bucket_name: str, name: str
    ) -> tuple[Bucket, dict[str, Any]]:
        bucket = access.bucket_for(request, bucket_name, self.store)
        access.require(request, bucket, "storage.objects.get")
        item = self._found(request, bucket, name)
        Conditions.of(request).check(item, unchanged_status=304)
        return bucket, item

    def _found(self, request: Request, bucket: Bucket, name: str) -> dict[str, Any]:
        """Whoever may not list is not told that an object is absent, as at Google."""
        item = self.upstream.look(bucket.name, name) if name else None
        wanted = request.query.get("generation")
        if item is not None and wanted in (None, item["generation"]):
            return item
        if not access.may(request, bucket, "storage.objects.list"):
            raise access.denied(request, "storage.objects.list")
        raise GoogleError(404, f"No such object: {bucket.name}/{name}", reason="notFound")


class _Closing:
    """An open answer of the emulator as a stream to read and close."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.read = answer.read
        self.close = answer.close


def lock_of(bucket: str, name: str) -> threading.Lock:
    return _LOCKS[hash((bucket, name)) % len(_LOCKS)]


def check_hold(name: str, bucket: Bucket) -> None:
    """Google documents the reason objectUnderActiveHold, but answers `forbidden`."""
    if name in bucket.holds:
        raise GoogleError(
            403,
            f"Object '{bucket.name}/{name}' is under active {HOLDS[bucket.holds[name]]} hold and "
            "cannot be deleted, overwritten or archived until hold is removed.",
            reason="forbidden",
        )


def check_sums(new: NewObject, spooled: Spooled) -> None:
    """Raises 400 where a checksum that came with the upload is not that of its bytes."""
    counted = {"crc32c": spooled.crc32c, "md5": spooled.md5}
    for kind, given in new.checksums.items():
        if given != counted[kind]:
            label = kind.upper()
            text = (
                f'Provided {label} "{given}" doesn\'t match calculated {label} "{counted[kind]}".'
            )
            raise GoogleError(400, text, reason="invalid")


def fold(items: list[dict[str, Any]], prefix: str, delimiter: str) -> tuple[list[str], set[str]]:
    """Names and, where a delimiter is given, the prefixes that stand for what lies below them."""
    names_left, prefixes = [], set()
    for name in (item["name"] for item in items):
        head, mark, _ = name[len(prefix) :].partition(delimiter) if delimiter else (name, "", "")
        if mark:
            prefixes.add(prefix + head + mark)
        else:
            names_left.append(name)
    return sorted([*names_left, *prefixes], key=str.encode), prefixes


def _page_start(token: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(token)
    except ValueError as error:
        raise GoogleError(400, "Invalid argument.", reason="invalid") from error


def _max_results(text: str) -> int:
    return min(int(text), MAX_RESULTS) if text.isdigit() and int(text) else MAX_RESULTS


def _not_met(status: int) -> GoogleError:
    text = "At least one of the pre-conditions you specified did not hold."
    return GoogleError(status, text, reason="conditionNotMet")
