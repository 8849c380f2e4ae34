"""[pure] Google's own client, set up to call only the addresses that we allow."""

from __future__ import annotations

import google.cloud.storage as storage

from integrations.partners.gcs.config import GcsConfig
from integrations.partners.google.credentials import credentials

SCOPES = ("https://www.googleapis.com/auth/devstorage.read_write",)
# Seconds to connect, seconds of silence.
REQUEST_TIMEOUT_S = (10, 60)


def open_client(config: GcsConfig) -> storage.Client:
    """A client for many threads. Opens no connection yet."""
    client = storage.Client(
        project=config.key.project_id,
        credentials=credentials(config.key, SCOPES),
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
