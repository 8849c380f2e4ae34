"""Keys and connections for the tests of this folder."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from django.conf import settings

from integrations.models import CredentialTest
from integrations.partners.bigquery.config import BigQueryConfig
from integrations.partners.gcs.forms import config_text
from integrations.partners.google.keys import parse_key
from integrations.services import Draft, connection_save
from integrations.testing import credential_test_run


@pytest.fixture(scope="session")
def private_key():
    """A PEM such as Google's key files hold. Made once: it takes a while."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
def key_file(private_key):
    """A key file of an account that no sandbox knows."""
    return {
        "type": "service_account",
        "project_id": "demo-project",
        "private_key_id": "0123456789abcdef",
        "private_key": private_key,
        "client_email": "exporter@demo-project.iam.gserviceaccount.com",
        "client_id": "1234567890",
        "token_uri": settings.GOOGLE_TOKEN_URL,
        "universe_domain": "googleapis.com",
    }


@pytest.fixture
def key_text(key_file):
    return json.dumps(key_file, indent=2)


@pytest.fixture
def connection_of(db):
    """Makes a saved connection from a key file."""

    def make(account, key_file, *, nickname="Main bucket", bucket="exports"):
        key = parse_key(json.dumps(key_file), settings.GOOGLE_TOKEN_URLS)
        draft = Draft(account, "google-cloud", nickname, config_text(bucket, key))
        return connection_save(draft=draft, actor=None)

    return make


@pytest.fixture
def make_database(db, account, key_file):
    """Makes a saved connection to a dataset, by its name."""

    def make(nickname, *, dataset="shop"):
        key = parse_key(json.dumps(key_file), settings.GOOGLE_TOKEN_URLS)
        config = BigQueryConfig("partners-sandbox", dataset, key)
        draft = Draft(account, "bigquery", nickname, config.as_text())
        return connection_save(draft=draft, actor=None)

    return make


@pytest.fixture
def database(make_database):
    return make_database("Main database")


@pytest.fixture
def run_tests(db, django_capture_on_commit_callbacks):
    """Do the worker's part: carry out every test that waits."""

    def run():
        waiting = CredentialTest.objects.filter(status=CredentialTest.Status.PENDING)
        for test_id in list(waiting.values_list("pk", flat=True)):
            with django_capture_on_commit_callbacks(execute=True):
                credential_test_run(test_id=test_id)

    return run
