"""A bucket in the sandbox, and what is needed to speak to it."""

from __future__ import annotations

import base64
import io
import json

import google_crc32c
import pytest
from google.api_core.retry import Retry, if_exception_type

from clevertap_partners.core.errors import TransientError
from clevertap_partners.core.objects import NewObject
from integrations.partners.gcs.config import GcsConfig, GoogleEndpoints
from integrations.partners.google.keys import parse_key

QUICK = Retry(predicate=if_exception_type(TransientError), initial=0.01, maximum=0.05, timeout=5.0)


@pytest.fixture
def endpoints(sandbox):
    return GoogleEndpoints((f"{sandbox.url}/token",), sandbox.url)


@pytest.fixture
def bucket(sandbox):
    return sandbox.create_bucket("exports")


@pytest.fixture
def config_for(sandbox, endpoints):
    """The configuration that a key file of the sandbox makes."""

    def make(key_file, bucket="exports"):
        key = parse_key(json.dumps(key_file), endpoints.token_urls)
        return GcsConfig(bucket, key, endpoints.storage_url)

    return make


def object_of(
    content: bytes, name: str = "file.json", **metadata: str
) -> tuple[NewObject, io.BytesIO]:
    checksum = google_crc32c.value(content).to_bytes(4, "big")
    new = NewObject(
        name, "application/json", len(content), base64.b64encode(checksum).decode(), metadata
    )
    return new, io.BytesIO(content)
