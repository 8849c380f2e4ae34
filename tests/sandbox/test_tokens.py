"""The token endpoint, asked by google-auth as a worker would ask it."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request

from integrations.partners.google.credentials import KeyCredentials
from tests.services import Sandbox

pytestmark = pytest.mark.services


def refresh(key: dict[str, Any]) -> KeyCredentials:
    scopes = ["https://www.googleapis.com/auth/devstorage.read_write"]
    credentials = KeyCredentials.from_service_account_info(key, scopes=scopes)
    credentials.refresh(Request())
    return credentials


def refusal(key: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(RefreshError) as caught:
        refresh(key)
    body = caught.value.args[1]
    return body["error"], body["error_description"]


def test_a_good_key_gets_a_token_for_an_hour(sandbox: Sandbox) -> None:
    credentials = refresh(sandbox.create_service_account())
    assert credentials.token
    assert credentials.valid


def test_the_key_file_has_every_field_that_google_gives(sandbox: Sandbox) -> None:
    key = sandbox.create_service_account("exporter", project_id="my-project")
    assert key["type"] == "service_account"
    assert key["client_email"] == "exporter@my-project.iam.gserviceaccount.com"
    assert key["token_uri"] == f"{sandbox.url}/token"
    assert key["private_key"].startswith("-----BEGIN PRIVATE KEY-----")
    assert set(key) == {
        "type", "project_id", "private_key_id", "private_key", "client_email", "client_id",
        "auth_uri", "token_uri", "auth_provider_x509_cert_url", "client_x509_cert_url",
        "universe_domain",
    }  # fmt: skip


def test_an_unknown_account_is_refused(sandbox: Sandbox) -> None:
    key = sandbox.create_service_account()
    stranger = {**key, "client_email": "other@nowhere.iam.gserviceaccount.com"}
    assert refusal(stranger) == ("invalid_grant", "Invalid grant: account not found")


def test_a_deleted_account_is_refused(sandbox: Sandbox) -> None:
    key = sandbox.create_service_account()
    sandbox.console.delete_account(key["client_email"])
    assert refusal(key) == ("invalid_grant", "Invalid grant: account not found")


def test_a_disabled_account_is_refused_until_it_is_enabled(sandbox: Sandbox) -> None:
    key = sandbox.create_service_account()
    sandbox.console.disable_account(key["client_email"])
    assert refusal(key) == ("invalid_grant", "Invalid grant: account not found")
    sandbox.console.enable_account(key["client_email"])
    assert refresh(key).valid


def test_a_deleted_key_is_refused_and_a_second_key_works(sandbox: Sandbox) -> None:
    first = sandbox.create_service_account()
    second = sandbox.console.add_key(first["client_email"])["key"]
    sandbox.console.delete_key(first["client_email"], first["private_key_id"])
    assert refusal(first) == ("invalid_grant", "Invalid JWT Signature.")
    assert refresh(second).valid


def test_a_private_key_of_another_account_is_refused(sandbox: Sandbox) -> None:
    key, other = sandbox.create_service_account(), sandbox.create_service_account("another")
    assert refusal({**key, "private_key": other["private_key"]})[1] == "Invalid JWT Signature."


@pytest.mark.parametrize("skew", [600, -600, 7200])
def test_a_clock_that_is_wrong_is_refused(sandbox: Sandbox, skew: int) -> None:
    key = sandbox.create_service_account()
    sandbox.console.set_clock_skew(skew)
    error, description = refusal(key)
    assert error == "invalid_grant"
    assert "reasonable timeframe" in description


def test_a_clock_that_is_a_minute_off_is_good_enough(sandbox: Sandbox) -> None:
    key = sandbox.create_service_account()
    sandbox.console.set_clock_skew(60)
    assert refresh(key).token


def test_a_token_outlives_neither_its_hour_nor_its_account(sandbox: Sandbox) -> None:
    bucket = sandbox.create_bucket()
    key = sandbox.create_service_account(buckets=[bucket], role="roles/storage.admin")
    session = sandbox.client(key)._http
    address = f"{sandbox.url}/storage/v1/b/{bucket}"
    assert session.get(address).status_code == 200
    token = {"Authorization": f"Bearer {session.credentials.token}"}
    assert get(address, token) == 200
    sandbox.console.set_clock_skew(3700)
    assert get(address, token) == 401
    sandbox.console.set_clock_skew(0)
    sandbox.console.disable_account(key["client_email"])
    assert get(address, token) == 401
    sandbox.console.delete_account(key["client_email"])
    sandbox.create_service_account(buckets=[bucket], role="roles/storage.admin")
    assert get(address, token) == 401, "another account of the same name"
    assert get(address, {}) == 401
    assert get(address, {"Authorization": "Bearer made-up"}) == 401


def get(address: str, headers: dict[str, str]) -> int:
    with requests.get(address, headers=headers, timeout=60) as answer:
        if answer.status_code != 200:
            assert answer.json()["error"]["code"] == answer.status_code
        return answer.status_code
