"""[pure] Google's own clients, set up to call only the addresses that we allow, and how we ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import grpc
import requests
from google.api_core.exceptions import RetryError as GaveUp
from google.api_core.retry import Retry, if_exception_type
from google.auth.transport.grpc import AuthMetadataPlugin
from google.auth.transport.requests import Request
from google.cloud import bigquery
from google.cloud.bigquery_storage_v1.services.big_query_read import BigQueryReadClient
from google.cloud.bigquery_storage_v1.services.big_query_read.transports import (
    BigQueryReadGrpcTransport,
)

from clevertap_partners.core.errors import PartnersError, TransientError
from integrations.partners.bigquery.config import BigQueryConfig, BigQueryEndpoints
from integrations.partners.bigquery.errors import VENDOR_ERRORS, Target, translate
from integrations.partners.google.credentials import KeyCredentials, credentials

T = TypeVar("T")

SCOPES = ("https://www.googleapis.com/auth/bigquery",)
# Seconds of one request; the library's own default is none at all.
TIMEOUT_S = 60
# A call is tried once by the library; `Asker` decides about more.
ONCE: dict[str, Any] = {"retry": None, "timeout": TIMEOUT_S}
RETRY = Retry(
    predicate=if_exception_type(TransientError), initial=0.5, multiplier=2, maximum=16, timeout=60
)
# A connection that died in silence is noticed by these; messages of rows are up to 10 MB long.
_CHANNEL_OPTIONS = (
    ("grpc.max_receive_message_length", 128 * 1024 * 1024),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    # Rows that come before they are wanted; left to its estimate, gRPC takes in 100 MB of them.
    ("grpc.http2.bdp_probe", 0),
    ("grpc.http2.lookahead_bytes", 8 * 1024 * 1024),
)


class Asker:
    """Carries out calls: failures are in our words, and those that may pass are tried again."""

    def __init__(self, target: Target, retry: Retry = RETRY) -> None:
        self.target = target
        self._retry = retry

    def ask(self, call: Callable[[], T]) -> T:
        """Give up after a minute with the last failure."""
        try:
            return self._retry(lambda: self.ask_once(call))()
        except GaveUp as gave_up:
            if isinstance(gave_up.cause, PartnersError):
                raise gave_up.cause from gave_up
            raise

    def ask_once(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except VENDOR_ERRORS as vendor:
            raise translate(vendor, self.target) from vendor


def target_of(config: BigQueryConfig) -> Target:
    return Target(config.project_id, config.dataset_id, config.key.client_email)


def open_client(config: BigQueryConfig, endpoints: BigQueryEndpoints) -> bigquery.Client:
    """For jobs, datasets and rows by REST; many threads may use it. Opens no connection yet."""
    client = bigquery.Client(
        project=config.project_id,
        credentials=credentials(config.key, SCOPES),
        client_options={"api_endpoint": endpoints.url},
    )
    _ = client._http  # made on first use, which two threads could do at once
    return client


def get_json(client: bigquery.Client, path: str, params: dict[str, Any], timeout: float) -> Any:
    """What Google answers at a path for which the library has no call that fits."""
    return client._connection.api_request(  # type: ignore[no-untyped-call]  # google-cloud-core
        method="GET", path=path, query_params=params, timeout=timeout
    )


class Reader:
    """The Storage Read API, which gives rows as Arrow."""

    def __init__(self, config: BigQueryConfig, endpoints: BigQueryEndpoints) -> None:
        self._credentials = credentials(config.key, SCOPES)
        self._request = Request(requests.Session())
        channel = open_channel(endpoints, self._credentials, self._request)
        self.client = BigQueryReadClient(transport=BigQueryReadGrpcTransport(channel=channel))

    def sign_in(self) -> None:
        """Have a token before a call: gRPC hides why it got none. Raises what google.auth does."""
        if not self._credentials.valid:
            self._credentials.refresh(self._request)

    def close(self) -> None:
        self.client.transport.close()  # type: ignore[no-untyped-call]  # google-api-core


def open_channel(
    endpoints: BigQueryEndpoints, signed: KeyCredentials, request: Request
) -> grpc.Channel:
    plugin = AuthMetadataPlugin(signed, request)  # type: ignore[no-untyped-call]  # google-auth
    signer = grpc.metadata_call_credentials(plugin)
    if endpoints.storage_tls:
        line = grpc.ssl_channel_credentials()
    else:
        # Only for an address on this machine: gRPC refuses any other.
        line = grpc.local_channel_credentials()
    return grpc.secure_channel(
        endpoints.storage_address,
        grpc.composite_channel_credentials(line, signer),
        options=_CHANNEL_OPTIONS,
    )
