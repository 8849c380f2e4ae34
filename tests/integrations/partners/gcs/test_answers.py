"""Every answer that the sandbox can give in Google's name, as our client tells it.

The real client sends a real upload; the gateway answers. docs/errors.md has the same codes.
"""

from __future__ import annotations

import os

import pytest

from clevertap_partners.core.errors import (
    PartnersError,
    PermanentError,
    Remedy,
    TransientError,
    Turn,
)
from clevertap_partners.sandbox.gateway.answers import ANSWERS, SESSIONS
from integrations.partners.gcs.sink import GcsSink
from tests.integrations.partners.gcs.conftest import QUICK, object_of

pytestmark = pytest.mark.services

CUSTOMER, PARTNER, US = Turn
CONNECTION, EXPORT, ELSEWHERE = Remedy.CONNECTION, Remedy.EXPORT, Remedy.ELSEWHERE
LARGE = 9 * 1024 * 1024  # sent in a session

REFUSED = (PermanentError, US, ELSEWHERE)
AT_THE_CONNECTION = (PermanentError, CUSTOMER, CONNECTION)
AT_GOOGLE = (PermanentError, CUSTOMER, ELSEWHERE)
GOOGLES = (TransientError, PARTNER, ELSEWHERE)
OURS = (TransientError, US, ELSEWHERE)
CUSTOMERS_LATER = (TransientError, CUSTOMER, ELSEWHERE)

EXPECTED = {
    "invalid": ("request_refused", *REFUSED),
    "invalid_parameter": ("request_refused", *REFUSED),
    "invalid_argument": ("request_refused", *REFUSED),
    "bad_request": ("request_refused", *REFUSED),
    "required": ("request_refused", *REFUSED),
    "parse_error": ("request_refused", *REFUSED),
    "wrong_url_for_upload": ("request_refused", *REFUSED),
    "checksum_mismatch": ("checksum_mismatch", *OURS),
    "bucket_name_invalid": ("bucket_not_found", *AT_THE_CONNECTION),
    "requester_pays": ("requester_pays", *AT_THE_CONNECTION),
    "user_project_missing": ("requester_pays", *AT_THE_CONNECTION),
    "user_project_invalid": ("may_not_bill", *AT_GOOGLE),
    "kms_key_disabled": ("kms_key_unusable", *AT_GOOGLE),
    "kms_key_not_found": ("kms_key_unusable", *AT_GOOGLE),
    "kms_bad_key": ("kms_key_unusable", *AT_GOOGLE),
    "kms_location": ("kms_key_unusable", *AT_GOOGLE),
    "auth_error": ("credentials_refused", *AT_THE_CONNECTION),
    "token_over": ("credentials_refused", *AT_THE_CONNECTION),
    "login_required": ("credentials_refused", *AT_THE_CONNECTION),
    "payment_required": ("billing_off", *AT_GOOGLE),
    "permission_missing": ("permission_missing", *AT_THE_CONNECTION),
    "forbidden": ("permission_missing", *AT_THE_CONNECTION),
    "insufficient_permissions": ("permission_missing", *AT_THE_CONNECTION),
    "account_disabled": ("billing_off", *AT_GOOGLE),
    "account_problem": ("billing_off", *AT_GOOGLE),
    "user_project_denied": ("may_not_bill", *AT_GOOGLE),
    "country_blocked": ("country_blocked", *REFUSED),
    "ssl_required": ("request_refused", *REFUSED),
    "rate_limit": ("quota", *CUSTOMERS_LATER),
    "user_rate_limit": ("quota", *CUSTOMERS_LATER),
    "quota_exceeded": ("quota", *CUSTOMERS_LATER),
    "retention_policy": ("retention_policy", *AT_GOOGLE),
    "temporary_hold": ("object_hold", *AT_GOOGLE),
    "event_based_hold": ("event_based_hold", *AT_GOOGLE),
    "active_hold": ("object_hold", *AT_GOOGLE),
    "service_perimeter": ("service_perimeter", *AT_GOOGLE),
    "service_perimeter_short": ("service_perimeter", *AT_GOOGLE),
    "organisation_policy_403": ("organisation_policy", *AT_GOOGLE),
    "ip_filter": ("address_blocked", *AT_THE_CONNECTION),
    "kms_permission": ("kms_key_forbidden", *AT_GOOGLE),
    "kms_use_denied": ("kms_key_forbidden", *AT_GOOGLE),
    "api_disabled": ("api_disabled", *AT_GOOGLE),
    "project_deleted": ("project_unavailable", *AT_GOOGLE),
    "project_suspended": ("project_unavailable", *AT_GOOGLE),
    "scopes": ("request_refused", *REFUSED),
    "bucket_not_found": ("bucket_not_found", *AT_THE_CONNECTION),
    "session_not_found": ("upload_session_lost", *GOOGLES),
    "method_not_allowed": ("request_refused", *REFUSED),
    "proxy_sign_in": ("unreachable", *OURS),
    "upload_timeout": ("google_unavailable", *GOOGLES),
    "conflict": ("google_unavailable", *GOOGLES),
    "session_gone": ("upload_session_lost", *GOOGLES),
    # A page, so it may be a proxy's. Either way it is ours.
    "length_required": ("unreachable", *OURS),
    "organisation_policy": ("organisation_policy", *AT_GOOGLE),
    "organisation_policy_condition": ("organisation_policy", *AT_GOOGLE),
    "encryption_enforcement": ("encryption_enforcement", *AT_GOOGLE),
    "public_access_prevention": ("request_refused", *REFUSED),
    "upload_too_large": ("request_refused", *REFUSED),
    "range": ("request_refused", *REFUSED),
    "quota": ("quota", *CUSTOMERS_LATER),
    "session_cancelled": ("upload_session_lost", *GOOGLES),
    "internal_error": ("google_unavailable", *GOOGLES),
    "backend_error": ("google_unavailable", *GOOGLES),
    "bad_gateway": ("google_unavailable", *GOOGLES),
    "unavailable": ("google_unavailable", *GOOGLES),
    "gateway_timeout": ("google_unavailable", *GOOGLES),
    "portal": ("unreachable", *OURS),
    # Once the customer's: they got letters, and after three days a stopped export, for a page that
    # a proxy of ours had written.
    "portal_400": ("unreachable", *OURS),
    "portal_401": ("unreachable", *OURS),
    "portal_402": ("unreachable", *OURS),
    "portal_403": ("unreachable", *OURS),
    "portal_404": ("unreachable", *OURS),
    "portal_412": ("unreachable", *OURS),
    "portal_429": ("unreachable", *OURS),
    "foreign_403": ("unreachable", *OURS),
    "sign_in_key_gone": ("key_deleted", *AT_THE_CONNECTION),
    "sign_in_key_unknown": ("key_deleted", *AT_THE_CONNECTION),
    "sign_in_key_over": ("key_deleted", *AT_THE_CONNECTION),
    "sign_in_account_gone": ("account_not_found", *AT_THE_CONNECTION),
    "sign_in_account_disabled": ("account_disabled", *AT_THE_CONNECTION),
    "sign_in_clock": ("clock_skew", *OURS),
    "sign_in_unauthorised": ("token_refused", *AT_THE_CONNECTION),
    "sign_in_quota": ("google_unavailable", *GOOGLES),
    "sign_in_scope": ("sign_in_refused", *REFUSED),
    "sign_in_request": ("sign_in_refused", *REFUSED),
    "sign_in_foreign": ("unreachable", *OURS),
    "sign_in_portal": ("unreachable", *OURS),
    "sign_in_proxy": ("unreachable", *OURS),
}


