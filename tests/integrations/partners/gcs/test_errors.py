"""Each of Google's refusals in our words; docs/errors.md lists every code."""

from __future__ import annotations

import json

import pytest
import requests
from google.api_core import exceptions as api
from google.auth.exceptions import RefreshError, TransportError

from clevertap_partners.core.errors import PermanentError, TransientError, Turn
from integrations.partners.gcs import faults
from integrations.partners.gcs.errors import (
    RULES,
    Answer,
    Target,
    facts,
    says_name_taken,
    translate,
)
from integrations.partners.gcs.token_errors import BY_WORDS

TARGET = Target("exports", "exporter@demo.iam.gserviceaccount.com", "demo")


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


POLICY = (PermanentError, "organisation_policy")
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
    (403, "forbidden", "vpcServiceControls: no", PermanentError, "service_perimeter"),
    (403, "forbidden", "organization's policy", PermanentError, "organisation_policy"),
    (403, "userProjectAccessDenied", "", PermanentError, "may_not_bill"),
    (403, "accessNotConfigured", "", PermanentError, "api_disabled"),
    (403, "rateLimitExceeded", "", TransientError, "quota"),
    (404, "notFound", "The specified bucket does not exist.", PermanentError, "bucket_not_found"),
    (408, "", "", TransientError, "google_unavailable"),
    (409, "conflict", "", TransientError, "google_unavailable"),
    (410, "", "", TransientError, "upload_session_lost"),
    (404, "", "", PermanentError, "bucket_not_found"),
    (411, "", "", PermanentError, "request_refused"),
    (412, "conditionNotMet", "", PermanentError, "name_taken"),
    (412, "", "", PermanentError, "name_taken"),
    (412, "conditionNotMet", "violates constraint 'constraints/x'", *POLICY),
    (412, "orgPolicyConstraintFailed", "", *POLICY),
    (413, "uploadTooLarge", "", PermanentError, "request_refused"),
    (416, "requestedRangeNotSatisfiable", "", PermanentError, "request_refused"),
    (499, "", "", TransientError, "upload_session_lost"),
    (511, "", "", TransientError, "unreachable"),
    (400, "cloudKmsDisabledKey", "", PermanentError, "kms_key_unusable"),
    (400, "customerEncryptionKeyIsIncorrect", "", PermanentError, "request_refused"),
    (403, "objectUnderActiveHold", "", PermanentError, "object_hold"),
    (403, "SECURITY_POLICY_VIOLATED", "", PermanentError, "service_perimeter"),
    (403, "usageLimits.rateLimitExceeded", "", TransientError, "quota"),
    (403, "neverHeardOf", "Something new", PermanentError, "permission_missing"),
    (409, "neverHeardOf", "Something new", TransientError, "google_unavailable"),
    (422, "neverHeardOf", "Something new", PermanentError, "request_refused"),
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
    assert not {"{", "}"} & set(error.message + error.fix)


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


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (403, b"", "permission_missing"),
        (403, b"<html>Forbidden</html>", "permission_missing"),
        (403, b'"a text"', "permission_missing"),
        (403, b"[]", "permission_missing"),
        (403, b'{"error": "invalid"}', "permission_missing"),
        (403, b'{"error": {"errors": "none", "message": 7}}', "permission_missing"),
        (403, b"\xff\xfe\x00", "permission_missing"),
        (400, b'{"error": {"code": 400, "message": "Invalid bucket name: x"}}', "bucket_not_found"),
        (400, b"<Error><Code>UserProjectMissing</Code></Error>", "requester_pays"),
        (403, b"<Error><Code>ObjectUnderActiveHold</Code></Error>", "object_hold"),
        (403, b"<Error><Code>RetentionPolicyNotMet</Code></Error>", "retention_policy"),
        (
            403,
            b"<Error><Code>AccessDenied</Code><Message>x</Message></Error>",
            "permission_missing",
        ),
        (412, b"", "name_taken"),
        (502, b"<html>" + b"x" * 100_000, "google_unavailable"),
        (200, b"<html>Sign in to this network</html>", "unreachable"),
    ],
)
def test_any_body_can_be_read(status, body, code):
    error = answered(500)
    error.response.status_code = status
    error.response._content = body

    assert translate(error, TARGET).code == code


def test_the_words_of_an_objects_name_mean_nothing():
    """An event may be called anything."""
    name = "Object 'exports/1-2-billing kms vpc service controls-0.json'"
    held = answered(403, "forbidden", f"{name} is under active Temporary hold")

    error = translate(held, TARGET)

    assert error.code == "object_hold"
    assert "'gs://exports/1-2-billing kms vpc service controls-0.json' --no-temp" in error.fix


def test_an_event_that_is_called_like_a_fault_is_no_such_fault():
    kept = "Object 'exports/1-2-event-based hold-0.json' is subject to bucket's retention policy"

    assert translate(answered(403, "forbidden", kept), TARGET).code == "retention_policy"


def test_a_reason_that_is_no_plain_name_is_not_shown():
    refused = translate(answered(422, "<script>", "text of the vendor"), TARGET)

    assert "(status 422)" in refused.message
    assert "vendor" not in refused.message


def test_a_certificate_that_is_not_googles_is_told_apart():
    error = translate(
        TransportError(
            requests.exceptions.SSLError("CERTIFICATE_VERIFY_FAILED] certificate verify failed: x")
        ),
        TARGET,
    )

    assert (error.code, error.turn) == ("unreachable", Turn.US)
    assert "no valid certificate" in error.message


def test_a_page_in_googles_place_is_no_refusal_of_the_key():
    for page in (
        RefreshError("<html>Sign in</html>"),
        requests.exceptions.JSONDecodeError("", "", 0),
    ):
        error = translate(page, TARGET)

        assert (type(error), error.code) == (TransientError, "unreachable")
        assert "Something else than Google answered" in error.message


def test_every_fault_of_an_answer_is_filled_by_its_facts():
    known = set(facts(Answer(400, "", ""), TARGET))

    for rule in RULES:
        assert rule.fault.places <= known


def test_every_fault_of_a_refused_token_is_filled():
    for fault in {*BY_WORDS.values(), faults.TOKEN_REFUSED, faults.NOT_GOOGLE}:
        assert fault.places <= {"client_email", "project_id"}


def test_an_answer_that_is_not_json_is_translated_by_its_status():
    error = answered(403)
    error.response._content = b"<html>Forbidden</html>"

    assert translate(error, TARGET).code == "permission_missing"


@pytest.mark.parametrize(
    ("error", "taken"),
    [
        (answered(412), True),
        (answered(412, "orgPolicyConstraintFailed"), False),
        (answered(412, "conditionNotMet", "violates constraint 'constraints/x'"), False),
        (answered(403, "forbidden", "x does not have storage.objects.delete access"), True),
        (answered(403, "forbidden", "x does not have storage.objects.create access"), False),
        (requests.ConnectionError(), False),
    ],
)
def test_it_knows_when_a_name_is_taken(error, taken):
    assert says_name_taken(error) is taken
