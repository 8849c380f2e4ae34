"""Which call is which operation. `offered` is everything that the sandbox answers as Google."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable, Iterable
from typing import Any

from clevertap_partners.sandbox.gateway.buckets import Buckets
from clevertap_partners.sandbox.gateway.hooks import Hooks
from clevertap_partners.sandbox.gateway.messages import GoogleError, Request, Response
from clevertap_partners.sandbox.gateway.objects import Objects
from clevertap_partners.sandbox.gateway.uploads import Uploads

Handler = Callable[..., Response]
# Method, pattern of the path, operation, handler.
Route = tuple[str, str, str, Handler]
_BUCKET = r"/storage/v1/b/([^/]+)"
_UPLOAD = r"/upload/storage/v1/b/([^/]+)/o"


class Routes:
    def __init__(
        self,
        *,
        token: Handler,
        buckets: Buckets,
        objects: Objects,
        uploads: Uploads,
        hooks: Hooks,
        more: Iterable[Route] = (),
    ) -> None:
        table: list[Route] = [
            ("POST", r"/token", "token", token),
            ("GET", r"/storage/v1/b", "buckets", buckets.listing),
            ("GET", _BUCKET, "bucket", buckets.get),
            ("GET", rf"{_BUCKET}/iam", "policy", buckets.policy),
            ("GET", rf"{_BUCKET}/iam/testPermissions", "permissions", buckets.test_permissions),
            ("GET", rf"{_BUCKET}/o", "list", objects.listing),
            ("GET", rf"(?:/download)?{_BUCKET}/o/(.+)", "get", objects.get),
            ("DELETE", rf"{_BUCKET}/o/(.+)", "delete", objects.delete),
            ("POST", _UPLOAD, "insert", uploads.insert),
            ("PUT", _UPLOAD, "insert", uploads.resume),
            ("DELETE", _UPLOAD, "cancel", uploads.cancel),
            ("POST", r"/hooks/([\w-]{1,60})", "hook", hooks.receive),
            *more,
        ]
        self._table = [
            (method, re.compile(path), operation, handler)
            for method, path, operation, handler in table
        ]
        # The same address with another parameter is another operation.
        self._variants: dict[str, Handler] = {"download": objects.download, "start": uploads.start}

    def find(self, request: Request) -> tuple[Handler, list[str]]:
        """Name the request's operation; return its handler and the names in its path."""
        for method, pattern, operation, handler in self._table:
            found = pattern.fullmatch(request.path)
            if found and method == request.method:
                request.operation = _variant(operation, request)
                arguments = [urllib.parse.unquote(part) for part in found.groups()]
                return self._variants.get(request.operation, handler), arguments
        return _not_offered, []


def _variant(operation: str, request: Request) -> str:
    if operation == "get" and request.query.get("alt") == "media":
        return "download"
    if operation == "insert" and request.method == "POST":
        return "start" if request.query.get("uploadType") == "resumable" else "insert"
    if operation == "insert" and request.header("content-range").startswith("bytes *"):
        return "status"
    return operation


def _not_offered(request: Request, *_: Any) -> Response:
    text = f"The sandbox does not offer {request.method} {request.path}."
    raise GoogleError(501, text, reason="notImplemented")