@pytest.fixture
def key_file(sandbox, bucket):
    return sandbox.create_service_account(buckets=[bucket])


@pytest.fixture
def refusal(sandbox, config_for, key_file):
    """The failure that an upload ends with when Google gives the named answer."""

    def upload(answer: str) -> PartnersError:
        sandbox.console.let_google_answer(answer, bucket="exports")
        sink = GcsSink(config_for(key_file), retry=QUICK.with_timeout(0.2))
        size = LARGE if ANSWERS[answer].calls == SESSIONS else 10
        with pytest.raises(PartnersError) as caught:
            sink.create(*object_of(os.urandom(size)))
        return caught.value

    return upload


def test_it_expects_something_of_every_answer():
    assert set(EXPECTED) == set(ANSWERS)


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_of_google_ends_in_its_fault(sandbox, refusal, key_file, answer):
    error = refusal(answer)

    told = (error.code, type(error), error.turn, error.remedy)
    assert told == EXPECTED[answer]
    assert_helpful(error)
    assert_ours(error, ANSWERS[answer].message)
    assert_no_secret(error, key_file)
    assert sandbox.names("exports") == []


def assert_helpful(error: PartnersError) -> None:
    assert len(error.message) > 20
    assert len(error.fix) > 20
    assert not {"{", "}"} & set(error.message + error.fix)
    assert error.help_url.startswith("https://") or error.help_url == ""


def assert_ours(error: PartnersError, vendors: str) -> None:
    """Google's text is never the whole of it, nor a sentence in it."""
    assert not vendors or vendors not in f"{error.message} {error.fix}" or len(vendors) < 15


def assert_no_secret(error: PartnersError, key_file) -> None:
    shown = f"{error.message} {error.fix} {error!r}"
    secret = key_file["private_key"].splitlines()[1]
    assert secret not in shown
    assert "ya29." not in shown


def test_an_answer_to_one_bucket_leaves_the_others_alone(sandbox, config_for, key_file):
    sandbox.create_bucket("other", grant_to=[key_file["client_email"]])
    sandbox.console.let_google_answer("retention_policy", bucket="other")

    GcsSink(config_for(key_file), retry=QUICK).create(*object_of(b"x"))

    assert sandbox.names("exports") == ["file.json"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("service_perimeter", "in the audit log it is Xk3sandbox0WbT2-vpc_identifier"),
        ("temporary_hold", "gs://exports/report.json --no-temporary-hold"),
        ("event_based_hold", "gs://exports/report.json --no-event-based-hold"),
        ("permission_missing", "--role=roles/storage.objectCreator"),
        ("retention_policy", "never overwrite or delete"),
        ("ip_filter", "our addresses"),
        ("encryption_enforcement", "gs://exports --raw --format="),
    ],
)
def test_a_fix_is_exact(refusal, answer, words):
    assert words in refusal(answer).fix


def test_a_policy_is_named(refusal):
    assert "(constraints/gcp.resourceLocations)" in refusal("organisation_policy_condition").message
