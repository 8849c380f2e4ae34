"""Each of Google's refusals in our words; docs/errors.md lists every code."""

from __future__ import annotations

import pytest
import requests
from google.api_core import exceptions as api
from google.auth.exceptions import RefreshError, TransportError

from clevertap_partners.core.errors import PermanentError, TransientError, Turn
from integrations.partners.gcs.errors import (
    RULES,
    facts,
    says_name_taken,
    says_object_absent,
    translate,
)
from integrations.partners.google.answers import Answer
from tests.integrations.partners.gcs.vendor import (
    ENCRYPTION,
    TAKEN,
    TARGET,
    answered,
    answered_with,
    xml,
)

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
    (412, "conditionNotMet", TAKEN, PermanentError, "name_taken"),
    (412, "conditionNotMet", "Precondition Failed", PermanentError, "name_taken"),
    # Once name_taken. But a 412 is about the name only if it says so.
    (412, "conditionNotMet", "", PermanentError, "request_refused"),
    (412, "", "", PermanentError, "request_refused"),
    (412, "conditionNotMet", "allUsers are not allowed", PermanentError, "request_refused"),
    (412, "conditionNotMet", ENCRYPTION, PermanentError, "encryption_enforcement"),
    (400, "invalid", ENCRYPTION, PermanentError, "encryption_enforcement"),
    (412, "conditionNotMet", "Cloud KMS key x is not enabled", PermanentError, "kms_key_unusable"),
    (400, "cloudKmsEncryptionKeyNotFound", "", PermanentError, "kms_key_unusable"),
    (400, "cloudKmsKeyLocationNotAllowed", "", PermanentError, "kms_key_unusable"),
    (403, "CONSUMER_SUSPENDED", "", PermanentError, "project_unavailable"),
    (403, "forbidden", "Project 'x' not found or deleted.", PermanentError, "project_unavailable"),
    (403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "", PermanentError, "request_refused"),
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


def test_the_words_of_an_objects_name_mean_nothing():
    """An event may be called anything."""
    name = "Object 'exports/1-2-billing kms vpc service controls-0.json'"
    held = answered(403, "forbidden", f"{name} is under active Temporary hold")

    error = translate(held, TARGET)

    assert error.code == "object_hold"
    assert "'gs://exports/1-2-billing kms vpc service controls-0.json' --no-temp" in error.fix


@pytest.mark.parametrize(
    ("event", "command"),
    [
        ("Don't pay", """'gs://exports/1-2-Don'"'"'t pay-0.json' --no-temporary-hold"""),
        ("it's ' is billing", """'gs://exports/1-2-it'"'"'s '"'"' is billing-0.json' --no-temp"""),
        ("$(rm -rf)", "'gs://exports/1-2-$(rm -rf)-0.json' --no-temp"),
        # gcloud would take these for patterns, a generation, or another line.
        ("a[1]", " gs://exports/OBJECT --no-temp"),
        ("a*", " gs://exports/OBJECT --no-temp"),
        ("a?", " gs://exports/OBJECT --no-temp"),
        ("a#1", " gs://exports/OBJECT --no-temp"),
        ("a\nrm", " gs://exports/OBJECT --no-temp"),
    ],
)
def test_a_command_names_the_object_whole_or_not_at_all(event, command):
    held = f"Object 'exports/1-2-{event}-0.json' is under active Temporary hold"

    error = translate(answered(403, "forbidden", held), TARGET)

    assert error.code == "object_hold"
    assert command in error.fix


def test_a_quote_in_an_objects_name_lets_no_word_of_it_through():
    name = "Don't touch: vpc service controls, event-based hold, retention policy, billing"
    held = f"Object 'exports/1-2-{name}-0.json' is under active Temporary hold"

    assert translate(answered(403, "forbidden", held), TARGET).code == "object_hold"


def test_the_words_of_an_address_mean_nothing():
    message = "billing@demo.iam.gserviceaccount.com does not have storage.objects.create access"

    error = translate(answered(403, "forbidden", message), TARGET)

    assert error.code == "permission_missing"


def test_a_host_is_no_permission():
    message = "Access denied. See https://storage.googleapis.com/docs"

    error = translate(answered(403, "forbidden", message), TARGET)

    assert "lacks the permission" not in error.message


@pytest.mark.parametrize(
    ("status", "message", "absent"),
    [
        (404, "No such object: exports/file.json", True),
        (404, "The specified bucket does not exist.", False),
        (404, "Not Found", False),
        (403, "No such object: exports/file.json", False),
    ],
)
def test_it_knows_when_an_object_is_absent(status, message, absent):
    assert says_object_absent(answered(status, "notFound", message)) is absent


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
    known = set(facts(Answer(400), TARGET))

    for rule in RULES:
        assert rule.fault.places <= known


@pytest.mark.parametrize(
    ("error", "taken"),
    [
        (answered(412, "conditionNotMet", TAKEN), True),
        (answered(412, "conditionNotMet", "Precondition Failed"), True),
        (answered_with(412, xml("PreconditionFailed", TAKEN)), True),
        (answered(412), False),
        (answered(412, "conditionNotMet", ENCRYPTION), False),
        (answered(412, "conditionNotMet", "public access prevention is enforced."), False),
        (answered(412, "orgPolicyConstraintFailed"), False),
        (answered(412, "conditionNotMet", "violates constraint 'constraints/x'"), False),
        (answered(403, "forbidden", "x does not have storage.objects.delete access"), True),
        (answered(403, "forbidden", "x does not have storage.objects.create access"), False),
        (requests.ConnectionError(), False),
    ],
)
def test_it_knows_when_a_name_is_taken(error, taken):
    assert says_name_taken(error) is taken
