"""Each refusal of the token endpoint in our words."""

from __future__ import annotations

import json

import pytest
from google.auth.exceptions import RefreshError

from clevertap_partners.core.errors import PermanentError, TransientError, Turn
from integrations.partners.gcs.errors import translate
from integrations.partners.google import faults
from integrations.partners.google.token_errors import BY_WORDS
from tests.integrations.partners.gcs.vendor import TARGET


@pytest.mark.parametrize(
    ("words", "kind", "code"),
    [
        ("invalid_grant: Invalid JWT Signature.", PermanentError, "key_deleted"),
        ("invalid_grant: Invalid grant: account not found", PermanentError, "account_not_found"),
        ("invalid_client: The account is disabled.", PermanentError, "account_disabled"),
        ("invalid_grant: not in a reasonable timeframe", TransientError, "clock_skew"),
        ("unauthorized_client: no", PermanentError, "token_refused"),
    ],
)
def test_a_refused_token_is_told_in_our_words(words, kind, code):
    error = translate(refused_token(words), TARGET)

    assert (type(error), error.code) == (kind, code)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("invalid_scope: Bad Request", "sign_in_refused"),
        ("invalid_request: Invalid Signature", "sign_in_refused"),
        ("unsupported_grant_type: expired", "sign_in_refused"),
        ("server_error: None", "google_unavailable"),
        ("temporarily_unavailable: None", "google_unavailable"),
        ("rate_limit_exceeded: None", "google_unavailable"),
    ],
)
def test_a_refused_token_that_says_nothing_of_the_key_is_not_the_customers(words, code):
    error = translate(refused_token(words), TARGET)

    assert error.code == code
    assert error.turn is not Turn.CUSTOMER


def test_an_account_that_is_disabled_is_told_whatever_the_code():
    error = translate(refused_token("disabled_client: The OAuth client was disabled."), TARGET)

    assert error.code == "account_disabled"


@pytest.mark.parametrize("body", [{"message": "Forbidden"}, {"error": {"code": 403}}, {}])
def test_json_that_is_no_refusal_of_a_token_is_not_googles(body):
    error = translate(RefreshError(json.dumps(body), body), TARGET)

    assert (type(error), error.code) == (TransientError, "unreachable")


def refused_token(words: str) -> RefreshError:
    """As Google's library raises it."""
    code, _, description = words.partition(": ")
    return RefreshError(words, {"error": code, "error_description": description})


def test_a_token_address_that_is_busy_is_tried_again():
    assert type(translate(RefreshError("x", retryable=True), TARGET)) is TransientError


def test_every_fault_of_a_refused_token_is_filled():
    for fault in {
        *BY_WORDS.values(),
        faults.TOKEN_REFUSED,
        faults.SIGN_IN_REFUSED,
        faults.NOT_GOOGLE,
    }:
        assert fault.places <= {"client_email", "project_id"}
