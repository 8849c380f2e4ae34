"""[pure] How the answers of Google's APIs become faults: each API has its own list of rules."""

from __future__ import annotations

import http.client
import re
from dataclasses import dataclass

import requests
import urllib3
from google.api_core import exceptions as api
from google.auth import exceptions as auth

from clevertap_partners.core.faults import Fault
from integrations.partners.google import faults
from integrations.partners.google.answers import Answer

# What any client of Google raises when a call goes wrong.
VENDOR_ERRORS_OF_ANY = (
    api.GoogleAPIError,
    auth.GoogleAuthError,
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    ConnectionError,
    TimeoutError,
)


@dataclass(frozen=True)
class Rule:
    """An answer with this status (0: any), and one of the reasons or the words, is this fault."""

    fault: Fault
    status: int = 0
    reasons: frozenset[str] = frozenset()
    words: str = ""

    def fits(self, answer: Answer) -> bool:
        if self.status not in {0, answer.status}:
            return False
        if not self.reasons and not self.words:
            return True
        named = {reason.rpartition(".")[2].lower() for reason in answer.reasons}
        return bool(named & self.reasons) or bool(
            self.words and re.search(self.words, answer.words, re.IGNORECASE)
        )


def rule(fault: Fault, status: int = 0, *reasons: str, words: str = "") -> Rule:
    return Rule(fault, status, frozenset(reason.lower() for reason in reasons), words)


def no_answer(vendor: Exception, unreachable: Fault) -> Fault:
    if isinstance(vendor, requests.exceptions.InvalidJSONError):
        return faults.NOT_GOOGLE
    if "certificate verify failed" in str(vendor).lower():
        return faults.NOT_SECURE
    return unreachable


def fault_of_page(status: int, unavailable: Fault) -> Fault:
    """Of an answer that is not in the shape of Google's errors. Never the customer's to mend.

    Google's own front end says in a page that it is overloaded. What else it may say in a page, and
    what a proxy says in Google's place, look the same, so we try again.
    """
    overloaded = status == 408 or (status >= 500 and status != 511)
    return unavailable if overloaded else faults.NOT_GOOGLE
