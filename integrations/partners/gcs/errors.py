"""[pure] Google's exceptions in our words: who can mend it, how, and whether trying again helps.

`docs/errors.md` lists every code. A fix may have a second line: the exact command to run.
"""

from __future__ import annotations

import http.client
import re
from dataclasses import dataclass
from typing import Any

import requests
import urllib3
from google.api_core import exceptions as api
from google.auth import exceptions as auth
from google.cloud.storage.exceptions import InvalidResponse

from clevertap_partners.core.errors import PartnersError, PermanentError, TransientError
from integrations.partners.gcs.token_errors import translate_refusal

# Everything that Google's client raises when a call goes wrong.
VENDOR_ERRORS = (
    api.GoogleAPIError,
    auth.GoogleAuthError,
    InvalidResponse,
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    ConnectionError,
    TimeoutError,
)

_RATE = {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"}
_BILLING = re.compile(r"billing", re.IGNORECASE)
_POLICY = re.compile(r"organization.{0,3} policy|orgpolicy|constraints/|vpcServiceControls", re.I)
_PERMISSION = re.compile(r"storage\.[a-zA-Z]+\.[a-zA-Z]+")


@dataclass(frozen=True)
class Target:
    """Whom the words are about."""

    bucket: str
    client_email: str
    project_id: str


@dataclass(frozen=True)
class Answer:
    """What Google answered, as far as it can be read."""

    status: int
    reason: str
    message: str
    url: str = ""


def translate(error: Exception, target: Target) -> PartnersError:
    """The failure in our words. Raise it `from` the original."""
    if isinstance(error, api.RetryError) and isinstance(error.cause, Exception):
        return translate(error.cause, target)
    if isinstance(error, auth.RefreshError):
        return translate_refusal(error, target.client_email, target.project_id)
    answer = read_answer(error)
    if answer is None:
        return unreachable()
    return translate_answer(answer, target)


def read_answer(error: Exception) -> Answer | None:
    """None when no answer came at all."""
    response = getattr(error, "response", None)
    if isinstance(response, requests.Response):
        reason, message = _details(response)
        return Answer(response.status_code, reason, message, response.url or "")
    if isinstance(error, api.GoogleAPICallError) and error.code is not None:
        first: Any = next(iter(error.errors or ()), {})
        reason = first.get("reason", "") if isinstance(first, dict) else ""
        return Answer(int(error.code), reason, str(error.message))
    return None


def _details(response: requests.Response) -> tuple[str, str]:
    try:
        body: Any = response.json()
        error = body["error"]
        first = (error.get("errors") or [{}])[0]
        return str(first.get("reason", "")), str(error.get("message", ""))
    except (ValueError, LookupError, TypeError, AttributeError):
        return "", response.text[:500]


def translate_answer(answer: Answer, target: Target) -> PartnersError:
    if answer.status in {408, 429} or answer.status >= 500 or answer.reason in _RATE:
        return busy(answer)
    by_status = {
        400: bad_request,
        401: not_signed_in,
        402: lambda _answer, target: billing_off(target),
        403: forbidden,
        404: not_found,
        409: lambda answer, _target: busy(answer),
        410: lambda _answer, _target: session_lost(),
        412: name_taken,
    }
    return by_status.get(answer.status, refused)(answer, target)


def says_name_taken(error: Exception) -> bool:
    """Whether an object of this name exists, for a request to create one.

    Without the right to delete, Google may refuse for that before it looks at the condition that
    the name be free: only a name that is taken needs that right.
    """
    answer = read_answer(error)
    if answer is None:
        return False
    refused_to_replace = answer.status == 403 and "storage.objects.delete" in answer.message
    return answer.status == 412 or refused_to_replace


def unreachable() -> TransientError:
    return TransientError(
        "Google Cloud Storage could not be reached, or the connection broke.",
        code="unreachable",
        fix="Nothing to do: we try again by ourselves.",
    )


def busy(answer: Answer) -> TransientError:
    if answer.status == 429 or answer.reason in _RATE:
        return TransientError(
            "Google asks us to slow down: a quota of the project or bucket is used up.",
            code="quota",
            fix="We try again by ourselves. If it stays, raise it under IAM & Admin, Quotas.",
        )
    return TransientError(
        f"Google Cloud Storage had a problem of its own (status {answer.status}).",
        code="google_unavailable",
        fix="Nothing to do: we try again by ourselves.",
    )


def session_lost() -> TransientError:
    return TransientError(
        "Google forgot the upload half way.",
        code="upload_session_lost",
        fix="Nothing to do: we send the file again from its start.",
    )


def bad_request(answer: Answer, target: Target) -> PartnersError:
    text = answer.message.lower()
    if "requester pays" in text or answer.reason == "UserProjectMissing":
        return PermanentError(
            f"The bucket {target.bucket} lets the requester pay, and no project to bill was named.",
            code="requester_pays",
            fix=f"Test the connection again: we then bill your project {target.project_id}.",
        )
    if "crc32c" in text or "md5" in text:
        return TransientError(
            "The file was damaged on its way, and Google refused it.",
            code="checksum_mismatch",
            fix="Nothing to do: we send it again.",
        )
    if "bucket name" in text:
        return bucket_not_found(target)
    return refused(answer, target)


def not_signed_in(_answer: Answer, target: Target) -> PermanentError:
    return PermanentError(
        f"Google does not accept the key of {target.client_email} any more.",
        code="credentials_refused",
        fix="Make a new key for the service account and replace the key of this bucket.",
    )


def forbidden(answer: Answer, target: Target) -> PartnersError:
    text = f"{answer.reason} {answer.message}"
    if answer.reason == "retentionPolicyNotMet" or "retention policy" in text.lower():
        return retention_policy(target)
    if answer.reason in {"accountDisabled", "billingNotEnabled"} or _BILLING.search(text):
        return billing_off(target)
    if _POLICY.search(text):
        return organisation_policy(target)
    if answer.reason == "userProjectAccessDenied" or "serviceusage" in text.lower():
        return may_not_bill(target)
    if answer.reason in {"accessNotConfigured", "SERVICE_DISABLED"}:
        return api_disabled(target)
    return permission_missing(_PERMISSION.search(answer.message), target)


def permission_missing(named: re.Match[str] | None, target: Target) -> PermanentError:
    permission = named.group() if named else ""
    if permission and permission != "storage.objects.create":
        return PermanentError(
            f"{target.client_email} lacks the permission {permission} on {target.bucket}.",
            code="permission_missing",
            fix="Exports do not need it: give it only if you want us to check more.",
        )
    lacks = f"lacks the permission {permission} on" if permission else "may not write to"
    return PermanentError(
        f"{target.client_email} {lacks} the bucket {target.bucket}, "
        "or the bucket belongs to somebody else.",
        code="permission_missing",
        fix="Give it the role Storage Object Creator (roles/storage.objectCreator) on the bucket:\n"
        + grant_command(target),
    )


def grant_command(target: Target) -> str:
    return (
        f"gcloud storage buckets add-iam-policy-binding gs://{target.bucket} "
        f"--member=serviceAccount:{target.client_email} --role=roles/storage.objectCreator"
    )


def retention_policy(target: Target) -> PermanentError:
    return PermanentError(
        f"The retention policy of the bucket {target.bucket} refused the write "
        "(retentionPolicyNotMet).",
        code="retention_policy",
        fix="We only ever create new objects, so somebody else's object has our name. Open the "
        "bucket's Protection tab and remove the policy. If it is locked, use another bucket:\n"
        f"gcloud storage buckets update gs://{target.bucket} --clear-retention-period",
    )


def billing_off(target: Target) -> PermanentError:
    return PermanentError(
        f"Billing is off for the project of the bucket {target.bucket}.",
        code="billing_off",
        fix="Link the project to an open billing account under Billing in the Google Cloud "
        f"console:\ngcloud billing projects describe {target.project_id}",
    )


def organisation_policy(target: Target) -> PermanentError:
    return PermanentError(
        f"A policy of your Google Cloud organisation forbids writing to {target.bucket} from here.",
        code="organisation_policy",
        fix="Ask the organisation's administrator to allow the service account "
        f"{target.client_email}, and our addresses if access is limited by address.",
    )


def may_not_bill(target: Target) -> PermanentError:
    return PermanentError(
        f"The bucket {target.bucket} lets the requester pay, and {target.client_email} "
        f"may not bill the project {target.project_id}.",
        code="may_not_bill",
        fix="Give it the role Service Usage Consumer on its project:\n"
        f"gcloud projects add-iam-policy-binding {target.project_id} "
        f"--member=serviceAccount:{target.client_email} "
        "--role=roles/serviceusage.serviceUsageConsumer",
    )


def api_disabled(target: Target) -> PermanentError:
    return PermanentError(
        f"The Cloud Storage API is off in the project {target.project_id}.",
        code="api_disabled",
        fix="Switch it on:\n"
        f"gcloud services enable storage.googleapis.com --project={target.project_id}",
    )


def not_found(answer: Answer, target: Target) -> PartnersError:
    if "upload_id=" in answer.url:
        return session_lost()
    return bucket_not_found(target)


def bucket_not_found(target: Target) -> PermanentError:
    return PermanentError(
        f"There is no bucket named {target.bucket}.",
        code="bucket_not_found",
        fix="Enter the name exactly as the list of buckets shows it, or make the bucket:\n"
        f"gcloud storage buckets create gs://{target.bucket} --project={target.project_id}",
    )


def name_taken(_answer: Answer, target: Target) -> PermanentError:
    return PermanentError(
        f"The bucket {target.bucket} already holds an object of this name. It was left as it is.",
        code="name_taken",
        fix="Move or delete that object, or export again: a new export has new names.",
    )


def refused(answer: Answer, target: Target) -> PermanentError:
    return PermanentError(
        f"Google refused the request for the bucket {target.bucket} (status {answer.status}).",
        code="request_refused",
        fix="Test the connection. If the test passes, tell our support the time and the bucket.",
    )
