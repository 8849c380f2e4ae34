"""[pure] Signing in with a key: calls the key's token address and nothing else."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import requests
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.oauth2 import service_account

from integrations.partners.google.keys import ServiceAccountKey

TOKEN_TIMEOUT_S = 20


class KeyCredentials(service_account.Credentials):
    """A service account that calls its token address and nothing else."""

    def refresh(self, request: Any) -> None:
        try:
            super().refresh(request)  # type: ignore[no-untyped-call]  # google-auth
        except TypeError as error:
            # The library looks up a token in any answer with status 200, be it a proxy's page.
            refused: RefreshError = RefreshError("The answer is not JSON.")  # type: ignore[no-untyped-call]  # google-auth
            raise refused from error

    def _after_refresh(self, request: Any, method: Any, url: Any, headers: Any) -> None:
        # The library would ask iamcredentials.googleapis.com in a thread about regions allowed for
        # the account: an address that customers have not allow-listed and the sandbox has not got.
        return


def credentials(key: ServiceAccountKey, scopes: Sequence[str]) -> KeyCredentials:
    made: KeyCredentials = KeyCredentials.from_service_account_info(  # type: ignore[no-untyped-call]  # google-auth
        key.as_info(), scopes=scopes
    )
    return made


def grant_token(key: ServiceAccountKey, scopes: Sequence[str]) -> None:
    """Sign in once. Raises what google.auth raises."""
    with requests.Session() as session:
        request = functools.partial(Request(session), timeout=TOKEN_TIMEOUT_S)
        credentials(key, scopes).refresh(request)
