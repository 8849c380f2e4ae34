"""Uploads in their three kinds: media, multipart, resumable. All end in `Objects.put`.

Resumable sessions end here, not at the emulator, which ignores preconditions on them.
"""

from __future__ import annotations

import re
import secrets
import threading
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clevertap_partners.sandbox.gateway import access, multipart, spool
from clevertap_partners.sandbox.gateway.messages import GoogleError, Request, Response, as_json
from clevertap_partners.sandbox.gateway.objects import Conditions, NewObject, Objects
from clevertap_partners.sandbox.gateway.state import Bucket

_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")
MAX_SESSIONS = 1000
_OCTETS = "application/octet-stream"


@dataclass
class Session:
    """A resumable upload under way. `stored` is the answer once it is finished."""

    caller: str
    new: NewObject
    path: Path
    stored: dict[str, Any] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def arrived(self) -> int:
        return self.path.stat().st_size


class Uploads:
    def __init__(self, objects: Objects, spool_folder: Path) -> None:
        self._objects = objects
        self._spool = spool.Spool(spool_folder)
        self._sessions: dict[str, Session] = {}

    def insert(self, request: Request, bucket_name: str) -> Response:
        """A media or multipart upload: everything in one request."""
        access.bucket_for(request, bucket_name, self._objects.store)
        many_parts = request.query.get("uploadType") == "multipart"
        path = self._spool.new_file()
        try:
            upload = self._multipart if many_parts else self._media
            return upload(request, bucket_name, path)
        finally:
            path.unlink(missing_ok=True)

    def start(self, request: Request, bucket_name: str) -> Response:
        kind = request.header("x-upload-content-type")
        resource = _described(request.json(), request, kind=kind)
        bucket = self._objects.check_upload(request, bucket_name, resource["name"])
        session_id = secrets.token_urlsafe(48)
        new = _new_object(request, bucket, resource)
        self._drop_oldest()
        self._sessions[session_id] = Session(request.caller, new, self._spool.new_file())
        query = urllib.parse.urlencode({"uploadType": "resumable", "upload_id": session_id})
        location = f"{self._objects.public_url}/upload/storage/v1/b/{bucket.name}/o?{query}"
        headers = {"Location": location, "X-GUploader-UploadID": session_id}
        return Response(200, headers=headers)

    def resume(self, request: Request, _bucket_name: str) -> Response:
        """A part of a session, the whole of it, or (`bytes */N`) the question how far it got."""
        session = self._session(request)
        request.caller = session.caller
        first, total = _content_range(request)
        with session.lock:
            if session.stored is not None:
                return as_json(session.stored)
            if first is not None:
                self._append(request, session, first)
            if total is not None and session.arrived > total:
                raise GoogleError(400, "More bytes than announced.", reason="invalid")
            if session.arrived == total or not request.header("content-range"):
                return self._finish(request, session)
            return _so_far(session)

    def cancel(self, request: Request, _bucket_name: str) -> Response:
        self._forget(request.query.get("upload_id", ""))
        return Response(499)

    def close(self) -> None:
        for session_id in list(self._sessions):
            self._forget(session_id)

    def _media(self, request: Request, bucket_name: str, path: Path) -> Response:
        name = request.query.get("name", "")
        bucket = self._objects.check_upload(request, bucket_name, name)
        size = spool.append(path, request.body)
        kind = request.header("content-type") or _OCTETS
        new = _new_object(request, bucket, {"name": name, "contentType": kind})
        return as_json(self._objects.put(request, new, spool.measure(path, 0, size)))

    def _multipart(self, request: Request, bucket_name: str, path: Path) -> Response:
        boundary = multipart.boundary_of(request.header("content-type"))
        spool.append(path, request.body)
        parts = multipart.split(path, boundary)
        resource = _described(parts.resource, request, kind=parts.content_type)
        bucket = self._objects.check_upload(request, bucket_name, resource["name"])
        new = _new_object(request, bucket, resource)
        spooled = spool.measure(path, parts.start, parts.end)
        return as_json(self._objects.put(request, new, spooled))

    def _append(self, request: Request, session: Session, first: int) -> None:
        arrived = session.arrived
        if first > arrived:
            raise GoogleError(
                503,
                "Invalid request. According to the Content-Range header, the upload offset is "
                f"{first} byte(s), which exceeds already uploaded size of {arrived} byte(s).",
                reason="backendError",
            )
        # Bytes that are here already are sent again after a lost answer: keep the new ones.
        with session.path.open("r+b") as file:
            file.truncate(first)
        spool.append(session.path, request.body)

    def _finish(self, request: Request, session: Session) -> Response:
        sums = session.new.checksums | _hash_header(request)
        new = NewObject(session.new.bucket, session.new.resource, session.new.conditions, sums)
        try:
            spooled = spool.measure(session.path, 0, session.arrived)
            session.stored = self._objects.put(request, new, spooled)
        except GoogleError as error:
            if error.status < 500:
                self._forget(request.query["upload_id"])
            raise
        session.path.write_bytes(b"")
        return as_json(session.stored)

    def _session(self, request: Request) -> Session:
        """A session ends with its bucket, even if another of that name follows."""
        session = self._sessions.get(request.query.get("upload_id", ""))
        buckets = self._objects.store.state.buckets
        if session is None or buckets.get(session.new.bucket.name) is not session.new.bucket:
            raise GoogleError(404, "The upload session was not found.", reason="notFound")
        return session

    def _drop_oldest(self) -> None:
        while len(self._sessions) >= MAX_SESSIONS:
            self._forget(next(iter(self._sessions)))

    def _forget(self, session_id: str) -> None:
        session = self._sessions.pop(session_id, None)
        if session is None:
            raise GoogleError(404, "The upload session was not found.", reason="notFound")
        session.path.unlink(missing_ok=True)


def _described(resource: Any, request: Request, *, kind: str) -> dict[str, Any]:
    """The object's description as it came with the upload, with a name and a content type."""
    if not isinstance(resource, dict):
        raise GoogleError(400, "Parse Error", reason="parseError")
    resource.setdefault("name", request.query.get("name", ""))
    resource.setdefault("contentType", kind or _OCTETS)
    if not all(isinstance(resource[key], str) for key in ("name", "contentType")):
        raise GoogleError(400, "Invalid value.", reason="invalid")
    return resource


def _new_object(request: Request, bucket: Bucket, resource: dict[str, Any]) -> NewObject:
    given = {"crc32c": resource.pop("crc32c", ""), "md5": resource.pop("md5Hash", "")}
    sums = {kind: value for kind, value in given.items() if value}
    return NewObject(bucket, resource, Conditions.of(request), sums | _hash_header(request))


def _hash_header(request: Request) -> dict[str, str]:
    """`crc32c=…,md5=…` as a dictionary."""
    pairs = (part.strip().partition("=") for part in request.header("x-goog-hash").split(","))
    return {kind: value for kind, _, value in pairs if kind in {"crc32c", "md5"}}


def _content_range(request: Request) -> tuple[int | None, int | None]:
    """Where this part starts (None: it has no bytes) and the total, where it is known."""
    text = request.header("content-range")
    if not text:
        return 0, None
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        raise GoogleError(400, "Failed to parse Content-Range header.", reason="badRequest")
    first, _, total = found.groups()
    return None if first is None else int(first), None if total == "*" else int(total)


def _so_far(session: Session) -> Response:
    headers = {"Range": f"bytes=0-{session.arrived - 1}"} if session.arrived else {}
    return Response(308, headers=headers)
