"""[pure] The first six steps of every test of a key: can it be read, and does Google take it."""

from __future__ import annotations

import datetime
import email.utils
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import requests
from google.auth.exceptions import RefreshError

from clevertap_partners.core.errors import PartnersError
from clevertap_partners.core.faults import error
from clevertap_partners.core.marking import gettext_noop
from integrations.partners.checking import CheckStep, Finding
from integrations.partners.google import faults, keys
from integrations.partners.google.credentials import grant_token
from integrations.partners.google.keys import ServiceAccountKey
from integrations.partners.google.private_key import check_private_key
from integrations.partners.google.rules import VENDOR_ERRORS_OF_ANY, no_answer
from integrations.partners.google.token_errors import translate_refusal

T = TypeVar("T")

CLOCK_TOLERANCE_S = 240
TIMEOUT_S = (5, 15)
KEY = "service_account_key"


class SignIn:
    """Of a stored text that holds a key. After the fourth step `stored` and `key` are there."""

    def __init__(self, text: str, token_urls: Sequence[str], scopes: Sequence[str]) -> None:
        self._text = text
        self._token_urls = token_urls
        self._scopes = scopes
        self._key: ServiceAccountKey | None = None
        self.stored: dict[str, Any] = {}

    def __repr__(self) -> str:
        return "SignIn(…)"

    def steps(self) -> tuple[CheckStep, ...]:
        return (
            CheckStep(gettext_noop("The key is JSON"), self.is_json, KEY),
            CheckStep(
                gettext_noop("It is a service account key with all its fields"), self.is_key, KEY
            ),
            CheckStep(gettext_noop("The private key can be read"), self.has_private_key, KEY),
            CheckStep(gettext_noop("The token address is Google's"), self.has_known_address, KEY),
            CheckStep(gettext_noop("The clock is right"), self.clock_is_right),
            CheckStep(gettext_noop("Google grants a token"), self.gets_token, KEY),
        )

    @property
    def key(self) -> ServiceAccountKey:
        if self._key is None:
            raise RuntimeError("the steps run in order: the first four read the key")
        return self._key

    # -- the key, without calling anybody ----------------------------------------------------------

    def is_json(self) -> Finding:
        self.stored = keys.parse_json(self._text)
        return Finding(gettext_noop("The key is readable JSON."))

    def is_key(self) -> Finding:
        keys.check_kind(self.stored["key"])
        keys.check_fields(self.stored["key"])
        text = gettext_noop("It is a key of {client_email}.")
        return Finding(text.format(client_email=self.stored["key"]["client_email"]))

    def has_private_key(self) -> Finding:
        check_private_key(self.stored["key"]["private_key"])
        return Finding(gettext_noop("The private key is whole."))

    def has_known_address(self) -> Finding:
        keys.check_addresses(self.stored["key"], self._token_urls)
        self._key = keys.key_of(self.stored["key"])
        return Finding(
            gettext_noop("We ask {address} for a token.").format(address=self._key.token_uri)
        )

    # -- signing in --------------------------------------------------------------------------------

    def clock_is_right(self) -> Finding:
        """Compared with the date of any answer of the token address, be it an error."""
        address = self.key.token_uri
        answer = self.ask(lambda: requests.post(address, timeout=TIMEOUT_S, allow_redirects=False))
        theirs = read_date(answer.headers.get("Date", ""))
        if theirs is None:
            return Finding(
                gettext_noop("Google did not say its time; nothing to compare."), seen=False
            )
        apart = abs((datetime.datetime.now(datetime.UTC) - theirs).total_seconds())
        if apart <= CLOCK_TOLERANCE_S:
            return Finding(gettext_noop("Our clock and Google's agree."))
        raise error(faults.CLOCKS_APART, minutes=f"{apart / 60:.0f}")

    def gets_token(self) -> Finding:
        self.ask(lambda: grant_token(self.key, self._scopes))
        text = gettext_noop("Google signs in {client_email}.")
        return Finding(text.format(client_email=self.key.client_email))

    def ask(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except VENDOR_ERRORS_OF_ANY as vendor:
            raise sign_in_failure(vendor, self.key) from vendor


def sign_in_failure(vendor: Exception, key: ServiceAccountKey) -> PartnersError:
    if isinstance(vendor, RefreshError):
        return translate_refusal(vendor, key.client_email, key.project_id)
    return error(no_answer(vendor, faults.SIGN_IN_UNREACHABLE))


def read_date(text: str) -> datetime.datetime | None:
    try:
        return email.utils.parsedate_to_datetime(text).astimezone(datetime.UTC)
    except ValueError:
        return None
