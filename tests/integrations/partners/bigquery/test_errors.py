"""Each of BigQuery's refusals in our words; docs/errors.md lists every code."""

from __future__ import annotations

import json

import grpc
import pytest
import requests
from google.api_core import exceptions as api
from google.auth.exceptions import RefreshError

from clevertap_partners.core.errors import PermanentError, TransientError, Turn
from integrations.partners.bigquery.errors import Target, job_failure, translate

TARGET = Target("demo", "shop", "importer@demo.iam.gserviceaccount.com")
DENIED = "Access Denied: "
LOCATED = "Not found: Table demo:shop.users was not found in location EU"


def answered(status: int, reason: str = "", message: str = "") -> Exception:
    """As the BigQuery client raises it: with the response."""
    response = requests.Response()
    response.status_code = status
    response.url = "https://x/"
    body = {"error": {"code": status, "message": message, "errors": [{"reason": reason}]}}
    response._content = json.dumps(body).encode()
    return api.from_http_status(status, message, response=response)


def by_grpc(status: grpc.StatusCode, message: str) -> Exception:
    return api.from_grpc_status(status, message)


REST = [
    (400, "invalidQuery", "Syntax error: Expected end of input at [1:9]", "sql_invalid"),
    (
        400,
        "invalidQuery",
        "Duplicate column names in the result are not supported. Found duplicate(s): a",
        "duplicate_columns",
    ),
    (403, "accessDenied", f"{DENIED}Project demo: User does not have bigquery.jobs.create "
     "permission in project demo.", "permission_missing"),
    (403, "accessDenied", f"{DENIED}Table demo:shop.users: User does not have permission to query "
     "table demo:shop.users, or perhaps it does not exist.", "permission_missing"),
    (403, "accessDenied", f"{DENIED}Dataset demo:shop: Permission bigquery.datasets.get denied on "
     "dataset demo:shop (or it may not exist).", "permission_missing"),
    (403, "accessDenied", f"{DENIED}Table demo:archive.old: User does not have permission to query "
     "table demo:archive.old, or perhaps it does not exist.", "sql_outside_dataset"),
    (403, "accessDenied", f"{DENIED}Table demo:shop.t: Permission bigquery.tables.updateData "
     "denied on table demo:shop.t (or it may not exist).", "sql_not_one_select"),
    (403, "accessDenied", f"{DENIED}BigQuery BigQuery: User has neither fine-grained reader nor "
     "masked get permission to get data protected by policy tag x.", "row_access_policy"),
    (400, "invalidQuery", "Cannot query over table 'shop.t' without a filter over column(s) 'day' "
     "that can be used for partition elimination", "partition_filter_needed"),
    (403, "billingNotEnabled", "Billing has not been enabled for this project.", "billing_off"),
    (403, "accountDisabled", "The account is disabled.", "project_unavailable"),
    (403, "accessNotConfigured", "BigQuery API has not been used in project 1 before.",
     "api_disabled"),
    (403, "vpcServiceControls", "VPC Service Controls: Request is prohibited by organization's "
     "policy. vpcServiceControlsUniqueIdentifier: a-1.", "service_perimeter"),
    (403, "policyViolation", "Request violates constraints/gcp.resourceLocations.",
     "organisation_policy"),
    (403, "quotaExceeded", "Quota exceeded: too many queries.", "quota"),
    (403, "quotaExceeded", "Custom quota exceeded: QueryUsagePerDay.", "daily_quota"),
    (403, "rateLimitExceeded", "Exceeded rate limits.", "quota"),
    (403, "responseTooLarge", "Response too large to return.", "response_too_large"),
    (404, "notFound", LOCATED, "table_not_found"),
    (404, "notFound", "Not found: Dataset demo:shop", "dataset_not_found"),
    (404, "notFound", "Not found: Dataset demo:shop was not found in location US", "dataset_moved"),
    (404, "notFound", "Not found: Project demo", "project_not_found"),
    (404, "notFound", "Not found: Job demo:EU.x", "job_lost"),
    (401, "authError", "Request had invalid credentials.", "credentials_refused"),
    (503, "backendError", "Backend Error", "google_unavailable"),
    (500, "internalError", "An internal error occurred.", "google_unavailable"),
    (418, "teapot", "Short and stout.", "request_refused"),
]  # fmt: skip
STORAGE = [
    (grpc.StatusCode.PERMISSION_DENIED, "request failed: the user does not have "
     "'bigquery.readsessions.create' permission for 'projects/demo'", "read_session_forbidden"),
    (grpc.StatusCode.FAILED_PRECONDITION, "there was an error operating on "
     "'projects/demo/locations/eu/sessions/x/streams/y': session expired at 2026-11-22T10:00:00Z",
     "session_expired"),
    (grpc.StatusCode.NOT_FOUND, "Not found: projects/demo/locations/eu/sessions/x",
     "session_expired"),
    (grpc.StatusCode.UNAVAILABLE, "failed to connect to all addresses", "google_unavailable"),
    (grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded", "google_unavailable"),
    (grpc.StatusCode.RESOURCE_EXHAUSTED, "Quota exceeded", "quota"),
    (grpc.StatusCode.UNAUTHENTICATED, "invalid credentials", "credentials_refused"),
    (grpc.StatusCode.INTERNAL, "Received RST_STREAM with error code 2", "google_unavailable"),
    (grpc.StatusCode.UNKNOWN, "Received http2 header with status: 407", "unreachable"),
]  # fmt: skip
PASSING = {"quota", "job_lost", "google_unavailable", "session_expired", "unreachable"}


@pytest.mark.parametrize(("status", "reason", "message", "code"), REST)
def test_an_answer_of_the_api_has_words_of_its_own(status, reason, message, code):
    failure = translate(answered(status, reason, message), TARGET)

    assert failure.code == code
    assert isinstance(failure, TransientError if code in PASSING else PermanentError)
    assert "{" not in failure.message + failure.fix


@pytest.mark.parametrize(("status", "message", "code"), STORAGE)
def test_an_answer_by_grpc_has_words_of_its_own(status, message, code):
    failure = translate(by_grpc(status, message), TARGET)

    assert failure.code == code
    assert isinstance(failure, TransientError if code in PASSING else PermanentError)


def test_a_mistake_in_sql_has_its_place_and_one_line_of_words():
    vendor = answered(400, "invalidQuery", "Unrecognized name: nope at [12:34]\nmore\nlines")

    failure = translate(vendor, TARGET)

    assert (failure.line, failure.column) == (12, 34)
    assert "\n" not in failure.message


@pytest.mark.parametrize(
    "vendor",
    [
        requests.ConnectionError("refused"),
        requests.Timeout("slow"),
        ConnectionResetError("reset"),
        TimeoutError("slow"),
    ],
)
def test_without_an_answer_it_may_pass(vendor):
    failure = translate(vendor, TARGET)

    assert (failure.code, type(failure), failure.turn) == ("unreachable", TransientError, Turn.US)


def test_a_page_of_a_proxy_is_not_read():
    response = requests.Response()
    response.status_code = 403
    response._content = b"<html>billing is off</html>"

    failure = translate(api.from_http_status(403, "x", response=response), TARGET)

    assert (failure.code, type(failure)) == ("unreachable", TransientError)


def test_a_refused_sign_in_is_told_as_for_any_key():
    refusal = RefreshError("invalid_grant: Invalid JWT Signature.", {"error": "invalid_grant"})

    assert translate(refusal, TARGET).code == "key_deleted"


def test_the_command_names_the_role_and_the_account():
    failure = translate(answered(403, "accessDenied", f"{DENIED}bigquery.jobs.create"), TARGET)

    assert failure.fix.endswith(
        "gcloud projects add-iam-policy-binding demo "
        "--member=serviceAccount:importer@demo.iam.gserviceaccount.com "
        "--role=roles/bigquery.jobUser"
    )


@pytest.mark.parametrize(
    ("reason", "message", "code"),
    [
        ("accessDenied", f"{DENIED}Table demo:shop.users: no", "permission_missing"),
        ("notFound", LOCATED, "table_not_found"),
        ("invalidQuery", "Division by zero: 1 / 0", "sql_invalid"),
        ("backendError", "Error encountered during execution.", "job_failed"),
        ("jobInternalError", "x", "job_failed"),
    ],
)
def test_a_failed_job_has_words_of_its_own(reason, message, code):
    assert job_failure({"reason": reason, "message": message}, TARGET).code == code
