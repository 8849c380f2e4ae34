"""Who answered: Google, or something between us? Only what Google says is read."""

from __future__ import annotations

import json

import pytest

from clevertap_partners.core.errors import TransientError, Turn
from integrations.partners.gcs.errors import says_name_taken, says_object_absent, translate
from tests.integrations.partners.gcs.vendor import (
    ENCRYPTION,
    TAKEN,
    TARGET,
    answered_with,
    xml,
)

GOOGLES = b'{"error": {"code": 403, "message": "x", "errors": [{"reason": "forbidden"}]}}'
# Once each was the fault that its status and words are in Google's mouth, mostly the customer's. So
# letters went out for the page of a proxy, and after three days the export was stopped.
FOREIGN = [
    b"",
    b"<html>Forbidden</html>",
    b"<html>ask billing about the retention policy, organization policy, storage.objects.create",
    b"<html><Error><Code>RetentionPolicyNotMet</Code></Error></html>",
    b"At least one of the pre-conditions you specified did not hold.",
    b"Not Found",
    b'"a text"',
    b"[]",
    b"[" * 100_000,
    b"\xff\xfe\x00",
    b'{"message": "Forbidden"}',
    b'{"error": "invalid"}',
    b'{"error": {"errors": "none", "message": 7}}',
    b'{"error": {"code": "Forbidden", "message": "billing"}}',
    b'{"error": {"code": 499, "message": "billing", "errors": [{"reason": "x"}]}}',
]


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 407, 411, 412, 413, 429])
@pytest.mark.parametrize("body", FOREIGN)
def test_what_is_not_in_googles_shape_is_nobodys_fault_but_ours(status, body):
    error = answered_with(status, body)

    told = translate(error, TARGET)

    assert (type(told), told.code, told.turn) == (TransientError, "unreachable", Turn.US)
    assert not says_name_taken(error)
    assert not says_object_absent(error)


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_googles_front_end_may_say_in_a_page_that_it_is_overloaded(status):
    told = translate(answered_with(status, b"Service Unavailable"), TARGET)

    assert (type(told), told.code) == (TransientError, "google_unavailable")


def test_an_upload_that_google_forgot_may_be_told_as_plain_text():
    forgotten = answered_with(404, b"Not Found")
    forgotten.response.url = "https://x/upload?upload_id=7"

    assert translate(forgotten, TARGET).code == "upload_session_lost"


def with_details(reason: str) -> bytes:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}]
    error = {"code": 403, "message": "x", "status": "PERMISSION_DENIED", "details": details}
    return json.dumps({"error": error}).encode()


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (403, GOOGLES, "permission_missing"),
        (403, with_details("SERVICE_DISABLED"), "api_disabled"),
        (403, with_details("ACCESS_TOKEN_SCOPE_INSUFFICIENT"), "request_refused"),
        (400, b"<Error><Code>UserProjectMissing</Code></Error>", "requester_pays"),
        (403, xml("ObjectUnderActiveHold"), "object_hold"),
        (403, xml("RetentionPolicyNotMet"), "retention_policy"),
        (403, xml("AccessDenied"), "permission_missing"),
        (412, xml("PreconditionFailed", TAKEN), "name_taken"),
        (412, xml("PreconditionFailed", ENCRYPTION), "encryption_enforcement"),
        (412, xml("PreconditionFailed"), "request_refused"),
        (502, b"<html>" + b"x" * 100_000, "google_unavailable"),
        (200, b"<html>Sign in to this network</html>", "unreachable"),
    ],
)
def test_any_body_can_be_read(status, body, code):
    assert translate(answered_with(status, body), TARGET).code == code
