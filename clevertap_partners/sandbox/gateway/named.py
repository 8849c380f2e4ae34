"""An answer of Google that has a name, and how it is given."""

from __future__ import annotations

import json
import re
import urllib.parse
from dataclasses import dataclass

from clevertap_partners.sandbox.gateway.messages import (
    JSON_TYPE,
    GoogleError,
    Request,
    Response,
    as_json,
)

# The calls that can get most answers of storage.
UPLOADS = r"^/upload/storage/v1/b/{bucket}/o"
_HTML = (
    "<!DOCTYPE html>\n<html lang=en><title>Error {status}</title>"
    "<p><b>{status}.</b> <ins>That is an error.</ins><p>{message}"
)


@dataclass(frozen=True)
class Answer:
    """`calls` are those that get it. `form` is the shape of the body: google, token, html, foreign
    (JSON, but not as Google's), empty.

    {bucket} and {object} in the message become those of the call. For a sign-in, `reason` is the
    OAuth error and `message` its description.
    """

    title: str
    status: int
    reason: str = ""
    message: str = ""
    calls: str = UPLOADS
    form: str = "google"

    def path(self, bucket: str) -> str:
        """A pattern of the calls that get it: those to one bucket, or to any."""
        return self.calls.replace("{bucket}", re.escape(bucket) if bucket else "[^/]+")

    def response(self, request: Request) -> Response:
        if self.form == "empty":
            return Response(self.status)
        if self.form == "html":
            page = _HTML.format(status=self.status, message=self.message).encode()
            return Response(self.status, page, {"Content-Type": "text/html; charset=UTF-8"})
        if self.form == "foreign":
            return as_json({"message": self.message}, status=self.status)
        if self.form == "token":
            return self._token_refusal()
        return GoogleError(self.status, self._told(request), reason=self.reason).response()

    def _token_refusal(self) -> Response:
        body = json.dumps({"error": self.reason, "error_description": self.message}).encode()
        return Response(self.status, body, {"Content-Type": JSON_TYPE})

    def _told(self, request: Request) -> str:
        bucket = urllib.parse.unquote("".join(request.path.split("/")[5:6]))
        name = request.query.get("name", "report.json")
        return self.message.replace("{bucket}", bucket).replace("{object}", name)
