"""[pure] Google's own client, set up to call only the addresses that we allow."""

from __future__ import annotations

import functools
from typing import Any

import requests
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.cloud import storage
from google.oauth2 import service_account

from integrations.partners.gcs.config import GcsConfig, ServiceAccountKey

SCOPES = ("https://www.googleapis.com/auth/devstorage.read_write",)
TOKEN_TIMEOUT_S = 20
# Seconds to connect, seconds of silence.
REQUEST_TIMEOUT_S = (10, 60)


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


def open_client(config: GcsConfig) -> storage.Client:
    """A client for many threads. Opens no connection yet."""
    client = storage.Client(
        project=config.key.project_id,
        credentials=credentials(config.key),
        client_options={"api_endpoint": config.storage_url},
    )
    # With OpenTelemetry installed, the library would fetch the bucket in a thread to label its
    # traces: a call that needs a right (storage.buckets.get) which we do not ask customers for.
    client._bucket_metadata_cache = None
    _ = client._http  # made on first use, which two threads could do at once
    return client


def bucket_of(client: storage.Client, config: GcsConfig) -> storage.Bucket:
    """The bucket, without asking for it: that would need the right storage.buckets.get."""
    return client.bucket(config.bucket_name, user_project=config.user_project or None)


def credentials(key: ServiceAccountKey) -> KeyCredentials:
    made: KeyCredentials = KeyCredentials.from_service_account_info(  # type: ignore[no-untyped-call]  # google-auth
        key.as_info(), scopes=SCOPES
    )
    return made


def grant_token(key: ServiceAccountKey) -> None:
    """Sign in once. Raises what google.auth raises."""
    with requests.Session() as session:
        request = functools.partial(Request(session), timeout=TOKEN_TIMEOUT_S)
        credentials(key).refresh(request)
