"""The emulator behind the gateway: create, look, list, read, delete, with names encoded."""

from __future__ import annotations

import http.client
import json
import secrets
import urllib.parse
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from clevertap_partners.sandbox.gateway import names
from clevertap_partners.sandbox.gateway.body import BLOCK
from clevertap_partners.sandbox.gateway.messages import GoogleError

TIMEOUT_S = 120


class Upstream:
    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or 80

    def is_up(self) -> bool:
        try:
            return self._call("GET", "/storage/v1/b")[0] == 200
        except GoogleError:
            return False

    def ensure_bucket(self, name: str) -> None:
        status, _ = self._call("POST", "/storage/v1/b?project=sandbox", body={"name": name})
        if status not in {200, 409}:
            raise _broken(f"creating a bucket gave {status}")

    def delete_bucket(self, name: str) -> bool:
        """False when it still holds objects."""
        status, _ = self._call("DELETE", f"/storage/v1/b/{name}")
        if status not in {200, 204, 404, 412}:
            raise _broken(f"deleting a bucket gave {status}")
        return status != 412

    def look(self, bucket: str, name: str) -> dict[str, Any] | None:
        """The object's resource, or None."""
        status, answer = self._call("GET", _path(bucket, name))
        if status == 404:
            return None
        return _restored(_expect(status, answer, "a look"))

    def listing(self, bucket: str, prefix: str) -> list[dict[str, Any]]:
        """Every object whose name starts with the prefix, in Google's order: by UTF-8 bytes."""
        wanted = urllib.parse.quote(names.encode(prefix), safe="")
        status, answer = self._call("GET", f"/storage/v1/b/{bucket}/o?prefix={wanted}")
        items = _expect(status, answer, "a listing").get("items") or []
        return [_restored(item) for item in items]

    def create(
        self, bucket: str, resource: dict[str, Any], file: BinaryIO, size: int
    ) -> dict[str, Any]:
        """Store `size` bytes, from where the file stands, under the resource's name."""
        sent = {**resource, "name": names.encode(resource["name"])}
        # The emulator goes by the part's type, not by the resource's.
        kind = " ".join(str(resource["contentType"]).split())
        boundary = secrets.token_hex(16)
        head = (
            f"--{boundary}\r\nContent-Type: application/json\r\n\r\n{json.dumps(sent)}\r\n"
            f"--{boundary}\r\nContent-Type: {kind}\r\n\r\n"
        ).encode()
        tail = f"\r\n--{boundary}--\r\n".encode()
        headers = {
            "Content-Type": f"multipart/related; boundary={boundary}",
            "Content-Length": str(len(head) + size + len(tail)),
        }
        path = f"/upload/storage/v1/b/{bucket}/o?uploadType=multipart"
        status, answer = self._send("POST", path, _body(head, file, size, tail), headers)
        return _restored(_expect(status, answer, "an upload"))

    def delete(self, bucket: str, name: str) -> None:
        status, _ = self._call("DELETE", _path(bucket, name))
        if status not in {200, 204, 404}:
            raise _broken(f"deleting an object gave {status}")

    def open(self, bucket: str, name: str, byte_range: str) -> http.client.HTTPResponse:
        """The object's bytes as an open answer; closing it closes the connection."""
        connection = self._connection()
        # Bytes as stored: the emulator would unpack objects whose content encoding is gzip.
        headers = {"Connection": "close", "Accept-Encoding": "gzip"}
        if byte_range:
            headers["Range"] = byte_range
        try:
            connection.request("GET", f"{_path(bucket, name)}?alt=media", headers=headers)
            return connection.getresponse()
        except OSError as error:
            raise _broken("it does not answer") from error

    def _call(
        self, method: str, path: str, *, body: dict[str, Any] | None = None
    ) -> tuple[int, bytes]:
        payload = None if body is None else json.dumps(body).encode()
        return self._send(method, path, payload, {"Content-Type": "application/json"})

    def _send(
        self, method: str, path: str, body: bytes | Iterator[bytes] | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        connection = self._connection()
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise _broken("it does not answer") from error
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(
            self._host, self._port, timeout=TIMEOUT_S, blocksize=BLOCK
        )


def _path(bucket: str, name: str) -> str:
    return f"/storage/v1/b/{bucket}/o/{urllib.parse.quote(names.encode(name), safe='')}"


def _body(head: bytes, file: BinaryIO, size: int, tail: bytes) -> Iterator[bytes]:
    yield head
    left = size
    while left:
        block = file.read(min(left, BLOCK))
        if not block:
            raise OSError("The spooled upload is shorter than it was.")
        left -= len(block)
        yield block
    yield tail


def _expect(status: int, answer: bytes, what: str) -> dict[str, Any]:
    if status == 200:
        return cast(dict[str, Any], json.loads(answer))
    raise _broken(f"{what} gave {status}")


def _restored(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "name": names.decode(item["name"])}


def _broken(what: str) -> GoogleError:
    return GoogleError(503, f"The sandbox's storage has a problem: {what}.", reason="backendError")
