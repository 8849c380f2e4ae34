"""Answers as Google's client raises them."""

from __future__ import annotations

import json

import requests
from google.api_core import exceptions as api

from integrations.partners.gcs.errors import Target

TARGET = Target("exports", "exporter@demo.iam.gserviceaccount.com", "demo")
TAKEN = "At least one of the pre-conditions you specified did not hold."
ENCRYPTION = (
    "Requested encryption type for object is not compliant with the bucket's encryption "
    "enforcement configuration."
)


def answered(
    status: int, reason: str = "", message: str = "", url: str = "https://x/"
) -> Exception:
    """As the storage client raises it: with the response."""
    response = requests.Response()
    response.status_code = status
    response.url = url
    body = {"error": {"code": status, "message": message, "errors": [{"reason": reason}]}}
    response._content = json.dumps(body).encode()
    return api.from_http_status(status, message, response=response)


def answered_with(status: int, body: bytes) -> api.GoogleAPICallError:
    """An answer with any body."""
    response = requests.Response()
    response.status_code = status
    response._content = body
    return api.from_http_status(status, "x", response=response)


def xml(code: str, message: str = "x") -> bytes:
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return f"<?xml version='1.0' encoding='UTF-8'?>{error}".encode()
