"""Requests and responses as the handlers see them, and errors in the shape Google gives them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from clevertap_partners.sandbox.gateway.body import Body, Pace

JSON_TYPE = "application/json; charset=UTF-8"


@dataclass
class Request:
    """One call. From `caller` on it is filled in while it is handled, for the journal.

    `changes` are what it did to objects, whatever it was answered: "create <name>", "replace
    <name>", "delete <name>".
    """

    method: str
    path: str
    query: Mapping[str, str]
    raw_query: str
    headers: Mapping[str, str]
    body: Body
    operation: str = ""
    caller: str = ""
    permissions: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; an empty body is an empty object."""
        try:
            parsed = json.loads(self.body.read_small() or b"{}")
        except ValueError as error:
            raise GoogleError(400, "Parse Error", reason="parseError") from error
        if not isinstance(parsed, dict):
            raise GoogleError(400, "Parse Error", reason="parseError")
        return parsed


@dataclass
class Response:
    """An answer; a long body is a stream of `length` bytes that the server closes."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    stream: BinaryIO | None = field(default=None, repr=False)
    length: int = 0
    pace: Pace = field(default_factory=Pace)

    def error(self) -> dict[str, str]:
        """Reason and message of a refusal, empty where it is none of Google's."""
        try:
            first = json.loads(self.body)["error"]["errors"][0]
        except (ValueError, KeyError, TypeError, IndexError):
            return {"reason": "", "message": ""}
        return {"reason": first.get("reason", ""), "message": first.get("message", "")}


class GoogleError(Exception):
    """A refusal in the JSON shape of Google's storage API."""

    def __init__(
        self, status: int, message: str, *, reason: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.reason = reason
        self.headers = headers or {}

    def response(self) -> Response:
        first = {"message": self.message, "domain": "global", "reason": self.reason}
        if self.status == 401:
            first |= {"locationType": "header", "location": "Authorization"}
        if self.reason == "invalidQuery":
            first |= {"locationType": "parameter", "location": "q"}
        if self.reason == "conditionNotMet":
            first |= {"locationType": "header", "location": "If-Match"}
        error = {"code": self.status, "message": self.message, "errors": [first]}
        return as_json({"error": error}, status=self.status, headers=self.headers)


class CutConnection(Exception):
    """Close the connection without a word."""


def as_json(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    body = json.dumps(value, ensure_ascii=False).encode()
    return Response(status, body, {"Content-Type": JSON_TYPE, **(headers or {})})
