"""[pure] What Google answered, where it is Google who answers.

Google's errors are JSON of one shape, or XML of another. What comes in no such shape may be written
by something between us, such as a proxy, and is not read: its page may speak of "billing", too.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

import requests

_READ_CHARACTERS = 10_000
_XML_ERROR = re.compile(r"\s*(?:<\?xml[^>]*\?>\s*)?<Error>.*?<Code>(\w+)</Code>", re.DOTALL)
_XML_WORDS = re.compile(r"<(Message|Details)>(.*?)</\1>", re.DOTALL)
# What others have named, which may be any words at all: an object, and an address's owner.
_NAMES = re.compile(r"Object '.*' is |Object '.*'|\S+@\S+", re.DOTALL)
_OBJECT = re.compile(r"Object '(.*)' is ", re.DOTALL)


@dataclass(frozen=True)
class Answer:
    """`googles` says that it has a shape of Google's errors; else only status and url are known."""

    status: int
    reasons: tuple[str, ...] = ()
    message: str = ""
    url: str = ""
    googles: bool = True

    @property
    def reason(self) -> str:
        return self.reasons[0] if self.reasons else ""

    @property
    def words(self) -> str:
        """The message without what others have named."""
        return _NAMES.sub("", self.message)

    @property
    def object_path(self) -> str:
        """The object that it is about, as bucket/name. The name may hold quotes."""
        found = _OBJECT.search(self.message)
        return found.group(1) if found else ""


def read_answer(vendor: Exception) -> Answer | None:
    """None when no answer came at all."""
    response = getattr(vendor, "response", None)
    if not isinstance(response, requests.Response):
        return None
    url = response.url or ""
    read = _json_error(response) or _xml_error(response)
    if read is None:
        return Answer(response.status_code, url=url, googles=False)
    reasons, message = read
    return Answer(response.status_code, reasons, message, url)


def _json_error(response: requests.Response) -> tuple[tuple[str, ...], str] | None:
    """Reasons and message of `{"error": {"code": …, "message": …, "errors" or "status": …}}`."""
    try:
        error: Any = response.json()["error"]
        entries = [*error.get("errors", ()), *error.get("details", ())]
        reasons = tuple(str(one["reason"]) for one in entries if one.get("reason"))
        code, message, status = error["code"], error["message"], error.get("status")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    if code != response.status_code or not isinstance(message, str):
        return None
    return (reasons, message) if entries or isinstance(status, str) else None


def _xml_error(response: requests.Response) -> tuple[tuple[str, ...], str] | None:
    text = response.text[:_READ_CHARACTERS]
    code = _XML_ERROR.match(text)
    if code is None:
        return None
    words = (html.unescape(found.group(2)) for found in _XML_WORDS.finditer(text))
    return (code.group(1),), " ".join(words)
