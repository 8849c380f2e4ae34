"""[pure] Which answer of Google is which fault. The words are in `faults.py`.

Google's reasons are listed at https://cloud.google.com/storage/docs/json_api/v1/status-codes; where
what it answers differs from that page, the rules go by the words of its message.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from google.api_core import exceptions as api
from google.auth import exceptions as auth
from google.cloud.storage.exceptions import InvalidResponse

from clevertap_partners.core.errors import PartnersError
from clevertap_partners.core.faults import Fault, error
from clevertap_partners.core.marking import gettext_noop
from integrations.partners.gcs import faults
from integrations.partners.google import faults as key_faults
from integrations.partners.google.answers import Answer, read_answer
from integrations.partners.google.rules import (
    VENDOR_ERRORS_OF_ANY,
    fault_of_page,
    no_answer,
    rule,
)
from integrations.partners.google.token_errors import translate_refusal

# Everything that Google's client raises when a call goes wrong.
VENDOR_ERRORS = (*VENDOR_ERRORS_OF_ANY, InvalidResponse)
_PERMISSION = re.compile(
    r"\bstorage\.(?:objects|buckets|multipartUploads|managedFolders|folders|hmacKeys|"
    r"anywhereCaches|bucketOperations)\.[a-zA-Z]+"
)
# With other words, a 412 is about what the bucket demands, not about the name.
_NAME_TAKEN = (
    r"^at least one of the pre-?conditions you specified did not hold|^precondition failed\.?$"
)

IN_THE_LOG = gettext_noop("; in the audit log it is {identifier}")


@dataclass(frozen=True)
class Target:
    """Whom the words are about."""

    bucket: str
    client_email: str
    project_id: str


# The first rule that fits decides: the particular before the general, a status alone last.
RULES = (
    rule(key_faults.NOT_GOOGLE, 407),
    rule(key_faults.NOT_GOOGLE, 511),
    rule(faults.QUOTA, 429),
    rule(faults.QUOTA, 403, "rateLimitExceeded", "userRateLimitExceeded"),
    rule(faults.QUOTA, 403, "quotaExceeded", "dailyLimitExceeded"),
    # What the bucket protects. Google answers a hold with the reason `forbidden`.
    rule(faults.EVENT_BASED_HOLD, 403, words="event-based hold"),
    rule(faults.OBJECT_HOLD, 403, "objectUnderActiveHold", words="active temporary hold"),
    rule(faults.RETENTION, 403, "retentionPolicyNotMet", words="retention policy"),
    rule(faults.ENCRYPTION_ENFORCEMENT, 0, words="encryption enforcement config"),
    # What an organisation decides: 403 or 412, the latter also with the reason `conditionNotMet`.
    rule(faults.SERVICE_PERIMETER, 0, "vpcServiceControls", words="vpc ?service ?controls"),
    rule(faults.SERVICE_PERIMETER, 0, "SECURITY_POLICY_VIOLATED"),
    rule(
        faults.ORGANISATION_POLICY,
        0,
        "orgPolicyConstraintFailed",
        words=r"constraints/|organi[sz]ation.{0,3} policy|orgpolicy",
    ),
    rule(faults.ADDRESS_BLOCKED, 403, words="ip filter"),
    rule(faults.COUNTRY_BLOCKED, 403, "countryBlocked"),
    rule(
        faults.KMS_KEY_UNUSABLE,
        0,
        "cloudKmsBadKey",
        "cloudKmsDisabledKey",
        "cloudKmsEncryptionKeyNotFound",
        "cloudKmsKeyLocationNotAllowed",
    ),
    rule(faults.KMS_KEY_FORBIDDEN, 403, words=r"\bcloud ?kms\b|\(KMS\)"),
    rule(faults.KMS_KEY_UNUSABLE, 400, words=r"\bcloud ?kms\b"),
    rule(faults.KMS_KEY_UNUSABLE, 412, words=r"\bcloud ?kms\b"),
    rule(
        faults.PROJECT_UNAVAILABLE,
        403,
        "CONSUMER_SUSPENDED",
        "CONSUMER_INVALID",
        words=r"\b(project|consumer)\b.{0,150}\b(suspended|deleted|deletion)\b",
    ),
    # Who pays.
    rule(faults.REQUESTER_PAYS, 400, "userProjectMissing", words="requester pays"),
    rule(faults.NO_PROJECT_TO_BILL, 400, "userProjectInvalid"),
    rule(faults.MAY_NOT_BILL, 403, "userProjectAccessDenied", words="serviceusage"),
    rule(faults.PAYER_BILLING_OFF, 403, "userProjectAccountProblem"),
    rule(faults.BILLING_OFF, 402),
    rule(faults.BILLING_OFF, 403, "accountDisabled", "billingNotEnabled", words="billing"),
    rule(
        faults.API_DISABLED,
        403,
        "accessNotConfigured",
        "SERVICE_DISABLED",
        words="has not been used in project",
    ),
    rule(faults.CHECKSUM_MISMATCH, 400, words="crc32c|md5"),
    rule(faults.BUCKET_NOT_FOUND, 400, words="bucket name"),
    rule(key_faults.CREDENTIALS_REFUSED, 401),
    rule(faults.REQUEST_REFUSED, 403, "sslRequired"),
    # A token that may less than we ask for is a mistake of ours, not a missing role.
    rule(
        faults.REQUEST_REFUSED,
        403,
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        words="insufficient authentication scopes",
    ),
    rule(faults.MAY_NOT_CREATE, 403, words=r"\bstorage\.objects\.create\b"),
    rule(faults.MAY_NOT_ELSE, 403, words=_PERMISSION.pattern),
    rule(faults.MAY_NOT_WRITE, 403),
    rule(faults.BUCKET_NOT_FOUND, 404),
    rule(faults.GOOGLE_UNAVAILABLE, 408),
    rule(faults.GOOGLE_UNAVAILABLE, 409),
    rule(faults.UPLOAD_SESSION_LOST, 410),
    rule(faults.NAME_TAKEN, 412, words=_NAME_TAKEN),
    rule(faults.UPLOAD_SESSION_LOST, 499),
)


def translate(vendor: Exception, target: Target) -> PartnersError:
    """The failure in our words. Raise it `from` the original."""
    if isinstance(vendor, api.RetryError) and isinstance(vendor.cause, Exception):
        return translate(vendor.cause, target)
    if isinstance(vendor, auth.RefreshError):
        return translate_refusal(vendor, target.client_email, target.project_id)
    answer = read_answer(vendor)
    if answer is None:
        return error(no_answer(vendor, faults.UNREACHABLE))
    fault = fault_of(answer)
    return error(fault, **facts(answer, target))


def says_name_taken(vendor: Exception) -> bool:
    """Whether an object of this name exists, for a request to create one.

    Without the right to delete, Google may refuse for that before it looks at the condition that
    the name be free: only a name that is taken needs that right.
    """
    answer = read_answer(vendor)
    if answer is None or not answer.googles:
        return False
    refused_to_replace = answer.status == 403 and "storage.objects.delete" in answer.words
    return refused_to_replace or fault_of(answer) is faults.NAME_TAKEN


def says_object_absent(vendor: Exception) -> bool:
    """Whether the bucket is there and holds no such object: a 404 may say something else."""
    answer = read_answer(vendor)
    if answer is None or not answer.googles or answer.status != 404:
        return False
    return answer.message.startswith("No such object") or "NoSuchKey" in answer.reasons


def fault_of(answer: Answer) -> Fault:
    if answer.status in {404, 410, 416, 499} and "upload_id=" in answer.url:
        return faults.UPLOAD_SESSION_LOST
    if not answer.googles:
        return fault_of_page(answer.status, faults.GOOGLE_UNAVAILABLE)
    for one in RULES:
        if one.fits(answer):
            return one.fault
    return faults.GOOGLE_UNAVAILABLE if answer.status >= 500 else faults.REQUEST_REFUSED


def facts(answer: Answer, target: Target) -> dict[str, str]:
    """What the words of any fault may need. Of Google's own text only what is a plain name."""
    permission = _PERMISSION.search(answer.words)
    reason = re.fullmatch(r"[\w.]{1,60}", answer.reason)
    constraint = re.search(r"constraints/[\w.]{1,100}", answer.words)
    identifier = re.search(r"UniqueIdentifier: ([\w-]{1,200})", answer.words)
    return {
        "bucket": target.bucket,
        "client_email": target.client_email,
        "project_id": target.project_id,
        "status": str(answer.status),
        "reason": f", {reason.group()}" if reason else "",
        "permission": permission.group() if permission else "",
        "constraint": f" ({constraint.group()})" if constraint else "",
        "identifier": IN_THE_LOG.format(identifier=identifier.group(1)) if identifier else "",
        "object_url": _object_url(answer, target),
    }


def grant_command(target: Target) -> str:
    return faults.GRANT_COMMAND.format(bucket=target.bucket, client_email=target.client_email)


def _object_url(answer: Answer, target: Target) -> str:
    """The object that is in the way, safe to paste into a shell.

    A name that gcloud would take for a pattern, or that hides a line, is left for them to fill in.
    """
    path = answer.object_path
    if not path or not path.isprintable() or set(path) & set("*?[]#"):
        path = f"{target.bucket}/OBJECT"
    return shlex.quote(f"gs://{path}")
