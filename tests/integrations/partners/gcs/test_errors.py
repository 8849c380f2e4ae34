"""Each of Google's refusals in our words; docs/errors.md lists every code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import requests
from django.conf import settings
from google.api_core import exceptions as api
from google.auth.exceptions import RefreshError, TransportError

from clevertap_partners.core.errors import PermanentError, TransientError
from integrations.partners.gcs.errors import Target, says_name_taken, translate

TARGET = Target("exports", "exporter@demo.iam.gserviceaccount.com", "demo")
DOCS = Path(settings.BASE_DIR) / "docs" / "errors.md"


def answered(
    status: int, reason: str = "", message: str = "", url: str = "https://x/"
) -> Exception:
    """As the storage client raises it: with the response."""
    response = requests.Response()
    response.status_code = status
    response.url = url
    body = {"error": {"code": status, "message": message, "errors": [{"reason": reason}]}}
    response._content = json.dumps(body).encode()
    return api.from_http_status(status, message, response=response)


STORAGE = [
    (400, "invalid", "Provided CRC32C does not match", TransientError, "checksum_mismatch"),
    (400, "required", "Bucket is a requester pays bucket", PermanentError, "requester_pays"),
    (400, "invalid", "Invalid bucket name: 'x'", PermanentError, "bucket_not_found"),
    (400, "parseError", "Parse Error", PermanentError, "request_refused"),
    (401, "authError", "Invalid Credentials", PermanentError, "credentials_refused"),
    (402, "paymentRequired", "", PermanentError, "billing_off"),
    (403, "forbidden", "x lacks storage.objects.create", PermanentError, "permission_missing"),
    (403, "forbidden", "", PermanentError, "permission_missing"),
    (403, "retentionPolicyNotMet", "", PermanentError, "retention_policy"),
    (403, "accountDisabled", "", PermanentError, "billing_off"),
    (403, "forbidden", "The billing account is closed", PermanentError, "billing_off"),
    (403, "forbidden", "vpcServiceControls: no", PermanentError, "organisation_policy"),
    (403, "forbidden", "organization's policy", PermanentError, "organisation_policy"),
    (403, "userProjectAccessDenied", "", PermanentError, "may_not_bill"),
    (403, "accessNotConfigured", "", PermanentError, "api_disabled"),
    (403, "rateLimitExceeded", "", TransientError, "quota"),
    (404, "notFound", "The specified bucket does not exist.", PermanentError, "bucket_not_found"),
    (408, "", "", TransientError, "google_unavailable"),
    (409, "conflict", "", TransientError, "google_unavailable"),
    (410, "", "", TransientError, "upload_session_lost"),
    (412, "conditionNotMet", "", PermanentError, "name_taken"),
    (418, "", "", PermanentError, "request_refused"),
    (429, "", "", TransientError, "quota"),
    (500, "backendError", "", TransientError, "google_unavailable"),
    (503, "backendError", "", TransientError, "google_unavailable"),
]


@pytest.mark.parametrize(("status", "reason", "message", "kind", "code"), STORAGE)
def test_an_answer_of_the_bucket_is_told_in_our_words(status, reason, message, kind, code):
    error = translate(answered(status, reason, message), TARGET)

    assert (type(error), error.code) == (kind, code)
    assert error.message
    assert error.fix


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
    error = translate(RefreshError(words, {"error": "x"}), TARGET)

    assert (type(error), error.code) == (kind, code)


def test_a_token_address_that_is_busy_is_tried_again():
    assert type(translate(RefreshError("x", retryable=True), TARGET)) is TransientError


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectionError("reset"),
        requests.Timeout("late"),
        TransportError(requests.ConnectionError("reset")),
        ConnectionResetError(),
        TimeoutError(),
    ],
)
def test_no_answer_at_all_is_tried_again(error):
    assert translate(error, TARGET).code == "unreachable"


def test_what_a_retry_gave_up_on_decides():
    error = translate(api.RetryError("timeout", answered(404, "notFound")), TARGET)

    assert error.code == "bucket_not_found"


def test_an_upload_that_google_forgot_is_begun_anew():
    forgotten = answered(404, "notFound", url="https://x/upload?upload_id=7")

    assert translate(forgotten, TARGET).code == "upload_session_lost"


def test_an_answer_that_is_not_json_is_translated_by_its_status():
    error = answered(403)
    error.response._content = b"<html>Forbidden</html>"

    assert translate(error, TARGET).code == "permission_missing"


@pytest.mark.parametrize(
    ("error", "taken"),
    [
        (answered(412), True),
        (answered(403, "forbidden", "x does not have storage.objects.delete access"), True),
        (answered(403, "forbidden", "x does not have storage.objects.create access"), False),
        (requests.ConnectionError(), False),
    ],
)
def test_it_knows_when_a_name_is_taken(error, taken):
    assert says_name_taken(error) is taken


def test_the_docs_list_every_code():
    sources = (Path(settings.BASE_DIR) / "integrations").rglob("*.py")
    raised = {code for file in sources for code in re.findall(r'code="(\w+)"', file.read_text())}

    listed = set(re.findall(r"^\| `(\w+)`", DOCS.read_text(), re.MULTILINE))

    assert raised - listed == set()
